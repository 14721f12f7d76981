"""Delivery to a packet socket: packet_rcv and its siblings, and the reader: net/packet/af_packet.c."""

# ruff: noqa: N801
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from explorer.model._mirrors import mirrors
from explorer.model.features import Features
from explorer.model.filter import bpf_prog_run
from explorer.model.if_ether import vlan_get_protocol_dgram
from explorer.model.netdevice import (
    dev_get_by_index,
    dev_has_header,
    dev_net,
    dev_parse_header,
    net_device,
    net_eq,
    packet_type,
)
from explorer.model.packet_sock import (
    ROOM_LOW,
    ROOM_NONE,
    ROOM_NORMAL,
    SOCK_DGRAM,
    SOCK_PACKET,
    TP_STATUS_COPY,
    TP_STATUS_CSUM_VALID,
    TP_STATUS_CSUMNOTREADY,
    TP_STATUS_GSO_TCP,
    TP_STATUS_KERNEL,
    TP_STATUS_LOSING,
    TP_STATUS_USER,
    TPACKET_V2,
    TPACKET_V3,
    packet_skb_cb,
    packet_sock,
    sock_error,
    sock_net,
    sockaddr_ll,
    sockaddr_pkt,
    tpacket_auxdata,
)
from explorer.model.ring import (
    __tpacket_has_room,
    __tpacket_v3_has_room,
    packet_current_rx_frame,
    packet_increment_rx_head,
    tpacket_align,
    vlan_info,
)
from explorer.model.skbuff import (
    CHECKSUM_PARTIAL,
    PACKET_LOOPBACK,
    PACKET_OUTGOING,
    consume_skb,
    kfree_skb,
    pskb_trim,
    sk_buff,
    skb_clone,
    skb_copy_bits,
    skb_csum_unnecessary,
    skb_get,
    skb_is_gso,
    skb_is_gso_tcp,
    skb_mac_header,
    skb_network_offset,
    skb_pull,
    skb_push,
    skb_set_owner_r,
    skb_share_check,
    skb_shared,
)

_ROOM_POW_OFF = 2


@mirrors("run_filter@net/packet/af_packet.c")
def run_filter(skb: sk_buff, sk: packet_sock, res: int) -> int:
    """How many bytes the tap's filter keeps; all without a filter.

    Left out: RCU.
    """
    if sk.sk_filter is not None:
        res = bpf_prog_run(sk.sk_filter, skb)
    return res


@mirrors("packet_rcv@net/packet/af_packet.c")
def packet_rcv(skb: sk_buff, dev: net_device, pt: packet_type, orig_dev: net_device) -> int:
    """Queue the skb, or a clone of it, on the tap's socket.

    Left out: locks, timestamps, dst, conntrack, fragments, waking, statistics.
    """
    if skb.pkt_type == PACKET_LOOPBACK:  # note: packet-loopback
        return drop(skb)
    sk = po = pt.af_packet_priv
    if not net_eq(dev_net(dev), sock_net(sk)):  # note: other-netns
        return drop(skb)
    skb.dev = dev
    skb_head, skb_len = skb.data, skb.len
    if dev_has_header(dev):
        if sk.sk_type != SOCK_DGRAM:
            skb_push(skb, skb.data - skb_mac_header(skb))
        elif skb.pkt_type == PACKET_OUTGOING:
            skb_pull(skb, skb_network_offset(skb))  # note: cooked-outgoing
    snaplen = skb.len
    res = run_filter(skb, sk, snaplen)
    if not res:  # note: filter-drop
        return drop_n_restore(skb, skb_head, skb_len)
    if snaplen > res:
        snaplen = res  # note: snap-length
    if sk.sk_rmem_alloc >= sk.sk_rcvbuf:  # note: receive-buffer-full
        po.tp_drops += 1  # drop_n_acct:
        sk.sk_drops += 1  # note: drop-count
        return drop_n_restore(skb, skb_head, skb_len)
    if skb_shared(skb):
        nskb = skb_clone(skb)  # note: lazy-clone
        skb.data, skb.len = skb_head, skb_len
        consume_skb(skb)
        skb = nskb
    sll = sockaddr_ll()
    sll.sll_hatype = dev.type
    sll.sll_pkttype = skb.pkt_type  # note: pkttype
    sll.sll_ifindex = orig_dev.ifindex if po.origdev else dev.ifindex  # note: origdev
    sll.sll_addr = dev_parse_header(skb)
    skb.cb = packet_skb_cb(sll, origlen=skb.len)
    pskb_trim(skb, snaplen)
    skb_set_owner_r(skb, sk)
    skb.dev = None
    po.tp_packets += 1
    sk.sk_receive_queue.append(skb)  # note: queued
    return 0


def drop(skb: sk_buff) -> int:
    """The label of the same name in packet_rcv, packet_rcv_spkt and tpacket_rcv."""
    kfree_skb(skb)
    return 0


def drop_n_restore(skb: sk_buff, skb_head: int, skb_len: int) -> int:
    """The label of the same name: others still hold this skb and want it as it was."""
    if skb_head != skb.data and skb_shared(skb):
        skb.data, skb.len = skb_head, skb_len
    return drop(skb)


