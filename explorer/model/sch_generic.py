"""The queue a frame may wait in: net/sched/sch_generic.c, sch_blackhole.c, sch_fifo.c, include/net/pkt_sched.h."""

# ruff: noqa: E402
from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from explorer.model._mirrors import mirrors
from explorer.model.netdevice import (
    NET_XMIT_CN,
    NET_XMIT_DROP,
    NET_XMIT_SUCCESS,
    NETDEV_TX_BUSY,
    net_device,
    netdev_queue,
    netif_xmit_stopped,
    this_cpu,
)
from explorer.model.skbuff import kfree_skb, sk_buff

TCQ_F_CAN_BYPASS = 0x4
__NET_XMIT_BYPASS = 0x00020000
_BAND = (1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1)  # sch_default_prio2band


@dataclass(eq=False)
class Qdisc:
    """A queueing discipline on a device: what waits can be looked at in `bands` and `gso_skb`."""

    id: str
    dev: net_device
    enqueue: Callable[[sk_buff, Qdisc], int]  # None for noqueue
    dequeue: Callable[[Qdisc], sk_buff | None]
    flags: int = 0
    limit: int = 1000
    bands: tuple[deque[sk_buff], ...] = field(default_factory=lambda: (deque(), deque(), deque()))
    gso_skb: deque[sk_buff] = field(default_factory=deque)
    running: bool = False
    scheduled: bool = False

    def __repr__(self) -> str:
        return f"Qdisc({self.id} on {self.dev.name})"


@mirrors("noop_enqueue@net/sched/sch_generic.c")
def noop_enqueue(skb: sk_buff, qdisc: Qdisc) -> int:
    """Drop: the device has no carrier, or is down.

    Left out: statistics, __qdisc_drop.
    """
    kfree_skb(skb)  # note: no-carrier
    return NET_XMIT_CN


@mirrors("noop_dequeue@net/sched/sch_generic.c")
def noop_dequeue(qdisc: Qdisc) -> Any:
    """Nothing ever waits."""
    return None


@mirrors("blackhole_enqueue@net/sched/sch_blackhole.c")
def blackhole_enqueue(skb: sk_buff, qdisc: Qdisc) -> int:
    """Drop, and say it went well.

    Left out: statistics.
    """
    kfree_skb(skb)  # note: blackhole
    return NET_XMIT_SUCCESS | __NET_XMIT_BYPASS


@mirrors("pfifo_fast_enqueue@net/sched/sch_generic.c")
def pfifo_fast_enqueue(skb: sk_buff, qdisc: Qdisc) -> int:
    """Queue by priority in one of three bands, each of the device's tx_queue_len.

    Left out: statistics, reasons of a drop.
    """
    band = qdisc.bands[_BAND[skb.priority & 15]]
    if len(band) >= qdisc.limit:
        return qdisc_drop(skb)  # note: qdisc-full
    band.append(skb)
    return NET_XMIT_SUCCESS


@mirrors("pfifo_fast_dequeue@net/sched/sch_generic.c")
def pfifo_fast_dequeue(qdisc: Qdisc) -> Any:
    """Take from the first band that has a frame.

    Left out: statistics, state bits.
    """
    for band in qdisc.bands:
        if band:
            return band.popleft()
    return None


@mirrors("pfifo_enqueue@net/sched/sch_fifo.c")
def pfifo_enqueue(skb: sk_buff, qdisc: Qdisc) -> int:
    """Queue up to the limit."""
    if len(qdisc.bands[0]) < qdisc.limit:
        qdisc.bands[0].append(skb)
        return NET_XMIT_SUCCESS
    return qdisc_drop(skb)


@mirrors("bfifo_enqueue@net/sched/sch_fifo.c")
def bfifo_enqueue(skb: sk_buff, qdisc: Qdisc) -> int:
    """Queue up to so many bytes."""
    if sum(each.len for each in qdisc.bands[0]) + skb.len <= qdisc.limit:
        qdisc.bands[0].append(skb)
        return NET_XMIT_SUCCESS
    return qdisc_drop(skb)  # note: no-room


def qdisc_drop(skb: sk_buff) -> int:
    """Drop for lack of room."""
    kfree_skb(skb)
    return NET_XMIT_DROP


def qdisc_qlen(q: Qdisc) -> int:
    """How many frames wait."""
    return sum(map(len, q.bands)) + len(q.gso_skb)


