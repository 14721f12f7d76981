"""netlink messages, built and read without a kernel."""

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


@pytest.mark.parametrize("data", [b"\0\0\0\0", b"\3\0\1\0", b"\xff\xff\1\0abc", b"\1"])
def test_broken_attributes_end_the_reading(data: bytes) -> None:
    assert set(netlink.attributes(data)) <= {1}


def test_message_says_its_length() -> None:
    built = netlink.message(16, 4, b"12345678")
    assert struct.unpack("IHHII", built[:16]) == (24, 16, 4 | 1, 1, 0)
    assert built[16:] == b"12345678"


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
