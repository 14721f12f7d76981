"""Ethernet and VLAN headers: net/ethernet/eth.c, include/linux/if_vlan.h, net/core/skbuff.c."""

from __future__ import annotations

from typing import Any

from explorer.model._mirrors import mirrors
from explorer.model.netdevice import (
    ETH_ALEN,
    ETH_HLEN,
    ETH_P_802_2,
    ETH_P_802_3,
    ETH_P_802_3_MIN,
    ETH_P_8021AD,
    ETH_P_8021Q,
    IFF_LOOPBACK,
    NETIF_F_HW_VLAN_CTAG_TX,
    NETIF_F_HW_VLAN_STAG_TX,
    VLAN_HLEN,
    header_ops,
    net_device,
)
from explorer.model.skbuff import (
    PACKET_BROADCAST,
    PACKET_MULTICAST,
    PACKET_OTHERHOST,
    kfree_skb,
    pskb_may_pull,
    sk_buff,
    skb_cow_head,
    skb_header_pointer,
    skb_mac_header,
    skb_mac_offset,
    skb_pull,
    skb_push,
    skb_reset_mac_header,
    skb_reset_mac_len,
    skb_reset_network_header,
    skb_share_check,
    skb_unclone,
)


def h_dest(skb: sk_buff) -> bytes:
    """eth_hdr(skb)->h_dest."""
    return bytes(skb.head[skb.mac_header : skb.mac_header + ETH_ALEN])


def h_source(skb: sk_buff) -> bytes:
    """eth_hdr(skb)->h_source."""
    return bytes(skb.head[skb.mac_header + ETH_ALEN : skb.mac_header + 2 * ETH_ALEN])


def h_proto(skb: sk_buff) -> int:
    """eth_hdr(skb)->h_proto."""
    return int.from_bytes(skb.head[skb.mac_header + 12 : skb.mac_header + 14], "big")


def is_multicast_ether_addr(addr: bytes) -> bool:
    """Whether an address is for many, broadcast among them."""
    return bool(addr[0] & 1)


def eth_proto_is_802_3(proto: int) -> bool:
    """Whether a type field is a type, not a length."""
    return proto >= ETH_P_802_3_MIN


def eth_type_vlan(proto: int) -> bool:
    """Whether a protocol is a VLAN tag."""
    return proto in (ETH_P_8021Q, ETH_P_8021AD)


@mirrors("eth_type_trans@net/ethernet/eth.c")
def eth_type_trans(skb: sk_buff, dev: net_device) -> int:
    """Say whose frame it is and of which protocol, and step over the link header.

    Left out: DSA.
    """
    skb.dev = dev
    skb_reset_mac_header(skb)
    skb_pull(skb, ETH_HLEN)
    eth_skb_pkt_type(skb, dev)
    if eth_proto_is_802_3(h_proto(skb)):
        return h_proto(skb)
    sap = skb_header_pointer(skb, 0, 2)
    if sap == b"\xff\xff":
        return ETH_P_802_3
    return ETH_P_802_2  # note: small-ethertype


@mirrors("eth_skb_pkt_type@include/linux/etherdevice.h")
def eth_skb_pkt_type(skb: sk_buff, dev: net_device) -> None:
    """Say whose frame it is; one for this host is HOST already."""
    if h_dest(skb) != dev.dev_addr:
        if is_multicast_ether_addr(h_dest(skb)):
            if h_dest(skb) == dev.broadcast:
                skb.pkt_type = PACKET_BROADCAST
            else:
                skb.pkt_type = PACKET_MULTICAST
        else:
            skb.pkt_type = PACKET_OTHERHOST  # note: otherhost


@mirrors("eth_header@net/ethernet/eth.c")
def eth_header(
    skb: sk_buff, dev: net_device, protocol: int, daddr: bytes | None, saddr: bytes | None, length: int
) -> int:
    """Write the link header in front of the frame."""
    eth = skb_push(skb, ETH_HLEN)
    proto = protocol if protocol not in (ETH_P_802_3, ETH_P_802_2) else length
    skb.head[eth : eth + ETH_HLEN] = (daddr or bytes(ETH_ALEN)) + (saddr or dev.dev_addr) + proto.to_bytes(2, "big")
    return ETH_HLEN if daddr or dev.flags & IFF_LOOPBACK else -ETH_HLEN


@mirrors("eth_header_parse@net/ethernet/eth.c")
def eth_header_parse(skb: sk_buff) -> bytes:
    """The sender's address."""
    return h_source(skb)


@mirrors("eth_header_parse_protocol@net/ethernet/eth.c")
def eth_header_parse_protocol(skb: sk_buff) -> int:
    """The type field."""
    return h_proto(skb)


eth_header_ops = header_ops(eth_header, eth_header_parse, eth_header_parse_protocol)


def __vlan_hwaccel_put_tag(skb: sk_buff, vlan_proto: int, vlan_tci: int) -> None:
    """Carry a tag beside the frame."""
    skb.vlan_present, skb.vlan_proto, skb.vlan_tci = True, vlan_proto, vlan_tci


def __vlan_hwaccel_clear_tag(skb: sk_buff) -> None:
    """Forget the tag beside the frame."""
    skb.vlan_present, skb.vlan_proto, skb.vlan_tci = False, 0, 0


