"""Classic BPF programs on real sockets: is a program refused, and how much does it leave of a datagram or a frame?"""

from __future__ import annotations

import os
import select
import socket
import struct
from typing import Any

from explorer.errors import LiveError
from explorer.live.programs import packed
from explorer.live.taps import attach

__all__ = ["Filters"]

_SO_MARK, _SOL_PACKET, _PACKET_AUXDATA, _ETH_P_ALL = 36, 263, 8, 3
_LARGEST = 1 << 16
_PATIENCE = 2  # seconds that a frame may take over lo
_SHOWN = ("tp_status", "network_header", "vlan_tci", "vlan_proto")


class Filters:
    """A pair of AF_UNIX sockets for datagrams, which are skbs without device or header; taps on lo for frames."""

    def __init__(self) -> None:
        self._cpu = min(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {self._cpu})
        self._unix, self._end = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._end.setblocking(False)
        self._control = _tap(socket.SOCK_RAW)  # the first on the list of taps, so the last that gets a frame
        self._control.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
        self._taps = [_tap(socket.SOCK_RAW), _tap(socket.SOCK_DGRAM)]
        self._sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """What is refused, by errno, and of what was sent: `got`, and the skbs it was `shown` as."""
        program, content = packed(request["program"]), bytes.fromhex(request["content"])
        taps = self._taps if request["kind"] == "frame" else [self._end]
        errno = max(_attached(tap, program) for tap in taps)
        answer: dict[str, Any] = {"errno": errno, "cpu": self._cpu, "got": None, "shown": []}
        if errno or request["kind"] == "check":
            return answer
        if request["kind"] == "datagram":
            self._unix.send(content)
            return answer | {"got": _received(self._end)}
        self._sender.setsockopt(socket.SOL_SOCKET, _SO_MARK, request["mark"])
        self._sender.sendto(content, ("lo", request["protocol"]))
        shown = [self._shown(), self._shown()]  # going out, and coming in
        return answer | {"got": [_delivered(tap) for tap in self._taps], "shown": shown}

    def _shown(self) -> dict[str, Any]:
        """The skb that the next frame of the tap without a filter was."""
        if not select.select([self._control], [], [], _PATIENCE)[0]:
            raise LiveError("a frame over lo does not arrive")
        data, ancillary, _, address = self._control.recvmsg(_LARGEST, 64)
        status, _, _, _, network_header, tci, tpid = struct.unpack("=IIIHHHH", ancillary[0][2])
        told = dict(zip(_SHOWN, (status, network_header, tci, tpid), strict=True))
        return {"data": data.hex(), "protocol": address[1], "pkt_type": address[2], "hatype": address[3], **told}


def _attached(tap: socket.socket, program: bytes) -> int:
    """The errno of an attempt to attach a program, 0 if it was accepted."""
    try:
        attach(tap, program)
    except OSError as error:
        return error.errno or 0
    return 0


def _tap(kind: int) -> socket.socket:
    tap = socket.socket(socket.AF_PACKET, kind, 0)
    tap.bind(("lo", _ETH_P_ALL))
    tap.setblocking(False)
    return tap


def _received(tap: socket.socket) -> int:
    """The length of a datagram, -1 for none."""
    try:
        return len(tap.recv(_LARGEST))
    except BlockingIOError:
        return -1


def _delivered(tap: socket.socket) -> list[list[int]]:
    """The packet type and the length of every frame that a tap got."""
    got: list[list[int]] = []
    while True:
        try:
            data, address = tap.recvfrom(_LARGEST)
        except BlockingIOError:
            return got
        got.append([address[2], len(data)])
