"""A TCP frame cut into segments by software: net/ipv4/af_inet.c, net/ipv4/tcp_offload.c, net/core/skbuff.c.

And how a packet socket asks for it: include/linux/virtio_net.h.
"""

# ruff: noqa: N801
from __future__ import annotations

import errno
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from explorer.model._mirrors import mirrors
from explorer.model.netdevice import NETIF_F_TSO
from explorer.model.skbuff import (
    CHECKSUM_PARTIAL,
    alloc_skb,
    csum,
    pskb_may_pull,
    sk_buff,
    skb_mac_header,
    skb_network_header,
    skb_pull,
    skb_push,
    skb_put,
    skb_reserve,
    skb_reset_mac_header,
    skb_reset_mac_len,
    skb_reset_network_header,
    skb_reset_transport_header,
    skb_set_transport_header,
)

_TCP_MIN_GSO_SIZE, _TCPHDR, _IPHDR = 8, 20, 20
_TOT_LEN, _ID, _IP_CHECK = 2, 4, 10  # of struct iphdr
_SEQ, _DOFF, _FLAGS, _CHECK = 4, 12, 13, 16  # of struct tcphdr
_COPIED = """dev protocol pkt_type mac_header network_header transport_header mac_len ip_summed csum_start csum_offset
 vlan_present vlan_proto vlan_tci priority mark hash queue_mapping skb_iif tc_skip_classify""".split()
_FIN, _PSH, _CWR = 0x01, 0x08, 0x80


@dataclass(frozen=True)
class virtio_net_hdr:
    """What a sender with PACKET_VNET_HDR puts before a frame: VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV4."""

    hdr_len: int
    gso_size: int
    csum_start: int
    csum_offset: int


@mirrors("virtio_net_hdr_to_skb@include/linux/virtio_net.h")
def virtio_net_hdr_to_skb(skb: sk_buff, hdr: virtio_net_hdr) -> int:
    """Have the checksum finished and the frame cut later; 0 or a negative errno.

    Left out: IPv6, UDP, frames without NEEDS_CSUM, SKB_GSO_DODGY, by which software looks at the headers once more.
    """
    skb_reset_mac_header(skb)
    if not pskb_may_pull(skb, hdr.csum_start + max(_TCPHDR, hdr.csum_offset + 2)):
        return -errno.EINVAL
    skb.ip_summed = CHECKSUM_PARTIAL  # skb_partial_csum_set
    skb.csum_start, skb.csum_offset = skb.data + hdr.csum_start, hdr.csum_offset
    skb_set_transport_header(skb, hdr.csum_start)
    p_off = hdr.csum_start + _TCPHDR
    if p_off < _IPHDR + _TCPHDR or not pskb_may_pull(skb, p_off):
        return -errno.EINVAL
    gso_size = max(hdr.gso_size, _TCP_MIN_GSO_SIZE)
    if skb.len - p_off > gso_size:
        skb.shinfo.gso_size, skb.shinfo.gso_tcp, skb.shinfo.gso_segs = gso_size, True, 0
    return 0


def skb_gso_segment(skb: sk_buff, features: int) -> tuple[Any, int]:
    """The segments, as a list; None if the device cuts, and a negative errno if nobody can."""
    skb_reset_mac_header(skb)
    skb_reset_mac_len(skb)
    skb_pull(skb, skb.mac_len)
    segs, err = inet_gso_segment(skb, features)
    skb_push(skb, skb.data - skb.mac_header)
    return segs, err