def qdisc_create(id: str, dev: net_device) -> Qdisc:
    """A qdisc as `tc qdisc replace` would make it: of a kind, a fifo with `limit N`; a short one is never passed by."""
    id, _, limit = id.partition(" limit ")
    shortest = {"pfifo": 1, "bfifo": dev.mtu + dev.hard_header_len}
    kinds: dict[str, tuple[Any, Callable[[Qdisc], sk_buff | None], int]] = {
        "noqueue": (None, noop_dequeue, 0),
        "noop": (noop_enqueue, noop_dequeue, 0),
        "blackhole": (blackhole_enqueue, noop_dequeue, 0),
        "pfifo": (pfifo_enqueue, pfifo_fast_dequeue, TCQ_F_CAN_BYPASS),
        "bfifo": (bfifo_enqueue, pfifo_fast_dequeue, TCQ_F_CAN_BYPASS),
        "pfifo_fast": (pfifo_fast_enqueue, pfifo_fast_dequeue, TCQ_F_CAN_BYPASS),
    }
    enqueue, dequeue, flags = kinds[id]
    if limit and int(limit) < shortest[id]:
        flags &= ~TCQ_F_CAN_BYPASS
    return Qdisc(id, dev, enqueue, dequeue, flags, int(limit or (1 << 20 if id == "bfifo" else dev.tx_queue_len)))


def qdisc_run_begin(q: Qdisc) -> bool:
    """Whether nobody runs this qdisc yet."""
    if q.running:
        return False
    q.running = True
    return True


def qdisc_run_end(q: Qdisc) -> None:
    """Nobody runs it any more."""
    q.running = False


@mirrors("qdisc_run@include/net/pkt_sched.h")
def qdisc_run(q: Qdisc) -> None:
    """Send what waits, unless somebody does already.

    Left out: threads of their own.
    """
    if qdisc_run_begin(q):
        __qdisc_run(q)
        qdisc_run_end(q)


@mirrors("__qdisc_run@net/sched/sch_generic.c")
def __qdisc_run(q: Qdisc) -> None:
    """Send until the qdisc is empty, the driver stops, or the quota is used up.

    Left out: state bits, yielding by time or by quota.
    """
    while qdisc_restart(q):
        pass


@mirrors("__netif_schedule@net/core/dev.c")
def __netif_schedule(q: Qdisc) -> None:
    """Let the softirq run the qdisc again.

    Left out: locks.
    """
    if not q.scheduled:
        q.scheduled = True
        this_cpu(q.dev).output_queue.append(q)


@mirrors("qdisc_restart@net/sched/sch_generic.c")
def qdisc_restart(q: Qdisc) -> bool:
    """Take one frame and send it; whether there may be more.

    Left out: locks, kfree_skb.
    """
    skb, validate = dequeue_skb(q)
    if not skb:
        return False
    dev = q.dev
    txq = dev.txq
    return sch_direct_xmit(skb, q, dev, txq, validate)


@mirrors("dequeue_skb@net/sched/sch_generic.c", "dev_dequeue_skb@net/sched/sch_generic.c")
def dequeue_skb(q: Qdisc) -> tuple[Any, bool]:
    """The frame that the driver refused before, else the next one; and whether it is still to be validated.

    Left out: locks, tracing, statistics, state bits, many queues, taking several at once, xfrm, the arm without
    locks.
    """
    if q.gso_skb:
        if netif_xmit_stopped(q.dev.txq):
            return None, False
        return q.gso_skb.popleft(), False  # note: tx-busy
    return q.dequeue(q), True


@mirrors("dev_requeue_skb@net/sched/sch_generic.c")
def dev_requeue_skb(skb: Any, q: Qdisc) -> None:
    """Put a frame back that the driver refused, before all others.

    Left out: locks, statistics, dst.
    """
    while skb:
        next = skb.next
        q.gso_skb.append(skb)
        skb = next
    __netif_schedule(q)


@mirrors("sch_direct_xmit@net/sched/sch_generic.c")
def sch_direct_xmit(skb: Any, q: Qdisc, dev: net_device, txq: netdev_queue, validate: bool) -> bool:
    """Hand one frame to the device; whether the qdisc may go on.

    Left out: locks, xfrm, warnings, state bits, the arm without locks.
    """
    ret = NETDEV_TX_BUSY
    if validate:
        skb = validate_xmit_skb_list(skb, dev)
    if skb:
        if not netif_xmit_stopped(txq):
            skb, ret = dev_hard_start_xmit(skb, dev, txq)
    else:
        return True
    if not dev_xmit_complete(ret):
        dev_requeue_skb(skb, q)  # note: tx-busy
        return False
    return True


# The two files call each other.
from explorer.model.dev import dev_hard_start_xmit, dev_xmit_complete, validate_xmit_skb_list
