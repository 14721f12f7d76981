"""The receive ring: net/packet/af_packet.c, tpacket_rcv's side and the reader's."""

from __future__ import annotations

from typing import Any

from explorer.model._mirrors import mirrors
from explorer.model.if_ether import eth_type_vlan, skb_vlan_tag_present, vlan_get_tci
from explorer.model.packet_sock import (
    SOCK_DGRAM,
    TP_STATUS_BLK_TMO,
    TP_STATUS_KERNEL,
    TP_STATUS_LOSING,
    TP_STATUS_USER,
    TP_STATUS_VLAN_TPID_VALID,
    TP_STATUS_VLAN_VALID,
    TPACKET_V2,
    TPACKET_V3,
    packet_ring_buffer,
    packet_sock,
    sock_net,
    tpacket_auxdata,
    tpacket_block_desc,
    tpacket_hdr,
)
from explorer.model.skbuff import sk_buff

BLK_PLUS_PRIV = 48  # a block's own header
TPACKET_HDRLEN = (52, 52, 68)  # of versions 1, 2, 3: the frame's header and the address behind it


def tpacket_align(length: int) -> int:
    """TPACKET_ALIGN: to 16 bytes."""
    return (length + 15) & ~15


@mirrors("packet_lookup_frame@net/packet/af_packet.c")
def packet_lookup_frame(rb: packet_ring_buffer, position: int, status: int) -> tpacket_hdr | None:
    """The slot at a position, if it has that status."""
    h: tpacket_hdr = rb.pg_vec[position]
    return h if h.tp_status == status else None


@mirrors("packet_current_rx_frame@net/packet/af_packet.c")
def packet_current_rx_frame(po: packet_sock, skb: sk_buff, status: int, length: int) -> tpacket_hdr | None:
    """The place for the next frame; None if the reader is behind.

    Left out: warnings.
    """
    if po.tp_version <= TPACKET_V2:
        return packet_lookup_frame(po.rx_ring, po.rx_ring.head, status)  # note: ring-full
    return __packet_lookup_frame_in_block(po, skb, length)


@mirrors("packet_increment_rx_head@net/packet/af_packet.c", "packet_increment_head@net/packet/af_packet.c")
def packet_increment_rx_head(rb: packet_ring_buffer) -> None:
    """The next slot's turn.

    Left out: warnings.
    """
    rb.head = rb.head + 1 if rb.head != rb.frame_max else 0


@mirrors("__tpacket_has_room@net/packet/af_packet.c")
def __tpacket_has_room(po: packet_sock, pow_off: int) -> bool:
    """Whether the slot a quarter of the ring ahead, or the next one, is free."""
    length = po.rx_ring.frame_max + 1
    idx = po.rx_ring.head
    if pow_off:
        idx += length >> pow_off
    if idx >= length:
        idx -= length
    return packet_lookup_frame(po.rx_ring, idx, TP_STATUS_KERNEL) is not None


@mirrors("__tpacket_v3_has_room@net/packet/af_packet.c")
def __tpacket_v3_has_room(po: packet_sock, pow_off: int) -> bool:
    """Whether the block a quarter of the ring ahead, or this one, is the kernel's."""
    length = len(po.rx_ring.pg_vec)
    idx = po.rx_ring.kactive_blk_num
    if pow_off:
        idx += length >> pow_off
    if idx >= length:
        idx -= length
    pbd: tpacket_block_desc = po.rx_ring.pg_vec[idx]
    return pbd.block_status == TP_STATUS_KERNEL


@mirrors("__packet_lookup_frame_in_block@net/packet/af_packet.c")
def __packet_lookup_frame_in_block(po: packet_sock, skb: sk_buff, length: int) -> tpacket_hdr | None:
    """Room in the open block, else in the next; None while the reader has it.

    Left out: barriers.
    """
    pkc = po.rx_ring
    pbd = pkc.pg_vec[pkc.kactive_blk_num]
    if pkc.reset_pending_on_curr_blk:  # prb_queue_frozen
        if pbd.block_status & TP_STATUS_USER:  # prb_curr_blk_in_use
            return None
        prb_open_block(pkc, pbd)
    length = (length + 7) & ~7
    if pbd.blk_len + length < pkc.kblk_size:
        return prb_fill_curr_block(po, skb, pbd, length)
    prb_retire_current_block(po, 0)
    pbd = prb_dispatch_next_block(po)
    if pbd:
        return prb_fill_curr_block(po, skb, pbd, length)
    return None


