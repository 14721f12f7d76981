"""Drivers that refuse a frame or stop their queue, as no scenario has: what waits in the qdisc, what a tap sees."""

from __future__ import annotations

from rows import shown

from explorer.model.netdevice import NETDEV_TX_BUSY, net_device_ops
from explorer.model.netns import run_softirqs, tc_qdisc_replace
from explorer.rehearse import Run
from explorer.scenario import load


def test_a_driver_that_is_busy_shows_a_tap_the_same_frame_again() -> None:
    scenario = load("pfifo-fast")
    machine = Run(scenario)
    v0 = machine.net.devices["v0"]
    driver, answers = v0.netdev_ops.ndo_start_xmit, [NETDEV_TX_BUSY]
    v0.netdev_ops = net_device_ops(lambda skb, dev: answers.pop() if answers else driver(skb, dev))
    machine._send(scenario.actions[0])
    assert len(v0.txq.qdisc.gso_skb) == 1
    run_softirqs(machine.net.machine)
    outcome = machine.outcome()
    assert shown(outcome.of("near")) == "OUTGOING 88b5 v0 60 x2"
    assert shown(outcome.of("far")) == "HOST 88b5 v1 60"


def test_a_stopped_queue_holds_what_was_sent_up_to_the_limit_and_lets_it_go_in_order() -> None:
    scenario = load("two-taps")
    for qdisc, limit in (("pfifo_fast", 1000), ("pfifo limit 2", 2)):
        machine = Run(scenario)
        v0 = machine.net.devices["v0"]
        v0.tx_queue_len = limit
        tc_qdisc_replace(v0, qdisc)
        q = v0.txq.qdisc
        q.limit, v0.txq.stopped = 2, True
        for _ in range(5):
            machine._send(scenario.actions[0])
        assert (len(q.gso_skb), sum(map(len, q.bands))) == (1, 2)
        v0.txq.stopped = False
        run_softirqs(machine.net.machine)
        assert shown(machine.outcome().of("near")) == "OUTGOING 88b5 v0 60 x3"
        assert shown(machine.outcome().of("far")) == "HOST 88b5 v1 60 x3"


def test_a_driver_that_stops_its_queue_is_given_no_further_segment() -> None:
    scenario = load("gso-segments")
    machine = Run(scenario)
    v0 = machine.net.devices["v0"]
    driver = v0.netdev_ops.ndo_start_xmit

    def stopping(skb, dev):
        dev.txq.stopped = True
        return driver(skb, dev)

    v0.netdev_ops = net_device_ops(stopping)
    machine._send(scenario.actions[0])
    assert len(machine.taps["near"].sk_receive_queue) == 1
