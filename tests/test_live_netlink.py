"""rtnetlink messages, built and read without a kernel."""

from __future__ import annotations

import errno
import struct

import pytest

from explorer.errors import LiveError
from explorer.live import netlink


@pytest.mark.parametrize(
    ("value", "bytes_"),
    [
        ("v0", b"\x07\x00\x03\x00v0\x00\x00"),
        ("veth", b"\x09\x00\x03\x00veth\x00\x00\x00\x00"),
        (1500, struct.pack("HHI", 8, 3, 1500)),
        (b"", b"\x04\x00\x03\x00"),
        (b"\x01", b"\x05\x00\x03\x00\x01\x00\x00\x00"),
        ("\udcff", b"\x06\x00\x03\x00\xff\x00\x00\x00"),  # a name that is no UTF-8
    ],
)
def test_attribute(value: bytes | str | int, bytes_: bytes) -> None:
    assert netlink.attribute(3, value) == bytes_


def test_message_says_its_length() -> None:
    built = netlink.message(16, 4, b"12345678")
    assert struct.unpack("IHHII", built[:16]) == (24, 16, 4 | 1, 1, 0)
    assert built[16:] == b"12345678"


def answer(flags: int, *attributes: bytes) -> bytes:
    body = struct.pack("BxHiII", 0, 1, 7, flags, 0) + b"".join(attributes)
    return struct.pack("IHHII", 16 + len(body), 16, 0, 1, 0) + body


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
    states = [netlink.attribute(16, bytes([operstate])), netlink.attribute(33, bytes([carrier]))]
    states += [netlink.attribute(5, 8)] * stacked
    told = answer(flags, netlink.attribute(3, "v0"), netlink.attribute(6, qdisc), *states)
    link = netlink.parse_link(told)
    assert (link.name, link.index, link.qdisc, link.up) == ("v0", 7, qdisc, bool(flags))
    assert link.ready is ready


def refused(code: int, words: str = "", capped: bool = False) -> bytes:
    """An NLMSG_ERROR as the kernel sends it: the error, the request it quotes, the extended ack."""
    request = netlink.message(16, 4, bytes(32))
    quoted = request[:16] if capped else request
    attributes = netlink.attribute(1, words) if words else b""
    flags = (0x100 if capped else 0) | (0x200 if words else 0)
    body = struct.pack("i", -code) + quoted + attributes
    return struct.pack("IHHII", 16 + len(body), 2, flags, 1, 0) + body


@pytest.mark.parametrize("capped", [False, True])
def test_a_refusal_is_told_with_errno_and_the_kernels_words(capped: bool) -> None:
    with pytest.raises(
        LiveError, match=r"the vlan device 'v0.5' was refused: EOPNOTSUPP.*module.*\(Unknown device type\)"
    ):
        netlink.refuse("the vlan device 'v0.5'", refused(errno.EOPNOTSUPP, "Unknown device type", capped))
    with pytest.raises(LiveError, match=r"EBUSY, Device or resource busy$"):
        netlink.refuse("x", refused(errno.EBUSY, capped=capped))
    netlink.refuse("x", refused(0))
