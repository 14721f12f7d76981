"""%%live: its options, and in a real Jupyter kernel."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from explorer import live
from explorer.live import recordings
from explorer.scenario import Recording

pytest.importorskip("IPython")
from IPython.core.error import UsageError

from explorer.notebook.magics import options

PATH = os.pathsep.join(filter(None, [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH")]))


def test_options() -> None:
    assert vars(options("")) == {"timeout": 30.0, "new": False}
    assert vars(options("--timeout 2.5 --new")) == {"timeout": 2.5, "new": True}


@pytest.mark.parametrize("line", ["--timeout", "--timeout soon", "--tim 3", "word", "'open"])
def test_what_is_no_option(line: str) -> None:
    with pytest.raises(UsageError, match=r"%%live: .*it takes --timeout SECONDS and --new"):
        options(line)


class Kernel:
    """A Jupyter kernel; `run` gives what a notebook would show."""

    def __init__(self, runner: asyncio.Runner, manager: Any, client: Any) -> None:
        self.runner, self.manager, self.client = runner, manager, client

    def run(self, code: str, stop_after: float = 0) -> tuple[str, str]:
        """What was printed and shown, and the error's text, without colours."""
        shown: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                shown.append(content["text"])
            elif message["msg_type"] in ("display_data", "execute_result"):
                shown.append(content["data"].get("text/html") or content["data"]["text/plain"])

        reply = self.runner.run(self._run(code, hear, stop_after))["content"]
        told = "\n".join(reply.get("traceback", [])) if reply["status"] == "error" else ""
        return "".join(shown), re.sub(r"\x1b\[[\d;]*m", "", told)

    async def _run(self, code: str, hear: Any, stop_after: float) -> Any:
        asked = asyncio.create_task(self.client.execute_interactive(code, timeout=60, output_hook=hear))
        if stop_after:
            await asyncio.sleep(stop_after)
            await self.manager.interrupt_kernel()
        return await asked


def start(**environment: str) -> Iterator[Kernel]:
    jupyter_client = pytest.importorskip("jupyter_client")
    pytest.importorskip("ipykernel")
    manager = jupyter_client.AsyncKernelManager(kernel_name="python3")
    manager.kernel_spec.argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    with asyncio.Runner() as runner:
        runner.run(manager.start_kernel(env=os.environ | {"PYTHONPATH": PATH} | environment))
        client = manager.client()
        try:
            client.start_channels()
            runner.run(client.wait_for_ready(timeout=60))
            kernel = Kernel(runner, manager, client)
            assert kernel.run("%load_ext explorer.notebook") == ("", "")
            yield kernel
        finally:
            client.stop_channels()
            runner.run(manager.shutdown_kernel(now=True))


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    able, reason = live.available()
    if not able:
        pytest.skip(reason)
    yield from start(IPYTHONDIR=str(tmp_path_factory.mktemp("ipython")))


LINK = "import os; os.readlink('/proc/self/ns/net')"


@pytest.mark.live
def test_the_kernels_own_process_is_never_moved(kernel: Kernel) -> None:
    before = kernel.run(LINK)
    inside = kernel.run(f"%%live\n{LINK}")
    assert inside != before
    assert kernel.run(LINK) == before
    assert kernel.run(f"%%live\n{LINK}") == inside
    kernel.run("%%live\nkept = 6")
    assert "NameError: name 'kept'" in kernel.run("%%live --new\nkept")[1]


@pytest.mark.live
def test_cells_share_names_and_show_the_last_expression(kernel: Kernel) -> None:
    assert kernel.run("%%live\nlab.veth()\nfar = lab.tap('far', device='v1')\nprint('ready')") == ("ready\n", "")
    shown, error = kernel.run(
        "%%live\nlab.send('v0', bytes.fromhex('02000000000b02000000000a88b5') + bytes(46))\nfar.frames()"
    )
    assert not error
    assert "<table>" in shown
    assert "<td>HOST</td>" in shown
    assert "far" not in kernel.run("dir()")[0]


@pytest.mark.live
def test_a_cells_error_is_its_own_traceback(kernel: Kernel) -> None:
    shown, error = kernel.run("%%live\nprint('before')\n1 / 0\n")
    assert shown == "before\n"
    assert "1 / 0" in error
    assert error.endswith("ZeroDivisionError: division by zero")
    assert "explorer" not in error


@pytest.mark.live
def test_a_hostile_name_printed_is_escaped(kernel: Kernel) -> None:
    shown, _ = kernel.run(r"%%live" "\n" r"print('\x1b]0;title\x07\tplain')")
    assert shown == "\\x1b]0;title\\x07\tplain\n"


@pytest.mark.live
def test_the_stop_button_and_a_timeout(kernel: Kernel) -> None:
    kernel.run("%%live\nkept = 9")
    started = time.monotonic()
    _, error = kernel.run("%%live\nwhile True:\n    pass", stop_after=0.5)
    assert error.endswith("KeyboardInterrupt\ninterrupted")
    _, error = kernel.run("%%live --timeout 0.3\nwhile True:\n    pass")
    assert error.endswith("KeyboardInterrupt\nstopped after 0.3 s")
    assert time.monotonic() - started < 20
    assert kernel.run("%%live\nkept")[0] == "9"


@pytest.mark.live
def test_a_lab_in_the_notebook(kernel: Kernel) -> None:
    code = "from explorer import live\nlab = live.Lab()\ntap = lab.tap('all', device='lo')\nlab.udp()\ntap.frames()"
    shown, error = kernel.run(code)
    assert (shown.count("<td>HOST</td>"), shown.count("<td>OUTGOING</td>"), error) == (1, 1, "")
    assert kernel.run("lab.close()") == ("", "")


def test_where_namespaces_are_refused_a_recording_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = '{"output": "printed\\n", "value": {"text/plain": "42"}, "error": ""}'
    row = Recording("cell", recordings.cell_key("x = 42\nx\n"), "6.99", "2030-01-02", "explorer", content)
    recordings.merge(tmp_path / "cells.jsonl", [row])
    patch = (
        "from explorer.live import process, recordings\nfrom pathlib import Path\nprocess.command = lambda: ['false']\n"
    )
    patch += f"recordings.place_of = lambda kind: Path({str(tmp_path / 'cells.jsonl')!r})"
    for kernel in start(IPYTHONDIR=str(tmp_path / "ipython")):
        kernel.run(patch)
        shown, error = kernel.run("%%live\nx = 42\nx")
        assert shown.startswith("Recorded on Linux 6.99, 2030-01-02; not run here: the live helper did not start")
        assert shown.endswith("printed\n42")
        assert not error
        shown, error = kernel.run("%%live\nx = 43\nx")
        assert shown.startswith("There is no recording of this cell as it is written, and it cannot run here:")
        assert not error
