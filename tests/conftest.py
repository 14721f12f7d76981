"""What tests share: kernel-shaped text of our own, a repository of it, real servers on loopback ports, a browser."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import two_releases
from faulty import Faults
from labs import NoBrowserError, chromium, opened, run_all, wait
from reader import heading, run
from trees import small_tree

from explorer import live
from explorer.sources import Store

CGIT = Path("/usr/lib/cgit/cgit.cgi")
GITWEB = Path("/usr/share/gitweb/gitweb.cgi")
BACKEND = Path("/usr/lib/git-core/git-http-backend")
LIGHTTPD = shutil.which("lighttpd", path=os.environ.get("PATH", "") + ":/usr/sbin")
GIT_ROOM = "pub/scm/linux/kernel/git"

DEV_C = b"""/* core */
#include <linux/netdevice.h>

#ifdef CONFIG_NET_TAPS
static const char *globs = "/* not a comment";
#endif

int dev_queue_xmit(struct sk_buff *skb)
{
\treturn skb->len; // #if in words
}
"""
AF_PACKET_C = b"/* taps */\nint packet_rcv(struct sk_buff *skb)\n{\n\treturn 0;\n}\n"
STRUCK = """
int struck(struct sk_buff *skb)
{
	/* </pre></script><img src=x onerror=alert(1)> ]]> \x1b[31m */
	return "<svg onload=alert(2)>&amp;"[0];
}
"""
GRO_C = b"/* gro */\nint napi_gro_receive(void)\n{\n\treturn 1;\n}\n"


@pytest.fixture
def explorer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run a verb as it is typed: its status, what it printed, and what it told beside."""
    from explorer.cli.app import run

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["explorer", *words])
        return run(), *capsys.readouterr()

    return call


@pytest.fixture(scope="module")
def agent() -> Iterator[live.Agent]:
    """A helper process in namespaces of its own, for the tests of a module."""
    able, reason = live.available()
    if not able:
        pytest.skip(reason)
    with live.Agent() as agent:
        yield agent


def makefile(version: str, patchlevel: str, sublevel: str, extra: str = "") -> bytes:
    """The head of a kernel's top Makefile."""
    lines = f"VERSION = {version}\nPATCHLEVEL = {patchlevel}\nSUBLEVEL = {sublevel}\nEXTRAVERSION ={extra}\n"
    return f"# SPDX-License-Identifier: GPL-2.0\n{lines}NAME = Our Own\n\nVERSION_IN_RULE = no\n".encode()


# v2.6.36 is in data/blobs.json, and this is not its dev.c
RELEASES = {
    "v2.6.36": {"Makefile": makefile("2", "6", "36"), "net/core/dev.c": b"int wrong;\n"},
    "v6.1-rc1": {"Makefile": makefile("6", "1", "0", " -rc1"), "net/core/dev.c": DEV_C, "net/nul.c": b"int x;\0\n"},
    "v6.1": {
        "Makefile": makefile("6", "1", "0"),
        "net/core/dev.c": DEV_C,
        "net/packet/af_packet.c": AF_PACKET_C,
        "net/core/gro.c": GRO_C,
    },
    "v6.1.192": {"Makefile": makefile("6", "1", "192"), "net/core/dev.c": DEV_C + b"int stable;\n"},
}


def write_tree(root: Path, files: dict[str, bytes]) -> Path:
    """Files under a directory."""
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text)
    return root


def run_git(where: Path, *command: str) -> bytes:
    """git with an author of its own and without the user's configuration."""
    who = {f"GIT_{role}_{what}": "t@t" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = os.environ | who | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(["git", *command], cwd=where, env=environment, check=True, capture_output=True).stdout


@pytest.fixture(scope="session", autouse=True)
def _own_places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test touches the user's cache, and none goes through a proxy to a loopback port."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("EXPLORER_DATA", str(tmp_path_factory.mktemp("data")))
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, "127.0.0.1")
        yield


@pytest.fixture(autouse=True)
def _nothing_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test's reader has written no note and built no atlas yet."""
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "mine"))


def _machine() -> dict[str, str]:
    """The machine's interfaces with their addresses, its routes and its network sysctls; no counters."""
    places = [Path("/proc/net", name) for name in ("route", "if_inet6", "fib_trie")]
    shown = ("address", "flags", "ifindex", "mtu", "operstate")
    places += (interface / name for interface in Path("/sys/class/net").glob("*") for name in shown)
    places += (place for room in ("core", "ipv4", "ipv6") for place in Path("/proc/sys/net", room).rglob("*"))
    found = {}
    for place in places:
        with contextlib.suppress(OSError):
            found[str(place)] = place.read_text(errors="replace")
    return found


@pytest.fixture(scope="session", autouse=True)
def _machine_untouched() -> Iterator[None]:
    """Whatever the tests send and set up, this machine's own network is as it was when they have run."""
    before = _machine()
    yield
    after = _machine()
    changed = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    assert not changed, f"the tests changed {changed}"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(tmp_path / "store")


