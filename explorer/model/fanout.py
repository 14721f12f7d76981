"""Fanout: several taps share what they are given: net/packet/af_packet.c."""

from __future__ import annotations

import errno
from itertools import count
from typing import Any
from zlib import crc32

from explorer.model._mirrors import mirrors
from explorer.model.dev import __dev_remove_pack, dev_add_pack
from explorer.model.filter import bpf_check_classic, bpf_prog_run
from explorer.model.netdevice import ETH_P_IP, dev_net, net_device, net_eq, packet_type
from explorer.model.packet_rcv import drop, packet_rcv_has_room
from explorer.model.packet_sock import (
    PACKET_FANOUT_CBPF,
    PACKET_FANOUT_CPU,
    PACKET_FANOUT_FLAG_IGNORE_OUTGOING,
    PACKET_FANOUT_FLAG_ROLLOVER,
    PACKET_FANOUT_FLAG_UNIQUEID,
    PACKET_FANOUT_LB,
    PACKET_FANOUT_QM,
    PACKET_FANOUT_RND,
    PACKET_FANOUT_ROLLOVER,
    PF_PACKET,
    ROLLOVER_HLEN,
    ROOM_LOW,
    ROOM_NORMAL,
    packet_fanout,
    packet_rollover,
    packet_sock,
    sock_net,
)
from explorer.model.skbuff import sk_buff, skb_network_header

PACKET_FANOUT_MAX = 1 << 16


@mirrors("packet_rcv_fanout@net/packet/af_packet.c")
def packet_rcv_fanout(skb: sk_buff, dev: net_device, pt: packet_type, orig_dev: net_device) -> int:
    """Choose a member of the group and let it receive.

    Left out: fragments, eBPF, IP.
    """
    f: packet_fanout = pt.af_packet_priv
    num = len(f.arr)
    if not net_eq(dev_net(dev), f.net) or not num:
        return drop(skb)
    if f.type == PACKET_FANOUT_LB:  # note: fanout-lb
        idx = fanout_demux_lb(f, skb, num)
    elif f.type == PACKET_FANOUT_CPU:
        idx = fanout_demux_cpu(f, skb, num)  # note: fanout-cpu
    elif f.type == PACKET_FANOUT_RND:
        idx = fanout_demux_rnd(f, skb, num)
    elif f.type == PACKET_FANOUT_QM:
        idx = fanout_demux_qm(f, skb, num)
    elif f.type == PACKET_FANOUT_ROLLOVER:
        idx = fanout_demux_rollover(f, skb, 0, False, num)
    elif f.type == PACKET_FANOUT_CBPF:
        idx = fanout_demux_bpf(f, skb, num)
    else:
        idx = fanout_demux_hash(f, skb, num)  # note: fanout-hash
    if fanout_has_flag(f, PACKET_FANOUT_FLAG_ROLLOVER):
        idx = fanout_demux_rollover(f, skb, idx, True, num)
    po = f.arr[idx]  # note: member
    return po.prot_hook.func(skb, dev, po.prot_hook, orig_dev)


@mirrors("fanout_has_flag@net/packet/af_packet.c")
def fanout_has_flag(f: packet_fanout, flag: int) -> bool:
    """Whether the group was made with a flag."""
    return bool(f.flags & flag >> 8)


@mirrors("fanout_demux_hash@net/packet/af_packet.c")
def fanout_demux_hash(f: packet_fanout, skb: sk_buff, num: int) -> int:
    """One flow, both directions of it, to one member; the kernel's hash has a random key, so which one differs.

    Left out: __skb_get_hash_symmetric, reciprocal_scale.
    """
    return flow_hash(skb) * num >> 32


def flow_hash(skb: sk_buff) -> int:
    """A number for the flow of a frame: of IPv4 the addresses and ports in either order, else the protocol."""
    if skb.protocol != ETH_P_IP:
        return crc32(skb.protocol.to_bytes(2, "big"))
    ip = bytes(skb.head[skb_network_header(skb) : skb.tail])
    ends = sorted([ip[12:16] + ip[20:22], ip[16:20] + ip[22:24]])
    return crc32(ip[9:10] + b"".join(ends))


