"""Registration and transmit: net/core/dev.c, from dev_queue_xmit to the driver."""

# ruff: noqa: E402
from __future__ import annotations

import errno
from typing import Any

from explorer.model._mirrors import mirrors
from explorer.model.if_ether import (
    __vlan_hwaccel_push_inside,
    skb_vlan_tag_present,
    vlan_hw_offload_capable,
)
from explorer.model.netdevice import (
    ETH_P_ALL,
    IFF_UP,
    NET_XMIT_DROP,
    NET_XMIT_MASK,
    NET_XMIT_SUCCESS,
    NETDEV_TX_BUSY,
    NETDEV_TX_OK,
    NETIF_F_HW_CSUM,
    NETIF_F_TSO,
    dev_net,
    list_add_rcu,
    list_del_rcu,
    list_for_each_entry_rcu,
    net_device,
    net_device_ops,
    netdev_queue,
    netif_carrier_ok,
    netif_running,
    netif_xmit_stopped,
    packet_type,
)
from explorer.model.segmentation import skb_gso_segment
from explorer.model.skbuff import (
    CHECKSUM_PARTIAL,
    PACKET_OUTGOING,
    consume_skb,
    kfree_skb,
    kfree_skb_list,
    sk_buff,
    skb_checksum_help,
    skb_checksum_start_offset,
    skb_clone,
    skb_is_gso,
    skb_network_header,
    skb_reset_mac_header,
    skb_reset_network_header,
    skb_set_transport_header,
    skb_tail_pointer,
)
from explorer.model.tc import TC_ACT_SHOT, taken, tc_run


@mirrors("ptype_head@net/core/dev.c")
def ptype_head(pt: Any) -> Any:
    """The list that a packet type belongs on: for all frames or for one protocol, of a device or of all."""
    net = pt.af_packet_net
    per_device = pt.dev is not None and net.features.per_device_lists
    if pt.type == ETH_P_ALL:  # note: eth-p-all
        return pt.dev.ptype_all if per_device else net.ptype_all
    if per_device:
        return pt.dev.ptype_specific
    return net.ptype_specific if net.features.per_netns_lists else net.machine.ptype_base


@mirrors("dev_add_pack@net/core/dev.c")
def dev_add_pack(pt: packet_type) -> None:
    """Put a packet type on its list.

    Left out: locks.
    """
    head = ptype_head(pt)
    list_add_rcu(pt, head)


@mirrors("__dev_remove_pack@net/core/dev.c")
def __dev_remove_pack(pt: packet_type) -> None:
    """Take a packet type off its list.

    Left out: locks, warnings.
    """
    head = ptype_head(pt)
    list_del_rcu(pt, head)


@mirrors("deliver_skb@net/core/dev.c")
def deliver_skb(skb: Any, pt_prev: packet_type, orig_dev: net_device) -> int:
    """Give the skb to one who wants it, and keep it.

    Left out: fragments.
    """
    skb.users += 1
    return pt_prev.func(skb, skb.dev, pt_prev, orig_dev)


@mirrors("skb_loop_sk@net/core/dev.c")
def skb_loop_sk(ptype: packet_type, skb: sk_buff) -> bool:
    """Whether the tap is the skb's own sender, or of its fanout group."""
    if not ptype.af_packet_priv or not skb.sk:
        return False
    if ptype.id_match and dev_net(skb.dev).features.skb_loop_sk:
        return ptype.id_match(ptype, skb.sk)
    return ptype.af_packet_priv is skb.sk


@mirrors("dev_nit_active_rcu@net/core/dev.c", "dev_nit_active@net/core/dev.c")
def dev_nit_active(dev: net_device) -> bool:
    """Whether anybody taps this device.

    Left out: RCU.
    """
    return bool(dev_net(dev).ptype_all or dev.ptype_all)


@mirrors("dev_queue_xmit_nit@net/core/dev.c")
def dev_queue_xmit_nit(skb: sk_buff, dev: net_device) -> None:
    """Show an outgoing skb to every tap.

    Left out: RCU, timestamps, warnings, fragments, kfree_skb.
    """
    skb2 = pt_prev = None
    for ptype_list in (dev_net(dev).ptype_all, dev.ptype_all):  # note: lists
        for ptype in list_for_each_entry_rcu(ptype_list):
            if ptype.dev not in (None, dev):  # note: bound-elsewhere
                continue
            if ptype.ignore_outgoing:  # note: ignore-outgoing
                continue
            if skb_loop_sk(ptype, skb):  # note: own-sender
                continue
            if pt_prev:
                deliver_skb(skb2, pt_prev, skb.dev)
                pt_prev = ptype
                continue
            skb2 = skb_clone(skb)  # note: one-clone
            skb_reset_mac_header(skb2)
            if skb_network_header(skb2) < skb2.data or skb_network_header(skb2) > skb_tail_pointer(skb2):
                skb_reset_network_header(skb2)  # note: buggy-network-header
            skb2.transport_header = skb2.network_header
            skb2.pkt_type = PACKET_OUTGOING  # note: outgoing
            pt_prev = ptype
    if pt_prev:  # out_unlock:
        pt_prev.func(skb2, skb.dev, pt_prev, skb.dev)