@mirrors("packet_rcv_spkt@net/packet/af_packet.c")
def packet_rcv_spkt(skb: sk_buff, dev: net_device, pt: packet_type, orig_dev: net_device) -> int:
    """Queue the skb on an old SOCK_PACKET socket: always with its link header, never with its direction.

    Left out: dst, conntrack, dev_has_header.
    """
    if skb.pkt_type == PACKET_LOOPBACK:
        return drop(skb)
    sk = pt.af_packet_priv
    if not net_eq(dev_net(dev), sock_net(sk)):
        return drop(skb)
    skb = skb_share_check(skb)
    skb_push(skb, skb.data - skb_mac_header(skb))
    spkt = sockaddr_pkt(dev.type, dev.name, skb.protocol)
    skb.cb = packet_skb_cb(spkt)
    if sock_queue_rcv_skb(sk, skb) == 0:
        return 0
    return drop(skb)


@mirrors("sock_queue_rcv_skb@include/net/sock.h")
def sock_queue_rcv_skb(sk: packet_sock, skb: sk_buff) -> int:
    """Filter, then queue: the way of ordinary sockets."""
    res = run_filter(skb, sk, skb.len)
    if not res:  # note: uncounted
        return -1
    pskb_trim(skb, res)
    if sk.sk_rmem_alloc >= sk.sk_rcvbuf:  # note: uncounted
        sk.sk_drops += 1
        return -1
    skb.dev = None
    skb_set_owner_r(skb, sk)
    sk.sk_receive_queue.append(skb)  # note: queued
    return 0


@mirrors("__packet_rcv_has_room@net/packet/af_packet.c")
def __packet_rcv_has_room(po: packet_sock, skb: sk_buff | None) -> int:
    """How much room a tap has left: none, low (less than a quarter), or enough."""
    if po.prot_hook.func is not tpacket_rcv:
        avail = po.sk_rcvbuf - po.sk_rmem_alloc - (skb.truesize if skb else 0)
        if avail > po.sk_rcvbuf >> _ROOM_POW_OFF:
            return ROOM_NORMAL
        return ROOM_LOW if avail > 0 else ROOM_NONE
    if po.tp_version == TPACKET_V3:
        if __tpacket_v3_has_room(po, _ROOM_POW_OFF):
            return ROOM_NORMAL
        return ROOM_LOW if __tpacket_v3_has_room(po, 0) else ROOM_NONE
    if __tpacket_has_room(po, _ROOM_POW_OFF):
        return ROOM_NORMAL
    return ROOM_LOW if __tpacket_has_room(po, 0) else ROOM_NONE


@mirrors("packet_rcv_has_room@net/packet/af_packet.c")
def packet_rcv_has_room(po: packet_sock, skb: sk_buff) -> int:
    """The same, and remember whether the tap is under pressure.

    Left out: locks.
    """
    ret = __packet_rcv_has_room(po, skb)
    po.pressure = ret != ROOM_NORMAL
    return ret


