"""A packet socket's life and what it sends: net/packet/af_packet.c."""

from __future__ import annotations

import errno
from typing import Any

from explorer.model._mirrors import mirrors
from explorer.model.dev import __dev_remove_pack, dev_add_pack, dev_direct_xmit, dev_queue_xmit
from explorer.model.fanout import __fanout_link, __fanout_unlink, fanout_release
from explorer.model.filter import bpf_check_classic
from explorer.model.if_ether import eth_type_vlan, h_proto, vlan_get_protocol_and_depth
from explorer.model.netdevice import (
    ARPHRD_ETHER,
    ETH_P_8021Q,
    ETH_P_ALL,
    ETH_P_IP,
    IFF_UP,
    NETDEV_UNREGISTER,
    NETDEV_UP,
    VLAN_HLEN,
    Net,
    dev_get_by_index,
    dev_get_by_name,
    dev_hard_header,
    dev_parse_header_protocol,
    dev_validate_header,
    ll_reserved_space,
    net_device,
    net_xmit_errno,
)
from explorer.model.packet_rcv import packet_rcv, packet_rcv_spkt, tpacket_rcv
from explorer.model.packet_sock import (
    RMEM_MAX,
    SOCK_DGRAM,
    SOCK_MIN_RCVBUF,
    SOCK_PACKET,
    SOCK_RAW,
    TPACKET_V3,
    packet_cached_dev_assign,
    packet_cached_dev_get,
    packet_cached_dev_reset,
    packet_ring_buffer,
    packet_sock,
    sock_error,
    sock_net,
    sockaddr_ll,
    sockaddr_pkt,
    tpacket_block_desc,
    tpacket_hdr,
)
from explorer.model.ring import BLK_PLUS_PRIV, TPACKET_HDRLEN
from explorer.model.segmentation import virtio_net_hdr, virtio_net_hdr_to_skb
from explorer.model.skbuff import (
    alloc_skb,
    kfree_skb,
    sk_buff,
    skb_put,
    skb_reserve,
    skb_reset_mac_header,
    skb_reset_network_header,
    skb_set_network_header,
    skb_set_owner_w,
)


@mirrors("packet_create@net/packet/af_packet.c")
def packet_create(net: Net, type: int, protocol: int, name: str = "") -> packet_sock:
    """socket(AF_PACKET, type, protocol): with a protocol it hears every device at once.

    Left out: locks, capabilities, memory, reference counts, statistics, the ring's counters, the socket's own
    set-up, the sender's ring.
    """
    sk = po = packet_sock(net, type, name=name)
    po.num = protocol
    packet_cached_dev_reset(po)
    po.prot_hook.func = packet_rcv
    if type == SOCK_PACKET:
        po.prot_hook.func = packet_rcv_spkt
    po.prot_hook.af_packet_priv = sk
    po.prot_hook.af_packet_net = sock_net(sk)
    if protocol:  # note: tap-before-bind
        po.prot_hook.type = protocol
        register_prot_hook(sk)
    net.sklist.append(sk)
    return sk


@mirrors("register_prot_hook@net/packet/af_packet.c", "__register_prot_hook@net/packet/af_packet.c")
def register_prot_hook(sk: packet_sock) -> None:
    """Put the socket's hook, or its group's, on a list.

    Left out: locks, reference counts.
    """
    po = sk
    if not po.running:
        if po.fanout:
            __fanout_link(sk)
        else:
            dev_add_pack(po.prot_hook)
        po.running = True


@mirrors("__unregister_prot_hook@net/packet/af_packet.c", "unregister_prot_hook@net/packet/af_packet.c")
def unregister_prot_hook(sk: packet_sock) -> None:
    """Take the hook off again.

    Left out: locks, reference counts, RCU.
    """
    po = sk
    if po.running:
        po.running = False
        if po.fanout:
            __fanout_unlink(sk)
        else:
            __dev_remove_pack(po.prot_hook)


@mirrors("packet_bind@net/packet/af_packet.c")
def packet_bind(sk: packet_sock, ifindex: int, protocol: int) -> int:
    """bind(): a device by its number, 0 for all, and a protocol, 0 for the one it has."""
    return packet_do_bind(sk, None, ifindex, protocol)


