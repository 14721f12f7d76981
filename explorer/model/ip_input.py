"""Where IP begins: net/ipv4/ip_input.c, a neighbour of the taps on the protocol lists."""

from __future__ import annotations

from typing import Any

from explorer.model._mirrors import mirrors
from explorer.model.inet_gro import ip_hdr
from explorer.model.netdevice import NET_RX_DROP, NET_RX_SUCCESS, dev_net, net_device, packet_type
from explorer.model.skbuff import (
    PACKET_OTHERHOST,
    csum,
    kfree_skb,
    pskb_may_pull,
    pskb_trim,
    sk_buff,
    skb_orphan,
    skb_share_check,
)


@mirrors("ip_rcv_core@net/ipv4/ip_input.c")
def ip_rcv_core(skb: sk_buff) -> Any:
    """Turn away what is not for this host or no whole IPv4 packet; cut off what lies behind its end.

    Left out: statistics, skb_sk_is_prefetched.
    """
    if skb.pkt_type == PACKET_OTHERHOST:
        kfree_skb(skb)  # note: otherhost
        return None
    skb = skb_share_check(skb)
    length = _length(skb)
    if not length:
        kfree_skb(skb)  # note: damaged
        return None
    pskb_trim(skb, length)  # note: padding
    skb.transport_header = skb.network_header + _ihl(skb)
    skb_orphan(skb)
    return skb


def _length(skb: sk_buff) -> int:
    """The length that a sound header says, 0 for another."""
    if not pskb_may_pull(skb, 20):
        return 0
    version_ihl, _, tot_len, *_ = ip_hdr(skb)
    if version_ihl >> 4 != 4 or _ihl(skb) < 20 or not pskb_may_pull(skb, _ihl(skb)):
        return 0
    if csum(bytes(skb.head[skb.network_header :][: _ihl(skb)])) != 0xFFFF:  # ip_fast_csum
        return 0
    return tot_len if _ihl(skb) <= tot_len <= skb.len else 0


def _ihl(skb: sk_buff) -> int:
    return (ip_hdr(skb)[0] & 0xF) * 4


@mirrors("ip_rcv@net/ipv4/ip_input.c")
def ip_rcv(skb: sk_buff, dev: net_device, pt: packet_type, orig_dev: net_device) -> int:
    """Take a frame from a device; what is let through is noted as delivered.

    Left out: statistics, netfilter.
    """
    skb = ip_rcv_core(skb)
    if not skb:
        return NET_RX_DROP
    dev_net(dev).machine.delivered.append((dev, skb))  # NF_HOOK, ip_rcv_finish
    kfree_skb(skb)
    return NET_RX_SUCCESS


@mirrors("ip_list_rcv@net/ipv4/ip_input.c")
def ip_list_rcv(head: list[sk_buff], pt: packet_type, orig_dev: net_device) -> None:
    """Take a list, frame by frame.

    Left out: ip_sublist_rcv, which tells netfilter and routing of several at a time.
    """
    for skb in head:
        ip_rcv(skb, skb.dev, pt, orig_dev)
