"""Packet sockets: opened without a stale frame, bound through sockaddr_ll, read as rows in the order got."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import socket
import struct
from collections.abc import Iterator
from typing import Protocol

from explorer.errors import LiveError
from explorer.live.netlink import errno_name, index
from explorer.live.programs import assembled, packed
from explorer.scenario import Row, Tap, fanout_args

__all__ = [
    "AUX",
    "PKTTYPES",
    "Listener",
    "attach",
    "bind",
    "join",
    "name_of",
    "refusal",
    "send",
    "sender",
    "virtio_net_hdr",
]

PKTTYPES = ("HOST", "BROADCAST", "MULTICAST", "OTHERHOST", "OUTGOING", "LOOPBACK", "USER", "KERNEL")
AUX = ("tp_status", "tp_len", "tp_snaplen", "tp_mac", "tp_net", "tp_vlan_tci", "tp_vlan_tpid")

_TYPES = {"raw": 3, "dgram": 2, "packet": 10}  # SOCK_RAW, SOCK_DGRAM, SOCK_PACKET
_SOL_PACKET, _SO_ATTACH_FILTER = 263, 26
_STATISTICS, _AUXDATA, _VNET_HDR, _FANOUT, _QDISC_BYPASS, _FANOUT_DATA, _IGNORE_OUTGOING = 6, 8, 15, 18, 20, 22, 23
_LARGEST = 1 << 17
_SOON = 1000  # milliseconds: a block that is handed over later is not waited for
_NO_DEVICE = 0x7FFFFFFF  # an ifindex that none has


class _Reader(Protocol):
    """How the frames of a socket are read: from its queue, or from a ring."""

    def __call__(self) -> Row | None:
        """The next frame, or None if none is there now."""

    def close(self) -> None:
        """Give back what the reader holds beside the socket."""


class Listener:
    """An open tap: `take` gives what arrived since, `statistics` what the kernel counted since it was opened."""

    def __init__(self, tap: Tap) -> None:
        self.tap = tap
        self._counted = (0, 0)
        self._taken = 0
        with contextlib.ExitStack() as stack, refusal(f"the tap {tap.name!r}"):
            self.socket = stack.enter_context(_opened(tap.type, tap.protocol))
            _configure(self.socket, tap)
            bind(self.socket, tap.type, tap.device, tap.protocol)
            self._reader: _Reader = _reader(self.socket, tap)
            self._copies = _Queue(self.socket, tap) if tap.ring and tap.copy_threshold else None
            if tap.fanout:
                join(self.socket, tap.fanout)
            if tap.fanout_filter:
                attach(self.socket, packed(assembled(tap.fanout_filter)), _SOL_PACKET, _FANOUT_DATA)
            stack.pop_all()

    def statistics(self) -> tuple[int, int]:
        """tp_packets (drops included) and tp_drops; SOCK_PACKET counts nothing, so there it is what was taken."""
        if self.tap.type == "packet":
            return self._taken, 0
        size = 12 if self.tap.ring == 3 else 8
        packets, drops = struct.unpack_from("II", self.socket.getsockopt(_SOL_PACKET, _STATISTICS, size))
        self._counted = (self._counted[0] + packets, self._counted[1] + drops)  # reading resets the kernel's own
        return self._counted

    @property
    def waiting(self) -> int:
        """How many frames the kernel has for us by its own count; a V3 ring may hand them over a little later."""
        packets, drops = self.statistics()
        return packets - drops - self._taken if self.patient else 0

    @property
    def patient(self) -> bool:
        """Whether it is worth waiting for the blocks of a V3 ring that are not full."""
        return self.tap.retire < _SOON

    def take(self) -> Iterator[Row]:
        """The frames that are there now, in the order got."""
        while (row := self._reader()) is not None:
            self._taken += 1
            yield row
        while self._copies and (row := self._copies()) is not None:
            yield row

    def close(self) -> None:
        """Close the socket: the kernel waits for RCU, some milliseconds."""
        self._reader.close()
        self.socket.close()


class _Queue:
    """The receive queue of a SOCK_RAW or SOCK_DGRAM socket."""

    def __init__(self, channel: socket.socket, tap: Tap) -> None:
        self._socket, self._tap = channel, tap
        self._buffer = bytearray(_LARGEST)
        channel.setsockopt(_SOL_PACKET, _AUXDATA, 1)  # for tp_len, the length before a filter cut the frame

    def __call__(self) -> Row | None:
        try:
            size, ancillary, _, address = self._socket.recvmsg_into([self._buffer], 256)
        except BlockingIOError:
            return None
        except OSError as error:
            if error.errno == errno.ENETDOWN:  # told once, after the device went down
                return self()
            raise
        device, protocol, kind = address[:3]
        told = next(data for level, what, data in ancillary if (level, what) == (_SOL_PACKET, _AUXDATA))
        aux = dict(zip(AUX, struct.unpack("IIIHHHH", told), strict=True))  # struct tpacket_auxdata
        data = bytes(self._buffer[:size]).hex()
        shown = tuple(aux.items()) if self._tap.auxdata else ()
        length = aux["tp_len"] or size  # a copy of what was too long for its slot has no tp_len
        return Row(self._tap.name, PKTTYPES[kind], protocol, device, length, data, shown)

    def close(self) -> None:
        """Nothing beside the socket."""


class _Spkt:
    """The receive queue of a SOCK_PACKET socket, whose struct sockaddr_pkt Python would misread."""

    def __init__(self, channel: socket.socket, tap: Tap) -> None:
        self._socket, self._tap = channel, tap
        self._buffer = ctypes.create_string_buffer(_LARGEST)
        self._recvfrom = ctypes.CDLL(None, use_errno=True).recvfrom

    def __call__(self) -> Row | None:
        address, room = ctypes.create_string_buffer(32), ctypes.byref(ctypes.c_int(32))
        size = self._recvfrom(self._socket.fileno(), self._buffer, _LARGEST, socket.MSG_DONTWAIT, address, room)
        if size < 0:
            return self() if ctypes.get_errno() == errno.ENETDOWN else None  # told once, as above
        device, protocol = struct.unpack_from("!2x14sH", address)
        name = os.fsdecode(device.split(b"\0")[0])
        return Row(self._tap.name, "", protocol, name, size, self._buffer.raw[:size].hex())

    def close(self) -> None:
        """Nothing beside the socket."""


def sender(kind: str = "raw", bypass: bool = False, headed: bool = False) -> socket.socket:
    """A socket that only sends; `headed`, frames with a struct virtio_net_hdr before them."""
    with refusal("a socket to send from"):
        channel = _opened(kind, 0)
        if bypass:
            channel.setsockopt(_SOL_PACKET, _QDISC_BYPASS, 1)
        if headed:
            channel.setsockopt(_SOL_PACKET, _VNET_HDR, 1)
        return channel


def virtio_net_hdr(hdr_len: int, gso_size: int, csum_start: int, csum_offset: int) -> bytes:
    """What asks for a TCP frame to be cut: VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV4."""
    return struct.pack("BBHHHH", 1, 1, hdr_len, gso_size, csum_start, csum_offset)


def send(channel: socket.socket, device: str, frame: bytes, protocol: int) -> None:
    """Send a frame, from its MAC header on; SOCK_DGRAM has the kernel write the header anew."""
    kind = channel.type
    with refusal(f"a frame of {len(frame)} bytes over {device!r}"):
        if not device:
            channel.send(frame[14:] if kind == _TYPES["dgram"] else frame)
        elif kind == _TYPES["packet"]:
            place = struct.pack("!H14sH", 0, os.fsencode(device), protocol or int.from_bytes(frame[12:14]))
            _sendto(channel, frame, place)
        elif kind == _TYPES["dgram"]:
            _sendto(channel, frame[14:], _place(device, protocol or int.from_bytes(frame[12:14]), frame[:6]))
        else:
            _sendto(channel, frame, _place(device, protocol))


def _sendto(channel: socket.socket, content: bytes, place: bytes) -> None:
    _call("sendto", channel, content, len(content), 0, place, len(place))


def _place(device: str, protocol: int, address: bytes = b"") -> bytes:
    """struct sockaddr_ll; a device that is gone has a number that none has, and nothing named is no address."""
    try:
        number = index(device) if device else 0
    except LiveError:
        number = _NO_DEVICE
    return struct.pack("HHiHBB8s", socket.AF_PACKET, socket.htons(protocol), number, 0, 0, len(address), address)


def name_of(number: int) -> str:
    """The name of a device by its ifindex; empty if it is gone."""
    try:
        return socket.if_indextoname(number)
    except OSError:
        return ""


def _opened(kind: str, protocol: int) -> socket.socket:
    """A socket that hears nothing yet: protocol 0, so that no stale frame is in its queue when it is bound.

    SOCK_PACKET listens from its birth: bind(2) there says a device, never a protocol.
    """
    if kind not in _TYPES:
        raise LiveError(f"a packet socket is raw, dgram or packet, not {kind!r}")
    return socket.socket(socket.AF_PACKET, _TYPES[kind], socket.htons(protocol) if kind == "packet" else 0)


def _reader(channel: socket.socket, tap: Tap) -> _Reader:
    if tap.ring:
        from explorer.live.rings import Ring

        return Ring(channel, tap)
    return (_Spkt if tap.type == "packet" else _Queue)(channel, tap)


def _configure(channel: socket.socket, tap: Tap) -> None:
    if tap.receive_buffer:
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, tap.receive_buffer)
    if tap.filter:
        attach(channel, packed(assembled(tap.filter)))
    if tap.ignore_outgoing:
        channel.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, 1)
    channel.setblocking(False)


def join(channel: socket.socket, fanout: str) -> None:
    """PACKET_FANOUT; struct fanout_args only where it says the most members, since before 5.13 it was an int."""
    try:
        group, mode, most = fanout_args(fanout)
    except (KeyError, ValueError) as error:
        raise LiveError(f"{fanout!r} is no fanout group; 7:hash would be one") from error
    told = struct.pack("HHI", group, mode, most) if most else struct.pack("HH", group, mode)
    with refusal(f"the fanout group {fanout}"):
        channel.setsockopt(_SOL_PACKET, _FANOUT, told)


def attach(
    channel: socket.socket, program: bytes, level: int = socket.SOL_SOCKET, option: int = _SO_ATTACH_FILTER
) -> None:
    """SO_ATTACH_FILTER, or another option that takes a struct sock_fprog, with a program as `packed` gives it."""
    code = ctypes.create_string_buffer(program)
    channel.setsockopt(level, option, struct.pack("HP", len(program) // 8, ctypes.addressof(code)))


def bind(channel: socket.socket, kind: str, device: str, protocol: int) -> None:
    """bind(2) to any protocol, and to no device at all, which Python's own refuses: struct sockaddr_ll."""
    if kind != "packet":
        place = _place(device, protocol)
    elif device:
        place = struct.pack("H14s", 0, os.fsencode(device))
    else:
        return
    with refusal(f"bind to {device!r}"):
        _call("bind", channel, place, len(place))


def _call(name: str, channel: socket.socket, *arguments: object) -> None:
    """A call of libc on a socket; OSError with its errno."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(channel.fileno(), *arguments) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


@contextlib.contextmanager
def refusal(what: str) -> Iterator[None]:
    """Tell an OSError as a LiveError: what was refused, and by what errno."""
    try:
        yield
    except OSError as error:
        raise LiveError(f"{what} was refused: {errno_name(error.errno)}, {error.strerror or error}") from error
