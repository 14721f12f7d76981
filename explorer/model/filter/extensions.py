"""The ancillaries: loads from SKF_AD_OFF on read struct sk_buff, its device or the machine, not the frame."""

# ruff: noqa: F403, F405 -- uapi is the header that C would include

from __future__ import annotations

import random
import sys
from collections.abc import Callable

from explorer.model._mirrors import mirrors
from explorer.model.filter.flow_dissector import skb_get_poff
from explorer.model.filter.uapi import *
from explorer.model.if_ether import skb_vlan_tag_present
from explorer.model.skbuff import sk_buff, skb_copy_bits

NLA_HDRLEN = 4
NLA_TYPE_MASK = 0x3FFF


@mirrors("convert_bpf_extensions@net/core/filter.c")
def convert_bpf_extensions(ancillary: int, skb: sk_buff, a: int, x: int) -> int | None:
    """The value of an ancillary; None where the skb has no device to ask: the program then returns A as it stands.

    Left out: the eBPF it becomes (convert_skb_access, __bpf_call_base, sizeof_field, BUILD_BUG_ON, BUG_ON), and where
    random numbers come from (bpf_user_rnd_init_once).
    """
    if ancillary in (SKF_AD_IFINDEX, SKF_AD_HATYPE) and skb.dev is None:
        return None
    return EXTENSIONS[ancillary](skb, a, x)


@mirrors("nla_find@lib/nlattr.c")
def nla_find(skb: sk_buff, offset: int, length: int, attrtype: int) -> int:
    """Where in the skb the first attribute of a type is, among those in `length` bytes from `offset`; 0 for nowhere."""
    while length >= NLA_HDRLEN:
        nla_len, nla_type = nlattr(skb, offset)
        if not NLA_HDRLEN <= nla_len <= length:
            break
        if nla_type == attrtype:
            return offset
        aligned = (nla_len + 3) & ~3
        offset, length = offset + aligned, length - aligned
    return 0


def nlattr(skb: sk_buff, offset: int) -> tuple[int, int]:
    """The nla_len and nla_type of struct nlattr, in the machine's own byte order."""
    head = skb_copy_bits(skb, offset, NLA_HDRLEN)
    return int.from_bytes(head[:2], sys.byteorder), int.from_bytes(head[2:], sys.byteorder) & NLA_TYPE_MASK


@mirrors("bpf_skb_get_nlattr@net/core/filter.c", "__skb_get_nlattr@net/core/filter.c")
def bpf_skb_get_nlattr(skb: sk_buff, a: int, x: int) -> int:
    """Where the attribute of type X is, looked for from A on; 0 for nowhere."""
    if a > skb.len - NLA_HDRLEN:
        return 0
    return nla_find(skb, a, skb.len - a, x)


@mirrors("bpf_skb_get_nlattr_nest@net/core/filter.c", "__skb_get_nlattr_nest@net/core/filter.c")
def bpf_skb_get_nlattr_nest(skb: sk_buff, a: int, x: int) -> int:
    """Where, inside the attribute that A is at, the one of type X is; 0 for nowhere."""
    if a > skb.len - NLA_HDRLEN:
        return 0
    nla_len, _ = nlattr(skb, a)
    if nla_len > skb.len - a:
        return 0
    return nla_find(skb, a + NLA_HDRLEN, nla_len - NLA_HDRLEN, x)


def raw_smp_processor_id() -> int:
    """The CPU: the model has one."""
    return 0


def get_random_u32() -> int:
    """A random number."""
    return random.getrandbits(32)


EXTENSIONS: dict[int, Callable[[sk_buff, int, int], int]] = {
    SKF_AD_PROTOCOL: lambda skb, a, x: skb.protocol,
    SKF_AD_PKTTYPE: lambda skb, a, x: skb.pkt_type,
    SKF_AD_IFINDEX: lambda skb, a, x: skb.dev.ifindex,
    SKF_AD_NLATTR: bpf_skb_get_nlattr,
    SKF_AD_NLATTR_NEST: bpf_skb_get_nlattr_nest,
    SKF_AD_MARK: lambda skb, a, x: skb.mark,
    SKF_AD_QUEUE: lambda skb, a, x: skb.queue_mapping,
    SKF_AD_HATYPE: lambda skb, a, x: skb.dev.type,
    SKF_AD_RXHASH: lambda skb, a, x: skb.hash,
    SKF_AD_CPU: lambda skb, a, x: raw_smp_processor_id(),
    SKF_AD_ALU_XOR_X: lambda skb, a, x: a ^ x,
    SKF_AD_VLAN_TAG: lambda skb, a, x: skb.vlan_tci,
    SKF_AD_VLAN_TAG_PRESENT: lambda skb, a, x: int(skb_vlan_tag_present(skb)),
    SKF_AD_PAY_OFFSET: lambda skb, a, x: skb_get_poff(skb),
    SKF_AD_RANDOM: lambda skb, a, x: get_random_u32(),
    SKF_AD_VLAN_TPID: lambda skb, a, x: skb.vlan_proto,
}