@mirrors("xmit_one@net/core/dev.c")
def xmit_one(skb: sk_buff, dev: net_device, txq: netdev_queue) -> int:
    """Show the skb to the taps, then give it to the driver.

    Left out: tracing.
    """
    if dev_nit_active(dev):  # note: active
        dev_queue_xmit_nit(skb, dev)
    return netdev_start_xmit(skb, dev)


@mirrors("netdev_start_xmit@include/linux/netdevice.h")
def netdev_start_xmit(skb: sk_buff, dev: net_device) -> int:
    """Give the skb to the driver.

    Left out: statistics.
    """
    ops = dev.netdev_ops
    return __netdev_start_xmit(ops, skb, dev)


@mirrors("__netdev_start_xmit@include/linux/netdevice.h")
def __netdev_start_xmit(ops: net_device_ops, skb: sk_buff, dev: net_device) -> int:
    """Call the driver.

    Left out: netdev_xmit_set_more.
    """
    return ops.ndo_start_xmit(skb, dev)


def dev_xmit_complete(rc: int) -> bool:
    """Whether the driver, or an error on the way, has taken the skb."""
    return rc < NET_XMIT_MASK


@mirrors("dev_hard_start_xmit@net/core/dev.c")
def dev_hard_start_xmit(skb: sk_buff, dev: net_device, txq: netdev_queue) -> tuple[Any, int]:
    """Send an skb, or a list of segments; what the driver refused comes back.

    Left out: dst, tracing, orphaning before the driver, encapsulation, statistics, kfree_skb, consume_skb.
    """
    rc, tapped = NETDEV_TX_OK, dev_net(dev).features.tap_before_checksum
    if tapped:
        if dev_nit_active(dev):
            dev_queue_xmit_nit(skb, dev)  # note: checksum
        skb = _validated(skb, dev)
    while skb:
        next = skb.next
        skb.next = None
        rc = netdev_start_xmit(skb, dev) if tapped else xmit_one(skb, dev, txq)
        if not dev_xmit_complete(rc):
            skb.next = next
            break
        skb = next
        if skb and netif_xmit_stopped(txq):
            rc = NETDEV_TX_BUSY
            break
    return skb, rc


@mirrors("validate_xmit_skb@net/core/dev.c")
def validate_xmit_skb(skb: Any, dev: net_device) -> Any:
    """Do in software what the device cannot, before the taps look.

    Left out: fragments, encapsulation, xfrm, sockets that validate themselves, statistics, kfree_skb, consume_skb.
    """
    if dev_net(dev).features.tap_before_checksum:
        return skb
    return _validated(skb, dev)


def _validated(skb: sk_buff, dev: net_device) -> Any:
    """The body of validate_xmit_skb; kernels that tap first do this after."""
    features = netif_skb_features(skb)
    skb = validate_xmit_vlan(skb, features)
    if netif_needs_gso(skb, features):
        segs, err = skb_gso_segment(skb, features)
        if err:
            kfree_skb(skb)  # out_kfree_skb:
            return None
        if segs:
            consume_skb(skb)
            skb = segs  # note: gso
    elif skb.ip_summed == CHECKSUM_PARTIAL:
        skb_set_transport_header(skb, skb_checksum_start_offset(skb))
        skb_csum_hwoffload_help(skb, features)
    return skb


def netif_skb_features(skb: sk_buff) -> int:
    """What the device can do for this skb."""
    dev: net_device = skb.dev
    return dev.features


def netif_needs_gso(skb: sk_buff, features: int) -> bool:
    """Whether software must cut the frame into segments."""
    return skb_is_gso(skb) and not (features & NETIF_F_TSO and skb.shinfo.gso_segs)


def validate_xmit_vlan(skb: sk_buff, features: int) -> sk_buff:
    """Write the tag into the frame, unless the device does."""
    if skb_vlan_tag_present(skb) and not vlan_hw_offload_capable(features, skb.vlan_proto):
        skb = __vlan_hwaccel_push_inside(skb)
    return skb


def skb_csum_hwoffload_help(skb: sk_buff, features: int) -> int:
    """Finish the checksum, unless the device does."""
    if features & NETIF_F_HW_CSUM:  # note: checksum
        return 0
    return skb_checksum_help(skb)


