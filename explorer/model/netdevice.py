"""Devices, namespaces, packet types and the machine they live in: include/linux/netdevice.h, net_namespace.h."""

# ruff: noqa: N801
from __future__ import annotations

import errno
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from explorer.model.features import Features
from explorer.model.skbuff import sk_buff

ETH_P_802_3, ETH_P_ALL, ETH_P_802_2 = 0x0001, 0x0003, 0x0004
ETH_P_IP, ETH_P_8021Q, ETH_P_8021AD, ETH_P_802_3_MIN = 0x0800, 0x8100, 0x88A8, 0x0600
ETH_HLEN, ETH_ALEN, VLAN_HLEN = 14, 6, 4

IFF_UP, IFF_LOOPBACK = 0x1, 0x8
ARPHRD_ETHER, ARPHRD_LOOPBACK = 1, 772
NETIF_F_HW_CSUM, NETIF_F_HW_VLAN_CTAG_TX, NETIF_F_HW_VLAN_STAG_TX = 1, 2, 4
NETIF_F_TSO, NETIF_F_GRO = 16, 32

NETDEV_TX_OK, NETDEV_TX_BUSY = 0x00, 0x10
NET_XMIT_SUCCESS, NET_XMIT_DROP, NET_XMIT_CN, NET_XMIT_MASK = 0x00, 0x01, 0x02, 0x0F
NET_RX_SUCCESS, NET_RX_DROP = 0, 1
NETDEV_UP, NETDEV_DOWN, NETDEV_UNREGISTER = 1, 2, 6


@dataclass(eq=False)
class packet_type:
    """Who wants frames of a type: a protocol, or a packet socket's hook."""

    type: int = 0
    func: Callable[..., int] = None  # type: ignore[assignment]  # NULL until it is registered
    list_func: Callable[..., None] | None = None
    dev: net_device | None = None
    af_packet_priv: Any = None
    af_packet_net: Net | None = None
    id_match: Callable[..., bool] | None = None
    ignore_outgoing: bool = False


@dataclass(eq=False)
class net_device_ops:
    """What a driver does for its device."""

    ndo_start_xmit: Callable[..., int]


@dataclass(eq=False)
class header_ops:
    """How a device's link header is made and read."""

    create: Callable[..., int]
    parse: Callable[..., bytes]
    parse_protocol: Callable[..., int]


@dataclass(eq=False)
class netdev_queue:
    """A transmit queue of a device: its qdisc, and whether the driver has stopped it."""

    qdisc: Any = None
    stopped: bool = False


@dataclass(eq=False)
class net_device:
    """A network device."""

    name: str
    nd_net: Net
    netdev_ops: net_device_ops
    header_ops: header_ops
    ifindex: int = 0
    dev_addr: bytes = b"\0" * 6
    broadcast: bytes = b"\xff" * 6
    type: int = ARPHRD_ETHER
    flags: int = 0
    carrier: bool = True
    mtu: int = 1500
    hard_header_len: int = ETH_HLEN
    min_header_len: int = ETH_HLEN
    needed_headroom: int = 0
    needed_tailroom: int = 0
    tx_queue_len: int = 1000
    features: int = NETIF_F_HW_CSUM | NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_STAG_TX | NETIF_F_TSO
    priv: Any = None
    ptype_all: list[packet_type] = field(default_factory=list)
    ptype_specific: list[packet_type] = field(default_factory=list)
    xdp_prog: Any = None  # a program each, as a tap's filter is one
    tcx_ingress: Any = None
    tcx_egress: Any = None
    nf_hooks_ingress: Any = None
    rx_handler: Any = None
    rx_handler_data: Any = None
    vlans: dict[tuple[int, int], net_device] = field(default_factory=dict)
    txq: netdev_queue = field(default_factory=netdev_queue)
    qdisc: Any = None  # what the queue gets when the device can be used

    def __repr__(self) -> str:
        return f"net_device({self.name})"


@dataclass(eq=False)
class napi_struct:
    """What the receive softirq polls: a driver's ring, with what GRO holds of it, youngest first; the backlog."""

    poll: Callable[[napi_struct, int], int]
    dev: Any = None
    gro_list: list[sk_buff] = field(default_factory=list)
    rx_list: list[sk_buff] = field(default_factory=list)
    rx_count: int = 0
    skb: sk_buff | None = None  # of a driver that receives into pages


@dataclass(eq=False)
class softnet_data:
    """A CPU's queues: what is to be polled, frames handed to netif_rx, qdiscs that want to run again."""

    poll_list: deque[napi_struct] = field(default_factory=deque)
    backlog: napi_struct | None = None
    input_pkt_queue: deque[sk_buff] = field(default_factory=deque)
    process_queue: deque[sk_buff] = field(default_factory=deque)
    output_queue: deque[Any] = field(default_factory=deque)
    dropped: int = 0


