"""What a class takes: students on loopback open notebook 00 at once through docs/workshop/jupyterhub_config.py.

    python benchmarks/classroom.py [STUDENTS]

Each student gets a server from the hub, a kernel, and runs notebook 00 cell by cell over the websocket that a browser
would use. Printed are the seconds from asking for the server, the processor seconds of the hub and all below it, which
other work on the machine does not change, and their memory (PSS: what is shared counts once). Needs jupyterhub beside
explorer, and configurable-http-proxy (npm) on the PATH. The hub is the workshop's, but for who may come in (anyone) and
as whom a server runs (as this user).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

ROOT = Path(__file__).parent.parent
NOTEBOOK = "00-how-a-frame-reaches-a-tap.ipynb"
PATIENCE = 600  # seconds
MARKS = ("server", "kernel", "widget", "all cells")

CONFIG = """
load_subconfig({workshop!r})
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{home}/{{username}}"
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.JupyterHub.services = [{{"name": "classroom", "api_token": {token!r}}}]
SCOPES = ["admin:users", "admin:servers", "access:servers"]
c.JupyterHub.load_roles = [{{"name": "classroom", "services": ["classroom"], "scopes": SCOPES}}]
c.Spawner.args += ["--allow-root"] if {root} else []
"""


class Hub:
    """A JupyterHub of our own on loopback, and what its API answers."""

    def __init__(self, scratch: Path) -> None:
        self.token = secrets.token_hex(16)
        self.port, hub_port, proxy_port = free_ports(3)
        self.base = f"http://127.0.0.1:{self.port}"
        given = {"workshop": str(ROOT / "docs/workshop/jupyterhub_config.py"), "home": scratch / "home"}
        given |= {"port": self.port, "hub_port": hub_port, "proxy_port": proxy_port}
        (scratch / "config.py").write_text(CONFIG.format(**given, token=self.token, root=not os.geteuid()))
        self.log = scratch / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", str(scratch / "config.py")],
                cwd=scratch,
                env=dict(os.environ, PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}"),
                stdout=log,
                stderr=log,
            )

    async def ask(self, method: str, path: str, content: Any = None) -> Any:
        """What an API answers; None where a question has no answer yet."""
        body = json.dumps(content or {}) if method == "POST" else None
        headers = {"Authorization": f"token {self.token}"}
        request = HTTPRequest(self.base + path, method, headers, body, connect_timeout=60, request_timeout=PATIENCE)
        try:
            answer = await AsyncHTTPClient().fetch(request, raise_error=method == "POST")
        except OSError:
            return None
        return json.loads(answer.body or b"{}") if answer.code < 400 else None

    async def until(self, path: str, ready: Any = bool) -> Any:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            if ready(found := await self.ask("GET", path)):
                return found
            await asyncio.sleep(1)
        raise SystemExit(f"no answer from {path}\n{self.log.read_text()[-3000:]}")

    def stop(self) -> None:
        """End the hub, its proxy and the servers, and a kernel that was just starting and has lost its server."""
        below = [*tree(self.process.pid)][1:]
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        for pid in below:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)


async def student(hub: Hub, name: str, cells: list[str]) -> dict[str, float]:
    """Open the notebook as JupyterLab would, run it; return at which second each mark was reached."""
    begin, marks = time.monotonic(), {}

    def reached(mark: str) -> None:
        marks.setdefault(mark, time.monotonic() - begin)

    await hub.ask("POST", f"/hub/api/users/{name}")
    await hub.ask("POST", f"/hub/api/users/{name}/server")
    await hub.until(f"/hub/api/users/{name}", lambda found: found and found["servers"].get("", {}).get("ready"))
    reached("server")
    path = f"explorer-notebooks/{NOTEBOOK}"
    asked = {"path": path, "name": NOTEBOOK, "type": "notebook", "kernel": {"name": "python3"}}
    session = await hub.ask("POST", f"/user/{name}/api/sessions", asked)
    address = f"{hub.base.replace('http', 'ws')}/user/{name}/api/kernels/{session['kernel']['id']}/channels"
    line = await connected(
        HTTPRequest(address, headers={"Authorization": f"token {hub.token}"}, request_timeout=PATIENCE)
    )
    reached("kernel")
    for cell in cells:
        async for message in said(line, "execute_request", {"code": cell, "silent": False, "store_history": True}):
            if message["msg_type"] == "error":
                raise SystemExit(f"{name}: {message['content']['evalue']}")
            if "application/vnd.jupyter.widget-view+json" in message["content"].get("data", {}):
                reached("widget")  # its state came before it, by comm_open
    reached("all cells")
    line.close()
    return marks


async def connected(request: HTTPRequest) -> WebSocketClientConnection:
    """A line to a kernel that answers; one that is cut before is opened again, as JupyterLab does."""
    for _ in range(60):
        line = await websocket_connect(request)
        try:
            async for _ in said(line, "kernel_info_request", {}):
                pass
            return line
        except WebSocketClosedError:
            await asyncio.sleep(1)
    raise SystemExit("no line to the kernel holds")


async def said(line: WebSocketClientConnection, kind: str, content: dict[str, Any]) -> Any:
    """Send a kernel a request; what it says to it, until it has answered and is idle."""
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": kind,
        "session": "s",
        "username": "",
        "version": "5.3",
        "date": "",
    }
    request = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    await line.write_message(json.dumps(request))
    open_ends = {"reply", "idle"}
    while open_ends:
        text = await line.read_message()
        if text is None:
            raise WebSocketClosedError
        message = json.loads(text)
        if message["parent_header"].get("msg_id") != header["msg_id"]:
            continue
        yield message
        if message["channel"] == "shell":
            open_ends.discard("reply")
        elif message["content"].get("execution_state") == "idle":
            open_ends.discard("idle")


def memory(top: int) -> Counter[str]:
    """MiB (PSS) of a process and all below it, by what they are."""
    kinds = ("ipykernel_launcher", "kernels"), ("singleuser", "servers"), ("configurable-http-proxy", "proxy")
    total: Counter[str] = Counter()
    for pid in tree(top):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_text()
            rows = Path(f"/proc/{pid}/smaps_rollup").read_text().split("\n")
        except (OSError, ProcessLookupError):
            continue
        kind = next((kind for word, kind in kinds if word in words), "hub")
        total[kind] += sum(int(row.split()[1]) for row in rows if row.startswith("Pss:")) / 1024
    return total


def busy(top: int) -> float:
    """The processor seconds that a process, those below it and their dead children have used."""
    rows = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in tree(top))
    return sum(int(ticks) for row in rows for ticks in row[11:15]) / os.sysconf("SC_CLK_TCK")


def tree(top: int) -> Iterator[int]:
    yield top
    for task in Path(f"/proc/{top}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from tree(int(child))


def free_ports(number: int) -> list[int]:
    trials = [socket.socket() for _ in range(number)]
    for trial in trials:
        trial.bind(("127.0.0.1", 0))
    ports = [trial.getsockname()[1] for trial in trials]
    for trial in trials:
        trial.close()
    return ports


def machine() -> str:
    size = int(Path("/proc/meminfo").read_text().split()[1]) / 2**20
    return f"{os.cpu_count()} processors, {size:.0f} GiB, load {os.getloadavg()[0]:.1f}"


async def classroom(students: int, scratch: Path) -> None:
    cells = json.loads((ROOT / "notebooks" / NOTEBOOK).read_text())["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    AsyncHTTPClient.configure(None, max_clients=2 * students)
    hub = Hub(scratch)
    try:
        await hub.until("/hub/api/")
        print(f"{machine()} before; {students} students", flush=True)
        empty = memory(hub.process.pid).total()
        rows = await asyncio.gather(*(student(hub, f"student{n:02}", code) for n in range(1, students + 1)))
        used, worked = memory(hub.process.pid), busy(hub.process.pid)
        print(f"{machine()} after; {worked:.0f} processor seconds")
        print("seconds to    first  median    last")
        for mark in MARKS:
            each = sorted(row[mark] for row in rows)
            print(f"  {mark:10} {each[0]:6.1f}  {statistics.median(each):6.1f}  {each[-1]:6.1f}")
        print(f"MiB: {empty:.0f} before anyone came, then {used.total():.0f}: ", end="")
        print(", ".join(f"{kind} {size:.0f}" for kind, size in sorted(used.items())), end="; ")
        print(f"{(used.total() - empty) / students:.0f} a student")
    finally:
        hub.stop()


def main() -> None:
    if not shutil.which("configurable-http-proxy"):
        raise SystemExit("configurable-http-proxy is not on the PATH: npm install -g configurable-http-proxy")
    with tempfile.TemporaryDirectory(prefix="classroom-") as scratch:
        asyncio.run(classroom(int(sys.argv[1]) if len(sys.argv) > 1 else 20, Path(scratch)))


if __name__ == "__main__":
    main()