def skb_vlan_tag_present(skb: sk_buff) -> bool:
    """Whether a tag is carried beside the frame."""
    return skb.vlan_present


def skb_vlan_tag_get_id(skb: sk_buff) -> int:
    """The VLAN's number in the tag."""
    return skb.vlan_tci & 0x0FFF


def vlan_hw_offload_capable(features: int, proto: int) -> bool:
    """Whether a device inserts tags itself."""
    return bool(features & (NETIF_F_HW_VLAN_CTAG_TX if proto == ETH_P_8021Q else NETIF_F_HW_VLAN_STAG_TX))


def __vlan_hwaccel_push_inside(skb: sk_buff) -> sk_buff:
    """Write the tag that is carried beside the frame into it; data is at the link header."""
    skb_cow_head(skb)
    head = skb.head[skb.data : skb.data + 2 * ETH_ALEN]
    tag = skb.vlan_proto.to_bytes(2, "big") + skb.vlan_tci.to_bytes(2, "big")
    skb_push(skb, VLAN_HLEN)
    skb.head[skb.data : skb.data + 2 * ETH_ALEN + VLAN_HLEN] = head + tag
    skb_reset_mac_header(skb)
    skb.protocol = skb.vlan_proto
    __vlan_hwaccel_clear_tag(skb)
    return skb


@mirrors("skb_vlan_untag@net/core/skbuff.c")
def skb_vlan_untag(skb: sk_buff) -> Any:
    """Take the outer tag out of an incoming frame and carry it beside.

    Left out: checksums, transport headers.
    """
    if skb_vlan_tag_present(skb):
        return skb
    skb = skb_share_check(skb)
    if not pskb_may_pull(skb, VLAN_HLEN + 2):
        kfree_skb(skb)
        return None
    vhdr = skb.data
    vlan_tci = int.from_bytes(skb.head[vhdr : vhdr + 2], "big")
    __vlan_hwaccel_put_tag(skb, skb.protocol, vlan_tci)
    skb_pull(skb, VLAN_HLEN)
    vlan_set_encap_proto(skb, vhdr)
    skb_reorder_vlan_header(skb)
    skb_reset_network_header(skb)
    skb_reset_mac_len(skb)
    return skb


def vlan_set_encap_proto(skb: sk_buff, vhdr: int) -> None:
    """The protocol is the one behind the tag."""
    proto = int.from_bytes(skb.head[vhdr + 2 : vhdr + 4], "big")
    if eth_proto_is_802_3(proto):
        skb.protocol = proto
    else:
        skb.protocol = ETH_P_802_3 if skb.head[vhdr + 4 : vhdr + 6] == b"\xff\xff" else ETH_P_802_2


def skb_reorder_vlan_header(skb: sk_buff) -> None:
    """Close the gap that the tag leaves in the link header."""
    skb_unclone(skb)
    mac_len = skb.data - skb_mac_header(skb)
    if mac_len > VLAN_HLEN + 2:
        at = skb.mac_header
        skb.head[at + VLAN_HLEN : at + mac_len - 2] = skb.head[at : at + mac_len - VLAN_HLEN - 2]
    skb.mac_header += VLAN_HLEN


def __vlan_get_protocol_offset(skb: sk_buff, proto: int, mac_offset: int) -> tuple[int, int]:
    """The protocol behind all tags in the frame, and how far from the link header its header is; 0 if cut short."""
    vlan_depth = skb.mac_len
    if eth_type_vlan(proto):
        vlan_depth = vlan_depth - VLAN_HLEN if vlan_depth else ETH_HLEN
        for _ in range(7):
            vh = skb_header_pointer(skb, mac_offset + vlan_depth, VLAN_HLEN)
            if vh is None:
                return 0, 0
            proto = int.from_bytes(vh[2:4], "big")
            vlan_depth += VLAN_HLEN
            if not eth_type_vlan(proto):
                return proto, vlan_depth
        return 0, 0
    return proto, vlan_depth


def vlan_get_protocol_and_depth(skb: sk_buff, proto: int) -> tuple[int, int]:
    """The protocol behind all tags, and how far from data; data is at the link header."""
    proto, depth = __vlan_get_protocol_offset(skb, proto, 0)
    return (proto, depth) if pskb_may_pull(skb, depth) else (0, 0)


@mirrors("vlan_get_protocol_dgram@net/packet/af_packet.c")
def vlan_get_protocol_dgram(skb: sk_buff) -> int:
    """The protocol behind the tags that a cooked tap does not see."""
    proto = skb.protocol
    if eth_type_vlan(proto):
        proto, _ = __vlan_get_protocol_offset(skb, proto, skb_mac_offset(skb))
    return proto


@mirrors("vlan_get_tci@net/packet/af_packet.c")
def vlan_get_tci(skb: sk_buff, dev: net_device) -> int:
    """The outer tag that a cooked tap does not see."""
    if dev.min_header_len == dev.hard_header_len:
        header_len = dev.hard_header_len
    elif is_vlan_dev(dev):
        header_len = dev.min_header_len
    else:
        return 0
    vh = skb_header_pointer(skb, skb_mac_offset(skb) + header_len, VLAN_HLEN)
    if vh is None:
        return 0
    return int.from_bytes(vh[:2], "big")


def is_vlan_dev(dev: net_device) -> bool:
    """Whether a device is a VLAN on another one."""
    return hasattr(dev.priv, "real_dev")
