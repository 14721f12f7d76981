"""Devices, qdiscs, addresses and neighbours of the namespace we are in: made, changed and waited for."""

from __future__ import annotations

import os
import socket
import struct
import time
from dataclasses import dataclass
from pathlib import Path

from explorer.errors import LiveError
from explorer.live.netlink import answer, ask, attribute, attributes, ifinfo, index, tcmsg

__all__ = [
    "Link",
    "address",
    "bridge",
    "create",
    "down",
    "ipv6_off",
    "link",
    "master",
    "mtu",
    "neighbour",
    "parse_link",
    "qdisc",
    "remove",
    "up",
    "veth",
    "vlan",
    "wait_down",
    "wait_ready",
]

_NEWLINK, _DELLINK, _GETLINK, _NEWADDR, _NEWNEIGH, _NEWQDISC = 16, 17, 18, 20, 28, 36
_REPLACE, _EXCL, _CREATE = 0x100, 0x200, 0x400
_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MTU, _IFLA_LINK, _IFLA_QDISC, _IFLA_MASTER = 1, 3, 4, 5, 6, 10
_IFLA_OPERSTATE, _IFLA_LINKINFO, _IFLA_AF_SPEC, _IFLA_CARRIER = 16, 18, 26, 33
_IFLA_BR_MCAST_SNOOPING, _IFLA_NET_NS_FD = 23, 28
_UNKNOWN, _UP = 0, 6  # IF_OPER_*; a device whose carrier never changes stays unknown
_IFLA_INET6_ADDR_GEN_MODE, _GEN_MODE_NONE = 8, 1
_IFF_UP = 1
_NUD_PERMANENT = 0x80
_TC_ROOT = 0xFFFFFFFF

_IPV6_DEFAULT = Path("/proc/sys/net/ipv6/conf/default/disable_ipv6")
# struct tc_fifo_qopt, tc_netem_qopt: what these qdiscs are not made without, or not the same on every kernel
_QDISC_OPTIONS = {
    "pfifo": struct.pack("I", 1000),
    "bfifo": struct.pack("I", 1 << 20),
    "netem": struct.pack("6I", 0, 1000, 0, 0, 0, 0),
}


@dataclass(frozen=True, slots=True)
class Link:
    """A device as RTM_GETLINK tells it."""

    name: str
    index: int
    up: bool
    carrier: bool
    operstate: int
    qdisc: str
    stacked: bool  # its carrier is another's, as of a VLAN and of the ends of a veth

    @property
    def ready(self) -> bool:
        """Whether a frame sent now meets a real qdisc, not noop, which drops it before any tap sees it.

        A device that comes up without carrier, as the first end of a veth, names its qdisc at once, but its queue has
        noop until linkwatch runs dev_activate, which sets the operstate too. Since 6.8 RTM_GETLINK runs linkwatch
        (facd15dfd691 "net: core: synchronize link-watch when carrier is queried"); before, it comes when it comes.
        """
        if not (self.up and self.carrier):
            return True
        return (self.operstate == _UP or (self.operstate == _UNKNOWN and not self.stacked)) and self.qdisc != "noop"


def veth(name: str, peer: str, mac: str = "", peer_mac: str = "", place: int | None = None) -> None:
    """Make a veth pair; both ends are down. `place` is an open file of the namespace where the peer is to be."""
    other = ifinfo() + attribute(_IFLA_IFNAME, peer) + _mac(peer_mac)
    if place is not None:
        other += attribute(_IFLA_NET_NS_FD, place)
    create(name, "veth", mac, attribute(1, other))  # VETH_INFO_PEER


def vlan(name: str, link: str, number: int, mac: str = "") -> None:
    """Make a VLAN device above another; LiveError where the kernel lacks 8021q."""
    above = attribute(_IFLA_LINK, index(link))
    create(name, "vlan", mac, attribute(1, struct.pack("H", number)), above)  # IFLA_VLAN_ID, u16


def bridge(name: str, mac: str = "") -> None:
    """Make a bridge that does not snoop, and so joins no multicast group, which it would report by IGMP."""
    create(name, "bridge", mac, attribute(_IFLA_BR_MCAST_SNOOPING, b"\0"))


def create(name: str, kind: str, mac: str = "", data: bytes = b"", more: bytes = b"") -> None:
    """Make a device of a kind (dummy, ...) with its IFLA_INFO_DATA."""
    info = attribute(_IFLA_LINKINFO, attribute(1, kind) + (attribute(2, data) if data else b""))
    body = ifinfo() + attribute(_IFLA_IFNAME, name) + _mac(mac) + more + info
    ask(f"the {kind} device {name!r}", _NEWLINK, _CREATE | _EXCL, body)