@mirrors("packet_bind_spkt@net/packet/af_packet.c")
def packet_bind_spkt(sk: packet_sock, name: str) -> int:
    """bind() of a SOCK_PACKET: a device by its name.

    Left out: copying.
    """
    return packet_do_bind(sk, name, 0, 0)


@mirrors("packet_do_bind@net/packet/af_packet.c")
def packet_do_bind(sk: packet_sock, name: str | None, ifindex: int, proto: int) -> int:
    """Move the hook to another device or protocol.

    Left out: locks, RCU, reference counts, devices that vanish meanwhile, packet_cached_dev_reset, errors told to
    the reader.
    """
    po = sk
    proto = proto or po.num
    dev = None
    if po.fanout:
        return -errno.EINVAL
    if name or ifindex:
        dev = dev_get_by_name(sock_net(sk), name) if name else dev_get_by_index(sock_net(sk), ifindex)
        if not dev:
            return -errno.ENODEV
    need_rehook = po.prot_hook.type != proto or po.prot_hook.dev is not dev
    if need_rehook:
        unregister_prot_hook(sk)
        po.num = proto
        po.prot_hook.type = proto
        po.prot_hook.dev = dev
        po.ifindex = dev.ifindex if dev else 0
        packet_cached_dev_assign(po, dev)
    if proto == 0 or not need_rehook:  # note: no-protocol
        return 0
    if not dev or dev.flags & IFF_UP:
        register_prot_hook(sk)
    else:
        sk.sk_err = errno.ENETDOWN  # note: down
    return 0


@mirrors("packet_notifier@net/packet/af_packet.c")
def packet_notifier(msg: int, dev: net_device) -> None:
    """A device went up or down, or vanishes: its taps come on their lists, or go off.

    Left out: locks, RCU, multicast addresses, dev_net, fanout_release, errors told to the reader.
    """
    for sk in dev.nd_net.sklist:
        if dev.ifindex == sk.ifindex:
            if msg == NETDEV_UP:
                if sk.num:
                    register_prot_hook(sk)
                continue
            if sk.running:  # note: device-down
                unregister_prot_hook(sk)
                sk.sk_err = errno.ENETDOWN
            if msg == NETDEV_UNREGISTER:
                packet_cached_dev_reset(sk)
                sk.ifindex = -1
                sk.prot_hook.dev = None  # note: device-gone


@mirrors("packet_release@net/packet/af_packet.c")
def packet_release(sk: packet_sock) -> None:
    """close().

    Left out: locks, RCU, reference counts, memory, statistics, multicast addresses, waiting for frames under way,
    eBPF, the sender's ring, the socket's own set-up, packet_set_ring.
    """
    sock_net(sk).sklist.remove(sk)
    unregister_prot_hook(sk)
    packet_cached_dev_reset(sk)
    fanout_release(sk)
    while sk.sk_receive_queue:  # skb_queue_purge
        kfree_skb(sk.sk_receive_queue.popleft())


