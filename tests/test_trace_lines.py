"""Lines by return address: of a program of our own, through addr2line; in a stack, in a recording, on a path."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from explorer import scenario
from explorer.errors import TraceError
from explorer.live import recordings
from explorer.trace import Frame, Trace, lines
from explorer.trace.lines import Place
from explorer.trace.recorded import content, trace_of
from explorer.trace.symbols import Symbols
from explorer.trace.values import in_tree

PATH = "net/core/own.c"
CODE = """#include <stdio.h>
__attribute__((noinline)) void packet_rcv(void)
{
	printf("%p\\n", __builtin_return_address(0));
}
static inline __attribute__((always_inline)) void deliver_skb(void)
{
	packet_rcv(); /* inlined */
	putchar('\\n');
}
int main(void)
{
	puts("");
	deliver_skb(); /* outer */
	return 0;
}
"""
DEEP, FLAT = 0x60001010, 0x60002020
LINES = {DEEP: (Place("dev_queue_xmit_nit", PATH, 7), Place("deliver_skb", PATH, 3))}
SYMBOLS = Symbols("60001000 T dev_queue_xmit_nit\n60002000 T dev_hard_start_xmit\n60003000 T packet_rcv\n")
CHAIN = (
    Frame("dev_hard_start_xmit", 0x20),
    Frame("dev_queue_xmit_nit", 0x10, path=PATH, line=7),
    Frame("deliver_skb", path=PATH, line=3, inlined=True),
    Frame("packet_rcv"),
)


def line_of(remark: str) -> int:
    return next(number for number, line in enumerate(CODE.splitlines(), 1) if remark in line)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A program with line tables, and where its packet_rcv returns to."""
    if not shutil.which("gcc") or not shutil.which("addr2line"):
        pytest.skip("apt-get install gcc libc6-dev binutils")
    root = tmp_path_factory.mktemp("tree")
    (root / PATH).parent.mkdir(parents=True)
    (root / PATH).write_text(CODE)
    subprocess.run(["gcc", "-g", "-O1", "-no-pie", "-fno-pie", PATH, "-o", "own"], cwd=root, check=True)
    told = subprocess.run([root / "own"], capture_output=True, text=True, check=True).stdout
    return root / "own", int(told, 16)


def test_a_call_has_its_line_and_what_was_inlined_there(program: tuple[Path, int]) -> None:
    place, address = program
    places = (Place("main", PATH, line_of("/* outer */")), Place("deliver_skb", PATH, line_of("/* inlined */")))
    assert lines.read(place, [address]) == {address: places}


def test_an_address_of_nothing_has_no_line(program: tuple[Path, int]) -> None:
    place, address = program
    found = lines.read(place, [address, 0x10])
    assert set(found) - {0x10} == {address}
    assert not any(each.line for each in found.get(0x10, ()))


def test_without_addr2line_it_is_said_which_package_has_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TraceError, match="apt-get install binutils"):
        lines.read(tmp_path, [1])


def test_what_is_no_program_is_refused(tmp_path: Path) -> None:
    if not shutil.which("addr2line"):
        pytest.skip("apt-get install binutils")
    with pytest.raises(TraceError, match="addr2line of"):
        lines.read(tmp_path / "absent", [1])


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("net/core/dev.c", "net/core/dev.c"),
        ("debian/build/build_amd64_none_cloud-amd64/net/core/dev.c", "net/core/dev.c"),
        ("./include/net/sock.h", "include/net/sock.h"),
        ("??", ""),
        ("net/core/dev.c\x1b[31m", ""),
    ],
)
def test_a_path_is_the_trees(path: str, own: str) -> None:
    assert in_tree(path) == own


def test_a_stack_becomes_a_chain_with_what_was_inlined() -> None:
    assert SYMBOLS.chain([0x60003000, DEEP, FLAT], LINES) == CHAIN
    assert SYMBOLS.chain([0x60003000, DEEP, FLAT]) == (
        Frame("dev_hard_start_xmit", 0x20),
        Frame("dev_queue_xmit_nit", 0x10),
        Frame("packet_rcv"),
    )


def test_a_recording_keeps_the_lines_of_each_call_once() -> None:
    trace = Trace("two-taps", "v6.1.192", "ftrace", (CHAIN, CHAIN[3:]), ("packet_rcv",))
    kept = content(trace)
    assert kept["chains"][0] == "dev_hard_start_xmit+0x20 > dev_queue_xmit_nit+0x10 > packet_rcv"
    assert kept["lines"] == {"dev_queue_xmit_nit+0x10": f"dev_queue_xmit_nit@{PATH}:7 > deliver_skb@{PATH}:3"}
    key = recordings.scenario_key(scenario.load("two-taps"))
    assert trace_of(recordings.made("trace", key, "v6.1.192", content(trace))).chains[0] == CHAIN