@mirrors("tpacket_rcv@net/packet/af_packet.c")
def tpacket_rcv(skb: sk_buff, dev: net_device, pt: packet_type, orig_dev: net_device) -> int:
    """Copy the skb into the tap's ring.

    Left out: locks, pages and caches, timestamps, virtio headers, fragments, waking.
    """
    if skb.pkt_type == PACKET_LOOPBACK:
        return drop(skb)
    sk = po = pt.af_packet_priv
    if not net_eq(dev_net(dev), sock_net(sk)):
        return drop(skb)
    skb_head, skb_len = skb.data, skb.len
    if dev_has_header(dev):
        if sk.sk_type != SOCK_DGRAM:
            skb_push(skb, skb.data - skb_mac_header(skb))
        elif skb.pkt_type == PACKET_OUTGOING:
            skb_pull(skb, skb_network_offset(skb))  # note: cooked-outgoing
    snaplen = skb.len
    res = run_filter(skb, sk, snaplen)
    if not res:  # note: filter-drop
        return drop_n_restore(skb, skb_head, skb_len)
    if __packet_rcv_has_room(po, skb) == ROOM_NONE:  # note: ring-full
        po.tp_drops += 1
        return drop_n_restore(skb, skb_head, skb_len)
    status = TP_STATUS_USER | _checksum_status(skb, sock_net(sk).features)
    if snaplen > res:
        snaplen = res  # note: snap-length
    if sk.sk_type == SOCK_DGRAM:
        macoff = netoff = tpacket_align(po.tp_hdrlen) + 16 + po.tp_reserve
    else:
        maclen = skb_network_offset(skb)
        netoff = tpacket_align(po.tp_hdrlen + max(maclen, 16)) + po.tp_reserve
        macoff = netoff - maclen
    copy_skb = None
    if po.tp_version <= TPACKET_V2:
        if macoff + snaplen > po.rx_ring.frame_size:
            if po.copy_thresh and sk.sk_rmem_alloc < sk.sk_rcvbuf:
                if skb_shared(skb):
                    copy_skb = skb_clone(skb)
                else:
                    copy_skb = skb_get(skb)
                    skb_head = skb.data
                copy_skb.cb = packet_skb_cb(sockaddr_ll())
                skb_set_owner_r(copy_skb, sk)
            snaplen = max(po.rx_ring.frame_size - macoff, 0)  # note: frame-size
    elif macoff + snaplen > po.rx_ring.max_frame_len:
        snaplen = po.rx_ring.max_frame_len - macoff
    h = packet_current_rx_frame(po, skb, TP_STATUS_KERNEL, macoff + snaplen)
    if h is None:  # note: ring-full
        po.tp_drops += 1  # drop_n_account:
        kfree_skb(copy_skb)
        return drop_n_restore(skb, skb_head, skb_len)
    if po.tp_version <= TPACKET_V2:
        packet_increment_rx_head(po.rx_ring)
        if po.tp_drops:
            status |= TP_STATUS_LOSING  # note: losing
    po.tp_packets += 1
    if copy_skb:
        status |= TP_STATUS_COPY
        sk.sk_receive_queue.append(copy_skb)
    h.data = skb_copy_bits(skb, 0, snaplen)
    h.tp_len, h.tp_snaplen, h.tp_mac, h.tp_net = skb.len, snaplen, macoff, netoff
    if po.tp_version == TPACKET_V2:
        h.tp_vlan_tci = h.tp_vlan_tpid = 0
        vlan_info(h, skb, skb.dev, sk)
    h.sll = sll = sockaddr_ll()
    sll.sll_addr = dev_parse_header(skb)
    sll.sll_hatype = dev.type
    sll.sll_protocol = _told_protocol(sk, skb)
    sll.sll_pkttype = skb.pkt_type
    sll.sll_ifindex = orig_dev.ifindex if po.origdev else dev.ifindex
    h.tp_status |= status  # note: in-ring
    return drop_n_restore(skb, skb_head, skb_len)


def _checksum_status(skb: sk_buff, features: Features) -> int:
    """What is known of the checksum and the segments: tpacket_rcv and packet_recvmsg tell it alike."""
    status = 0
    if skb.ip_summed == CHECKSUM_PARTIAL:
        status |= TP_STATUS_CSUMNOTREADY  # note: checksum-not-ready
    elif skb.pkt_type != PACKET_OUTGOING and skb_csum_unnecessary(skb):
        status |= TP_STATUS_CSUM_VALID
    if skb_is_gso(skb) and skb_is_gso_tcp(skb) and features.gso_tcp_status:
        status |= TP_STATUS_GSO_TCP
    return status


def _told_protocol(sk: packet_sock, skb: sk_buff) -> int:
    """A cooked tap is told what lies behind the tags it does not see, where the kernel does so."""
    cooked = sk.sk_type == SOCK_DGRAM and sock_net(sk).features.dgram_vlan_protocol
    return vlan_get_protocol_dgram(skb) if cooked else skb.protocol


@dataclass(eq=False)
class msghdr:
    """What recvmsg gives: the bytes, the address, auxdata if it was asked for, and the length before a filter cut."""

    data: bytes
    msg_name: sockaddr_ll | sockaddr_pkt
    auxdata: tpacket_auxdata | None
    origlen: int


@mirrors("packet_recvmsg@net/packet/af_packet.c")
def packet_recvmsg(sk: packet_sock, length: int = 65536) -> msghdr | None:
    """Read the next frame; None if there is none.

    Left out: RCU, errors, virtio headers, timestamps, waiting, messages beside auxdata, errors told to the reader,
    control messages.
    """
    sock_error(sk)  # told once, before the next frame, and our readers go on
    if not sk.sk_receive_queue:
        return None
    skb = sk.sk_receive_queue.popleft()  # skb_recv_datagram
    packet_rcv_try_clear_pressure(sk)
    copied = min(skb.len, length)
    data = skb_copy_bits(skb, 0, copied)
    sa: Any = skb.cb.sa
    if sk.sk_type != SOCK_PACKET:
        sa.sll_protocol = _told_protocol(sk, skb)
    aux = None
    if sk.auxdata:
        aux = tpacket_auxdata(TP_STATUS_USER | _checksum_status(skb, sock_net(sk).features))
        aux.tp_len = skb.cb.origlen
        aux.tp_snaplen = skb.len
        aux.tp_net = skb_network_offset(skb)
        vlan_info(aux, skb, dev_get_by_index(sock_net(sk), sa.sll_ifindex), sk)
    message = msghdr(data, sa, aux, skb.cb.origlen or skb.len)
    consume_skb(skb)  # skb_free_datagram
    return message


@mirrors("packet_rcv_try_clear_pressure@net/packet/af_packet.c")
def packet_rcv_try_clear_pressure(po: packet_sock) -> None:
    """A tap that is read from has room again.

    Left out: locks.
    """
    if po.pressure and __packet_rcv_has_room(po, None) == ROOM_NORMAL:
        po.pressure = False