@mirrors("inet_gso_segment@net/ipv4/af_inet.c")
def inet_gso_segment(skb: sk_buff, features: int) -> tuple[Any, int]:
    """Let TCP cut, and give each segment an IP header with its own length, id and sum.

    Left out: RCU, tunnels, fragments of UDP, one id for all, GSO_PARTIAL, errors in pointers.
    """
    skb_reset_network_header(skb)
    nhoff = skb_network_header(skb) - skb_mac_header(skb)
    ihl = (skb.head[skb.data] & 0x0F) * 4
    id = int.from_bytes(skb.head[skb.data + _ID : skb.data + _ID + 2], "big")
    skb_pull(skb, ihl)
    skb_reset_transport_header(skb)
    segs, err = tcp_gso_segment(skb, features)
    seg = segs
    while seg:
        iph = seg.network_header = skb_mac_header(seg) + nhoff
        _store(seg, iph + _ID, id & 0xFFFF)
        _store(seg, iph + _TOT_LEN, seg.tail - iph)
        ip_send_check(seg, iph, ihl)
        skb_reset_mac_len(seg)
        id += 1
        seg = seg.next
    return segs, err


def ip_send_check(skb: sk_buff, iph: int, ihl: int) -> None:
    """The sum of an IP header."""
    _store(skb, iph + _IP_CHECK, 0)
    _store(skb, iph + _IP_CHECK, csum(bytes(skb.head[iph : iph + ihl])) ^ 0xFFFF)


@mirrors("tcp_gso_segment@net/ipv4/tcp_offload.c")
def tcp_gso_segment(skb: sk_buff, features: int) -> tuple[Any, int]:
    """Cut the stream, and give each segment a TCP header with its own sequence number; FIN and PSH are the last one's.

    Left out: timestamps, sums made here, IPv6, who is told that a segment was sent.
    """
    th = skb.data
    thlen = (skb.head[th + _DOFF] >> 4) * 4
    if thlen < _TCPHDR or not pskb_may_pull(skb, thlen):
        return None, -errno.EINVAL
    oldlen = skb.len
    skb_pull(skb, thlen)
    mss = skb.shinfo.gso_size
    if skb.len <= mss:
        return None, -errno.EINVAL
    if features & NETIF_F_TSO:
        skb.shinfo.gso_segs = -(-skb.len // mss)
        return None, 0
    seg = segs = skb_segment(skb, mss)
    seq = int.from_bytes(skb.head[th + _SEQ : th + _SEQ + 4], "big")
    check = int.from_bytes(skb.head[th + _CHECK : th + _CHECK + 2], "big")
    first = True
    while seg:
        th = seg.transport_header
        _store(seg, th + _SEQ, seq & 0xFFFFFFFF, 4)
        seg.head[th + _FLAGS] &= ~((_FIN | _PSH) * bool(seg.next) | _CWR * (not first)) & 0xFF
        _store(seg, th + _CHECK, csum(b"", check + (oldlen ^ 0xFFFF) + seg.tail - th))
        seq += mss
        seg, first = seg.next, False
    return segs, 0


@mirrors("skb_segment@net/core/skbuff.c")
def skb_segment(head_skb: sk_buff, mss: int) -> sk_buff:
    """A list of frames with the same headers and `mss` bytes each of what follows; the last one is the sender's.

    Left out: fragments and lists of them, GSO_PARTIAL, sums made here, what else of the head is copied.
    """
    begin, payload = head_skb.mac_header, bytes(head_skb.head[head_skb.data : head_skb.tail])
    header = bytes(head_skb.head[begin : head_skb.data])
    segs = [_segment(head_skb, begin, header + payload[at : at + mss]) for at in range(0, len(payload), mss)]
    for seg, after in pairwise(segs):
        seg.next = after
    segs[-1].sk, head_skb.sk = head_skb.sk, None
    segs[-1].destructor, head_skb.destructor = head_skb.destructor, None
    segs[-1].truesize, head_skb.truesize = head_skb.truesize, segs[-1].truesize
    return segs[0]


def _segment(head_skb: sk_buff, begin: int, content: bytes) -> sk_buff:
    nskb = alloc_skb(begin + len(content), head_skb.dev.nd_net.features.small_head)
    skb_reserve(nskb, begin)
    skb_put(nskb, content)
    for name in _COPIED:
        setattr(nskb, name, getattr(head_skb, name))
    return nskb


def _store(skb: sk_buff, at: int, value: int, size: int = 2) -> None:
    skb.head[at : at + size] = value.to_bytes(size, "big")
