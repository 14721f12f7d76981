"""netlink with the standard library: messages built and read, requests and what the kernel answers to them."""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterator

from explorer.errors import LiveError

__all__ = [
    "NO_SUCH_KIND",
    "SOCK_DIAG",
    "answer",
    "ask",
    "attribute",
    "attributes",
    "dump",
    "errno_name",
    "ifinfo",
    "index",
    "message",
    "refuse",
    "tcmsg",
]

SOCK_DIAG = 4
_ROUTE, _SOL_NETLINK, _EXT_ACK = 0, 270, 11
_REQUEST, _ACK, _DUMP = 0x1, 0x4, 0x300
_ERROR, _DONE, _CAPPED, _ACK_TLVS = 2, 3, 0x100, 0x200
_ATTR_MSG = 1  # NLMSGERR_ATTR_MSG
_MOST = 1 << 22  # bytes of a dump

# By errno: what a refusal usually means here.
NO_SUCH_KIND = "this kernel has no such kind (its module is absent)"
_MEANINGS = {
    errno.EOPNOTSUPP: NO_SUCH_KIND,
    errno.ENOENT: NO_SUCH_KIND,
    errno.ENODEV: "there is no such device",
    errno.EEXIST: "there is one already",
    errno.EPERM: "CAP_NET_ADMIN is missing",
}


def attribute(kind: int, value: bytes | str | int) -> bytes:
    """A struct rtattr with its value, padded; a number is a u32, a text ends in NUL."""
    if isinstance(value, str):
        value = os.fsencode(value) + b"\0"
    elif isinstance(value, int):
        value = struct.pack("I", value)
    return struct.pack("HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def attributes(data: bytes) -> dict[int, bytes]:
    """The attributes in a piece of a message by their kind; of a kind that comes twice the last."""
    found: dict[int, bytes] = {}
    place = 0
    while place + 4 <= len(data):
        length, kind = struct.unpack_from("HH", data, place)
        if length < 4:
            break
        found[kind & 0x3FFF] = data[place + 4 : place + length]
        place += length + 3 & ~3
    return found


def message(kind: int, flags: int, body: bytes) -> bytes:
    """A struct nlmsghdr with its body."""
    return struct.pack("IHHII", 16 + len(body), kind, flags | _REQUEST, 1, 0) + body


def dump(kind: int, body: bytes, family: int = _ROUTE) -> Iterator[bytes]:
    """The messages, headers taken off, that answer a dump request; LiveError if the kernel refuses."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, family) as channel:
        channel.settimeout(5.0)
        channel.send(message(kind, _DUMP, body))
        room = _MOST
        while room > 0:
            answer = channel.recv(1 << 17)
            room -= len(answer)
            place = 0
            while place + 16 <= len(answer):
                length, told = struct.unpack_from("IH", answer, place)
                if told == _DONE or length < 16:
                    return
                refuse("the list", answer[place : place + length])
                yield answer[place + 16 : place + length]
                place += length + 3 & ~3


def ask(what: str, kind: int, flags: int, body: bytes) -> None:
    """Have rtnetlink do something; LiveError, which begins with `what`, if the kernel refuses."""
    answer(what, kind, flags | _ACK, body)


def answer(what: str, kind: int, flags: int, body: bytes) -> bytes:
    """The one message that rtnetlink answers; LiveError if it is a refusal."""
    with _socket() as channel:
        channel.send(message(kind, flags, body))
        got = channel.recv(1 << 16)
    refuse(what, got)
    return got


def _socket() -> socket.socket:
    channel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _ROUTE)
    try:
        channel.setsockopt(_SOL_NETLINK, _EXT_ACK, 1)
    except OSError:
        pass  # before 4.12: errors are a number only
    return channel


def refuse(what: str, answer: bytes) -> None:
    """LiveError if the kernel's answer is one: what was refused, by what errno, and the kernel's own words."""
    kind, flags = struct.unpack_from("HH", answer, 4)
    if kind != _ERROR:
        return
    code = -struct.unpack_from("i", answer, 16)[0]
    if not code:
        return
    said = _words(answer, flags)
    told = f"{what} was refused: {errno_name(code)}, {_MEANINGS.get(code, os.strerror(code))}"
    raise LiveError(told + (f" ({said})" if said else ""))


def errno_name(code: int | None) -> str:
    """An errno by its name in C; of EOPNOTSUPP Python knows only the other name."""
    return "EOPNOTSUPP" if code == errno.EOPNOTSUPP else errno.errorcode.get(code or 0, str(code))


def _words(answer: bytes, flags: int) -> str:
    """The text of an extended ack, behind the error and the request it quotes."""
    if not flags & _ACK_TLVS:
        return ""
    (quoted,) = struct.unpack_from("I", answer, 20)
    behind = attributes(answer[20 + (16 if flags & _CAPPED else quoted + 3 & ~3) :])
    return behind.get(_ATTR_MSG, b"").rstrip(b"\0").decode("utf-8", "replace")


def ifinfo(number: int = 0, flags: int = 0, change: int = 0) -> bytes:
    """A struct ifinfomsg."""
    return struct.pack("BxHiII", 0, 0, number, flags, change)


def tcmsg(number: int, handle: int = 0, parent: int = 0, info: int = 0) -> bytes:
    """A struct tcmsg."""
    return struct.pack("BxxxiIII", 0, number, handle, parent, info)


def index(name: str) -> int:
    """The ifindex of a device; LiveError where there is none of the name."""
    try:
        return socket.if_nametoindex(name)
    except OSError as error:
        raise LiveError(f"there is no device {name!r}") from error
