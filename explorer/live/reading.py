"""What is there, read and never changed: devices, qdiscs, tc filters and taps, by netlink dumps and /proc text."""

from __future__ import annotations

import os
import re
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from explorer.errors import LiveError
from explorer.live.netlink import SOCK_DIAG, attributes, dump, ifinfo, tcmsg

__all__ = [
    "Filter",
    "Hook",
    "Interface",
    "Memory",
    "Owner",
    "Queue",
    "Socket",
    "filters",
    "interfaces",
    "memories",
    "owners",
    "parse_hooks",
    "parse_interface",
    "parse_queue",
    "parse_sockets",
    "queues",
]

_GETLINK, _GETQDISC, _GETTFILTER, _DIAG_BY_FAMILY = 18, 38, 46, 20
_IFF_UP = 0x1
_IFNAME, _MTU, _LINK, _QDISC, _MASTER, _LINKINFO, _STATS64, _PROMISCUITY, _CARRIER = 3, 4, 5, 6, 10, 18, 23, 30, 33
_NETNSID, _XDP = 37, 43
_INFO_KIND, _INFO_DATA, _INFO_SLAVE_KIND, _VLAN_ID, _XDP_ATTACHED = 1, 2, 4, 1, 2
_TCA_KIND, _TCA_STATS2, _STATS_QUEUE = 1, 7, 3
_CLSACT = {"ingress": 0xFFFFFFF2, "egress": 0xFFFFFFF3}
_SHOW_ALL, _MEMINFO, _FANOUT, _RX_RING = 0x3F, 6, 4, 2
_XDP_MODES = ("", "driver", "generic", "hardware", "several")


@dataclass(frozen=True, slots=True)
class Interface:
    """A device as RTM_NEWLINK tells it: `master` and `link` are indices, `netns` says that the latter is elsewhere."""

    name: str
    index: int
    up: bool = True
    carrier: bool = True
    qdisc: str = ""
    mtu: int = 1500
    kind: str = ""  # veth, vlan, bridge ...; empty for hardware and lo
    port: str = ""  # of what kind its master is, if it has one: bridge, bond, openvswitch ...
    master: int = 0
    link: int = 0
    elsewhere: bool = False
    vlan: int = 0
    promiscuity: int = 0
    xdp: str = ""  # driver, generic, hardware, several
    rx_dropped: int = 0
    tx_dropped: int = 0


