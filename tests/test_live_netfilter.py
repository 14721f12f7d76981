"""A chain on a device's ingress hook: what nft would send, and what the running kernel says to it."""

from __future__ import annotations

import struct

import pytest

from explorer import live
from explorer.live import netfilter
from explorer.scenario import Action, Device, Scenario, Tap


def test_a_message_is_a_netlink_header_a_netfilter_header_and_attributes() -> None:
    begin = netfilter._message(0x10, 0, b"", 10)
    assert struct.unpack("IHHII", begin[:16]) == (20, 0x10, 0x1, 1, 0)
    assert begin[16:] == bytes([0, 0, 0, 10])
    assert netfilter._number(2, 1) == bytes([8, 0, 2, 0, 0, 0, 0, 1])


@pytest.mark.live
@pytest.mark.parametrize(("device", "left"), [("v0", ["OUTGOING", "HOST", "HOST"]), ("v1", ["OUTGOING", "HOST"])])
def test_the_hook_stands_between_the_taps_and_the_protocols(device: str, left: list[str]) -> None:
    devices = (Device("v0", "veth", "v1"), Device(device, "veth", nft_drop=True))
    taps = (Tap("all"), Tap("own", protocol=0x88B5))
    outcome = live.run(
        Scenario("", "", "", devices, taps, (Action("send", "v0", frame="00" * 12 + "88b5" + "47" * 46),))
    )
    if "module" in outcome.refused:
        pytest.skip(outcome.refused)
    assert [row.pkttype.replace("OTHERHOST", "HOST") for row in outcome.rows] == left
