"""The verb `trace`: as text, step by step, as JSON and as a picture; from recordings, from files, from real kernels."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from explorer import kernel, resources, scenario
from explorer.errors import LiveError, PrivilegeError, TraceError
from explorer.live import uml
from explorer.trace import overlay, running
from explorer.trace import uml as traced
from explorer.trace.symbols import Symbols
from explorer.trace.values import watched
from explorer.version import Version

Explorer = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize("words", [("v6.12.117", "two-taps"), ("two-taps", "v6.12.117")])
def test_a_recording_is_shown_and_says_that_it_is_one(explorer: Explorer, words: tuple[str, ...]) -> None:
    status, out, _ = explorer("trace", *words, "--offline")
    assert status == 0
    assert "recorded on Linux v6.12.117" in out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    wanted = [
        "│ packet_bind net/socket.c:1826",
        "│ packet_do_bind ~net/packet/af_packet.c:3438",
        "│ packet_sendmsg net/socket.c:712",
        "│ ├─ dev_hard_start_xmit net/core/dev.c:4600",
        "│ │ xmit_one inlined net/core/dev.c:3725",
        "│ │ ├─ dev_queue_xmit_nit net/core/dev.c:3705",
        "│ │ │ ╌▸ packet_rcv net/core/dev.c:2423",
        "│ │ veth_xmit [veth] include/linux/netdevice.h:5015",
        "│ net_rx_action kernel/softirq.c:579",
        "packet_recvmsg net/socket.c:1035",
        "21 of 94 edges of the routes seen, 0 unexplained",
        "22 of 22 calls stand on the line where the source has them",
    ]
    places = [lines.index(line) for line in wanted]
    assert places == sorted(places)


def test_step_by_step_the_c_stands_beside_it(explorer: Explorer, tmp_path: Path) -> None:
    path = "net/core/dev.c"
    text = "static int dev_hard_start_xmit(int x)\n{\n\treturn dev_queue_xmit_nit(x); /* \x1b[31m */\n}\n"
    for name, content in {
        "Makefile": "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 7\nEXTRAVERSION =\n",
        path: f"{text}int dev_queue_xmit_nit(int x)\n{{\n\treturn x;\n}}\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    (tmp_path / "trace").write_text("dev_queue_xmit_nit+1\ndev_hard_start_xmit+495\n")
    words = ("trace", "--import", str(tmp_path / "trace"), "--step", "--from", str(tmp_path), "--offline")
    status, out, _ = explorer(*words)
    assert status == 0
    assert f"1/1  dev_hard_start_xmit > dev_queue_xmit_nit  ~{path}:3" in out
    assert "3 >         return dev_queue_xmit_nit(x);" in out
    assert "\x1b" not in out


def test_json_is_what_its_schema_says(explorer: Explorer) -> None:
    status, out, _ = explorer("trace", "v6.1.192", "vlan-device", "--offline", "-f", "json")
    assert status == 0
    content = json.loads(out)
    jsonschema.validate(content, json.loads(resources.data_path("schemas", "trace.schema.json").read_text()))
    assert (content["recorded"], content["unexplained"]) == (True, 0)
    assert content["seen"] == sum(edge["seen"] for edge in content["edges"])


def test_the_picture_is_the_route_map_with_what_ran(explorer: Explorer, tmp_path: Path) -> None:
    place = tmp_path / "x.svg"
    assert explorer("trace", "v6.1.192", "pfifo-fast", "--offline", "-o", str(place))[0] == 0
    rows = place.read_text().splitlines()
    for name, seen in (("sch_direct_xmit", " seen"), ("napi_gro_receive", " unseen"), ("packet_rcv", " seen")):
        (row,) = [row for row in rows if f'data-function="{name}@' in row]
        assert f'{seen}"' in row.partition(">")[0]
    edges = [row for row in rows if 'class="edge' in row]
    assert {True, False} == {" seen" in row.partition("data-calls")[0] for row in edges}


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("two-tap",), 1, "there is no scenario 'two-tap'; near it: two-taps"),
        (("v6.12.117", "a", "b"), 2, "name one scenario"),
        (
            ("v3.4", "two-taps"),
            1,
            "no recorded trace of two-taps on v3.4; it was recorded on v6.1.192, v6.12.117; --kernel",
        ),
        (("v6.1.192", "fanout-cpu"), 1, "it was recorded on no kernel"),
        ((), 2, "name one scenario"),
        (("--import", "x"), 1, "of which version is x? explorer trace v6.12.117 --import x"),
        (("v6.1.192", "--import", "absent"), 1, "absent cannot be read"),
        (("two-taps", "--uml", "absent.deb"), 1, "there is no absent.deb"),
        (("two-taps", "--build", "absent"), 1, "absent is no whole kernel tree"),
        (("two-taps", "--build", ".", "--kernel", "running"), 2, "--build TREE makes the kernel to trace in"),
    ],
)
def test_what_cannot_be_shown_says_what_to_type(
    explorer: Explorer, words: tuple[str, ...], status: int, says: str
) -> None:
    found, out, err = explorer("trace", *words, "--offline")
    assert (found, out) == (status, "")
    assert says in " ".join(err.split())


def test_without_user_mode_linux_the_recording_answers(explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    def find(given: object = None) -> None:
        raise LiveError("no User Mode Linux here")

    monkeypatch.setattr(uml, "find", find)
    status, out, err = explorer("trace", "own-sender", "--offline")
    assert status == 0
    assert "no User Mode Linux here" in err
    assert "recorded on Linux v6.12.117" in out
    status, _, err = explorer("trace", "own-sender", "--kernel", "uml", "--offline")
    assert (status, "no User Mode Linux here" in err) == (1, True)


def test_a_release_that_is_not_known_is_explained_by_the_nearest() -> None:
    assert str(kernel.nearest(Version.parse("v6.1.176"))) == "v6.1.192"
    assert str(kernel.nearest(Version.parse("v6.1.999"))) == "v6.1.192"
    assert kernel.nearest(Version.parse("v6.18.44")) < Version.parse("v6.18.44")


@pytest.mark.parametrize(
    ("user", "tracefs", "error", "says"),
    [
        (1000, {}, PrivilegeError, "as root only: sudo, or explorer trace SCENARIO --kernel uml"),
        (0, {}, TraceError, "mount -t tracefs none"),
        (0, {"README": ""}, TraceError, "available_tracers is refused"),
    ],
)
def test_a_kernel_that_may_not_be_traced_says_why(
    user: int,
    tracefs: dict[str, str],
    error: type[LiveError],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(running, "TRACEFS", tmp_path)
    for name, text in tracefs.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(error, match=says):
        running.means()


@pytest.mark.parametrize(
    ("tracers", "filters", "wanted"),
    [
        ("blk function_graph function nop", True, "function_graph"),
        ("function nop", True, "function"),
        ("function nop", False, "perf"),
        ("nop", True, "perf"),
    ],
)
def test_the_best_means_there_is_is_taken(
    tracers: str, filters: bool, wanted: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(running, "TRACEFS", tmp_path)
    (tmp_path / "available_tracers").write_text(tracers)
    if filters:
        (tmp_path / "available_filter_functions").write_text("packet_rcv\n")
    assert running.means() == wanted


def test_addresses_are_named() -> None:
    symbols = Symbols(
        "0000000060001000 T packet_rcv\n0000000060001100 t x.cold\n0000000064000000 t veth_xmit\t[veth]\n"
        "0000000060001200 t deliver_skb.constprop.0\n0000000060001300 D data\nnonsense\n"
    )
    assert str(symbols.frame(0x60001010)) == "packet_rcv+0x10"
    assert str(symbols.frame(0x60001100)) == "packet_rcv+0x100"  # a call that does not return, at its end
    assert str(symbols.frame(0x64000000, returns=False)) == "veth_xmit [veth]"
    assert symbols.frame(0x50000000) is None
    assert symbols.frame(0x70000000) is None
    assert symbols.named(["deliver_skb", "x"]) == {0x60001200: "deliver_skb"}
    assert Symbols("0000000000000000 T packet_rcv\n").hidden


@pytest.mark.uml
@pytest.mark.parametrize("name", ["two-taps", "lo-twice"])
def test_a_kernel_of_ones_own_shows_the_exact_path(name: str) -> None:
    try:
        program = uml.find()
    except LiveError as error:
        pytest.skip(str(error))
    opened = kernel.open(kernel.nearest(Version.parse(program.release)), offline=True)
    trace, outcome = traced.record(scenario.load(name), program, watched(opened.routes))
    made = overlay(trace, opened.graph, opened.routes)
    assert not outcome.refused
    assert outcome.rows
    assert not made.unexplained
    assert made.seen > 12
    stacks = [[frame for frame in chain if not frame.inlined] for chain in trace.chains]
    called = [" > ".join(frame.function for frame in stack) for stack in stacks]
    assert any("__dev_queue_xmit > dev_hard_start_xmit > dev_queue_xmit_nit > packet_rcv" in each for each in called)
    assert any("net_rx_action > __napi_poll > process_backlog > __netif_receive_skb" in each for each in called)
    assert all(frame.offset for stack in stacks for frame in stack[:-1])
    assert made.lines[0] == made.lines[1]
    assert bool(made.lines[1]) == program.lines  # EXPLORER_UML may name one that was made


ORDINARY = """
import os, sys
from explorer import kernel, scenario
from explorer.live import uml
from explorer.trace import overlay, uml as traced
from explorer.trace.values import watched
from explorer.version import Version
program = uml.find(sys.argv[1])
opened = kernel.open(kernel.nearest(Version.parse(program.release)), offline=True)
trace, outcome = traced.record(scenario.load("two-taps"), program, watched(opened.routes))
print(os.getuid(), overlay(trace, opened.graph, opened.routes))
"""


@pytest.mark.uml
def test_an_ordinary_user_can() -> None:
    if os.getuid():
        pytest.skip("we are one, and every other test shows it")
    try:
        program = uml.find()
    except LiveError as error:
        pytest.skip(str(error))
    user: Any = {"user": 61234, "group": 61234, "extra_groups": []}
    for python in (sys.executable, shutil.which("python3", path="/usr/bin:/usr/local/bin")):
        command = [python, "-c", "import sys; assert sys.version_info >= (3, 11)"]
        with contextlib.suppress(OSError):
            if python and not subprocess.run(command, **user, stderr=subprocess.DEVNULL).returncode:
                break
    else:
        pytest.skip("no Python that another user may start")
    with tempfile.TemporaryDirectory() as own:
        os.chown(own, 61234, 61234)
        environment = os.environ | dict.fromkeys(("EXPLORER_CACHE", "EXPLORER_DATA", "TMPDIR", "HOME"), own)
        command = [python, "-c", ORDINARY, str(program.path)]
        root = Path(__file__).parents[1]
        told = subprocess.run(command, **user, cwd=root, env=environment, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("61234 ")
    assert told.stdout.rstrip().endswith("edges of the routes seen, 0 unexplained")


RUNNING = """
import os, sys
from explorer import kernel, scenario
from explorer.errors import LiveError
from explorer.trace import overlay, running
from explorer.trace.values import watched
opened = kernel.open(kernel.nearest(kernel.running()), offline=True)
try:
    trace = running.record(scenario.load("two-taps"), watched(opened.routes))
except LiveError as error:
    sys.exit(f"refused: {error}")
made = overlay(trace, opened.graph, opened.routes)
assert made.seen > 5, made
assert {"packet_rcv", "__dev_queue_xmit"} <= set(trace.functions), trace.functions
assert not list((running.TRACEFS / "instances").glob(f"explorer-{os.getpid()}"))
"""


@pytest.mark.live
def test_the_running_kernel_is_traced_as_root() -> None:
    """With tracefs mounted for this test alone where it is not."""
    if os.getuid():
        pytest.skip("root only: test_a_kernel_that_may_not_be_traced_says_why shows what others are told")
    command = [sys.executable, "-c", RUNNING]
    if not (running.TRACEFS / "README").exists():
        mount = f'mount -t tracefs none {running.TRACEFS} && exec "$@"'
        command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", mount, "sh", *command]
    told = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True)
    if told.returncode and not told.stderr.startswith("Traceback"):
        pytest.skip(told.stderr.strip())
    assert not told.returncode, told.stderr