@mirrors("packet_set_ring@net/packet/af_packet.c")
def packet_set_ring(sk: packet_sock, version: int, block_size: int, block_nr: int, frame_size: int) -> None:
    """Give the socket a receive ring; from now on tpacket_rcv is its handler.

    Left out: locks, checks, memory, timers, the sender's ring, pages and caches, RCU.
    """
    po, rb = sk, packet_ring_buffer()
    po.tp_version = version
    po.tp_hdrlen = TPACKET_HDRLEN[version]
    if version == TPACKET_V3:
        rb.pg_vec = [tpacket_block_desc(blk_len=BLK_PLUS_PRIV) for _ in range(block_nr)]  # init_prb_bdqc
        rb.kblk_size, rb.max_frame_len = block_size, block_size - BLK_PLUS_PRIV
    else:
        rb.pg_vec = [tpacket_hdr() for _ in range(block_size // frame_size * block_nr)]
    was_running = po.running
    unregister_prot_hook(sk)
    po.rx_ring = rb
    rb.frame_max = len(rb.pg_vec) - 1
    rb.frame_size = frame_size
    po.prot_hook.func = tpacket_rcv
    if was_running:
        register_prot_hook(sk)


def packet_setsockopt_ignore_outgoing(sk: packet_sock) -> int:
    """setsockopt(PACKET_IGNORE_OUTGOING), where the kernel has it."""
    if not sock_net(sk).features.ignore_outgoing:
        return -errno.ENOPROTOOPT
    sk.prot_hook.ignore_outgoing = True
    return 0


def sock_set_rcvbuf(sk: packet_sock, value: int) -> None:
    """setsockopt(SO_RCVBUF): twice what was asked for, within limits."""
    sk.sk_rcvbuf = max(min(value, RMEM_MAX) * 2, SOCK_MIN_RCVBUF)


def sk_attach_filter(sk: packet_sock, prog: Any) -> None:
    """setsockopt(SO_ATTACH_FILTER); FilterError if the kernel would refuse the program."""
    bpf_check_classic(prog)
    sk.sk_filter = tuple(prog)


def packet_statistics(sk: packet_sock) -> tuple[int, int]:
    """getsockopt(PACKET_STATISTICS): packets, drops among them, and drops; reading starts both anew."""
    packets, drops = sk.tp_packets + sk.tp_drops, sk.tp_drops
    sk.tp_packets = sk.tp_drops = 0
    return packets, drops


def sock_wmalloc(sk: packet_sock, size: int) -> sk_buff:
    """A buffer that its sender is charged for."""
    skb = alloc_skb(size, sock_net(sk).features.small_head)
    skb_set_owner_w(skb, sk)
    return skb


@mirrors("packet_alloc_skb@net/packet/af_packet.c")
def packet_alloc_skb(sk: packet_sock, prepad: int, reserve: int, length: int) -> tuple[sk_buff | None, int]:
    """A buffer for a frame that the socket sends, and is charged for; or None and a negative errno.

    Left out: fragments, sock_alloc_send_pskb, waiting for room to send.
    """
    if err := sock_error(sk):  # note: device-down
        return None, err
    skb = sock_wmalloc(sk, prepad + length)
    skb_reserve(skb, reserve)
    return skb, 0


@mirrors("packet_snd@net/packet/af_packet.c")
def packet_snd(sk: packet_sock, msg: bytes, saddr: sockaddr_ll | None, vnet_hdr: virtio_net_hdr | None = None) -> int:
    """sendto(): a whole frame (SOCK_RAW), or what follows the link header (SOCK_DGRAM); bytes sent or a negative errno.

    Left out: locks, control messages, frames without checksum, timestamps, copying, reference counts.
    """
    po, length = sk, len(msg)
    if saddr is None:
        dev, proto, addr = packet_cached_dev_get(po), po.num, b""
    else:
        dev, proto, addr = dev_get_by_index(sock_net(sk), saddr.sll_ifindex), saddr.sll_protocol, saddr.sll_addr
    if not dev:
        return -errno.ENXIO
    if not dev.flags & IFF_UP:
        return -errno.ENETDOWN  # note: device-down
    reserve = dev.hard_header_len if sk.sk_type == SOCK_RAW else 0
    if vnet_hdr and max(vnet_hdr.hdr_len, vnet_hdr.csum_start + vnet_hdr.csum_offset + 2) > length:
        return -errno.EINVAL  # packet_snd_vnet_parse
    if not vnet_hdr and length > dev.mtu + reserve + VLAN_HLEN:
        return -errno.EMSGSIZE  # note: too-long
    hlen = ll_reserved_space(dev)
    tlen = dev.needed_tailroom
    skb, err = packet_alloc_skb(sk, hlen + tlen, hlen, length)
    if not skb:
        return err
    skb.dev = dev
    skb_reset_network_header(skb)
    if sk.sk_type == SOCK_DGRAM:
        if dev_hard_header(skb, dev, proto, addr, None, length) < 0:
            kfree_skb(skb)  # out_free:
            return -errno.EINVAL  # note: no-address
    elif reserve:
        skb_reserve(skb, -reserve)
        if length < reserve + 40 and dev.min_header_len != dev.hard_header_len:
            skb_reset_network_header(skb)
    skb_put(skb, msg)  # skb_copy_datagram_from_iter
    if (sk.sk_type == SOCK_RAW and not dev_validate_header(dev, length)) or not skb.len:
        kfree_skb(skb)  # out_free:
        return -errno.EINVAL
    if not vnet_hdr and length > dev.mtu + reserve and not packet_extra_vlan_len_allowed(dev, skb):
        kfree_skb(skb)
        return -errno.EMSGSIZE  # note: too-long
    skb.protocol = proto
    packet_parse_headers(skb, sk)
    if vnet_hdr:
        if err := virtio_net_hdr_to_skb(skb, vnet_hdr):
            kfree_skb(skb)
            return err
        skb.protocol = skb.protocol or ETH_P_IP  # virtio_net_hdr_set_proto
    err = packet_xmit(po, skb)
    if err > 0:
        err = net_xmit_errno(err)
    return err or length


@mirrors("packet_xmit@net/packet/af_packet.c")
def packet_xmit(po: packet_sock, skb: sk_buff) -> int:
    """Through the stack, or past it.

    Left out: netfilter egress, many queues.
    """
    if not (po.qdisc_bypass and sock_net(po).features.qdisc_bypass):
        return dev_queue_xmit(skb)
    return dev_direct_xmit(skb)  # note: qdisc-bypass


@mirrors("packet_parse_headers@net/packet/af_packet.c")
def packet_parse_headers(skb: sk_buff, sk: packet_sock) -> None:
    """Find out what a sender did not say.

    Left out: skb_probe_transport_header, headroom.
    """
    features = sock_net(sk).features
    if skb.protocol in (0, ETH_P_ALL) and sk.sk_type == SOCK_RAW and features.parsed_protocol:
        skb_reset_mac_header(skb)
        skb.protocol = dev_parse_header_protocol(skb)  # note: parsed-protocol
    if skb.dev.type == ARPHRD_ETHER and eth_type_vlan(skb.protocol) and features.vlan_network_header:
        protocol, depth = vlan_get_protocol_and_depth(skb, skb.protocol)
        if protocol:
            skb_set_network_header(skb, depth)  # note: vlan-network-header


@mirrors("packet_extra_vlan_len_allowed@net/packet/af_packet.c")
def packet_extra_vlan_len_allowed(dev: net_device, skb: sk_buff) -> bool:
    """Whether a frame may be four bytes longer because of a tag."""
    if dev.type != ARPHRD_ETHER:
        return False
    skb_reset_mac_header(skb)
    return h_proto(skb) == ETH_P_8021Q


@mirrors("packet_sendmsg_spkt@net/packet/af_packet.c")
def packet_sendmsg_spkt(sk: packet_sock, msg: bytes, saddr: sockaddr_pkt | None) -> int:
    """sendto() of a SOCK_PACKET: a whole frame, the device by name.

    Left out: RCU, control messages, frames without checksum, timestamps, copying, reference counts.
    """
    if saddr is None:
        return -errno.ENOTCONN
    dev = dev_get_by_name(sock_net(sk), saddr.spkt_device)
    if not dev:
        return -errno.ENODEV
    if not dev.flags & IFF_UP:
        return -errno.ENETDOWN  # note: device-down
    if len(msg) > dev.mtu + dev.hard_header_len + VLAN_HLEN:
        return -errno.EMSGSIZE  # note: too-long
    reserved = ll_reserved_space(dev)
    skb = sock_wmalloc(sk, len(msg) + reserved + dev.needed_tailroom)
    skb_reserve(skb, reserved)
    skb_reset_network_header(skb)
    skb_reserve(skb, -dev.hard_header_len)
    skb_put(skb, msg)  # memcpy_from_msg
    if not dev_validate_header(dev, len(msg)) or not skb.len:
        kfree_skb(skb)
        return -errno.EINVAL
    if len(msg) > dev.mtu + dev.hard_header_len and not packet_extra_vlan_len_allowed(dev, skb):
        kfree_skb(skb)
        return -errno.EMSGSIZE  # note: too-long
    skb.protocol = saddr.spkt_protocol
    skb.dev = dev
    packet_parse_headers(skb, sk)
    dev_queue_xmit(skb)
    return len(msg)
