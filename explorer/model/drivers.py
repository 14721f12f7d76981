"""Drivers: drivers/net/loopback.c, drivers/net/dummy.c, net/8021q/vlan_dev.c; what a pair of devices shares."""

# ruff: noqa: N801
from __future__ import annotations

from dataclasses import dataclass

from explorer.model._mirrors import mirrors
from explorer.model.dev import dev_queue_xmit
from explorer.model.dev_receive import __netif_rx
from explorer.model.if_ether import (
    __vlan_get_protocol_offset,
    __vlan_hwaccel_put_tag,
    eth_header,
    eth_header_parse,
    eth_type_trans,
    h_proto,
)
from explorer.model.netdevice import (
    NET_RX_DROP,
    NETDEV_TX_OK,
    header_ops,
    is_skb_forwardable,
    net_device,
    net_device_ops,
)
from explorer.model.skbuff import PACKET_HOST, kfree_skb, sk_buff, skb_orphan


@mirrors("loopback_xmit@drivers/net/loopback.c")
def loopback_xmit(skb: sk_buff, dev: net_device) -> int:
    """Send the skb back: the same one, no longer its sender's, now as received.

    Left out: timestamps, dst, statistics, RCU, skb_is_gso, emulate_large_send_offload.
    """
    skb_orphan(skb)  # note: orphan
    skb.protocol = eth_type_trans(skb, dev)
    __netif_rx(skb)
    return NETDEV_TX_OK


@mirrors("__dev_forward_skb2@net/core/dev.c", "__dev_forward_skb@net/core/dev.c")
def __dev_forward_skb(dev: net_device, skb: sk_buff) -> int:
    """Hand an skb to another device as if it came from outside; it still belongs to its sender.

    Left out: statistics, checksums, what else is scrubbed, fragments.
    """
    if not is_skb_forwardable(dev, skb):  # note: driver
        kfree_skb(skb)
        return NET_RX_DROP
    skb.pkt_type = PACKET_HOST  # skb_scrub_packet
    skb.skb_iif = 0
    skb.priority = 0
    skb.protocol = eth_type_trans(skb, dev)
    return 0


@dataclass(eq=False)
class vlan_dev_priv:
    """The device below a VLAN, and the tag."""

    real_dev: net_device
    vlan_proto: int
    vlan_id: int


@mirrors("vlan_dev_hard_start_xmit@net/8021q/vlan_dev.c")
def vlan_dev_hard_start_xmit(skb: sk_buff, dev: net_device) -> int:
    """Tag the skb and send it a second time, on the device below.

    Left out: headers kept in order, priorities, netpoll, statistics.
    """
    vlan = dev.priv
    __vlan_hwaccel_put_tag(skb, vlan.vlan_proto, vlan.vlan_id)
    skb.dev = vlan.real_dev
    return dev_queue_xmit(skb)  # note: second-pass


@mirrors("vlan_dev_hard_header@net/8021q/vlan_dev.c")
def vlan_dev_hard_header(
    skb: sk_buff, dev: net_device, protocol: int, daddr: bytes | None, saddr: bytes | None, length: int
) -> int:
    """Write the header of the device below, with this device's address.

    Left out: headers kept in order.
    """
    return eth_header(skb, dev.priv.real_dev, protocol, daddr, saddr or dev.dev_addr, length)


@mirrors("vlan_parse_protocol@net/8021q/vlan_dev.c")
def vlan_parse_protocol(skb: sk_buff) -> int:
    """The protocol behind all the tags that a raw sender wrote; data is at the link header.

    Left out: older kernels, which leave such a frame without a protocol.
    """
    protocol, _ = __vlan_get_protocol_offset(skb, h_proto(skb), 0)
    return protocol


@mirrors("dummy_xmit@drivers/net/dummy.c")
def dummy_xmit(skb: sk_buff, dev: net_device) -> int:
    """Send nowhere.

    Left out: statistics, timestamps.
    """
    kfree_skb(skb)
    return NETDEV_TX_OK


dummy_netdev_ops = net_device_ops(dummy_xmit)
loopback_ops = net_device_ops(loopback_xmit)
vlan_netdev_ops = net_device_ops(vlan_dev_hard_start_xmit)
vlan_header_ops = header_ops(vlan_dev_hard_header, eth_header_parse, vlan_parse_protocol)
