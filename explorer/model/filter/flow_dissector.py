"""How far the headers of a frame go: what the ancillary poff loads, from net/core/flow_dissector.c."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from explorer.model._mirrors import mirrors
from explorer.model.if_ether import skb_vlan_tag_present
from explorer.model.netdevice import ETH_HLEN, ETH_P_8021AD, ETH_P_8021Q, ETH_P_IP
from explorer.model.skbuff import sk_buff, skb_header_pointer, skb_network_offset

ETH_P_ARP, ETH_P_TEB, ETH_P_RARP, ETH_P_IPV6, ETH_P_MPLS_UC = 0x0806, 0x6558, 0x8035, 0x86DD, 0x8847
ETH_P_MPLS_MC, ETH_P_PPP_SES, ETH_P_TIPC, ETH_P_1588, ETH_P_PRP = 0x8848, 0x8864, 0x88CA, 0x88F7, 0x88FB
ETH_P_FCOE, ETH_P_HSR = 0x8906, 0x892F
IPPROTO_HOPOPTS, IPPROTO_ICMP, IPPROTO_IGMP, IPPROTO_IPIP, IPPROTO_TCP, IPPROTO_UDP = 0, 1, 2, 4, 6, 17
IPPROTO_DCCP, IPPROTO_IPV6, IPPROTO_ROUTING, IPPROTO_FRAGMENT, IPPROTO_GRE, IPPROTO_ICMPV6 = 33, 41, 43, 44, 47, 58
IPPROTO_DSTOPTS, IPPROTO_SCTP, IPPROTO_UDPLITE, IPPROTO_MPLS = 60, 132, 136, 137
PPP_PROTOCOLS = {0x0021: ETH_P_IP, 0x0057: ETH_P_IPV6, 0x0281: ETH_P_MPLS_UC, 0x0283: ETH_P_MPLS_MC}
GRE_CSUM, GRE_ROUTING, GRE_KEY, GRE_SEQ, GRE_ACK, GRE_VERSION = 0x8000, 0x4000, 0x2000, 0x1000, 0x0080, 0x0007
GRE_PROTO_PPP, PPP_HDRLEN = 0x880B, 4
MAX_FLOW_DISSECT_HDRS, U16_MAX = 15, 0xFFFF

CONTINUE, OUT_GOOD, OUT_BAD, PROTO_AGAIN, IPPROTO_AGAIN = "continue", "good", "bad", "proto", "ipproto"  # fdret

# protocols that end the walk: the bytes that must be there, and the bytes passed over
LAST = {
    ETH_P_ARP: (0, 0),
    ETH_P_RARP: (0, 0),
    ETH_P_MPLS_UC: (0, 4),
    ETH_P_MPLS_MC: (0, 4),
    ETH_P_TIPC: (16, 0),
    ETH_P_FCOE: (38, 38),
    ETH_P_1588: (34, 34),
}
TRANSPORT = {
    IPPROTO_UDP: 8,
    IPPROTO_UDPLITE: 8,
    IPPROTO_ICMP: 8,
    IPPROTO_ICMPV6: 8,
    IPPROTO_IGMP: 8,
    IPPROTO_DCCP: 12,
    IPPROTO_SCTP: 12,
}


@dataclass(eq=False)
class flow_keys_basic:  # noqa: N801
    """struct flow_keys_basic, and where the walk is; `bad` where the walk ended in what is no header."""

    n_proto: int
    thoff: int
    ip_proto: int = 0
    is_fragment: bool = False
    first_frag: bool = False
    vlan: bool = False
    bad: bool = False


@mirrors("skb_get_poff@net/core/flow_dissector.c")
def skb_get_poff(skb: sk_buff) -> int:
    """The offset of the payload, counted from skb->data; 0 where the headers make no sense."""
    keys = skb_flow_dissect_flow_keys_basic(skb)
    return 0 if keys.bad else __skb_get_poff(skb, keys)


@mirrors("__skb_get_poff@net/core/flow_dissector.c")
def __skb_get_poff(skb: sk_buff, keys: flow_keys_basic) -> int:
    """Pass over the transport header, unless it is in an earlier fragment."""
    poff = keys.thoff
    if keys.is_fragment and not keys.first_frag:
        return poff
    if keys.ip_proto == IPPROTO_TCP:
        doff = skb_header_pointer(skb, poff + 12, 1)
        return poff if doff is None else poff + max(20, (doff[0] & 0xF0) >> 2)
    return poff + TRANSPORT.get(keys.ip_proto, 0)


@mirrors("__skb_flow_dissect@net/core/flow_dissector.c")
def skb_flow_dissect_flow_keys_basic(skb: sk_buff) -> flow_keys_basic:
    """Walk from header to header, fifteen at most, as far as the protocols are known.

    Left out: keys that poff does not ask for (dissector_uses_key, skb_flow_dissector_target, __skb_flow_dissect_arp,
    _mpls, _ipv4, _ipv6, _tcp, _icmp, _l2tpv3, _esp, _ah, _ports), a dissector in eBPF (bpf_flow_dissect), switch tags
    (netdev_uses_dsa), B.A.T.M.A.N. (__skb_flow_dissect_batadv) and CFM (__skb_flow_dissect_cfm; 6.1 has it not).
    """
    keys = flow_keys_basic(skb.vlan_proto if skb_vlan_tag_present(skb) else skb.protocol, skb_network_offset(skb))
    step, num_hdrs = proto_again, 0
    while True:
        fdret = step(skb, keys)
        if fdret == CONTINUE and step is proto_again:
            step = ip_proto_again
        elif fdret in (PROTO_AGAIN, IPPROTO_AGAIN) and num_hdrs < MAX_FLOW_DISSECT_HDRS:
            step, num_hdrs = proto_again if fdret == PROTO_AGAIN else ip_proto_again, num_hdrs + 1
        else:
            break
    keys.thoff = min(keys.thoff & 0xFFFFFFFF, skb.len)
    keys.bad = fdret == OUT_BAD or keys.thoff > U16_MAX
    return keys


def proto_again(skb: sk_buff, keys: flow_keys_basic) -> str:
    """One header of the network layer or below."""
    proto = keys.n_proto
    if proto in LAST:
        needed, passed = LAST[proto]
        if needed and skb_header_pointer(skb, keys.thoff, needed) is None:
            return OUT_BAD
        keys.thoff += passed
        return OUT_GOOD
    return PROTOCOLS[proto](skb, keys) if proto in PROTOCOLS else OUT_BAD


def ip_proto_again(skb: sk_buff, keys: flow_keys_basic) -> str:
    """One header above IP."""
    proto = keys.ip_proto
    if proto == IPPROTO_GRE:
        return __skb_flow_dissect_gre(skb, keys)
    if proto in (IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_DSTOPTS) and keys.n_proto == ETH_P_IPV6:
        if (opthdr := skb_header_pointer(skb, keys.thoff, 2)) is None:
            return OUT_BAD
        keys.ip_proto = opthdr[0]
        keys.thoff += (opthdr[1] + 1) << 3
        return IPPROTO_AGAIN
    if proto == IPPROTO_FRAGMENT and keys.n_proto == ETH_P_IPV6:
        if (fh := skb_header_pointer(skb, keys.thoff, 8)) is None:
            return OUT_BAD
        keys.ip_proto = fh[0]
        keys.thoff += 8
        keys.is_fragment, keys.first_frag = True, be16(fh, 2) & 0xFFF8 == 0
        return OUT_GOOD
    inner = {IPPROTO_IPIP: ETH_P_IP, IPPROTO_IPV6: ETH_P_IPV6, IPPROTO_MPLS: ETH_P_MPLS_UC}
    if proto in inner:
        keys.n_proto = inner[proto]
        return PROTO_AGAIN
    return CONTINUE


def ipv4(skb: sk_buff, keys: flow_keys_basic) -> str:
    """struct iphdr."""
    iph = skb_header_pointer(skb, keys.thoff, 20)
    if iph is None or iph[0] & 0xF < 5:
        return OUT_BAD
    keys.thoff += (iph[0] & 0xF) * 4
    keys.ip_proto = iph[9]
    if be16(iph, 6) & 0x3FFF == 0:
        return CONTINUE
    keys.is_fragment, keys.first_frag = True, be16(iph, 6) & 0x1FFF == 0
    return OUT_GOOD


def ipv6(skb: sk_buff, keys: flow_keys_basic) -> str:
    """struct ipv6hdr."""
    if (iph := skb_header_pointer(skb, keys.thoff, 40)) is None:
        return OUT_BAD
    keys.ip_proto = iph[6]
    keys.thoff += 40
    return CONTINUE


def vlan(skb: sk_buff, keys: flow_keys_basic) -> str:
    """struct vlan_hdr; the first tag may have been taken off the frame, and stand in the skb."""
    if not keys.vlan and skb_vlan_tag_present(skb):
        keys.n_proto = skb.protocol
    else:
        if (hdr := skb_header_pointer(skb, keys.thoff, 4)) is None:
            return OUT_BAD
        keys.n_proto = be16(hdr, 2)
        keys.thoff += 4
    keys.vlan = True
    return PROTO_AGAIN


def pppoe(skb: sk_buff, keys: flow_keys_basic) -> str:
    """struct pppoe_hdr and the PPP protocol."""
    hdr = skb_header_pointer(skb, keys.thoff, 8)
    if hdr is None or hdr[0] != 0x11 or hdr[1] != 0:
        return OUT_BAD
    ppp_proto = be16(hdr, 6)
    keys.thoff += 8
    if ppp_proto in PPP_PROTOCOLS:
        keys.n_proto = PPP_PROTOCOLS[ppp_proto]
        return PROTO_AGAIN
    return OUT_GOOD if ppp_proto & 0x0101 == 0x0001 else OUT_BAD


def hsr(skb: sk_buff, keys: flow_keys_basic) -> str:
    """struct hsr_tag."""
    if (hdr := skb_header_pointer(skb, keys.thoff, 6)) is None:
        return OUT_BAD
    keys.n_proto = be16(hdr, 4)
    keys.thoff += 6
    return PROTO_AGAIN


@mirrors("__skb_flow_dissect_gre@net/core/flow_dissector.c")
def __skb_flow_dissect_gre(skb: sk_buff, keys: flow_keys_basic) -> str:
    """Version 0, with an Ethernet frame or a packet inside, and version 1, PPTP.

    Left out: the keys dissector_uses_key and skb_flow_dissector_target are about.
    """
    if (hdr := skb_header_pointer(skb, keys.thoff, 4)) is None:
        return OUT_BAD
    flags = be16(hdr, 0)
    if flags & GRE_ROUTING or flags & GRE_VERSION > 1:
        return OUT_GOOD
    keys.n_proto = be16(hdr, 2)
    if flags & GRE_VERSION and not (keys.n_proto == GRE_PROTO_PPP and flags & GRE_KEY):
        return OUT_GOOD
    offset = keys.thoff + 4 + 4 * bool(flags & GRE_CSUM)
    if flags & GRE_KEY:
        if skb_header_pointer(skb, offset, 4) is None:
            return OUT_BAD
        offset += 4
    offset += 4 * bool(flags & GRE_SEQ)
    if flags & GRE_VERSION:
        offset += 4 * bool(flags & GRE_ACK)
        if (ppp_hdr := skb_header_pointer(skb, offset, PPP_HDRLEN)) is None:
            return OUT_BAD
        keys.n_proto = {0x0021: ETH_P_IP, 0x0057: ETH_P_IPV6}.get(be16(ppp_hdr, 2), keys.n_proto)
        offset += PPP_HDRLEN
    elif keys.n_proto == ETH_P_TEB:
        if (eth := skb_header_pointer(skb, offset, ETH_HLEN)) is None:
            return OUT_BAD
        keys.n_proto = be16(eth, 12)
        offset += ETH_HLEN
    keys.thoff = offset
    return PROTO_AGAIN


def be16(header: bytes, offset: int) -> int:
    """A __be16 of a header."""
    return int.from_bytes(header[offset : offset + 2], "big")


PROTOCOLS: dict[int, Callable[[sk_buff, flow_keys_basic], str]] = {
    ETH_P_IP: ipv4,
    ETH_P_IPV6: ipv6,
    ETH_P_8021Q: vlan,
    ETH_P_8021AD: vlan,
    ETH_P_PPP_SES: pppoe,
    ETH_P_HSR: hsr,
    ETH_P_PRP: hsr,
}