@mirrors("fanout_demux_lb@net/packet/af_packet.c")
def fanout_demux_lb(f: packet_fanout, skb: sk_buff, num: int) -> int:
    """To each in turn."""
    if f.net.features.fanout_lb_starts_at_one:
        f.rr_cur += 1
        return f.rr_cur % num
    cur, f.rr_cur = f.rr_cur, (f.rr_cur + 1) % num
    return cur


@mirrors("fanout_demux_cpu@net/packet/af_packet.c")
def fanout_demux_cpu(f: packet_fanout, skb: sk_buff, num: int) -> int:
    """By the CPU that delivers; the model has CPU 0."""
    return 0 % num


@mirrors("fanout_demux_rnd@net/packet/af_packet.c")
def fanout_demux_rnd(f: packet_fanout, skb: sk_buff, num: int) -> int:
    """By chance; here always to the first.

    Left out: random numbers.
    """
    return 0


@mirrors("fanout_demux_qm@net/packet/af_packet.c")
def fanout_demux_qm(f: packet_fanout, skb: sk_buff, num: int) -> int:
    """By the device's queue that the frame came through."""
    return skb.queue_mapping % num


@mirrors("fanout_demux_bpf@net/packet/af_packet.c")
def fanout_demux_bpf(f: packet_fanout, skb: sk_buff, num: int) -> int:
    """By what the group's own program returns.

    Left out: RCU.
    """
    return bpf_prog_run(f.bpf_prog, skb) % num if f.bpf_prog is not None else 0


@mirrors("fanout_flow_is_huge@net/packet/af_packet.c")
def fanout_flow_is_huge(po: packet_sock, skb: sk_buff) -> bool:
    """Whether most of the last frames were of this flow; the history forgets from the front, not by chance.

    Left out: skb_get_hash, random numbers.
    """
    history: list[int] = po.rollover.history
    rxhash = flow_hash(skb)
    count = history.count(rxhash)
    history.append(rxhash)
    del history[0]
    return count > ROLLOVER_HLEN >> 1


@mirrors("fanout_demux_rollover@net/packet/af_packet.c")
def fanout_demux_rollover(f: packet_fanout, skb: sk_buff, idx: int, try_self: bool, num: int) -> int:
    """To the chosen member if it has room, else to the next that has.

    Left out: the counts of PACKET_ROLLOVER_STATS.
    """
    po = f.arr[idx]
    po_skip = None
    if try_self:
        room = packet_rcv_has_room(po, skb)
        if room == ROOM_NORMAL or (room == ROOM_LOW and not fanout_flow_is_huge(po, skb)):
            return idx
        po_skip = po
    i: int = min(po.rollover.sock, num - 1)
    j = i
    while True:
        po_next = f.arr[i]
        if po_next is not po_skip and not po_next.pressure and packet_rcv_has_room(po_next, skb) == ROOM_NORMAL:
            if i != j:
                po.rollover.sock = i
            return i  # note: fanout-rollover
        i = (i + 1) % num
        if i == j:
            return idx


@mirrors("__fanout_link@net/packet/af_packet.c")
def __fanout_link(sk: packet_sock) -> None:
    """Make a socket a member; the first one brings the group's hook on its list.

    Left out: locks.
    """
    f = sk.fanout
    f.arr.append(sk)
    if len(f.arr) == 1:
        dev_add_pack(f.prot_hook)


@mirrors("__fanout_unlink@net/packet/af_packet.c")
def __fanout_unlink(sk: packet_sock) -> None:
    """The last member takes the place of the one who leaves; the last one of all takes the hook off.

    Left out: locks, warnings.
    """
    f = sk.fanout
    i = f.arr.index(sk)
    f.arr[i] = f.arr[-1]
    f.arr.pop()
    if not f.arr:
        __dev_remove_pack(f.prot_hook)


