"""struct sk_buff, and what is done to it: include/linux/skbuff.h, net/core/skbuff.c.

A pointer into the buffer is an offset into `head`; clones share `head` and differ in the rest.
"""

# ruff: noqa: N801
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from explorer.model._mirrors import mirrors

CHECKSUM_NONE, CHECKSUM_UNNECESSARY, CHECKSUM_COMPLETE, CHECKSUM_PARTIAL = range(4)
PACKET_HOST, PACKET_BROADCAST, PACKET_MULTICAST, PACKET_OTHERHOST, PACKET_OUTGOING, PACKET_LOOPBACK = range(6)

_UNSET = 0xFFFF  # a header offset nobody has set
_SHARED_INFO, _SK_BUFF, _CACHE_LINE = 320, 256, 64  # sizes on a 64-bit machine


@dataclass(eq=False)
class skb_shared_info:
    """What all clones of a buffer share beside its bytes."""

    dataref: int = 1
    gso_size: int = 0
    gso_segs: int = 0
    gso_tcp: bool = False


@dataclass(eq=False)
class sk_buff:
    """A frame on its way: one header for each holder, one buffer for all clones."""

    head: bytearray
    shinfo: skb_shared_info = field(default_factory=skb_shared_info)
    data: int = 0
    tail: int = 0
    len: int = 0
    truesize: int = 0
    users: int = 1
    cloned: bool = False
    dev: Any = None
    sk: Any = None
    destructor: Callable[[sk_buff], None] | None = None
    protocol: int = 0
    pkt_type: int = PACKET_HOST
    mac_header: int = _UNSET
    network_header: int = 0
    transport_header: int = _UNSET
    mac_len: int = 0
    ip_summed: int = CHECKSUM_NONE
    csum_start: int = 0
    csum_offset: int = 0
    vlan_present: bool = False
    vlan_proto: int = 0
    vlan_tci: int = 0
    priority: int = 0
    mark: int = 0
    hash: int = 0
    queue_mapping: int = 0
    skb_iif: int = 0
    tc_skip_classify: bool = False
    slow_gro: bool = False
    cb: Any = None
    next: Any = None  # the segment that follows

    @property
    def end(self) -> int:
        """Where the buffer ends."""
        return len(self.head)

    def bytes(self) -> bytes:
        """What lies between data and tail."""
        return bytes(self.head[self.data : self.tail])


