"""What RTM_GETLINK says of a device, read without a kernel."""

from __future__ import annotations

import struct

import pytest

from explorer.live import devices
from explorer.live.netlink import attribute, message


def answer(flags: int, *attributes: bytes) -> bytes:
    body = struct.pack("BxHiII", 0, 1, 7, flags, 0) + b"".join(attributes)
    return message(16, 0, body)


@pytest.mark.parametrize(
    ("flags", "carrier", "operstate", "qdisc", "stacked", "ready"),
    [
        (1, 1, 6, "noop", True, False),
        (1, 1, 2, "noqueue", True, False),  # named, but linkwatch has not come yet
        (1, 1, 6, "noqueue", True, True),
        (1, 1, 0, "noqueue", True, False),  # the second end of a veth, made a moment ago
        (1, 1, 0, "noqueue", False, True),  # lo
        (1, 0, 2, "noop", True, True),  # no carrier: linkwatch will not come
        (0, 1, 2, "noop", True, True),
    ],
)
def test_a_device_is_ready_when_its_qdisc_is_real(
    flags: int, carrier: int, operstate: int, qdisc: str, stacked: bool, ready: bool
) -> None:
    states = [attribute(16, bytes([operstate])), attribute(33, bytes([carrier]))]
    states += [attribute(5, 8)] * stacked
    told = answer(flags, attribute(3, "v0"), attribute(6, qdisc), *states)
    link = devices.parse_link(told)
    assert (link.name, link.index, link.qdisc, link.up) == ("v0", 7, qdisc, bool(flags))
    assert link.ready is ready
