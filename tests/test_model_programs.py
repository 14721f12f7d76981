"""Programs of tc and of generic XDP on a device: what a tap sees of the frames they pass, drop or send back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rows import shown

from explorer.rehearse import rehearse
from explorer.scenario import Device, Scenario, Tap, load


def programmed(device: str, **programs: str) -> Scenario:
    """Two taps, and programs on one of the two devices."""
    scenario = load("two-taps")
    return replace(scenario, devices=(*scenario.devices, Device(device, "veth", **programs)))


def test_xdp_and_tc_stand_on_either_side_of_the_taps() -> None:
    for program, far in (
        ({"xdp": "ret #1"}, ""),
        ({"tc_ingress": "ret #2"}, "HOST 88b5 v1 60"),
        ({}, "HOST 88b5 v1 60"),
    ):
        outcome = rehearse(programmed("v1", **program))
        assert shown(outcome.of("near")) == "OUTGOING 88b5 v0 60"
        assert shown(outcome.of("far")) == far


@pytest.mark.parametrize(("verdict", "refused"), [(2, "ENOBUFS"), (4, ""), (7, ""), (8, "")])
def test_tc_egress_hides_a_frame_from_the_taps_and_tells_the_sender_of_a_shot(verdict: int, refused: str) -> None:
    outcome = rehearse(programmed("v0", tc_egress=f"ret #{verdict}"))
    assert outcome.rows == ()
    assert outcome.refused.endswith(refused)


@pytest.mark.parametrize("verdict", [0, 1, 3, 6, 99])
def test_what_is_no_verdict_of_tc_passes(verdict: int) -> None:
    outcome = rehearse(programmed("v0", tc_egress=f"ret #{verdict}", tc_ingress="ret #2"))
    assert [shown(outcome.of(name)) for name in ("near", "far")] == ["OUTGOING 88b5 v0 60", "HOST 88b5 v1 60"]


@pytest.mark.parametrize(
    ("action", "near", "far"),
    [
        (0, "OUTGOING 88b5 v0 60", ""),
        (1, "OUTGOING 88b5 v0 60", ""),
        (2, "OUTGOING 88b5 v0 60", "HOST 88b5 v1 60"),
        (3, "OUTGOING 88b5 v0 60, OTHERHOST 88b5 v0 60", ""),
        (77, "OUTGOING 88b5 v0 60", ""),
    ],
)
def test_what_xdp_does_not_pass_ends_or_goes_back(action: int, near: str, far: str) -> None:
    outcome = rehearse(programmed("v1", xdp=f"ret #{action}"))
    assert [shown(outcome.of(name)) for name in ("near", "far")] == [near, far]


def test_a_program_of_tc_sees_the_link_header_both_ways() -> None:
    ethertype = "(000) ldh [12]\n(001) jeq #0x88b5 jt 2 jf 3\n(002) ret #4\n(003) ret #0"
    taps = (Tap("far", device="v1"), Tap("own", protocol=0x88B5, device="v1"))
    for way, far in (("tc_egress", ""), ("tc_ingress", "HOST 88b5 v1 60")):
        outcome = rehearse(replace(programmed("v0" if way == "tc_egress" else "v1", **{way: ethertype}), taps=taps))
        assert [shown(outcome.of(name)) for name in ("far", "own")] == [far, ""]
