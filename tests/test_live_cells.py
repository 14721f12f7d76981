"""Cells in the live helper, through the Agent, and Lab."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import pytest

from explorer import live
from explorer.errors import LiveError
from explorer.live import recordings, table
from explorer.live.lab import ethernet
from explorer.scenario import Row

pytestmark = pytest.mark.live


class Cells:
    """Asks an agent, and keeps what was printed."""

    def __init__(self, agent: live.Agent) -> None:
        self.agent = agent
        self.printed = ""

    def __call__(self, code: str, timeout: float = 30.0) -> dict[str, Any]:
        self.printed = ""
        return self.agent.ask({"do": "cell", "code": code}, timeout, self.show)

    def show(self, text: str) -> None:
        self.printed += text


@pytest.fixture
def cell(agent: live.Agent) -> Cells:
    return Cells(agent)


def test_names_last_and_the_last_expression_is_shown(cell: Cells) -> None:
    assert cell("x = 40\nprint('said')\n") == {"value": {}, "error": "", "stopped": ""}
    assert cell.printed == "said\n"
    assert cell("x + 2")["value"] == {"text/plain": "42"}
    assert cell("def double(y):\n    return 2 * y\n\ndouble(x)  # here")["value"] == {"text/plain": "80"}
    assert cell("")["value"] == {}
    assert cell("None")["value"] == {}


def test_whatever_prints_is_heard(cell: Cells) -> None:
    code = "import os, subprocess, sys\nprint('a')\nos.write(1, b'b\\n')\nsubprocess.run(['echo', 'c'])\n"
    cell(code + "print('d', file=sys.stderr)\nNone")
    assert cell.printed.split() == ["a", "b", "c", "d"]


def test_printing_without_end_is_cut(cell: Cells) -> None:
    cell("for _ in range(300_000):\n    print('0123456789')\n")
    assert len(cell.printed) < (1 << 20) + 100
    assert cell.printed.endswith("the rest is not shown\n")
    cell("print('and on')")
    assert cell.printed == "and on\n"


def test_a_traceback_is_of_the_cell_alone(cell: Cells) -> None:
    error = cell("def inner():\n    return 1 / 0  # here\n\ninner()\n")["error"]
    assert "return 1 / 0  # here" in error
    assert error.count("File") == 2
    assert "cells.py" not in error
    assert error.endswith("ZeroDivisionError: division by zero\n")


@pytest.mark.parametrize(
    ("code", "says"),
    [("x = = 1", "SyntaxError: invalid syntax"), ("raise SystemExit(3)", "SystemExit: 3"), ("input()", "EOFError")],
)
def test_errors_of_every_kind(cell: Cells, code: str, says: str) -> None:
    assert says in cell(code)["error"]
    assert cell("1")["value"] == {"text/plain": "1"}


def test_a_value_whose_repr_fails(cell: Cells) -> None:
    assert (
        "no repr" in cell("class Odd:\n    def __repr__(self):\n        raise ValueError('no repr')\n\nOdd()")["error"]
    )


def test_an_endless_loop_is_stopped(cell: Cells) -> None:
    cell("kept = 7")
    answer = cell("while True:\n    pass", timeout=0.3)
    assert answer["stopped"] == "stopped after 0.3 s"
    assert answer["error"].endswith("KeyboardInterrupt\n")
    assert cell("kept")["value"] == {"text/plain": "7"}


def test_ctrl_c_stops_the_cell_and_keeps_the_names(cell: Cells) -> None:
    cell("kept = 8")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT]).start()
    try:
        answer = cell("import time\ntime.sleep(60)")
    finally:
        signal.signal(signal.SIGINT, before)
    assert answer["stopped"] == "interrupted"
    assert "time.sleep(60)" in answer["error"]
    assert cell("kept")["value"] == {"text/plain": "8"}


def test_a_cell_that_will_not_stop_is_ended() -> None:
    with live.Agent() as own:
        cell = Cells(own)
        started = time.monotonic()
        with pytest.raises(LiveError, match=r"ended \(stopped after 0.2 s\)"):
            cell("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    pass", timeout=0.2)
        assert time.monotonic() - started < 10
        with pytest.raises(LiveError, match="has ended"):
            cell("1")


def test_a_cell_that_ends_the_helper() -> None:
    with live.Agent() as own, pytest.raises(LiveError, match=r"ended \(by itself\)"):
        Cells(own)("import os; os._exit(1)")


def test_a_lab_in_a_cell(cell: Cells) -> None:
    answer = cell("lab.veth()\ntap = lab.tap('all')\nlab.send('v0', bytes(14))\ntap.frames()")
    assert "OUTGOING" in answer["value"]["text/plain"]
    assert "<td>OUTGOING</td>" in answer["value"]["text/html"]


def test_the_cell_has_a_machine_of_its_own(cell: Cells) -> None:
    value = cell("import os; os.getpid(), os.getuid()")["value"]
    assert value == {"text/plain": "(1, 0)"}


def test_a_lab(agent: live.Agent) -> None:
    with live.Lab() as lab:
        assert lab.source == f"live on Linux {agent.kernel}"
        near, far = lab.veth()
        one, two = lab.tap(device=near), lab.tap("far", device=far, ring=3)
        frame = ethernet("02:00:00:00:00:0b", "02:00:00:00:00:0a", 0x88B5)
        lab.send(near, frame, count=3)
        assert [row.pkttype for row in one.frames()] == ["OUTGOING"] * 3
        assert [row.device for row in two.frames()] == [far] * 3
        assert two.frames() == lab.frames()
        lab.send(near, frame, by=one)
        assert [row.tap for row in lab.frames()] == ["far"]
        assert one.statistics() == (3, 0)
        lab.qdisc(near, "blackhole")
        lab.send(near, frame)
        assert not lab.frames()
        lab.udp()
        lab.down(near)
        lab.up(near)
        one.close()
        with pytest.raises(LiveError, match="the veth device 'w0' was refused: EEXIST"):
            lab.veth("w0", far)
        for wrong, says in (
            (lambda: lab.tap(fanout="x"), "no fanout group"),
            (lambda: lab.udp("x"), "there is no device 'x'"),
            (one.frames, "no tap 'tap1' is open"),
            (lambda: lab.tap(device=far, protocol=1 << 20), "OverflowError"),
            (lambda: lab.vlan("v", far, 1 << 20), "error: "),
        ):
            with pytest.raises(LiveError, match=says):
                wrong()
        assert "tap1" in repr(one)
    with pytest.raises(LiveError, match="has ended"):
        lab.udp()


def test_a_lab_is_recorded_and_replayed(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    kept = tmp_path / "kept.jsonl"
    monkeypatch.setenv("EXPLORER_RECORD", str(kept))

    def work(lab: live.Lab, length: int = 20) -> table.Frames:
        tap = lab.tap("all", device="lo")
        lab.udp(length=length)
        return tap.frames()

    with live.Lab() as lab:
        real = work(lab)
    monkeypatch.delenv("EXPLORER_RECORD")
    recordings.merge(tmp_path / "cells.jsonl", recordings.read(kept))
    monkeypatch.setattr(recordings, "place_of", lambda kind: tmp_path / "cells.jsonl")
    monkeypatch.setattr("explorer.live.process.command", lambda: ["false"])
    recordings._shelf.cache_clear()
    with live.Lab() as lab:
        again = work(lab)
        assert again == real
        assert again.source.startswith("recorded, not run here: the live helper did not start")
    with live.Lab() as lab, pytest.raises(LiveError, match="nothing is recorded of these calls as they are written"):
        work(lab, 21)
    recordings._shelf.cache_clear()


def test_a_hostile_name_is_escaped() -> None:
    name = "\x1b[31m<b>\udcff"
    frames = table.Frames([Row(name, "HOST", 3, name, 1, "00")], "live on <Linux>")
    for text in (repr(frames), frames.hex(), frames._repr_html_()):
        assert "\x1b" not in text
        assert "\\x1b[31m" in text
        text.encode()
    assert "<b>" not in frames._repr_html_()
    assert "&lt;Linux&gt;" in frames._repr_html_()
