"""Programs on devices: a classic one becomes eBPF that the kernel takes, and decides as tc and XDP are told to."""

from __future__ import annotations

import os
import struct

import pytest

from explorer import live
from explorer.errors import LiveError
from explorer.live.loader import NO_RIGHT
from explorer.live.programs import assembled, packed
from explorer.live.xdp import translated
from explorer.model.filter import assemble
from explorer.scenario import Action, Device, Outcome, Scenario, Tap, load

ETHERTYPE = "(000) ldh [12]\n(001) jeq #0x88b5 jt 2 jf 3\n(002) ret #1\n(003) ret #2"


def code(text: str) -> list[tuple[int, ...]]:
    return list(struct.iter_unpack("<BBhI", translated(assemble(text))))


def test_a_filter_is_packed_as_the_kernel_has_it() -> None:
    assert packed(assembled("ret #2")) == struct.pack("HBBI", 6, 0, 0, 2)


def test_what_is_no_program_is_told() -> None:
    with pytest.raises(LiveError, match="the filter is no program"):
        assembled("return 2")


def test_a_return_is_two_instructions_behind_those_that_find_the_frame() -> None:
    assert code("ret #2") == [(0x61, 0x16, 0, 0), (0x61, 0x17, 4, 0), (0xB4, 0, 0, 0), (0xB4, 0, 0, 2), (0x95, 0, 0, 0)]


def test_a_load_looks_first_whether_the_bytes_are_there() -> None:
    found = code(ETHERTYPE)
    load, beyond, aborted = found[3:8], found[5], found[-2:]
    assert load[:2] == [(0xBF, 0x62, 0, 0), (0x07, 2, 0, 14)]
    assert load[3:] == [(0x69, 0x60, 12, 0), (0xDC, 0, 0, 16)]
    assert beyond[:2] == (0x2D, 0x72)
    assert 6 + beyond[2] == len(found) - 2
    assert aborted == [(0xB4, 0, 0, 0), (0x95, 0, 0, 0)]


@pytest.mark.parametrize(
    "text", ["ldh [x+12]\nret #2", "ld #pktlen\nret a", "ldh [-4092]\nret #2", "ldh [12]\ntax\nret #2"]
)
def test_what_xdp_has_nothing_for_is_told(text: str) -> None:
    with pytest.raises(LiveError, match=r"instruction [01] of an XDP program"):
        translated(assemble(text))


def sent(agent: live.Agent, **programs: str) -> Outcome:
    devices = (Device("v0", "veth", "v1"), Device("v1", "veth", "v0", **programs))
    frame = "02000000000b" + "02000000000a" + "88b5" + "70" * 46
    taps = (Tap("near", device="v0"), Tap("far", device="v1"), Tap("own", protocol=0x88B5, device="v1"))
    return live.run(Scenario("own", "Our own", "E.", devices, taps, (Action("send", "v0", frame=frame),)), agent)


@pytest.mark.live
@pytest.mark.parametrize(
    ("text", "heard"),
    [
        (ETHERTYPE, 0),
        (ETHERTYPE.replace("88b5", "88b6"), 1),
        ("ldb [59]\nret #2", 1),
        ("ldb [60]\nret #2", 0),
        ("ld [56]\nlsh #1\nrsh #1\njgt #0x70707070 jt 4 jf 5\nret #1\nret #2", 1),
        ("ld [0]\njset #0x80000000 jt 2 jf 3\nret #1\nret #2", 1),
        ("ld [56]\nor #0x80000000\njge #0xf0707070 jt 3 jf 4\nret #2\nret #1", 1),
        ("ldb [59]\nand #0xf\nadd #2\nret a", 1),
        ("ldb [59]\njeq #0x70 jt 2 jf 3\nja 4\nret #1\nret #2", 1),
    ],
)
def test_xdp_decides_as_the_classic_program_says(agent: live.Agent, text: str, heard: int) -> None:
    outcome = sent(agent, xdp=text)
    if NO_RIGHT in outcome.refused or "ENOSYS" in outcome.refused:
        pytest.skip(outcome.refused)
    assert outcome.refused == ""
    assert (len(outcome.of("near")), len(outcome.of("far"))) == (1, heard)


@pytest.mark.live
def test_two_ends_may_not_both_send_back(agent: live.Agent) -> None:
    alone = sent(agent, xdp="ret #3").refused
    if NO_RIGHT in alone or "ENOSYS" in alone:
        pytest.skip(alone)
    back = (Device("v0", "veth", "v1", xdp="ret #3"), Device("v1", "veth", "v0", xdp="ldb [0]\nret a"))
    both = live.run(Scenario("own", "Our own", "E.", back, (Tap("any"),), (Action("udp", "lo"),)), agent)
    assert "a frame would never end" in both.refused


@pytest.mark.live
def test_who_is_not_root_is_told_why_and_a_recording_answers(agent: live.Agent) -> None:
    if not os.geteuid():
        pytest.skip("root may load a program")
    (answer,) = live.answers([load("xdp-drop")])
    assert NO_RIGHT in answer.reason
    assert [len(answer.outcome.of(name)) for name in ("near", "far")] == [2, 1]


@pytest.mark.live
@pytest.mark.parametrize(("ingress", "heard"), [("ret #0", 1), ("ret #2", 0)])
def test_tc_decides_before_the_taps_of_a_protocol(agent: live.Agent, ingress: str, heard: int) -> None:
    outcome = sent(agent, tc_ingress=ingress, tc_egress="ret #2")
    if "module is absent" in outcome.refused:
        pytest.skip(outcome.refused)
    assert [len(outcome.of(tap)) for tap in ("near", "far", "own")] == [1, 1, heard]