@pytest.fixture(scope="session")
def git_repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a work tree and RELEASES as tags; HEAD is the last."""
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    work = tmp_path_factory.mktemp("work")
    run_git(work, "init", "-q", "-b", "master")
    for tag, files in RELEASES.items():
        run_git(work, "rm", "-rfq", "--ignore-unmatch", ".")
        write_tree(work, files)
        run_git(work, "add", "-A")
        run_git(work, "commit", "-qm", tag)
        run_git(work, "tag", "-am", tag, tag)
    run_git(work, "branch", "side")
    return work


@pytest.fixture(scope="session")
def servers(git_repo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Real cgit under lighttpd, by what answers info/refs: git (smart), cgit (dumb), nobody (none); and gitweb."""
    if not (LIGHTTPD and CGIT.exists() and BACKEND.exists() and GITWEB.exists()):
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "apt-get install --no-install-recommends cgit gitweb lighttpd git"
        )
    root, room = tmp_path_factory.mktemp("srv"), tmp_path_factory.mktemp("pub")
    for name in ("torvalds", "stable"):
        bare = room / GIT_ROOM / name / "linux.git"
        run_git(git_repo, "clone", "-q", "--bare", str(git_repo), str(bare))
        run_git(bare, "config", "uploadpack.allowFilter", "true")
    run_git(room / GIT_ROOM / "torvalds/linux.git", "tag", "-d", "v6.1.192")
    ports = {kind: _free_port() for kind in ("smart", "dumb", "none", "gitweb")}
    process = _lighttpd(root, room, ports)
    try:
        _wait_for(process, ports["smart"], root / "errors")
        yield {kind: f"http://127.0.0.1:{port}" for kind, port in ports.items()}
    finally:
        process.terminate()
        process.wait(10)


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _lighttpd(root: Path, room: Path, ports: dict[str, int]) -> subprocess.Popen[bytes]:
    """One server, four ports; on the smart one git answers what git asks."""
    (root / "empty").mkdir()
    lines = [
        'server.modules = ("mod_alias", "mod_cgi", "mod_setenv")',
        f'server.document-root = "{root}/empty"',
        f'server.errorlog = "{root}/errors"',
        'server.bind = "127.0.0.1"',
        f"server.port = {ports['smart']}",
    ]
    smart = _cgi(BACKEND, GIT_PROJECT_ROOT=str(room), GIT_HTTP_EXPORT_ALL="1")
    (root / "gitweb.conf").write_text(f'our $projectroot = "{room}";\n1;\n')
    gitweb = _cgi(GITWEB, GITWEB_CONFIG=str(root / "gitweb.conf"))
    lines.append(f'$SERVER["socket"] == "127.0.0.1:{ports["gitweb"]}" {{ {gitweb} }}')
    for kind, port in ports.items() - {("gitweb", ports["gitweb"])}:
        config = root / f"cgitrc.{kind}"
        config.write_text(f"virtual-root=/\ncache-size=0\nenable-http-clone={int(kind == 'dumb')}\nscan-path={room}\n")
        refs = f'$HTTP["url"] =~ "/(info/refs|git-upload-pack)" {{ {smart} }} else ' if kind == "smart" else ""
        cgit = f'$HTTP["url"] =~ "" {{ {_cgi(CGIT, CGIT_CONFIG=str(config))} }}'
        lines.append(f'$SERVER["socket"] == "127.0.0.1:{port}" {{ {refs}{cgit} }}')
    (root / "lighttpd.conf").write_text("\n".join(lines) + "\n")
    return subprocess.Popen([str(LIGHTTPD), "-D", "-f", str(root / "lighttpd.conf")])


def _cgi(program: Path, **environment: str) -> str:
    environment |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    pairs = ", ".join(f'"{name}" => "{value}"' for name, value in environment.items())
    return f'alias.url = ("/" => "{program}/") cgi.assign = ("{program.name}" => "") setenv.add-environment = ({pairs})'


def _wait_for(process: subprocess.Popen[bytes], port: int, errors: Path) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None:
            pytest.fail(f"lighttpd stopped: {errors.read_text()}")
        time.sleep(0.02)
    pytest.fail("lighttpd does not answer")


@pytest.fixture
def faults() -> Iterator[str]:
    """The address of a mirror that misbehaves."""
    handler = type("Own", (Faults,), {"asked": [], "text": DEV_C})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(5)


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Chromium without a window."""
    pytest.importorskip("selenium.webdriver", reason="pip install selenium")
    try:
        with chromium(tmp_path_factory.mktemp("profile")) as driver:
            yield driver
    except NoBrowserError as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(error))


@pytest.fixture(scope="module")
def axe() -> str:
    """axe-core's text; the package it comes in is not imported, for it wants another driver."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or not found.submodule_search_locations:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("pip install --no-deps axe-playwright-python")
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def lab_page(driver: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The notebook of two releases after Run All, with the widget drawn."""
    with two_releases.shown(tmp_path_factory.mktemp("two")) as address:
        opened(driver, address)
        run_all(driver)
        yield driver


@pytest.fixture
def page(lab_page: Any) -> Iterator[Any]:
    """The widget as it began, at dev_queue_xmit_nit."""
    run(lab_page, "w.compare = ''; w.trace = []; w.all_edges = w.macros = False; w.conditions = True")
    run(lab_page, f"w.tour = 'transmit'; w.version = 'v6.1.7'; w.selected = {two_releases.NIT!r}; w.line = 0")
    wait(lambda: heading(lab_page) == "dev_queue_xmit_nit", "the widget does not follow")
    lab_page.execute_script("document.activeElement?.blur(); document.querySelector('.xp').scrollIntoView()")
    yield lab_page
    lab_page.set_window_size(1200, 1000)


@pytest.fixture
def widget() -> Iterator[Any]:
    """A widget of v3.4 without its text."""
    from ipywidgets import Widget

    from explorer.notebook.widget import Explorer

    yield Explorer("v3.4")
    Widget.close_all()


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Any]:
    """A widget of a release of our own with its text, at a function whose text tries to break out."""
    from ipywidgets import Widget

    from explorer.notebook.widget import Explorer

    tree = small_tree(tmp_path)
    place = tree / "net/core/dev.c"
    place.write_text(place.read_text() + STRUCK)
    explorer = Explorer("v6.1.7", source=str(tree))
    explorer.selected = "struck"
    yield explorer
    Widget.close_all()
