"""Programs on the devices of a drawn scenario: tc's on the way in and out, and generic XDP's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from explorer.scenario import Device, Scenario

__all__ = ["programmed"]

_TC = (
    "(000) ldh [12]\n(001) jeq #0x88b5 jt 2 jf 3\n(002) ret #2\n(003) ret #0",  # TC_ACT_SHOT, TC_ACT_OK
    "(000) ldh [12]\n(001) jeq #0x800 jt 2 jf 3\n(002) ret #4\n(003) ret #0",  # TC_ACT_STOLEN
    "(000) ldb [0]\n(001) jset #0x1 jt 2 jf 3\n(002) ret #4\n(003) ret #-1",  # TC_ACT_UNSPEC
    "(000) ldh [-4092]\n(001) jeq #0x3 jt 2 jf 3\n(002) ret #8\n(003) ret #3",  # OTHERHOST; TC_ACT_TRAP, TC_ACT_PIPE
    "(000) ldh [-4048]\n(001) jeq #0x1 jt 2 jf 3\n(002) ret #4\n(003) ret #0",  # a tag beside the frame
    "(000) ld #pktlen\n(001) jge #0x60 jt 2 jf 3\n(002) ret #2\n(003) ret #6",
    "(000) ldb [70]\n(001) tax\n(002) ret #2",  # a short frame has no such byte, which ends the program with 0
    "(000) ldb [14]\n(001) ret a",  # no verdict is one that was never heard of
)
_XDP = (
    "(000) ldh [12]\n(001) jeq #0x88b5 jt 2 jf 3\n(002) ret #1\n(003) ret #2",  # XDP_DROP, XDP_PASS
    "(000) ldh [12]\n(001) jeq #0x88b6 jt 2 jf 3\n(002) ret #3\n(003) ret #2",  # XDP_TX
    "(000) ldb [0]\n(001) and #0x1\n(002) jeq #0x1 jt 3 jf 4\n(003) ret #3\n(004) ret #2",  # to a group
    "(000) ld [66]\n(001) ret #2",  # a short frame has no such bytes, and 0 is XDP_ABORTED
    "(000) ldb [14]\n(001) jgt #0x45 jt 2 jf 3\n(002) ret #2\n(003) ret #77",
)


def programmed(number: int, scenario: Scenario) -> Scenario:
    """The scenario of a number, perhaps with programs on its devices."""
    r = Random(f"programs of {number}")
    if r.random() >= 0.3:
        return scenario
    rows = [row for device in scenario.devices for row in _rows(r, device)]
    # Sent back by both ends, a frame would never end, nor would the namespace that it keeps.
    back = [row.name for row in rows if "ret #3" in row.xdp]
    devices = tuple(replace(row, xdp="") if row.name in back[1:] else row for row in rows)
    return replace(scenario, devices=devices)


def _rows(r: Random, device: Device) -> Iterator[Device]:
    yield _given(r, device)
    if device.peer:
        other = Device(device.peer, device.kind, device.name)
        if (given := _given(r, other)) != other:
            yield given


def _given(r: Random, device: Device) -> Device:
    ingress, egress = (r.choice(_TC) if r.random() < 0.3 else "" for _ in range(2))
    return replace(device, tc_ingress=ingress, tc_egress=egress, xdp=r.choice(_XDP) if r.random() < 0.2 else "")