@dataclass(eq=False)
class Machine:
    """What the kernel has once: the global lists, one CPU's queues, and how this kernel differs from others."""

    features: Features = field(default_factory=Features)
    ptype_all: list[packet_type] = field(default_factory=list)
    ptype_base: list[packet_type] = field(default_factory=list)
    softnet_data: softnet_data = field(default_factory=softnet_data)
    max_backlog: int = 1000
    gro_normal_batch: int = 8
    fanout_list: list[Any] = field(default_factory=list)
    delivered: list[tuple[net_device, sk_buff]] = field(default_factory=list)  # what reached IP


@dataclass(eq=False)
class Net:
    """A network namespace."""

    machine: Machine = field(default_factory=Machine)
    devices: dict[str, net_device] = field(default_factory=dict)
    sklist: list[Any] = field(default_factory=list)
    ptype_all: list[packet_type] = field(init=False)
    ptype_specific: list[packet_type] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ptype_all = [] if self.machine.features.per_netns_lists else self.machine.ptype_all

    @property
    def features(self) -> Features:
        """How this kernel differs from others."""
        return self.machine.features


def dev_net(dev: net_device) -> Net:
    """The namespace of a device."""
    return dev.nd_net


def net_eq(one: Net, other: Net) -> bool:
    """Whether two namespaces are one."""
    return one is other


def this_cpu(dev: net_device) -> softnet_data:
    """The queues of the CPU that runs; the model has one."""
    return dev.nd_net.machine.softnet_data


def list_for_each_entry_rcu(head: list[packet_type]) -> Iterator[packet_type]:
    """Walk a list as it is now."""
    yield from tuple(head)


def list_add_rcu(entry: packet_type, head: list[packet_type]) -> None:
    """Put an entry at the front: who came last is asked first."""
    head.insert(0, entry)


def list_del_rcu(entry: packet_type, head: list[packet_type]) -> None:
    """Take an entry off its list."""
    head.remove(entry)


def dev_get_by_name(net: Net, name: str) -> net_device | None:
    """A device by its name."""
    return net.devices.get(name)


def dev_get_by_index(net: Net, ifindex: int) -> net_device | None:
    """A device by its number."""
    return next((dev for dev in net.devices.values() if dev.ifindex == ifindex), None)


def netif_running(dev: net_device) -> bool:
    """Whether a device is up."""
    return bool(dev.flags & IFF_UP)


def netif_carrier_ok(dev: net_device) -> bool:
    """Whether a device has its cable, or its peer."""
    return dev.carrier


def netif_xmit_stopped(txq: netdev_queue) -> bool:
    """Whether the driver wants no more frames now."""
    return txq.stopped


def dev_has_header(dev: net_device) -> bool:
    """Whether a device has a link header to show."""
    return dev.header_ops is not None


def dev_hard_header(
    skb: sk_buff, dev: net_device, protocol: int, daddr: bytes, saddr: bytes | None, length: int
) -> int:
    """Let the device write its link header."""
    return dev.header_ops.create(skb, dev, protocol, daddr, saddr, length)


def dev_parse_header(skb: sk_buff) -> bytes:
    """The sender's address in the link header."""
    dev: net_device = skb.dev
    return dev.header_ops.parse(skb)


def dev_parse_header_protocol(skb: sk_buff) -> int:
    """The ethertype in the link header."""
    dev: net_device = skb.dev
    return dev.header_ops.parse_protocol(skb)


def dev_validate_header(dev: net_device, length: int) -> bool:
    """Whether a frame is long enough to have a link header."""
    return length >= dev.hard_header_len


def net_xmit_errno(err: int) -> int:
    """What a sender is told of congestion: nothing; of a drop: ENOBUFS."""
    return -errno.ENOBUFS if err != NET_XMIT_CN else 0


def ll_reserved_space(dev: net_device) -> int:
    """LL_RESERVED_SPACE: room for the link header, in steps of 16."""
    return ((dev.hard_header_len + dev.needed_headroom) & ~15) + 16


def is_skb_forwardable(dev: net_device, skb: sk_buff) -> bool:
    """Whether a device is up and its frames may be that long."""
    return netif_running(dev) and (skb_fits(dev, skb) or skb.shinfo.gso_size != 0)


def skb_fits(dev: net_device, skb: sk_buff) -> bool:
    """Whether a frame is within the device's MTU and one VLAN tag."""
    return skb.len <= dev.mtu + dev.hard_header_len + VLAN_HLEN