def validate_xmit_skb_list(skb: sk_buff, dev: net_device) -> Any:
    """Validate a list of skbs; before it is validated it has one."""
    return validate_xmit_skb(skb, dev)


@mirrors("dev_queue_xmit@include/linux/netdevice.h", "dev_queue_xmit@net/core/dev.c")
def dev_queue_xmit(skb: sk_buff) -> int:
    """Send an skb on its device.

    Left out: priorities.
    """
    return __dev_queue_xmit(skb)  # note: door


@mirrors("__dev_queue_xmit@net/core/dev.c")
def __dev_queue_xmit(skb: sk_buff) -> int:
    """Send through tc egress and the qdisc, or straight to the driver where there is none.

    Left out: RCU, locks, tracing, timestamps, statistics, priorities, netfilter egress, dst, many queues,
    recursion, packet lengths.
    """
    dev = skb.dev
    skb_reset_mac_header(skb)
    if dev.tcx_egress:
        skb, rc = sch_handle_egress(skb, dev)
        if not skb:
            return rc
    txq = dev.txq
    q = txq.qdisc
    if q.enqueue:  # note: qdisc
        return __dev_xmit_skb(skb, q, dev, txq)
    rc = -errno.ENOMEM
    if dev.flags & IFF_UP:  # note: noqueue
        skb = validate_xmit_skb(skb, dev)
        if not skb:
            return rc
        if not netif_xmit_stopped(txq):
            skb, rc = dev_hard_start_xmit(skb, dev, txq)
        if not skb:
            return rc
        rc = -errno.ENETDOWN
    kfree_skb(skb)  # recursion_alert:
    return rc


@mirrors("sch_handle_egress@net/core/dev.c")
def sch_handle_egress(skb: sk_buff, dev: net_device) -> tuple[Any, int]:
    """Ask tc's egress program; only one that shoots the frame tells its sender.

    Left out: tcx, classic tc, redirection, statistics, BPF's context, reasons of a drop.
    """
    sch_ret = tc_run(dev.tcx_egress, skb, False)
    if taken(sch_ret):
        kfree_skb(skb)  # note: tc-egress
        return None, NET_XMIT_DROP if sch_ret == TC_ACT_SHOT else NET_XMIT_SUCCESS
    return skb, NET_XMIT_SUCCESS


@mirrors("__dev_xmit_skb@net/core/dev.c")
def __dev_xmit_skb(skb: sk_buff, q: Qdisc, dev: net_device, txq: netdev_queue) -> int:
    """Pass an empty qdisc that allows it by, else queue and run it.

    Left out: locks, the arm without locks, statistics, state bits, lists of deferred frames, dst, packet lengths,
    reasons of a drop, qdisc_enqueue_root, __qdisc_drop, kfree_skb*.
    """
    if q.flags & TCQ_F_CAN_BYPASS and not qdisc_qlen(q) and qdisc_run_begin(q):
        if sch_direct_xmit(skb, q, dev, txq, True):
            __qdisc_run(q)
        qdisc_run_end(q)
        return NET_XMIT_SUCCESS
    rc = dev_qdisc_enqueue(skb, q)
    qdisc_run(q)
    return rc


@mirrors("dev_qdisc_enqueue@net/core/dev.c")
def dev_qdisc_enqueue(skb: sk_buff, q: Qdisc) -> int:
    """Put the skb in the qdisc's queue.

    Left out: tracing.
    """
    return q.enqueue(skb, q) & NET_XMIT_MASK


@mirrors(
    "__dev_direct_xmit@net/core/dev.c",
    "dev_direct_xmit@net/core/dev.c",
    "packet_direct_xmit@net/packet/af_packet.c",
)
def dev_direct_xmit(skb: sk_buff) -> int:
    """Give an skb straight to the driver, past qdisc and taps.

    Left out: locks, many queues, recursion, statistics, fragments, netfilter egress.
    """
    dev, orig_skb = skb.dev, skb
    ret = NETDEV_TX_BUSY
    if not netif_running(dev) or not netif_carrier_ok(dev):
        kfree_skb(skb)  # drop:
        return NET_XMIT_DROP
    skb = _validated(skb, dev)
    if skb is not orig_skb:
        kfree_skb_list(skb)  # drop:
        return NET_XMIT_DROP
    if not netif_xmit_stopped(dev.txq):
        ret = netdev_start_xmit(skb, dev)  # note: qdisc-bypass
    if not dev_xmit_complete(ret):
        kfree_skb(skb)
    return ret


# The two files call each other.
from explorer.model.sch_generic import (
    TCQ_F_CAN_BYPASS,
    Qdisc,
    __qdisc_run,
    qdisc_qlen,
    qdisc_run,
    qdisc_run_begin,
    qdisc_run_end,
    sch_direct_xmit,
)