@mirrors("prb_fill_curr_block@net/packet/af_packet.c")
def prb_fill_curr_block(po: packet_sock, skb: sk_buff, pbd: tpacket_block_desc, length: int) -> tpacket_hdr:
    """Take room in a block.

    Left out: locks, hashes.
    """
    ppd = tpacket_hdr()
    pbd.blk_len += length
    pbd.frames.append(ppd)
    vlan_info(ppd, skb, skb.dev, po)  # prb_run_all_ft_ops
    return ppd


@mirrors("prb_open_block@net/packet/af_packet.c")
def prb_open_block(pkc: packet_ring_buffer, pbd: tpacket_block_desc) -> None:
    """Begin a block.

    Left out: timers, timestamps, barriers, warnings.
    """
    pbd.frames = []
    pbd.blk_len = BLK_PLUS_PRIV
    pkc.reset_pending_on_curr_blk = False  # prb_thaw_queue


@mirrors("prb_retire_current_block@net/packet/af_packet.c")
def prb_retire_current_block(po: packet_sock, status: int) -> None:
    """Give the open block to the reader.

    Left out: locks, pages and caches, timestamps, waking, warnings.
    """
    pkc = po.rx_ring
    pbd = pkc.pg_vec[pkc.kactive_blk_num]
    if pbd.block_status == TP_STATUS_KERNEL:
        status |= TP_STATUS_USER | (TP_STATUS_LOSING if po.tp_drops else 0)  # prb_close_block
        pbd.block_status = status
        pkc.kactive_blk_num = (pkc.kactive_blk_num + 1) % len(pkc.pg_vec)


@mirrors("prb_dispatch_next_block@net/packet/af_packet.c")
def prb_dispatch_next_block(po: packet_sock) -> tpacket_block_desc | None:
    """Open the next block, or freeze the ring while the reader has it.

    Left out: barriers.
    """
    pkc = po.rx_ring
    pbd: tpacket_block_desc = pkc.pg_vec[pkc.kactive_blk_num]
    if pbd.block_status & TP_STATUS_USER:
        pkc.reset_pending_on_curr_blk = True  # prb_freeze_queue
        po.tp_freeze_q_cnt += 1
        return None
    prb_open_block(pkc, pbd)
    return pbd


@mirrors("prb_retire_rx_blk_timer_expired@net/packet/af_packet.c")
def prb_retire_rx_blk_timer_expired(po: packet_sock) -> None:
    """Time is up: the reader gets a block that is not full.

    Left out: timers, locks, a ring that stands still, which the next frame opens as well.
    """
    pkc = po.rx_ring
    pbd = pkc.pg_vec[pkc.kactive_blk_num]
    if not pkc.reset_pending_on_curr_blk and pbd.frames:
        prb_retire_current_block(po, TP_STATUS_BLK_TMO)
        prb_dispatch_next_block(po)


@mirrors("prb_fill_vlan_info@net/packet/af_packet.c")
def vlan_info(h: tpacket_auxdata, skb: sk_buff, dev: Any, sk: packet_sock) -> None:
    """Tell of the tag that the tap does not see in the frame."""
    if skb_vlan_tag_present(skb):
        h.tp_vlan_tci = skb.vlan_tci
        h.tp_vlan_tpid = skb.vlan_proto
        h.tp_status |= TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID
    elif sk.sk_type == SOCK_DGRAM and eth_type_vlan(skb.protocol) and dev and sock_net(sk).features.dgram_vlan_protocol:
        h.tp_vlan_tci = vlan_get_tci(skb, dev)
        h.tp_vlan_tpid = skb.protocol
        h.tp_status |= TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID


def read_ring(po: packet_sock, expired: bool = True) -> list[tpacket_hdr]:
    """Read as a program does: everything that is the reader's, in order, and give it back; `expired`: time is up."""
    if po.tp_version == TPACKET_V3:
        if expired:
            prb_retire_rx_blk_timer_expired(po)
        return _read_blocks(po.rx_ring)
    read = []
    slots = po.rx_ring.pg_vec
    for h in slots[po.rx_ring.head :] + slots[: po.rx_ring.head]:  # the oldest is where the kernel writes next
        if h.tp_status & TP_STATUS_USER:
            read.append(tpacket_hdr(**vars(h)))
            h.tp_status = TP_STATUS_KERNEL
    return read


def _read_blocks(pkc: packet_ring_buffer) -> list[tpacket_hdr]:
    read: list[tpacket_hdr] = []
    for pbd in pkc.pg_vec[pkc.kactive_blk_num :] + pkc.pg_vec[: pkc.kactive_blk_num]:
        if pbd.block_status & TP_STATUS_USER:
            read += pbd.frames
            pbd.block_status = TP_STATUS_KERNEL
    return read
