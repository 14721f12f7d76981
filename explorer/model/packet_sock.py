"""Packet sockets, fanout groups and rings: net/packet/internal.h, include/uapi/linux/if_packet.h."""

# ruff: noqa: N801
from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from explorer.model.netdevice import Net, net_device, packet_type
from explorer.model.skbuff import sk_buff

SOCK_DGRAM, SOCK_RAW, SOCK_PACKET = 2, 3, 10
PACKET_FANOUT_HASH, PACKET_FANOUT_LB, PACKET_FANOUT_CPU, PACKET_FANOUT_ROLLOVER = range(4)
PACKET_FANOUT_RND, PACKET_FANOUT_QM, PACKET_FANOUT_CBPF = 4, 5, 6
PACKET_FANOUT_FLAG_ROLLOVER, PACKET_FANOUT_FLAG_UNIQUEID = 0x1000, 0x2000
PACKET_FANOUT_FLAG_IGNORE_OUTGOING, PACKET_FANOUT_FLAG_DEFRAG = 0x4000, 0x8000
TPACKET_V1, TPACKET_V2, TPACKET_V3 = range(3)

TP_STATUS_KERNEL, TP_STATUS_USER, TP_STATUS_COPY, TP_STATUS_LOSING = 0, 1, 2, 4
TP_STATUS_CSUMNOTREADY, TP_STATUS_VLAN_VALID, TP_STATUS_BLK_TMO = 0x08, 0x10, 0x20
TP_STATUS_VLAN_TPID_VALID, TP_STATUS_CSUM_VALID, TP_STATUS_GSO_TCP = 0x40, 0x80, 0x100

ROOM_NONE, ROOM_LOW, ROOM_NORMAL = range(3)
ROLLOVER_HLEN = 16
PF_INET, PF_PACKET = 2, 17
SOCK_MIN_RCVBUF, RMEM_MAX = 2304, 212992


@dataclass(eq=False)
class sockaddr_ll:
    """Where a frame came from, or is to go."""

    sll_protocol: int = 0
    sll_ifindex: int = 0
    sll_hatype: int = 0
    sll_pkttype: int = 0
    sll_addr: bytes = b""


@dataclass(eq=False)
class sockaddr_pkt:
    """The same for SOCK_PACKET: no direction, a name for the device."""

    spkt_family: int = 0
    spkt_device: str = ""
    spkt_protocol: int = 0


@dataclass(eq=False)
class packet_skb_cb:
    """What a tap keeps with a frame until it is read: PACKET_SKB_CB."""

    sa: sockaddr_ll | sockaddr_pkt
    origlen: int = 0


@dataclass(eq=False)
class tpacket_auxdata:
    """What a tap is told beside a frame."""

    tp_status: int = 0
    tp_len: int = 0
    tp_snaplen: int = 0
    tp_mac: int = 0
    tp_net: int = 0
    tp_vlan_tci: int = 0
    tp_vlan_tpid: int = 0


@dataclass(eq=False)
class tpacket_hdr(tpacket_auxdata):
    """A frame in a ring: its header, the address behind it, its bytes."""

    sll: sockaddr_ll = field(default_factory=sockaddr_ll)
    data: bytes = b""


@dataclass(eq=False)
class tpacket_block_desc:
    """A block of a TPACKET_V3 ring."""

    block_status: int = TP_STATUS_KERNEL
    blk_len: int = 0
    frames: list[tpacket_hdr] = field(default_factory=list)


@dataclass(eq=False)
class packet_ring_buffer:
    """A ring: frames in slots (versions 1 and 2), or in blocks (version 3)."""

    pg_vec: list[Any] = field(default_factory=list)
    head: int = 0
    frame_max: int = 0
    frame_size: int = 0
    kactive_blk_num: int = 0
    kblk_size: int = 0
    max_frame_len: int = 0
    reset_pending_on_curr_blk: bool = False


@dataclass(eq=False)
class packet_rollover:
    """Where a member's overflow went last, and the flows of the last frames."""

    sock: int = 0
    history: list[int] = field(default_factory=lambda: [0] * ROLLOVER_HLEN)


@dataclass(eq=False)
class packet_fanout:
    """A group of taps that share what they are given."""

    net: Net
    id: int
    type: int
    flags: int
    max_num_members: int = 256
    arr: list[packet_sock] = field(default_factory=list)
    sk_ref: int = 0
    rr_cur: int = 0
    bpf_prog: Any = None
    prot_hook: packet_type = field(default_factory=packet_type)


@dataclass(eq=False)
class packet_sock:
    """A packet socket; struct sock is its first member, so that both are one here."""

    sk_net: Net
    sk_type: int
    sk_family: int = PF_PACKET
    sk_rcvbuf: int = RMEM_MAX
    sk_rmem_alloc: int = 0
    sk_wmem_alloc: int = 0
    sk_drops: int = 0
    sk_err: int = 0
    sk_filter: Any = None
    sk_receive_queue: deque[sk_buff] = field(default_factory=deque)
    fanout: Any = None
    rollover: Any = None
    tp_packets: int = 0
    tp_drops: int = 0
    tp_freeze_q_cnt: int = 0
    rx_ring: packet_ring_buffer = field(default_factory=packet_ring_buffer)
    tp_version: int = TPACKET_V1
    tp_hdrlen: int = 0
    tp_reserve: int = 0
    copy_thresh: int = 0
    num: int = 0
    ifindex: int = 0
    cached_dev: net_device | None = None
    running: bool = False
    origdev: bool = False
    auxdata: bool = False
    pressure: bool = False
    qdisc_bypass: bool = False
    prot_hook: packet_type = field(default_factory=packet_type)
    name: str = ""

    def __repr__(self) -> str:
        return f"packet_sock({self.name})"


def sock_error(sk: packet_sock) -> int:
    """What the socket was told while it was not listening, told once: a negative errno, or 0."""
    err, sk.sk_err = sk.sk_err, 0
    return -err


def packet_cached_dev_get(po: packet_sock) -> net_device | None:
    """The device to send on where the sender names none."""
    return po.cached_dev


def packet_cached_dev_assign(po: packet_sock, dev: net_device | None) -> None:
    """Remember the device the socket is bound to."""
    po.cached_dev = dev


def packet_cached_dev_reset(po: packet_sock) -> None:
    """Forget it."""
    po.cached_dev = None


def sock_net(sk: packet_sock) -> Net:
    """The namespace of a socket."""
    return sk.sk_net
