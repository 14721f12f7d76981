"""A bridge as its ports' rx_handler: net/bridge/br_input.c, br_forward.c, br_device.c."""

# ruff: noqa: N801
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from explorer.model._mirrors import mirrors
from explorer.model.dev import dev_queue_xmit
from explorer.model.dev_receive import RX_HANDLER_CONSUMED, RX_HANDLER_PASS, netif_receive_skb
from explorer.model.if_ether import h_dest, h_source, is_multicast_ether_addr
from explorer.model.netdevice import (
    ETH_HLEN,
    IFF_UP,
    NETDEV_TX_OK,
    is_skb_forwardable,
    net_device,
    net_device_ops,
    netif_carrier_ok,
)
from explorer.model.skbuff import (
    PACKET_HOST,
    PACKET_LOOPBACK,
    kfree_skb,
    sk_buff,
    skb_clone,
    skb_pull,
    skb_push,
    skb_reset_mac_header,
    skb_share_check,
)

_BROADCAST = b"\xff" * 6


@dataclass(eq=False)
class net_bridge:
    """A bridge: its device, its ports, on which of them an address was seen, and the addresses that are its own."""

    dev: net_device
    port_list: list[net_device] = field(default_factory=list)
    fdb: dict[bytes, net_device] = field(default_factory=dict)
    local: set[bytes] = field(default_factory=set)


@mirrors("br_handle_frame@net/bridge/br_input.c")
def br_handle_frame(skb: sk_buff) -> tuple[int, Any]:
    """Take every frame of a port, but those meant for the link itself.

    Left out: VLANs, tunnels, spanning tree, netfilter, groups that are forwarded all the same.
    """
    if skb.pkt_type == PACKET_LOOPBACK:
        return RX_HANDLER_PASS, skb
    if is_multicast_ether_addr(h_source(skb)) or not any(h_source(skb)):
        kfree_skb(skb)  # note: bridge-bad-source
        return RX_HANDLER_CONSUMED, None
    skb = skb_share_check(skb)
    br = skb.dev.rx_handler_data
    dest = h_dest(skb)
    if dest[:5] == bytes.fromhex("0180c20000") and dest[5] < 16:
        if dest[5] == 1:
            kfree_skb(skb)
            return RX_HANDLER_CONSUMED, None
        if dest[5] != 0:
            br_fdb_update(br, skb.dev, h_source(skb))  # __br_handle_local_finish
            return RX_HANDLER_PASS, skb  # note: bridge-link-local
    if dest == br.dev.dev_addr:
        skb.pkt_type = PACKET_HOST
    br_handle_frame_finish(br, skb)  # note: bridge-consumed
    return RX_HANDLER_CONSUMED, None


@mirrors("br_handle_frame_finish@net/bridge/br_input.c")
def br_handle_frame_finish(br: net_bridge, skb: sk_buff) -> None:
    """Learn who sent it, then send it up, on, or both.

    Left out: VLANs, locked ports, isolation, proxy ARP, multicast groups, statistics.
    """
    br_fdb_update(br, skb.dev, h_source(skb))
    local_rcv = is_multicast_ether_addr(h_dest(skb))
    if h_dest(skb) in br.local:
        br_pass_frame_up(br, skb)
        return
    if dst := br.fdb.get(h_dest(skb)):
        br_forward(dst, skb)
        return
    br_flood(br, skb, local_rcv)
    if local_rcv:
        br_pass_frame_up(br, skb)


def br_fdb_update(br: net_bridge, port: net_device, addr: bytes) -> None:
    """Remember the port an address was seen on, unless it is the bridge's own."""
    if addr not in br.local:
        br.fdb[addr] = port


@mirrors("br_pass_frame_up@net/bridge/br_input.c")
def br_pass_frame_up(br: net_bridge, skb: sk_buff) -> None:
    """Receive it a second time, on the bridge's own device.

    Left out: VLANs, netfilter, statistics.
    """
    skb.dev = br.dev
    netif_receive_skb(skb)  # note: second-pass


@mirrors("br_flood@net/bridge/br_forward.c")
def br_flood(br: net_bridge, skb: sk_buff, local_rcv: bool) -> None:
    """Send it on every other port: a clone each, the frame itself to the last if nobody else wants it.

    Left out: flags of ports, isolation, proxy ARP, kfree_skb.
    """
    prev = None
    for p in br.port_list:
        if not should_deliver(p, skb):
            continue
        if prev:
            __br_forward(prev, skb_clone(skb))  # deliver_clone
        prev = p
    if prev:
        __br_forward(prev, skb_clone(skb) if local_rcv else skb)


def should_deliver(p: net_device, skb: sk_buff) -> bool:
    """Whether a port is another one than the frame came from, and forwards."""
    return p is not skb.dev and bool(p.flags & IFF_UP) and netif_carrier_ok(p)


@mirrors("br_forward@net/bridge/br_forward.c")
def br_forward(to: net_device, skb: sk_buff) -> None:
    """Send it on one port.

    Left out: backup ports.
    """
    if should_deliver(to, skb):
        __br_forward(to, skb)
    else:
        kfree_skb(skb)


@mirrors("__br_forward@net/bridge/br_forward.c")
def __br_forward(to: net_device, skb: sk_buff) -> None:
    """Transmit on a port, link header and all.

    Left out: VLANs, netfilter, netpoll, checksums.
    """
    skb.dev = to
    skb_push(skb, ETH_HLEN)  # br_dev_queue_push_xmit
    if is_skb_forwardable(to, skb):
        dev_queue_xmit(skb)  # note: bridge-forward
    else:
        kfree_skb(skb)


@mirrors("br_dev_xmit@net/bridge/br_device.c")
def br_dev_xmit(skb: sk_buff, dev: net_device) -> int:
    """Send on the bridge's own device: to the port that knows the address, else to all.

    Left out: VLANs, netfilter, netpoll, multicast groups, proxy ARP, statistics.
    """
    br = dev.priv
    skb_reset_mac_header(skb)
    skb_pull(skb, ETH_HLEN)
    dest = h_dest(skb)
    if dest == dev.dev_addr:
        kfree_skb(skb)  # its entry names no port
    elif dst := br.fdb.get(dest) or next((p for p in br.port_list if p.dev_addr == dest), None):
        br_forward(dst, skb)
    else:
        br_flood(br, skb, False)
    return NETDEV_TX_OK


br_netdev_ops = net_device_ops(br_dev_xmit)
