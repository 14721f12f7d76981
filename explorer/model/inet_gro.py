"""What IPv4 and TCP say to GRO: net/ipv4/af_inet.c, net/ipv4/tcp_offload.c."""

from __future__ import annotations

import struct

from explorer.model._mirrors import mirrors
from explorer.model.netdevice import dev_net
from explorer.model.segmentation import ip_send_check
from explorer.model.skbuff import (
    CHECKSUM_NONE,
    CHECKSUM_PARTIAL,
    CHECKSUM_UNNECESSARY,
    csum,
    pskb_may_pull,
    sk_buff,
    skb_is_gso,
    skb_put,
    skb_set_transport_header,
)

IP_DF, IP_MF, IP_OFFSET, IPPROTO_TCP = 0x4000, 0x2000, 0x1FFF, 6
FIN, SYN, RST, PSH, URG, CWR = 0x01, 0x02, 0x04, 0x08, 0x20, 0x80
GRO_MAX_SIZE = 65536
_IP = struct.Struct("!BBHHHBBH4s4s")
_TCP = struct.Struct("!HHIIHHHH")


def ip_hdr(skb: sk_buff) -> tuple[int, int, int, int, int, int, int, int, bytes, bytes]:
    """version and ihl, tos, tot_len, id, frag_off, ttl, protocol, check, saddr, daddr."""
    return _IP.unpack_from(skb.head, skb.network_header)


def tcp_hdr(skb: sk_buff) -> tuple[int, int, int, int, int, int, int, int]:
    """source, dest, seq, ack_seq, doff and flags, window, check, urg_ptr."""
    return _TCP.unpack_from(skb.head, skb.transport_header)


def skb_gro_len(skb: sk_buff) -> int:
    """What is left behind the headers that were read."""
    return int(skb.len - skb.cb.data_offset)


@mirrors("inet_gro_receive@net/ipv4/af_inet.c")
def inet_gro_receive(head: list[sk_buff], skb: sk_buff) -> sk_buff | None:
    """Find the waiting frames between the same addresses and ask TCP; return the one that is complete, if one is.

    Left out: RCU, pages, tunnels, UDP, which joins only what a socket or the device asks for.
    """
    if not pskb_may_pull(skb, 20):
        skb.cb.flush = True
        return None
    version_ihl, _, tot_len, _, frag_off, _, protocol, _, saddr, daddr = ip_hdr(skb)
    header = bytes(skb.head[skb.network_header :][:20])
    if protocol != IPPROTO_TCP or version_ihl != 0x45 or frag_off & (IP_MF | IP_OFFSET) or csum(header) != 0xFFFF:
        skb.cb.flush = True
        return None
    for p in head:
        if p.cb.same_flow and (ip_hdr(p)[6], *ip_hdr(p)[8:]) != (protocol, saddr, daddr):
            p.cb.same_flow = False
    skb.cb.flush |= tot_len != skb.len or bool(frag_off & ~IP_DF)  # padding, say
    skb.cb.data_offset = 20
    skb_set_transport_header(skb, 20)
    return tcp4_gro_receive(head, skb)


@mirrors("tcp4_gro_receive@net/ipv4/tcp_offload.c")
def tcp4_gro_receive(head: list[sk_buff], skb: sk_buff) -> sk_buff | None:
    """Only what TCP would accept may join: a whole header, and a checksum that is right or yet to be filled in.

    What will go on in any case is not summed. Left out: lists of frames that are kept apart.
    """
    valid = skb.cb.flush or skb.ip_summed != CHECKSUM_NONE or _pseudo(skb, skb_gro_len(skb)) == 0xFFFF
    whole = pskb_may_pull(skb, 40) and 20 <= _thlen(skb) <= skb_gro_len(skb)
    if not (valid and whole):
        skb.cb.flush = True
        return None
    if not skb.cb.flush and skb.ip_summed == CHECKSUM_NONE:
        skb.ip_summed = CHECKSUM_UNNECESSARY  # skb_gro_checksum_validate
    skb.cb.data_offset += _thlen(skb)  # tcp_gro_pull_header
    return tcp_gro_receive(head, skb)


def _thlen(skb: sk_buff) -> int:
    return tcp_hdr(skb)[4] >> 12 << 2


def _pseudo(skb: sk_buff, length: int, of: bool = True) -> int:
    """The sum over the pseudo header, and over the segment itself too."""
    total = csum(b"".join(ip_hdr(skb)[8:]) + bytes((0, IPPROTO_TCP)) + length.to_bytes(2, "big"))
    return csum(bytes(skb.head[skb.transport_header :][:length]), total) if of else total


