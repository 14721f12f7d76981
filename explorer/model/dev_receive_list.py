"""Receiving a list of frames: net/core/dev.c; each is shown to the taps, the last taker of a run gets the run."""

from __future__ import annotations

from explorer.model._mirrors import mirrors
from explorer.model.dev_receive import __netif_receive_skb_core
from explorer.model.netdevice import net_device, packet_type
from explorer.model.skbuff import sk_buff


@mirrors("netif_receive_skb_list@net/core/dev.c")
def netif_receive_skb_list(head: list[sk_buff]) -> None:
    """Take a list from a driver that has collected one.

    Left out: tracing.
    """
    netif_receive_skb_list_internal(head)  # note: no-gro


@mirrors("netif_receive_skb_list_internal@net/core/dev.c")
def netif_receive_skb_list_internal(head: list[sk_buff]) -> None:
    """Receive a list on this CPU.

    Left out: RPS, RCU, timestamps, and 4.19's do_xdp_generic.
    """
    __netif_receive_skb_list(head)


@mirrors("__netif_receive_skb_list@net/core/dev.c")
def __netif_receive_skb_list(head: list[sk_buff]) -> None:
    """Receive a list; no frame of the model lies in emergency memory, so it is never cut.

    Left out: emergency memory.
    """
    __netif_receive_skb_list_core(head)


@mirrors("__netif_receive_skb_list_core@net/core/dev.c")
def __netif_receive_skb_list_core(head: list[sk_buff]) -> None:
    """Let the core deliver to all but the last of each frame, and to that one once for a run with the same last."""
    pt_curr: packet_type | None = None
    od_curr: net_device | None = None
    sublist: list[sk_buff] = []
    for skb in head:
        orig_dev = skb.dev
        _, skb, pt_prev = __netif_receive_skb_core(skb)  # note: batch
        if not pt_prev:
            continue
        if pt_curr is not pt_prev or od_curr is not orig_dev:
            __netif_receive_skb_list_ptype(sublist, pt_curr, od_curr)
            sublist, pt_curr, od_curr = [], pt_prev, orig_dev
        sublist.append(skb)  # note: sublist
    __netif_receive_skb_list_ptype(sublist, pt_curr, od_curr)


@mirrors("__netif_receive_skb_list_ptype@net/core/dev.c")
def __netif_receive_skb_list_ptype(
    head: list[sk_buff], pt_prev: packet_type | None, orig_dev: net_device | None
) -> None:
    """Deliver a run to its last taker: as a list if it takes lists, else one by one."""
    if not pt_prev:
        return
    if pt_prev.list_func:
        pt_prev.list_func(head, pt_prev, orig_dev)
        return
    for skb in head:
        pt_prev.func(skb, skb.dev, pt_prev, orig_dev)  # note: list-func