def alloc_skb(size: int, small_head: int = 0) -> sk_buff:
    """A buffer for `size` bytes; `small_head` is the size of the small-head cache of this kernel, 0 without one."""
    size = -(-size // _CACHE_LINE) * _CACHE_LINE + _SHARED_INFO
    size = small_head if size <= small_head else 1 << (size - 1).bit_length()
    return sk_buff(bytearray(size - _SHARED_INFO), truesize=size + _SK_BUFF)


def skb_reserve(skb: sk_buff, length: int) -> None:
    """Move the empty buffer's start, forth or back."""
    skb.data += length
    skb.tail += length


def skb_put(skb: sk_buff, content: bytes) -> None:
    """Append bytes."""
    skb.head[skb.tail : skb.tail + len(content)] = content
    skb.tail += len(content)
    skb.len += len(content)


def skb_push(skb: sk_buff, length: int) -> int:
    """Give the frame `length` bytes more in front."""
    skb.data -= length
    skb.len += length
    return skb.data


def skb_pull(skb: sk_buff, length: int) -> int:
    """Take `length` bytes from the front; they stay in the buffer."""
    skb.data += length
    skb.len -= length
    return skb.data


def pskb_trim(skb: sk_buff, length: int) -> int:
    """Cut the frame to `length` bytes."""
    if skb.len > length:
        skb.len = length
        skb.tail = skb.data + length
    return 0


def pskb_may_pull(skb: sk_buff, length: int) -> bool:
    """Whether `length` bytes are there to be read."""
    return length <= skb.len


def skb_mac_header(skb: sk_buff) -> int:
    """Where the link header begins."""
    return skb.mac_header


def skb_mac_offset(skb: sk_buff) -> int:
    """The link header, seen from data."""
    return skb_mac_header(skb) - skb.data


def skb_network_header(skb: sk_buff) -> int:
    """Where the network header begins."""
    return skb.network_header


def skb_network_offset(skb: sk_buff) -> int:
    """The network header, seen from data."""
    return skb_network_header(skb) - skb.data


def skb_tail_pointer(skb: sk_buff) -> int:
    """Where the frame ends."""
    return skb.tail


def skb_reset_mac_header(skb: sk_buff) -> None:
    """The link header begins at data."""
    skb.mac_header = skb.data


def skb_reset_network_header(skb: sk_buff) -> None:
    """The network header begins at data."""
    skb.network_header = skb.data


def skb_set_network_header(skb: sk_buff, offset: int) -> None:
    """The network header begins `offset` bytes behind data."""
    skb.network_header = skb.data + offset


def skb_reset_transport_header(skb: sk_buff) -> None:
    """The transport header begins at data."""
    skb.transport_header = skb.data


def skb_set_transport_header(skb: sk_buff, offset: int) -> None:
    """The transport header begins `offset` bytes behind data."""
    skb.transport_header = skb.data + offset


def skb_reset_mac_len(skb: sk_buff) -> None:
    """The link header is what lies before the network header."""
    skb.mac_len = skb.network_header - skb.mac_header


def skb_checksum_start_offset(skb: sk_buff) -> int:
    """Where summing starts, seen from data."""
    return skb.csum_start - skb.data


def skb_csum_unnecessary(skb: sk_buff) -> bool:
    """Whether the receiver need not sum."""
    return skb.ip_summed in (CHECKSUM_UNNECESSARY, CHECKSUM_PARTIAL)


def skb_shared(skb: sk_buff) -> bool:
    """Whether somebody else holds this very sk_buff."""
    return skb.users != 1


def skb_cloned(skb: sk_buff) -> bool:
    """Whether a clone holds the same bytes."""
    return skb.cloned and skb.shinfo.dataref != 1


def skb_is_gso(skb: sk_buff) -> bool:
    """Whether the frame is still to be cut into segments."""
    return skb.shinfo.gso_size != 0


def skb_is_gso_tcp(skb: sk_buff) -> bool:
    """Whether the segments will be TCP's."""
    return skb.shinfo.gso_tcp


def skb_get(skb: sk_buff) -> sk_buff:
    """One more holder."""
    skb.users += 1
    return skb


def skb_clone(skb: sk_buff) -> sk_buff:
    """A second sk_buff for the same bytes; it belongs to no socket."""
    n = sk_buff(**{name: getattr(skb, name) for name in skb.__dataclass_fields__})
    n.sk = n.destructor = n.next = None
    n.users = 1
    skb.cloned = n.cloned = True
    skb.shinfo.dataref += 1
    return n


def skb_unclone(skb: sk_buff) -> None:
    """Bytes of its own, before they are written."""
    if skb_cloned(skb):
        skb.shinfo.dataref -= 1
        skb.head = bytearray(skb.head)
        skb.shinfo = replace(skb.shinfo, dataref=1)
        skb.cloned = False


def skb_cow_head(skb: sk_buff) -> None:
    """Bytes of its own; the room in front is there, since a sender leaves what its device says it needs."""
    skb_unclone(skb)


def skb_share_check(skb: sk_buff) -> sk_buff:
    """The frame for one who wants to change it: itself if nobody else holds it, else a clone."""
    if skb_shared(skb):
        nskb = skb_clone(skb)
        consume_skb(skb)
        return nskb
    return skb


def skb_orphan(skb: sk_buff) -> None:
    """The frame no longer belongs to a socket."""
    if skb.destructor:
        skb.destructor(skb)
    skb.destructor = skb.sk = None


def sock_rfree(skb: sk_buff) -> None:
    """The receiving socket gets its memory back."""
    skb.sk.sk_rmem_alloc -= skb.truesize


def sock_wfree(skb: sk_buff) -> None:
    """The sending socket gets its memory back."""
    skb.sk.sk_wmem_alloc -= skb.truesize


def skb_set_owner_r(skb: sk_buff, sk: Any) -> None:
    """Charge the frame to the socket that receives it."""
    skb_orphan(skb)
    skb.sk = sk
    skb.destructor = sock_rfree
    sk.sk_rmem_alloc += skb.truesize


def skb_set_owner_w(skb: sk_buff, sk: Any) -> None:
    """Charge the frame to the socket that sends it."""
    skb_orphan(skb)
    skb.sk = sk
    skb.destructor = sock_wfree
    sk.sk_wmem_alloc += skb.truesize


def kfree_skb(skb: sk_buff | None) -> None:
    """One holder less; the last one frees."""
    if skb is None:
        return
    skb.users -= 1
    if skb.users == 0:
        skb_orphan(skb)
        skb.shinfo.dataref -= 1


consume_skb = kfree_skb


def kfree_skb_list(segs: sk_buff | None) -> None:
    """One holder less of each of a list."""
    while segs:
        next = segs.next
        kfree_skb(segs)
        segs = next


def skb_header_pointer(skb: sk_buff, offset: int, length: int) -> bytes | None:
    """`length` bytes at `offset` from data, None if they are not all there."""
    start = skb.data + offset
    return bytes(skb.head[start : start + length]) if offset + length <= skb.len else None


def skb_copy_bits(skb: sk_buff, offset: int, length: int) -> bytes:
    """`length` bytes at `offset` from data."""
    return bytes(skb.head[skb.data + offset : skb.data + offset + length])


def csum(content: bytes, start: int = 0) -> int:
    """The Internet checksum's sum of 16-bit words, folded, not yet inverted."""
    content += b"\0" * (len(content) % 2)
    total = start + sum(int.from_bytes(content[i : i + 2], "big") for i in range(0, len(content), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


@mirrors("skb_checksum_help@net/core/dev.c")
def skb_checksum_help(skb: sk_buff) -> int:
    """Finish in software the checksum that the device cannot.

    Left out: other sums than the Internet's, fragments, segments, warnings.
    """
    offset = skb_checksum_start_offset(skb)
    total = csum(skb_copy_bits(skb, offset, skb.len - offset))
    skb_unclone(skb)
    at = skb.csum_start + skb.csum_offset
    skb.head[at : at + 2] = ((total ^ 0xFFFF) or 0xFFFF).to_bytes(2, "big")
    skb.ip_summed = CHECKSUM_NONE
    return 0
