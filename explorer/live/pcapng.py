"""Rows as a pcapng file, for Wireshark and tcpdump: direction in epb_flags, pkttype and tap in words."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from explorer import __version__
from explorer.scenario import Row

__all__ = ["LINKTYPE_ETHERNET", "LINKTYPE_LINUX_SLL2", "link_type", "pcapng"]

LINKTYPE_ETHERNET, LINKTYPE_LINUX_SLL2 = 1, 276
_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_COMMENT, _NAME, _APPLICATION, _FLAGS = 1, 2, 4, 2
_END = struct.pack("<HH", 0, 0)
# epb_flags: bits 0-1 the direction (1 in, 2 out), bits 2-4 the kind of reception
_DIRECTION = {
    "HOST": 1 | 1 << 2,
    "MULTICAST": 1 | 2 << 2,
    "BROADCAST": 1 | 3 << 2,
    "OTHERHOST": 1 | 4 << 2,
    "OUTGOING": 2,
}
_PKTTYPES = {"HOST": 0, "BROADCAST": 1, "MULTICAST": 2, "OTHERHOST": 3, "OUTGOING": 4}


def link_type(rows: Sequence[Row], cooked: Sequence[str]) -> int:
    """The one link type of a file, since libpcap reads no file with two.

    Ethernet; where a tap (of those named `cooked`) got frames without their header, Linux cooked for all of them.
    """
    return LINKTYPE_LINUX_SLL2 if any(row.tap in cooked for row in rows) else LINKTYPE_ETHERNET


def pcapng(rows: Sequence[Row], cooked: Sequence[str] = (), comment: str = "") -> bytes:
    """A pcapng section: an interface for each tap and device; the times are the order, in microseconds.

    `cooked` names the taps that are SOCK_DGRAM; `comment` says what this is a capture of, and whether it was recorded.
    """
    kind = link_type(rows, cooked)
    interfaces = list(dict.fromkeys((row.tap, row.device) for row in rows))
    devices = list(dict.fromkeys(row.device for row in rows))
    head = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + _option(_COMMENT, comment)
    blocks = [_block(_SECTION, head + _option(_APPLICATION, f"explorer {__version__}") + _END)]
    for tap, device in interfaces:
        blocks.append(_block(_INTERFACE, struct.pack("<HHI", kind, 0, 0) + _option(_NAME, f"{tap}@{device}") + _END))
    for number, row in enumerate(rows):
        data = bytes.fromhex(row.data)
        size = row.length
        if kind == LINKTYPE_LINUX_SLL2:
            header, payload = _cooked(row, data, row.tap in cooked, devices.index(row.device) + 1)
            size += len(header) + len(payload) - len(data)
            data = header + payload
        place = interfaces.index((row.tap, row.device))
        body = struct.pack("<IIIII", place, 0, number, len(data), max(size, len(data))) + _padded(data)
        blocks.append(_block(_PACKET, body + b"".join(_described(row)) + _END))
    return b"".join(blocks)


def _described(row: Row) -> Iterator[bytes]:
    if row.pkttype in _DIRECTION:
        yield _option(_FLAGS, struct.pack("<I", _DIRECTION[row.pkttype]))
    yield _option(_COMMENT, f"PACKET_{row.pkttype}" if row.pkttype else "SOCK_PACKET tells no pkttype")


def _cooked(row: Row, data: bytes, already: bool, index: int) -> tuple[bytes, bytes]:
    """struct sll2_header {be16 protocol, 0; be32 ifindex; be16 hatype; u8 pkttype, halen, addr[8]}, and the payload."""
    address = b"" if already else data[6:12]
    kind = _PKTTYPES.get(row.pkttype, 0)
    header = struct.pack(">HHIHBB8s", row.protocol, 0, index, 1, kind, len(address), address)
    return header, data if already else data[14:]


def _block(kind: int, body: bytes) -> bytes:
    size = 12 + len(body)
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def _option(code: int, value: str | bytes) -> bytes:
    """An option; an empty one is left out."""
    data = value.encode("utf-8", "replace") if isinstance(value, str) else value
    return struct.pack("<HH", code, len(data)) + _padded(data) if data else b""


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
