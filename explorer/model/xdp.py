"""Generic XDP: net/core/dev.c; a device's program is asked before the taps."""

from __future__ import annotations

from typing import Any

from explorer.model._mirrors import mirrors
from explorer.model.dev import dev_xmit_complete, netdev_start_xmit
from explorer.model.filter.run import bpf_prog_run
from explorer.model.netdevice import NETDEV_TX_BUSY, netif_xmit_stopped
from explorer.model.skbuff import kfree_skb, sk_buff, skb_mac_header, skb_pull, skb_push

XDP_DROP, XDP_PASS, XDP_TX = 1, 2, 3


@mirrors("do_xdp_generic@net/core/dev.c")
def do_xdp_generic(skb: sk_buff) -> int:
    """Ask the device's XDP program, here a classic one; what it does not pass ends here, or goes back.

    Left out: BPF's context, XDP that changes or redirects.
    """
    xdp_prog = skb.dev.xdp_prog
    if xdp_prog:
        act = netif_receive_generic_xdp(skb, xdp_prog)
        if act != XDP_PASS:  # note: xdp-generic
            if act == XDP_TX:
                generic_xdp_tx(skb)
            else:
                kfree_skb(skb)
            return XDP_DROP
    return XDP_PASS


@mirrors("netif_receive_generic_xdp@net/core/dev.c")
def netif_receive_generic_xdp(skb: sk_buff, xdp_prog: Any) -> int:
    """Run the program on the frame from its link header on; an answer that it knows nothing of is a drop.

    Left out: room for an XDP program, XDP that changes or redirects, frames that tc redirected, tracing, warnings,
    kfree_skb.
    """
    mac_len = skb.data - skb_mac_header(skb)
    skb_push(skb, mac_len)
    act = bpf_prog_run(xdp_prog, skb)
    skb_pull(skb, mac_len)
    return act


@mirrors("generic_xdp_tx@net/core/dev.c")
def generic_xdp_tx(skb: sk_buff) -> None:
    """Give the frame back to the driver it came from, past qdisc and taps.

    Left out: locks, many queues, statistics, tracing.
    """
    skb_push(skb, skb.data - skb_mac_header(skb))  # bpf_prog_run_generic_xdp
    rc = NETDEV_TX_BUSY
    if not netif_xmit_stopped(skb.dev.txq):
        rc = netdev_start_xmit(skb, skb.dev)
    if not dev_xmit_complete(rc):
        kfree_skb(skb)
