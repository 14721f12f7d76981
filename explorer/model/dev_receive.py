"""Receive: net/core/dev.c, from netif_rx over the backlog to the taps and the protocols; net/8021q/vlan_core.c."""

from __future__ import annotations

from typing import Any

from explorer.model._mirrors import mirrors
from explorer.model.dev import deliver_skb
from explorer.model.if_ether import (
    __vlan_hwaccel_clear_tag,
    eth_type_vlan,
    h_dest,
    skb_vlan_tag_get_id,
    skb_vlan_tag_present,
    skb_vlan_untag,
)
from explorer.model.netdevice import (
    IFF_UP,
    NET_RX_DROP,
    NET_RX_SUCCESS,
    dev_net,
    list_for_each_entry_rcu,
    napi_struct,
    net_device,
    netif_running,
    packet_type,
    softnet_data,
    this_cpu,
)
from explorer.model.sch_generic import qdisc_run
from explorer.model.skbuff import (
    PACKET_HOST,
    PACKET_LOOPBACK,
    PACKET_OTHERHOST,
    kfree_skb,
    sk_buff,
    skb_network_offset,
    skb_pull,
    skb_reset_mac_header,
    skb_reset_mac_len,
    skb_reset_network_header,
    skb_share_check,
)
from explorer.model.tc import taken, tc_run
from explorer.model.xdp import XDP_PASS, do_xdp_generic

RX_HANDLER_CONSUMED, RX_HANDLER_ANOTHER, RX_HANDLER_EXACT, RX_HANDLER_PASS = range(4)


@mirrors("netif_rx@net/core/dev.c", "netif_rx_ni@net/core/dev.c")
def netif_rx(skb: sk_buff) -> int:
    """Take a frame from whoever does no NAPI; netif_rx_ni is for a process, and runs the softirq.

    Left out: locks, tracing, timestamps, netpoll, reference counts, do_softirq.
    """
    return netif_rx_internal(skb)


@mirrors("__netif_rx@net/core/dev.c")
def __netif_rx(skb: sk_buff) -> int:
    """Take a frame from a driver that has softirqs off, as lo and veth.

    Left out: tracing.
    """
    return netif_rx_internal(skb)


@mirrors("dev_loopback_xmit@net/core/dev.c")
def dev_loopback_xmit(skb: sk_buff) -> int:
    """Give a sender's own broadcast back to the device it leaves by, as PACKET_LOOPBACK.

    Left out: dst, checksums, warnings.
    """
    skb_reset_mac_header(skb)
    skb_pull(skb, skb_network_offset(skb))
    skb.pkt_type = PACKET_LOOPBACK
    netif_rx(skb)
    return 0


@mirrors("netif_rx_internal@net/core/dev.c")
def netif_rx_internal(skb: sk_buff) -> int:
    """Hand the frame over to the softirq of a CPU.

    Left out: RPS, RCU, tracing, timestamps, do_xdp_generic.
    """
    return enqueue_to_backlog(skb)


@mirrors("enqueue_to_backlog@net/core/dev.c")
def enqueue_to_backlog(skb: sk_buff) -> int:
    """Put the frame in a CPU's queue.

    Left out: RPS, locks, NAPI, statistics.
    """
    sd = this_cpu(skb.dev)
    if len(sd.input_pkt_queue) > dev_net(skb.dev).machine.max_backlog:
        sd.dropped += 1
        kfree_skb(skb)  # note: backlog-full
        return NET_RX_DROP
    if not netif_running(skb.dev):
        kfree_skb(skb)  # note: not-running
        return NET_RX_DROP
    if not sd.input_pkt_queue:
        sd.backlog = sd.backlog or napi_struct(lambda napi, quota: process_backlog(sd, quota))
        ____napi_schedule(sd, sd.backlog)
    sd.input_pkt_queue.append(skb)
    return NET_RX_SUCCESS


def ____napi_schedule(sd: softnet_data, napi: napi_struct) -> None:
    """Have it polled by the receive softirq."""
    if napi not in sd.poll_list:
        sd.poll_list.append(napi)


@mirrors("process_backlog@net/core/dev.c")
def process_backlog(sd: softnet_data, quota: int) -> int:
    """Receive what waits, up to a quota.

    Left out: RPS, RCU, locks, NAPI, reference counts.
    """
    work = 0
    while True:
        while sd.process_queue:
            skb = sd.process_queue.popleft()
            __netif_receive_skb(skb)
            work += 1
            if work >= quota:
                return work
        if not sd.input_pkt_queue:
            return work
        sd.process_queue.extend(sd.input_pkt_queue)  # skb_queue_splice_tail_init
        sd.input_pkt_queue.clear()


