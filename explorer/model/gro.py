"""GRO: net/core/gro.c, include/net/gro.h; segments of one flow become one frame before the taps are asked."""

# ruff: noqa: N801
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from explorer.model._mirrors import mirrors
from explorer.model.dev_receive_list import netif_receive_skb_list_internal
from explorer.model.if_ether import eth_type_trans
from explorer.model.inet_gro import inet_gro_complete, inet_gro_receive, skb_gro_len
from explorer.model.netdevice import ETH_HLEN, ETH_P_IP, NETIF_F_GRO, dev_net, napi_struct, net_device
from explorer.model.skbuff import (
    sk_buff,
    skb_is_gso,
    skb_is_gso_tcp,
    skb_pull,
    skb_push,
    skb_reset_mac_header,
    skb_reset_mac_len,
    skb_set_network_header,
)

GRO_MERGED, GRO_MERGED_FREE, GRO_HELD, GRO_NORMAL = range(4)
MAX_GRO_SKBS = 8


@dataclass(eq=False)
class napi_gro_cb:
    """What GRO notes in skb->cb: how far the headers were read, and whether the frame fits another."""

    data_offset: int = 0
    same_flow: bool = False
    flush: bool = False
    free: bool = False
    count: int = 1
    ip_fixedid: bool = False


offload_base = {ETH_P_IP: (inet_gro_receive, inet_gro_complete)}  # struct packet_offload, by type


@mirrors("gro_receive_skb@net/core/gro.c", "napi_gro_receive@net/core/gro.c", "napi_gro_receive@net/core/dev.c")
def napi_gro_receive(napi: napi_struct, skb: sk_buff) -> int:
    """Take a frame from a NAPI driver; its link header has been read.

    Left out: tracing, netpoll, the NAPI's number.
    """
    skb_gro_reset_offset(skb)
    return napi_skb_finish(napi, skb, dev_gro_receive(napi, skb))


def skb_gro_reset_offset(skb: sk_buff) -> None:
    """No header has been read yet."""
    skb.cb = napi_gro_cb()


@mirrors("gro_list_prepare@net/core/gro.c", "gro_list_prepare@net/core/dev.c", "__napi_gro_receive@net/core/dev.c")
def gro_list_prepare(head: list[sk_buff], skb: sk_buff) -> None:
    """Mark each waiting frame that has the new one's device, tag and link header.

    Of segments that software cut only the last belongs to the sender's socket: to GRO it is of another flow. Older
    kernels do all this first and call dev_gro_receive from here.

    Left out: dev_gro_receive, netpoll, buckets, what else a frame carries.
    """
    maclen = skb.dev.hard_header_len
    for p in head:
        diffs = p.dev is not skb.dev or (p.vlan_present, p.vlan_tci) != (skb.vlan_present, skb.vlan_tci)
        diffs |= p.head[p.mac_header :][:maclen] != skb.head[skb.mac_header :][:maclen]
        if skb.slow_gro or p.slow_gro:
            diffs |= p.sk is not skb.sk
        p.cb.same_flow = not diffs  # note: same-header


@mirrors("dev_gro_receive@net/core/gro.c", "dev_gro_receive@net/core/dev.c")
def dev_gro_receive(napi: napi_struct, skb: sk_buff) -> int:
    """Join the frame to one that waits, let it wait itself, or say that it goes on; there is one bucket of flows here.

    Left out: RCU, netpoll, fragments, pages, buckets, ages, IPsec.
    """
    head = napi.gro_list
    if netif_elide_gro(skb.dev):
        return GRO_NORMAL  # note: off
    gro_list_prepare(head, skb)
    if skb.protocol not in offload_base:
        return GRO_NORMAL
    gro_receive, _ = offload_base[skb.protocol]
    skb_set_network_header(skb, 0)
    skb_reset_mac_len(skb)
    if skb_is_gso(skb):  # note: came-large
        skb.cb.count = skb.shinfo.gso_segs
        if not skb_is_gso_tcp(skb):
            skb.cb.flush = True
    pp = gro_receive(head, skb)  # note: asked
    ret = GRO_MERGED_FREE if skb.cb.free else GRO_MERGED
    if pp:
        head.remove(pp)
        napi_gro_complete(napi, pp)  # note: flow-breaks
    if skb.cb.same_flow:
        return ret
    if skb.cb.flush:
        return GRO_NORMAL
    if len(head) >= MAX_GRO_SKBS:
        gro_flush_oldest(napi, head)
    if not skb_is_gso(skb):
        skb.shinfo.gso_size = skb_gro_len(skb)
    head.insert(0, skb)
    return GRO_HELD  # note: held


def netif_elide_gro(dev: net_device) -> bool:
    """Whether a device shall not join frames."""
    return not dev.features & NETIF_F_GRO or dev.xdp_prog is not None