@dataclass(frozen=True, slots=True)
class Queue:
    """A qdisc of a device, and how many frames it has dropped."""

    index: int
    kind: str
    drops: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Filters of one kind on a device: of tc, on the way in or out."""

    index: int
    way: str  # ingress | egress
    kind: str


@dataclass(frozen=True, slots=True)
class Socket:
    """A line of /proc/net/packet: `running` tells whether its hook is on a list, `index` is 0 for every device."""

    inode: int
    type: int
    protocol: int
    index: int
    running: bool
    rmem: int
    uid: int


@dataclass(frozen=True, slots=True)
class Hook:
    """A line of /proc/net/ptype: a protocol, 3 for ETH_P_ALL, the device it is bound to, the function called."""

    protocol: int
    device: str
    function: str


@dataclass(frozen=True, slots=True)
class Memory:
    """What sock_diag knows of a packet socket: its receive buffer, what it has lost, whether it has a ring, a group."""

    rcvbuf: int
    drops: int
    ring: bool = False
    fanout: bool = False


@dataclass(frozen=True, slots=True)
class Owner:
    """A process that has a socket open."""

    pid: int
    name: str


def interfaces() -> tuple[Interface, ...]:
    """Every device of the namespace we are in."""
    return tuple(map(parse_interface, dump(_GETLINK, ifinfo())))


def parse_interface(body: bytes) -> Interface:
    """A struct ifinfomsg and its attributes."""
    index, flags = struct.unpack_from("iI", body, 4)
    found = attributes(body[16:])
    info = attributes(found.get(_LINKINFO, b""))
    data = attributes(info.get(_INFO_DATA, b""))
    kind, stats = _text(info.get(_INFO_KIND)), found.get(_STATS64, b"")
    dropped = struct.unpack_from("2Q", stats, 48) if len(stats) >= 64 else (0, 0)
    attached = attributes(found.get(_XDP, b"")).get(_XDP_ATTACHED, b"\0")[0]
    return Interface(
        _text(found.get(_IFNAME)),
        index,
        bool(flags & _IFF_UP),
        bool(found.get(_CARRIER, b"\1")[0]),
        _text(found.get(_QDISC)),
        _number(found, _MTU),
        kind,
        _text(info.get(_INFO_SLAVE_KIND)),
        _number(found, _MASTER),
        _number(found, _LINK),
        _NETNSID in found,
        int.from_bytes(data.get(_VLAN_ID, b"")[:2], "little") if kind == "vlan" else 0,
        _number(found, _PROMISCUITY),
        _XDP_MODES[min(attached, len(_XDP_MODES) - 1)],
        *dropped,
    )


def queues() -> tuple[Queue, ...]:
    """Every qdisc of the namespace we are in."""
    return tuple(map(parse_queue, dump(_GETQDISC, tcmsg(0))))


def parse_queue(body: bytes) -> Queue:
    """A struct tcmsg of a qdisc and its attributes."""
    (index,) = struct.unpack_from("i", body, 4)
    found = attributes(body[20:])
    stats = attributes(found.get(_TCA_STATS2, b"")).get(_STATS_QUEUE, b"")
    drops = struct.unpack_from("3I", stats)[2] if len(stats) >= 12 else 0
    return Queue(index, _text(found.get(_TCA_KIND)), drops)


def filters(index: int) -> tuple[Filter, ...]:
    """The tc filters of a device on its way in and out; none where it has no such hook. tcx programs are not told."""
    found: list[Filter] = []
    for way, parent in _CLSACT.items():
        try:
            rows = [attributes(body[20:]) for body in dump(_GETTFILTER, tcmsg(index, parent=parent))]
        except LiveError:  # no clsact, no ingress
            continue
        found += [Filter(index, way, _text(row.get(_TCA_KIND))) for row in rows]
    return tuple(dict.fromkeys(found))


def memories() -> Mapping[int, Memory]:
    """What sock_diag knows of each packet socket, by inode; LiveError where the kernel has no packet_diag."""
    body = struct.pack("BBHIIII", socket.AF_PACKET, 0, 0, 0, _SHOW_ALL, 0, 0)
    found: dict[int, Memory] = {}
    for row in dump(_DIAG_BY_FAMILY, body, SOCK_DIAG):
        (inode,) = struct.unpack_from("I", row, 4)
        told = attributes(row[16:])
        if len(memory := told.get(_MEMINFO, b"")) >= 8:
            drops = struct.unpack_from("I", memory, 32)[0] if len(memory) >= 36 else 0
            rcvbuf = struct.unpack_from("I", memory, 4)[0]
            found[inode] = Memory(rcvbuf, drops, _RX_RING in told, _FANOUT in told)
    return found


def _text(value: bytes | None) -> str:
    return os.fsdecode((value or b"").split(b"\0")[0])


def _number(found: Mapping[int, bytes], kind: int) -> int:
    return int.from_bytes(found.get(kind, b"")[:4], "little")


_PACKET = re.compile(r"\S+\s+\d+\s+(\d+)\s+([0-9a-fA-F]{4})\s+(\d+)\s+([01])\s+(\d+)\s+(\d+)\s+(\d+)\s*")
_PTYPE = re.compile(r"(ALL|[0-9a-fA-F]{4})\s+(?:(\S+)\s+)?(\S+)(?:\s+\[\S+\])?\s*")


def parse_sockets(text: str) -> tuple[Socket, ...]:
    """The lines of /proc/net/packet; what is no such line is passed over."""
    rows = [found for line in text.splitlines() if (found := _PACKET.fullmatch(line))]
    return tuple(
        Socket(int(inode), int(kind), int(protocol, 16), int(index), running == "1", int(rmem), int(uid))
        for kind, protocol, index, running, rmem, uid, inode in (row.groups() for row in rows)
    )


def parse_hooks(text: str) -> tuple[Hook, ...]:
    """The lines of /proc/net/ptype."""
    rows = [found for line in text.splitlines()[1:] if (found := _PTYPE.fullmatch(line))]
    return tuple(Hook(3 if row[1] == "ALL" else int(row[1], 16), row[2] or "", row[3]) for row in rows)


def owners(proc: Path = Path("/proc")) -> Mapping[int, Owner]:
    """Which process has which socket open, by inode, as far as we may look."""
    found: dict[int, Owner] = {}
    for place in sorted((each for each in proc.iterdir() if each.name.isdigit()), key=lambda each: int(each.name)):
        try:
            inodes = [
                int(link[8:-1]) for each in (place / "fd").iterdir() if (link := _link(each)).startswith("socket:[")
            ]
            name = (place / "comm").read_text("utf-8", "surrogateescape").rstrip("\n") if inodes else ""
        except OSError:  # it has ended, or is another's
            continue
        for inode in inodes:
            found.setdefault(inode, Owner(int(place.name), name))
    return found


def _link(place: Path) -> str:
    try:
        return str(place.readlink())
    except OSError:
        return ""