@mirrors("match_fanout_group@net/packet/af_packet.c")
def match_fanout_group(ptype: packet_type, sk: packet_sock) -> bool:
    """Whether a frame's sender is a member of the group behind a hook."""
    return sk.sk_family == PF_PACKET and ptype.af_packet_priv is sk.fanout


@mirrors("fanout_add@net/packet/af_packet.c")
def fanout_add(sk: packet_sock, id: int, type_flags: int, max_num_members: int = 0) -> int:
    """Put a socket in a group, made now if there is none of that number.

    Left out: locks, memory, eBPF.
    """
    po, net = sk, sock_net(sk)
    type, flags = type_flags & 0xFF, type_flags >> 8
    if type > PACKET_FANOUT_CBPF or (type == PACKET_FANOUT_ROLLOVER and type_flags & PACKET_FANOUT_FLAG_ROLLOVER):
        return -errno.EINVAL
    if po.fanout:
        return -errno.EALREADY
    if type_flags & PACKET_FANOUT_FLAG_UNIQUEID:
        if id != 0:
            return -errno.EINVAL
        id = fanout_find_new_id(sk)
        flags &= ~(PACKET_FANOUT_FLAG_UNIQUEID >> 8)
    groups = net.machine.fanout_list
    match = next((f for f in groups if f.id == id and f.net is net), None)
    if match:
        if match.flags != flags or max_num_members not in (0, match.max_num_members):
            return -errno.EINVAL
    else:
        if max_num_members > PACKET_FANOUT_MAX:
            return -errno.EINVAL
        match = packet_fanout(net, id, type, flags, max_num_members or 256)
        match.prot_hook.type = po.prot_hook.type
        match.prot_hook.dev = po.prot_hook.dev
        match.prot_hook.func = packet_rcv_fanout
        match.prot_hook.af_packet_priv = match
        match.prot_hook.af_packet_net = net
        match.prot_hook.id_match = match_fanout_group
        if net.features.fanout_ignore_outgoing:
            match.prot_hook.ignore_outgoing = bool(type_flags & PACKET_FANOUT_FLAG_IGNORE_OUTGOING)
    hook, listens = match.prot_hook, po.num if net.features.fanout_down else po.running
    if not listens or (match.type, hook.type, hook.dev) != (type, po.prot_hook.type, po.prot_hook.dev):
        return -errno.EINVAL
    if match.sk_ref >= match.max_num_members:
        return -errno.ENOSPC
    if match not in groups:
        groups.append(match)
    po.fanout = match
    if type == PACKET_FANOUT_ROLLOVER or type_flags & PACKET_FANOUT_FLAG_ROLLOVER:
        po.rollover = packet_rollover()
    match.sk_ref += 1
    if po.running:
        __dev_remove_pack(po.prot_hook)
        __fanout_link(sk)
    return 0


@mirrors("fanout_find_new_id@net/packet/af_packet.c")
def fanout_find_new_id(sk: packet_sock) -> int:
    """A number that no group of the namespace has."""
    taken = {f.id for f in sock_net(sk).machine.fanout_list if f.net is sock_net(sk)}
    return next(id for id in count() if id not in taken)


@mirrors("fanout_set_data_cbpf@net/packet/af_packet.c")
def fanout_set_data_cbpf(po: packet_sock, prog: Any) -> None:
    """setsockopt(PACKET_FANOUT_DATA): the program that chooses; FilterError if the kernel would refuse it.

    Left out: locked filters.
    """
    bpf_check_classic(prog)
    po.fanout.bpf_prog = tuple(prog)


@mirrors("fanout_release@net/packet/af_packet.c")
def fanout_release(sk: packet_sock) -> None:
    """Leave the group; the last one takes it along.

    Left out: locks, memory, eBPF, dev_remove_pack.
    """
    f, sk.fanout = sk.fanout, None
    if f:
        f.sk_ref -= 1
        if f.sk_ref == 0:
            f.net.machine.fanout_list.remove(f)
