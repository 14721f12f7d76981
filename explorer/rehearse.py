"""A Scenario through the mini-kernel: an Outcome, and the steps that led to it."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

from explorer.model import netns
from explorer.model.af_packet import (
    packet_bind,
    packet_bind_spkt,
    packet_create,
    packet_release,
    packet_sendmsg_spkt,
    packet_set_ring,
    packet_setsockopt_ignore_outgoing,
    packet_snd,
    packet_statistics,
    sk_attach_filter,
    sock_set_rcvbuf,
)
from explorer.model.fanout import fanout_add, fanout_set_data_cbpf
from explorer.model.features import Features
from explorer.model.filter import assemble
from explorer.model.netdevice import NETIF_F_GRO, NETIF_F_TSO, Net, dev_get_by_index, dev_get_by_name, net_device
from explorer.model.packet_rcv import packet_recvmsg
from explorer.model.packet_sock import PF_INET, packet_sock, sock_net, sockaddr_ll, sockaddr_pkt
from explorer.model.ring import read_ring
from explorer.model.segmentation import virtio_net_hdr
from explorer.model.steps import Step, Steps
from explorer.scenario import Action, Device, Outcome, Row, Scenario, Tap, fanout_args

__all__ = ["Run", "rehearse", "run"]

_TYPES = {"raw": 3, "dgram": 2, "packet": 10}  # SOCK_RAW, SOCK_DGRAM, SOCK_PACKET
_PKTTYPES = ("HOST", "BROADCAST", "MULTICAST", "OTHERHOST", "OUTGOING", "LOOPBACK")
_AUX = ("tp_status", "tp_len", "tp_snaplen", "tp_mac", "tp_net", "tp_vlan_tci", "tp_vlan_tpid")
_HOOKS = ("tcx_ingress", "tcx_egress", "xdp_prog")
_SOON = 1000  # milliseconds: a block that is handed over later is not waited for
_NO_DEVICE = 0x7FFFFFFF  # an ifindex that none has
_BROADCAST = "ff:ff:ff:ff:ff:ff"
_STRANGER = "02:00:00:00:00:ff"  # the neighbour on a device that is no veth


def run(
    scenario: Scenario, features: Features | None = None, read: Callable[[Run], Outcome] | None = None
) -> tuple[Outcome, Step]:
    """What each tap gets by the model, and all that happened, as a tree with a branch for each action.

    `read` takes the outcome from the machine where Run.outcome shall not.
    """
    steps = Steps()
    with steps.branch("the taps are opened"):
        machine = Run(scenario, features)
    for action in scenario.actions:
        with steps.branch(str(action)):
            machine.act(action)
    with steps.branch("the taps are read"):
        outcome = read(machine) if read else machine.outcome()
    return outcome, steps.root


def rehearse(
    scenario: Scenario, features: Features | None = None, read: Callable[[Run], Outcome] | None = None
) -> Outcome:
    """What each tap gets by the model, without the steps."""
    machine = Run(scenario, features)
    for action in scenario.actions:
        machine.act(action)
    return read(machine) if read else machine.outcome()


class Run:
    """A scenario on a model machine, which can be looked at between its actions."""

    def __init__(self, scenario: Scenario, features: Features | None = None) -> None:
        self.scenario = scenario
        self.net: Net = netns.boot(features)
        self.nets = {"": self.net}
        self.devices: dict[str, net_device] = dict(self.net.devices)  # of all namespaces, removed ones too
        self.taps: dict[str, packet_sock] = {}
        self.failed = ""
        self._rows: dict[str, list[Row]] = {tap.name: [] for tap in scenario.taps}
        self._counts: dict[str, list[int]] = {tap.name: [0, 0] for tap in scenario.taps}
        self._senders: dict[tuple[str, str, bool], packet_sock] = {}
        self._udp = packet_sock(self.net, 0, PF_INET, name="udp")
        for device in scenario.devices:
            self._make(device)
        for tap in scenario.taps:
            self.open(tap)

    def outcome(self) -> Outcome:
        """Read, and say what each tap got until now."""
        if self.failed:
            return Outcome(self.scenario.id, (), refused=self.failed)
        for name in self.taps:
            self.read(name)
        rows = tuple(row for rows in self._rows.values() for row in rows)
        return Outcome(self.scenario.id, rows, tuple((name, one, two) for name, (one, two) in self._counts.items()))

    def act(self, action: Action) -> None:
        """Do one thing, as often as it says, each time until nothing waits; nothing more once a thing was refused."""
        for _ in range(0 if self.failed else action.count):
            self._do(action)
            netns.run_softirqs(self.net.machine)

    def _do(self, action: Action) -> None:
        doings: dict[str, Callable[[Action], int | None]] = {
            "send": self._send,
            "udp": self._datagram,
            "up": lambda action: netns.dev_open(self.devices[action.device]),
            "down": lambda action: netns.dev_close(self.devices[action.device]),
            "remove": lambda action: netns.remove(self.devices[action.device]),
            "open": lambda action: self.open(next(tap for tap in self.scenario.taps if tap.name == action.by)),
            "close": self._close,
            "read": lambda action: self._take(action.by),
            "bind": lambda action: self._bind(action.by, action.device, action.protocol),
            "join": lambda action: fanout_add(self.taps[action.by], *fanout_args(action.fanout)),
        }
        self._told(str(action), doings[action.do](action) or 0)

    def _told(self, what: str, err: int) -> None:
        """Keep the first refusal."""
        if err < 0:
            self.failed = self.failed or f"{what} was refused: {errno.errorcode[-err]}"

    def _close(self, action: Action) -> None:
        self.read(action.by)
        packet_release(self.taps.pop(action.by))

    def _bind(self, name: str, device: str, protocol: int) -> int:
        sk = self.taps[name]
        if sk.sk_type != _TYPES["packet"]:
            return packet_bind(sk, self._ifindex(sk, device), protocol)
        return packet_bind_spkt(sk, device) if device else 0

    def _ifindex(self, sk: packet_sock, name: str) -> int:
        if not name:
            return 0
        device = dev_get_by_name(sock_net(sk), name)
        return device.ifindex if device else _NO_DEVICE

    def _net(self, name: str) -> Net:
        """A network namespace, made when it is first named."""
        if name not in self.nets:
            self.nets[name] = netns.namespace(self.net.machine)
        return self.nets[name]

    def _make(self, device: Device) -> None:
        made, macs = self.devices, self.scenario.macs
        net = self._net(self.scenario.namespaces[device.name])
        if device.name not in made:
            address = bytes.fromhex(macs[device.name].replace(":", ""))
            if device.kind == "veth":
                other = bytes.fromhex(macs[device.peer].replace(":", ""))
                there = self._net(self.scenario.namespaces[device.peer])
                pair = netns.veth(net, device.name, device.peer, (address, other), there)
                made[device.name], made[device.peer] = pair
            elif device.kind == "vlan":
                own = address if device.own_mac else b""
                made[device.name] = netns.vlan(net, device.name, made[device.link], device.vlan, own)
            elif device.kind == "bridge":
                made[device.name] = netns.bridge(net, device.name, address)
                if device.link:
                    netns.enslave(made[device.link], made[device.name])
            else:
                made[device.name] = netns.dummy(net, device.name, address)
        elif device.kind == "bridge" and device.link:
            netns.enslave(made[device.link], made[device.name])
        made[device.name].mtu = device.mtu or made[device.name].mtu
        for name in filter(None, (device.name, device.peer)):
            netns.dev_open(made[name])
        off, on = NETIF_F_TSO * (not device.tso), NETIF_F_GRO * device.gro
        netns.ethtool_set_features(made[device.name], made[device.name].features & ~off | on)
        if device.qdisc:
            netns.tc_qdisc_replace(made[device.name], device.qdisc)
        if device.nft_drop:
            made[device.name].nf_hooks_ingress = lambda skb: False
        for hook, text in zip(_HOOKS, (device.tc_ingress, device.tc_egress, device.xdp), strict=True):
            if text:
                setattr(made[device.name], hook, assemble(text))

    def open(self, tap: Tap) -> None:
        """Open a tap as its row says."""
        sk = packet_create(
            self._net(tap.netns), _TYPES[tap.type], tap.protocol if tap.type == "packet" else 0, tap.name
        )
        self.taps[tap.name] = sk
        sk.auxdata = tap.auxdata
        sk.tp_reserve, sk.copy_thresh = tap.reserve, tap.copy_threshold
        if tap.receive_buffer:
            sock_set_rcvbuf(sk, tap.receive_buffer)
        if tap.filter:
            sk_attach_filter(sk, assemble(tap.filter))
        if tap.ignore_outgoing and packet_setsockopt_ignore_outgoing(sk) < 0:
            self.failed = "this kernel has no PACKET_IGNORE_OUTGOING"
        self._told(f"the bind of {tap.name}", self._bind(tap.name, tap.device, tap.protocol))
        if tap.ring:
            packet_set_ring(sk, tap.ring - 1, tap.block_size, tap.blocks, tap.frame_size)
        if tap.fanout:
            self._told(f"the fanout group of {tap.name}", fanout_add(sk, *fanout_args(tap.fanout)))
        if tap.fanout_filter and sk.fanout:
            fanout_set_data_cbpf(sk, assemble(tap.fanout_filter))

    def _send(self, action: Action) -> int:
        frame, sk = bytes.fromhex(action.frame), self._sender(action)
        ethertype = int.from_bytes(frame[12:14], "big")
        if not action.device:
            send: Callable[..., int] = packet_sendmsg_spkt if sk.sk_type == _TYPES["packet"] else packet_snd
            return send(sk, frame[14:] if sk.sk_type == _TYPES["dgram"] else frame, None)
        if sk.sk_type == _TYPES["packet"]:
            return packet_sendmsg_spkt(sk, frame, sockaddr_pkt(0, action.device, action.protocol or ethertype))
        ifindex = self._ifindex(sk, action.device)
        if sk.sk_type == _TYPES["dgram"]:
            return packet_snd(sk, frame[14:], sockaddr_ll(action.protocol or ethertype, ifindex, sll_addr=frame[:6]))
        header = virtio_net_hdr(*action.virtio_net_hdr) if action.gso_size else None
        return packet_snd(sk, frame, sockaddr_ll(action.protocol, ifindex), header)

    def _sender(self, action: Action) -> packet_sock:
        if action.by:
            return self.taps[action.by]
        place = self.scenario.netns_of(action)
        key = (place, action.type, action.bypass)
        if key not in self._senders:
            self._senders[key] = packet_create(self._net(place), _TYPES[action.type], 0, "sender")
            self._senders[key].qdisc_bypass = action.bypass
        return self._senders[key]

    def _datagram(self, action: Action) -> int:
        name, macs = action.device, self.scenario.macs
        own = other = bytes((127, 0, 0, 1))
        to = "00:00:00:00:00:00"
        if name != "lo":
            number = list(macs).index(name)
            own, other = bytes((10, 9, number, 1)), bytes((10, 9, number, 255 if action.broadcast else 2))
            to = _BROADCAST if action.broadcast else macs.get(self.scenario.peers.get(name, ""), _STRANGER)
        ends = ((own, 9001), (other, 9000))
        daddr = bytes.fromhex(to.replace(":", ""))
        return netns.udp_sendmsg(self._udp, self.devices[name], ends, daddr, b"x" * action.length)

    def read(self, name: str) -> None:
        """Read all that a tap has, and its statistics."""
        self._take(name)
        sk = self.taps[name]
        counted = packet_statistics(sk)
        if sk.sk_type == _TYPES["packet"]:
            counted = (len(self._rows[name]) - self._counts[name][0], 0)
        self._counts[name] = [old + new for old, new in zip(self._counts[name], counted, strict=True)]

    def _take(self, name: str) -> None:
        sk, tap = self.taps[name], next(tap for tap in self.scenario.taps if tap.name == name)
        rows = self._rows[name]
        if tap.ring:
            rows += [self._row(tap, h.sll, h.data, h.tp_len, h) for h in read_ring(sk, expired=tap.retire < _SOON)]
        while (not tap.ring or tap.copy_threshold) and (message := packet_recvmsg(sk)):
            rows.append(self._row(tap, message.msg_name, message.data, message.origlen, message.auxdata))

    def _row(self, tap: Tap, sa: Any, data: bytes, length: int, aux: Any) -> Row:
        if tap.type == "packet":
            return Row(tap.name, "", sa.spkt_protocol, sa.spkt_device, length, data.hex())
        told = tuple((name, getattr(aux, name)) for name in _AUX) if tap.auxdata else ()
        device = dev_get_by_index(sock_net(self.taps[tap.name]), sa.sll_ifindex)
        name = device.name if device else ""
        return Row(tap.name, _PKTTYPES[sa.sll_pkttype], sa.sll_protocol, name, length, data.hex(), told)