@mirrors("tcp_gro_receive@net/ipv4/tcp_offload.c")
def tcp_gro_receive(head: list[sk_buff], skb: sk_buff) -> sk_buff | None:
    """Append the segment to the one it follows; return a frame that can grow no more.

    Left out: lists of frames that are kept apart, TLS.
    """
    length, mss, flush = skb_gro_len(skb), 1, True
    flags = tcp_hdr(skb)[4] & 0xFFF
    p = next((p for p in head if p.cb.same_flow and tcp_hdr(p)[:2] == tcp_hdr(skb)[:2]), None)
    for other in head:  # tcp_gro_lookup: another connection of the two hosts is another flow
        other.cb.same_flow &= other is p
    if p:
        _, _, seq, ack_seq, bits, window, *_ = tcp_hdr(skb)
        _, _, seq2, ack_seq2, bits2, window2, *_ = tcp_hdr(p)
        mss = p.shinfo.gso_size
        flush = bool(
            flags & CWR
            or (bits ^ bits2) & ~(FIN | PSH | (0 if dev_net(skb.dev).features.gro_cwr else CWR))
            or (window, ack_seq) != (window2, ack_seq2)
            or _options(skb) != _options(p)
            or inet_gro_flush(skb, p)
            or (mss != skb.shinfo.gso_size if skb_is_gso(skb) else not 0 < length <= mss)
            or (seq2 + skb_gro_len(p)) & 0xFFFFFFFF != seq
        )
        if flush or not skb_gro_receive(p, skb):
            mss = 1
        else:
            at = p.transport_header + 13
            p.head[at] |= flags & (FIN | PSH)
    whole = skb.cb.count * skb.shinfo.gso_size
    flush = length != whole if skb_is_gso(skb) else length < mss
    flush |= bool(flags & (URG | PSH | RST | SYN | FIN))
    pp = p if p and (not skb.cb.same_flow or flush) else None
    skb.cb.flush |= flush
    return pp


def _options(skb: sk_buff) -> bytes:
    return bytes(skb.head[skb.transport_header + 20 : skb.transport_header + _thlen(skb)])


@mirrors("inet_gro_flush@include/net/gro.h")
def inet_gro_flush(skb: sk_buff, p: sk_buff) -> bool:
    """Whether the IP headers do not continue each other: ttl, tos and DF alike, ids that count up or stand still.

    Left out: older kernels, where ids may stand still only with DF, and before that not at all.
    """
    _, tos, _, id, frag_off, ttl, *_ = ip_hdr(skb)
    _, tos2, _, id2, frag_off2, ttl2, *_ = ip_hdr(p)
    if (ttl, tos, frag_off & IP_DF) != (ttl2, tos2, frag_off2 & IP_DF):
        return True
    ipid_offset = (id - id2) & 0xFFFF
    if p.cb.count == 1 and not ipid_offset:
        p.cb.ip_fixedid = True
    return ipid_offset != (0 if p.cb.ip_fixedid else p.cb.count)


@mirrors("skb_gro_receive@net/core/gro.c", "skb_gro_receive@net/core/skbuff.c")
def skb_gro_receive(p: sk_buff, skb: sk_buff) -> bool:
    """Append what lies behind the headers; whether there was room.

    Left out: pages, IPv6, the device's own limit.
    """
    length = skb_gro_len(skb)
    if p.len + length >= GRO_MAX_SIZE or skb.cb.flush:
        return False
    at = skb.data + skb.cb.data_offset
    skb_put(p, bytes(skb.head[at : at + length]))
    p.cb.count += skb.cb.count
    p.truesize += skb.truesize
    skb.cb.same_flow = skb.cb.free = True
    return True


@mirrors("inet_gro_complete@net/ipv4/af_inet.c")
def inet_gro_complete(skb: sk_buff) -> None:
    """Write the length that the datagram now has, and its checksum.

    Left out: RCU, tunnels, UDP.
    """
    at = skb.network_header
    skb.head[at + 2 : at + 4] = skb.len.to_bytes(2, "big")
    ip_send_check(skb, at, 20)
    tcp4_gro_complete(skb, 20)


@mirrors("tcp4_gro_complete@net/ipv4/tcp_offload.c")
def tcp4_gro_complete(skb: sk_buff, thoff: int) -> None:
    """Leave of the checksum what a frame to be sent has: the pseudo header's sum."""
    at = skb.transport_header + 16
    skb.head[at : at + 2] = _pseudo(skb, skb.len - thoff, of=False).to_bytes(2, "big")
    skb.shinfo.gso_tcp = True
    tcp_gro_complete(skb)


@mirrors("tcp_gro_complete@net/ipv4/tcp_offload.c")
def tcp_gro_complete(skb: sk_buff) -> None:
    """Say that the checksum is not there, and of how many segments the frame is."""
    skb.csum_start, skb.csum_offset, skb.ip_summed = skb.transport_header, 16, CHECKSUM_PARTIAL
    skb.shinfo.gso_segs = skb.cb.count