def up(name: str) -> None:
    """Set IFF_UP; where disable_ipv6 could not be written, without the address from which IPv6 would talk."""
    if _IPV6_DEFAULT.exists() and _IPV6_DEFAULT.read_text().strip() == "0":
        mode = attribute(_IFLA_INET6_ADDR_GEN_MODE, struct.pack("B", _GEN_MODE_NONE))
        spec = attribute(_IFLA_AF_SPEC, attribute(socket.AF_INET6, mode))
        ask(f"{name!r} without IPv6", _NEWLINK, 0, ifinfo(index(name)) + spec)
    ask(f"{name!r} up", _NEWLINK, 0, ifinfo(index(name), _IFF_UP, _IFF_UP))


def down(name: str) -> None:
    """Clear IFF_UP."""
    ask(f"{name!r} down", _NEWLINK, 0, ifinfo(index(name), 0, _IFF_UP))


def remove(name: str) -> None:
    """Remove a device, with the other end of a veth and the VLANs above it."""
    ask(f"the removal of {name!r}", _DELLINK, 0, ifinfo(index(name)))


def mtu(name: str, value: int) -> None:
    """Set the MTU."""
    ask(f"mtu {value} of {name!r}", _NEWLINK, 0, ifinfo(index(name)) + attribute(_IFLA_MTU, value))


def master(name: str, above: str) -> None:
    """Make a device a port of a bridge."""
    body = ifinfo(index(name)) + attribute(_IFLA_MASTER, index(above))
    ask(f"{name!r} as a port of {above!r}", _NEWLINK, 0, body)


def qdisc(name: str, kind: str) -> None:
    """Replace the root qdisc; LiveError where the kernel lacks the kind."""
    kind, _, limit = kind.partition(" limit ")
    body = tcmsg(index(name), parent=_TC_ROOT) + attribute(1, kind)
    if kind in _QDISC_OPTIONS:
        body += attribute(2, struct.pack("I", int(limit)) if limit else _QDISC_OPTIONS[kind])
    ask(f"the qdisc {kind} on {name!r}", _NEWQDISC, _CREATE | _REPLACE, body)


def address(name: str, ip: str, prefix: int = 24) -> None:
    """Give a device an IPv4 address."""
    body = struct.pack("BBBBi", socket.AF_INET, prefix, 0, 0, index(name))
    packed = socket.inet_aton(ip)
    ask(f"{ip} on {name!r}", _NEWADDR, _CREATE | _REPLACE, body + attribute(2, packed) + attribute(1, packed))


def neighbour(name: str, ip: str, mac: str) -> None:
    """Say once for all which MAC address an IPv4 address has, so that nothing asks by ARP."""
    body = struct.pack("BxHiHBB", socket.AF_INET, 0, index(name), _NUD_PERMANENT, 0, 0)
    body += attribute(1, socket.inet_aton(ip)) + attribute(2, _bytes(mac))
    ask(f"the neighbour {ip} on {name!r}", _NEWNEIGH, _CREATE | _REPLACE, body)


def link(name: str) -> Link:
    """How a device is now."""
    return parse_link(answer(f"{name!r}", _GETLINK, 0, ifinfo(index(name))))


def parse_link(told: bytes) -> Link:
    """Read an RTM_NEWLINK message."""
    number, flags = struct.unpack_from("iI", told, 20)
    found = attributes(told[32:])
    text = {kind: os.fsdecode(found[kind].rstrip(b"\0")) for kind in (_IFLA_IFNAME, _IFLA_QDISC)}
    carrier, operstate = (found[kind][0] for kind in (_IFLA_CARRIER, _IFLA_OPERSTATE))
    name, qdisc = text.values()
    return Link(name, number, bool(flags & _IFF_UP), bool(carrier), operstate, qdisc, _IFLA_LINK in found)


def wait_ready(name: str, timeout: float = 3.0) -> None:
    """Wait until a device that is up with carrier can send."""
    until = time.monotonic() + timeout
    while not link(name).ready:
        if time.monotonic() > until:
            raise LiveError(f"{name!r} cannot send after {timeout:g} s: its qdisc is still noop")
        time.sleep(0.0002)


def wait_down(name: str, timeout: float = 3.0) -> None:
    """Wait until linkwatch has seen that a device lost its carrier, and has given its queue noop."""
    until = time.monotonic() + timeout
    while link(name).operstate == _UP and time.monotonic() < until:
        time.sleep(0.0002)


def ipv6_off() -> None:
    """Keep IPv6 silent on every device made from now on, if the kernel has it and /proc/sys is not read-only."""
    for place in (_IPV6_DEFAULT, _IPV6_DEFAULT.parents[1] / "all/disable_ipv6"):
        try:
            place.write_text("1")
        except OSError:
            return  # a kernel without IPv6 has no such file; in a container, up() sees to it


def _mac(mac: str) -> bytes:
    return attribute(_IFLA_ADDRESS, _bytes(mac)) if mac else b""


def _bytes(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))