@mirrors("net_tx_action@net/core/dev.c")
def net_tx_action(sd: softnet_data) -> None:
    """The transmit softirq: run the qdiscs that asked for it.

    Left out: RCU, locks, frames to be freed, tracing, state bits, xfrm, warnings.
    """
    head, sd.output_queue = sd.output_queue, type(sd.output_queue)()
    for q in head:
        q.scheduled = False
        qdisc_run(q)


@mirrors("netif_receive_skb@net/core/dev.c")
def netif_receive_skb(skb: sk_buff) -> int:
    """Take a frame in the softirq, from NAPI or from a device on top.

    Left out: tracing, RPS, masters before rx_handler.
    """
    return netif_receive_skb_internal(skb)


@mirrors("netif_receive_skb_internal@net/core/dev.c")
def netif_receive_skb_internal(skb: sk_buff) -> int:
    """Receive on this CPU.

    Left out: RPS, RCU, timestamps.
    """
    return __netif_receive_skb(skb)


@mirrors("__netif_receive_skb@net/core/dev.c")
def __netif_receive_skb(skb: sk_buff) -> int:
    """Receive one frame.

    Left out: emergency memory, masters before rx_handler.
    """
    return __netif_receive_skb_one_core(skb)


@mirrors("netif_receive_skb_core@net/core/dev.c")
def netif_receive_skb_core(skb: sk_buff) -> int:
    """Take a frame in the softirq, past RPS and past the place where its time is taken.

    Left out: RCU.
    """
    return __netif_receive_skb_one_core(skb)  # note: unstamped


@mirrors("__netif_receive_skb_one_core@net/core/dev.c")
def __netif_receive_skb_one_core(skb: sk_buff) -> int:
    """Let the core deliver to all but the last, and deliver to that one here."""
    orig_dev = skb.dev
    ret, skb, pt_prev = __netif_receive_skb_core(skb)
    if pt_prev:
        ret = pt_prev.func(skb, skb.dev, pt_prev, orig_dev)
    return ret


@mirrors("deliver_ptype_list_skb@net/core/dev.c")
def deliver_ptype_list_skb(
    skb: sk_buff, pt_prev: packet_type | None, orig_dev: net_device, type: int, ptype_list: list[packet_type]
) -> packet_type | None:
    """Deliver to those on a list who want this protocol; the last one is returned, not yet served."""
    for ptype in list_for_each_entry_rcu(ptype_list):
        if ptype.type != type:  # note: protocol
            continue
        if ptype.dev not in (None, skb.dev, orig_dev):  # note: bound-elsewhere
            continue
        if pt_prev:
            deliver_skb(skb, pt_prev, orig_dev)
        pt_prev = ptype
    return pt_prev


@mirrors("sch_handle_ingress@net/core/dev.c")
def sch_handle_ingress(skb: sk_buff, pt_prev: packet_type | None, orig_dev: net_device) -> tuple[Any, Any]:
    """Ask tc's ingress program.

    Left out: tcx, classic tc, redirection, statistics, BPF's context, reasons of a drop, packet lengths.
    """
    if not skb.dev.tcx_ingress:
        return skb, pt_prev
    if pt_prev:  # note: served-first
        deliver_skb(skb, pt_prev, orig_dev)
        pt_prev = None
    if taken(tc_run(skb.dev.tcx_ingress, skb, True)):
        kfree_skb(skb)  # note: tc-ingress
        return None, pt_prev
    return skb, pt_prev


@mirrors("nf_ingress@net/core/dev.c")
def nf_ingress(skb: sk_buff, pt_prev: packet_type | None, orig_dev: net_device) -> tuple[int, packet_type | None]:
    """Ask the device's netfilter hook, here a function that says whether the frame may pass.

    Left out: RCU.
    """
    if not nf_hook_ingress_active(skb):
        return 0, pt_prev
    if pt_prev:
        deliver_skb(skb, pt_prev, orig_dev)  # note: served-first
        pt_prev = None
    return nf_hook_ingress(skb), pt_prev


def nf_hook_ingress_active(skb: sk_buff) -> bool:
    """Whether a rule hangs on the device."""
    return skb.dev.nf_hooks_ingress is not None


def nf_hook_ingress(skb: sk_buff) -> int:
    """The verdict of the hook: below 0 if the frame is gone."""
    if skb.dev.nf_hooks_ingress(skb):
        return 0
    kfree_skb(skb)
    return -1