@mirrors("gro_flush_oldest@net/core/gro.c", "gro_flush_oldest@net/core/dev.c")
def gro_flush_oldest(napi: napi_struct, head: list[sk_buff]) -> None:
    """Make room for another flow."""
    napi_gro_complete(napi, head.pop())  # note: eight


@mirrors("gro_complete@net/core/gro.c", "napi_gro_complete@net/core/gro.c", "napi_gro_complete@net/core/dev.c")
def napi_gro_complete(napi: napi_struct, skb: sk_buff) -> None:
    """Let a frame that waited go on, with headers for what it has become; older kernels receive it at once.

    Left out: RCU, kfree_skb.
    """
    if skb.cb.count == 1:
        skb.shinfo.gso_size = 0  # note: alone
    else:
        _, gro_complete = offload_base[skb.protocol]
        gro_complete(skb)  # note: checksum
    gro_normal_one(napi, skb, skb.cb.count)


@mirrors("gro_normal_one@include/net/gro.h", "gro_normal_one@net/core/dev.c")
def gro_normal_one(napi: napi_struct, skb: sk_buff, segs: int) -> None:
    """Collect a frame that may go on."""
    napi.rx_list.append(skb)
    napi.rx_count += segs  # note: segments
    if napi.rx_count >= dev_net(skb.dev).machine.gro_normal_batch:
        gro_normal_list(napi)


@mirrors("gro_normal_list@include/net/gro.h", "gro_normal_list@net/core/dev.c")
def gro_normal_list(napi: napi_struct) -> None:
    """Receive what was collected."""
    head, napi.rx_list, napi.rx_count = napi.rx_list, [], 0
    netif_receive_skb_list_internal(head)  # note: together


@mirrors("gro_skb_finish@net/core/gro.c", "napi_skb_finish@net/core/gro.c", "napi_skb_finish@net/core/dev.c")
def napi_skb_finish(napi: napi_struct, skb: sk_buff, ret: int) -> int:
    """Do with the frame what was decided; older kernels receive at once what goes on.

    Left out: pages, frames to be freed, kfree_skb, dst.
    """
    if ret == GRO_NORMAL:
        gro_normal_one(napi, skb, 1)  # note: normal
    return ret


@mirrors("napi_gro_frags@net/core/gro.c", "napi_gro_frags@net/core/dev.c")
def napi_gro_frags(napi: napi_struct) -> int:
    """Take the frame that a driver has filled into the NAPI's own skb.

    Left out: tracing, pages, netpoll, the NAPI's number.
    """
    skb = napi_frags_skb(napi)
    return napi_frags_finish(napi, skb, dev_gro_receive(napi, skb))  # note: pages


def napi_frags_skb(napi: napi_struct) -> Any:
    """The frame, its link header stepped over and not yet read for whom it is."""
    skb: Any = napi.skb
    napi.skb = None
    skb_reset_mac_header(skb)
    skb_gro_reset_offset(skb)
    skb.protocol = int.from_bytes(skb.head[skb.data + 12 :][:2], "big")
    skb_pull(skb, ETH_HLEN)
    return skb


@mirrors("napi_frags_finish@net/core/gro.c", "napi_frags_finish@net/core/dev.c")
def napi_frags_finish(napi: napi_struct, skb: sk_buff, ret: int) -> int:
    """Say whose frame it is, if it goes on or waits; older kernels receive at once what goes on.

    Left out: pages, kfree_skb, napi_reuse_skb.
    """
    if ret in (GRO_NORMAL, GRO_HELD):
        skb_push(skb, ETH_HLEN)
        skb.protocol = eth_type_trans(skb, skb.dev)  # note: whose
        if ret == GRO_NORMAL:
            gro_normal_one(napi, skb, 1)
    return ret


@mirrors("napi_complete_done@net/core/dev.c", "napi_complete@net/core/dev.c")
def napi_complete_done(napi: napi_struct, work_done: int) -> bool:
    """The ring is empty: nothing shall wait any longer.

    Left out: NAPI, timers, locks, warnings.
    """
    gro_flush_normal(napi)  # note: poll-end
    return True


def gro_flush_normal(napi: napi_struct) -> None:
    """Let go what waits, and receive it."""
    napi_gro_flush(napi)
    gro_normal_list(napi)


@mirrors(
    "__gro_flush_chain@net/core/gro.c",
    "__napi_gro_flush_chain@net/core/gro.c",
    "__napi_gro_flush_chain@net/core/dev.c",
    "napi_gro_flush@net/core/dev.c",
)
def napi_gro_flush(napi: napi_struct) -> None:
    """Let all go that waits, the oldest first.

    Left out: buckets, ages.
    """
    while napi.gro_list:
        napi_gro_complete(napi, napi.gro_list.pop())  # note: order
