"""TPACKET_V1, V2 and V3 receive rings: the frames lie in memory shared with the kernel (PACKET_RX_RING, mmap)."""

from __future__ import annotations

import mmap
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from explorer.errors import LiveError
from explorer.live.taps import AUX, PKTTYPES, name_of
from explorer.scenario import Row, Tap

__all__ = ["Ring"]

_SOL_PACKET = 263
_RX_RING, _COPY_THRESH, _VERSION, _RESERVE = 5, 7, 10, 12
_TP_STATUS_KERNEL, _TP_STATUS_USER = 0, 1
_BLOCK_STATUS = 8  # struct tpacket_block_desc: version, offset_to_priv, block_status, num_pkts, offset_to_first_pkt


@dataclass(frozen=True, slots=True)
class _Shape:
    """Where a version's header has what: struct, the fields in its order, and where sockaddr_ll follows."""

    layout: str
    names: tuple[str, ...]
    address: int


# struct tpacket_hdr, tpacket2_hdr, tpacket3_hdr; sockaddr_ll stands at TPACKET_ALIGN(sizeof)
_SHAPES = {
    1: _Shape("LIIHH", ("status", "len", "snaplen", "mac", "net"), 32),
    2: _Shape("IIIHHIIHH", ("status", "len", "snaplen", "mac", "net", "sec", "nsec", "vlan_tci", "vlan_tpid"), 32),
    3: _Shape(
        "IIIIIIHHIIH",
        ("next", "sec", "nsec", "snaplen", "len", "status", "mac", "net", "rxhash", "vlan_tci", "vlan_tpid"),
        48,
    ),
}


class Ring:
    """A ring on a socket; calling it gives the next row, or None."""

    def __init__(self, channel: socket.socket, tap: Tap) -> None:
        if tap.ring not in _SHAPES:
            raise LiveError(f"a ring is TPACKET_V1, 2 or 3, not {tap.ring}")
        self._tap, self._shape = tap, _SHAPES[tap.ring]
        channel.setsockopt(_SOL_PACKET, _VERSION, tap.ring - 1)
        channel.setsockopt(_SOL_PACKET, _RESERVE, tap.reserve)
        channel.setsockopt(_SOL_PACKET, _COPY_THRESH, tap.copy_threshold)
        slots = tap.block_size // max(tap.frame_size, 1) * tap.blocks
        request = struct.pack("4I", tap.block_size, tap.blocks, tap.frame_size, slots)
        if tap.ring == 3:
            request += struct.pack("3I", tap.retire, 0, 0)
        channel.setsockopt(_SOL_PACKET, _RX_RING, request)
        self._memory = mmap.mmap(channel.fileno(), tap.block_size * tap.blocks)
        self._rows = self._blocks() if tap.ring == 3 else self._frames()

    def __call__(self) -> Row | None:
        """The next frame, or None if the kernel has handed over no other."""
        return next(self._rows)

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()

    def _frames(self) -> Iterator[Row | None]:
        """V1 and V2: slots of equal size, each with its own status word."""
        while True:
            for place in self._places():
                while not self._word(place) & _TP_STATUS_USER:
                    yield None
                yield self._row(place)[0]
                struct.pack_into("L" if self._tap.ring == 1 else "I", self._memory, place, _TP_STATUS_KERNEL)

    def _blocks(self) -> Iterator[Row | None]:
        """V3: blocks of frames, handed over when full or when the retire timer fires."""
        tap = self._tap
        while True:
            for block in range(0, tap.block_size * tap.blocks, tap.block_size):
                while not self._word(block + _BLOCK_STATUS) & _TP_STATUS_USER:
                    yield None
                count, place = struct.unpack_from("II", self._memory, block + _BLOCK_STATUS + 4)
                place += block
                for _ in range(count):
                    row, following = self._row(place)
                    yield row
                    place += following
                struct.pack_into("I", self._memory, block + _BLOCK_STATUS, _TP_STATUS_KERNEL)

    def _places(self) -> Iterator[int]:
        """Where the slots of V1 and V2 begin: as many in each block as fit."""
        tap = self._tap
        for block in range(0, tap.block_size * tap.blocks, tap.block_size):
            yield from range(block, block + tap.block_size - tap.frame_size + 1, tap.frame_size)

    def _word(self, place: int) -> int:
        return int(struct.unpack_from("I", self._memory, place)[0])

    def _row(self, place: int) -> tuple[Row, int]:
        """The frame whose header is at a place, and how far the next one is."""
        shape = self._shape
        head = dict(zip(shape.names, struct.unpack_from(shape.layout, self._memory, place), strict=True))
        protocol, index, _, kind = struct.unpack_from("!2xHIHB", self._memory, place + shape.address)
        start = place + head["net" if self._tap.type == "dgram" else "mac"]
        data = self._memory[start : start + head["snaplen"]]
        aux = tuple((name, head.get(name[3:], 0)) for name in AUX) if self._tap.auxdata else ()
        device = name_of(socket.ntohl(index))
        return Row(self._tap.name, PKTTYPES[kind], protocol, device, head["len"], data.hex(), aux), head.get("next", 0)
