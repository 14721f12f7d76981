"""A veth pair: drivers/net/veth.c; with GRO on, the receiving end polls as a network card's driver does."""

# ruff: noqa: N801
from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from explorer.model._mirrors import mirrors
from explorer.model.dev_receive import ____napi_schedule, __netif_rx, netif_receive_skb
from explorer.model.drivers import __dev_forward_skb
from explorer.model.gro import napi_complete_done, napi_gro_receive
from explorer.model.netdevice import (
    IFF_UP,
    NET_RX_DROP,
    NET_RX_SUCCESS,
    NET_XMIT_DROP,
    NETIF_F_GRO,
    NETIF_F_TSO,
    napi_struct,
    net_device,
    net_device_ops,
    this_cpu,
)
from explorer.model.skbuff import sk_buff, skb_orphan, skb_shared, skb_unclone, sock_wfree


@dataclass(eq=False)
class veth_priv:
    """The other end of a veth pair; this end's NAPI, while GRO is on, and the ring it polls."""

    peer: net_device
    napi: napi_struct | None = None
    xdp_ring: deque[sk_buff] = field(default_factory=deque)


@mirrors("veth_xmit@drivers/net/veth.c")
def veth_xmit(skb: sk_buff, dev: net_device) -> int:
    """Send the skb into the peer, through its NAPI if GRO may join it to others.

    Left out: RCU, XDP, timestamps, statistics, many queues, a ring that is full.
    """
    rcv = dev.priv.peer
    napi = rcv.priv.napi if veth_skb_is_eligible_for_gro(dev) else None
    ret = veth_forward_skb(rcv, skb, napi)
    if ret == NET_RX_SUCCESS and napi:
        ____napi_schedule(this_cpu(rcv), napi)  # __veth_xdp_flush
    return NET_XMIT_DROP if ret == NET_RX_DROP else ret


def veth_skb_is_eligible_for_gro(dev: net_device) -> bool:
    """Whether it is worth while: a sender with TSO sends large frames anyway."""
    return not dev.features & NETIF_F_TSO


@mirrors("veth_forward_skb@drivers/net/veth.c")
def veth_forward_skb(dev: net_device, skb: sk_buff, napi: napi_struct | None) -> int:
    """Make the skb one that the peer received."""
    return __dev_forward_skb(dev, skb) or (veth_xdp_rx(dev, skb) if napi else __netif_rx(skb))


def veth_xdp_rx(dev: net_device, skb: sk_buff) -> int:
    """Put the skb in the ring that the peer polls."""
    dev.priv.xdp_ring.append(skb)
    return NET_RX_SUCCESS


@mirrors("veth_poll@drivers/net/veth.c")
def veth_poll(napi: napi_struct, budget: int) -> int:
    """Receive what is in the ring, and end the poll if that was less than the budget.

    Left out: XDP, RCU, senders that wait.
    """
    done = veth_xdp_rcv(napi, budget)
    if done < budget:
        napi_complete_done(napi, done)
    return done


@mirrors("veth_xdp_rcv@drivers/net/veth.c")
def veth_xdp_rcv(napi: napi_struct, budget: int) -> int:
    """Hand up to a budget of frames to GRO.

    Left out: XDP, statistics.
    """
    done, ring = 0, napi.dev.priv.xdp_ring
    while ring and done < budget:
        skb = ring.popleft()
        skb_prepare_for_gro(skb)
        if skb_shared(skb):
            netif_receive_skb(skb)
        else:
            skb_unclone(skb)  # a tap of the sender may hold the bytes
            napi_gro_receive(napi, skb)
        done += 1
    return done


@mirrors("skb_prepare_for_gro@include/net/sock.h")
def skb_prepare_for_gro(skb: sk_buff) -> None:
    """Only a frame that is still charged to its sender keeps it, and then GRO looks twice."""
    if skb.destructor is not sock_wfree:
        skb_orphan(skb)
        return
    skb.slow_gro = True


@mirrors("veth_set_features@drivers/net/veth.c")
def veth_set_features(dev: net_device, features: int) -> None:
    """Turn GRO on or off; while it is on, the device polls.

    Left out: XDP.
    """
    if not (features & NETIF_F_GRO and dev.flags & IFF_UP):
        dev.priv.napi = None  # veth_napi_del
        dev.priv.xdp_ring.clear()
    elif not dev.priv.napi:
        dev.priv.napi = napi_struct(veth_poll, dev)  # veth_napi_enable


veth_netdev_ops = net_device_ops(veth_xmit)