@mirrors("__netif_receive_skb_core@net/core/dev.c")
def __netif_receive_skb_core(skb: sk_buff) -> tuple[int, Any, Any]:
    """Show a received skb to every tap, then to tc, VLAN, the device's master and the protocols.

    Left out: timestamps, tracing, statistics, RCU, netpoll, fragments, emergency memory, nf_skip_egress, DSA,
    transport headers, BPF's redirection marks.
    """
    net = dev_net(skb.dev)
    orig_dev = skb.dev  # note: orig-dev
    deliver_exact = False
    ret = NET_RX_DROP
    skb_reset_network_header(skb)
    skb_reset_mac_len(skb)
    pt_prev = None
    while True:  # another_round:
        skb.skb_iif = skb.dev.ifindex
        if do_xdp_generic(skb) != XDP_PASS:
            return NET_RX_DROP, skb, None
        if eth_type_vlan(skb.protocol) and net.features.vlan_untag:  # note: vlan-untag
            skb = skb_vlan_untag(skb)
            if not skb:
                return ret, None, None
        if not skb.tc_skip_classify:
            for ptype_list in (net.ptype_all, skb.dev.ptype_all):  # note: all-list
                for ptype in list_for_each_entry_rcu(ptype_list):
                    if ptype.dev not in (None, skb.dev, orig_dev):  # note: bound-elsewhere
                        continue
                    if pt_prev:
                        ret = deliver_skb(skb, pt_prev, orig_dev)
                    pt_prev = ptype
            skb, pt_prev = sch_handle_ingress(skb, pt_prev, orig_dev)  # note: tc-after-taps
            if not skb:
                return ret, None, None
            verdict, pt_prev = nf_ingress(skb, pt_prev, orig_dev)  # note: nf-ingress
            if verdict < 0:
                return ret, None, None
        if skb_vlan_tag_present(skb):
            if pt_prev:
                ret = deliver_skb(skb, pt_prev, orig_dev)
                pt_prev = None
            found, skb = vlan_do_receive(skb)
            if found:
                continue  # goto another_round
            if not skb:
                return ret, None, None
        rx_handler = skb.dev.rx_handler
        if rx_handler:  # note: rx-handler
            if pt_prev:
                ret = deliver_skb(skb, pt_prev, orig_dev)
                pt_prev = None
            verdict, skb = rx_handler(skb)
            if verdict == RX_HANDLER_CONSUMED:
                return NET_RX_SUCCESS, skb, None
            if verdict == RX_HANDLER_ANOTHER:
                continue  # goto another_round
            if verdict == RX_HANDLER_EXACT:
                deliver_exact = True
        if skb_vlan_tag_present(skb):
            skb, another_round = check_vlan_id(skb)
            if another_round:
                continue
            if not skb:
                return ret, None, None
        break
    type = skb.protocol
    if not deliver_exact:  # note: protocol-lists
        pt_prev = deliver_ptype_list_skb(skb, pt_prev, orig_dev, type, net.machine.ptype_base)
        pt_prev = deliver_ptype_list_skb(skb, pt_prev, orig_dev, type, dev_net(skb.dev).ptype_specific)
    pt_prev = deliver_ptype_list_skb(skb, pt_prev, orig_dev, type, orig_dev.ptype_specific)
    if skb.dev is not orig_dev:
        pt_prev = deliver_ptype_list_skb(skb, pt_prev, orig_dev, type, skb.dev.ptype_specific)
    if pt_prev:
        return ret, skb, pt_prev
    kfree_skb(skb)  # drop:
    return NET_RX_DROP, skb, None


def check_vlan_id(skb: sk_buff) -> tuple[Any, bool]:
    """A tag whose VLAN nobody has: the label of the same name in the core; whether to go another round."""
    while True:
        if skb_vlan_tag_get_id(skb):
            skb.pkt_type = PACKET_OTHERHOST  # note: vlan-otherhost
        elif eth_type_vlan(skb.protocol):
            __vlan_hwaccel_clear_tag(skb)
            skb = skb_vlan_untag(skb)
            if not skb:
                return None, False
            found, skb = vlan_do_receive(skb)
            if found or not skb:
                return skb, found
            continue  # goto check_vlan_id
        __vlan_hwaccel_clear_tag(skb)
        return skb, False


@mirrors("vlan_do_receive@net/8021q/vlan_core.c")
def vlan_do_receive(skb: sk_buff) -> tuple[bool, Any]:
    """Move a tagged frame to its VLAN's device; whether there is one.

    Left out: statistics, priorities, headers kept in order.
    """
    vlan_dev = skb.dev.vlans.get((skb.vlan_proto, skb_vlan_tag_get_id(skb)))
    if not vlan_dev:
        return False, skb
    skb = skb_share_check(skb)
    if not vlan_dev.flags & IFF_UP:  # note: vlan-down
        kfree_skb(skb)
        return False, None
    skb.dev = vlan_dev  # note: vlan-device
    if skb.pkt_type == PACKET_OTHERHOST and h_dest(skb) == vlan_dev.dev_addr:
        skb.pkt_type = PACKET_HOST
    __vlan_hwaccel_clear_tag(skb)
    return True, skb
