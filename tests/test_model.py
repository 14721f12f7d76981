"""What each tap gets in every scenario of data/, as the model and a running kernel agree on it: a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import pytest

from explorer.model.features import Features
from explorer.rehearse import rehearse
from explorer.scenario import Device, Row, Scenario, Tap, load, scenarios

# scenario -> tap -> type, protocol, device, length of each frame (and how many bytes were kept), equal ones counted
TABLE: dict[str, dict[str, str]] = {
    "blackhole-qdisc": {
        "near": "",
        "far": "",
    },
    "bound-elsewhere": {
        "lo": "",
        "any": "OUTGOING 88b5 v0 60, HOST 88b5 v1 60, OUTGOING 88b5 v1 60, HOST 88b5 v0 60",
        "v1": "HOST 88b5 v1 60, OUTGOING 88b5 v1 60",
    },
    "bridge-broadcast": {
        "any": "OUTGOING 88b5 v0 60, BROADCAST 88b5 v1 60, BROADCAST 88b5 br0 60",
        "br": "BROADCAST 88b5 br0 60",
    },
    "bridge-learns": {
        "meant": "HOST 88b5 w0 60, OUTGOING 88b5 w0 60, HOST 88b5 w0 60",
        "neighbour": "OTHERHOST 88b5 x0 60",
    },
    "bridge-port-own-ethertype": {
        "all": "OTHERHOST 88b5 v1 60, MULTICAST 88cc v1 60",
        "own": "",
        "br": "",
        "lldp": "MULTICAST 88cc v1 60",
    },
    "broadcast": {
        "far": "BROADCAST 88b5 v1 60",
        "lo": "MULTICAST 88b5 lo 60",
    },
    "close-and-open": {
        "now-and-then": "HOST 88b5 v1 60 x2",
        "always": "HOST 88b5 v1 60 x3",
    },
    "device-down": {
        "bound": "OUTGOING 88b5 v0 60 x2",
        "any": "OUTGOING 88b5 v0 60, HOST 88b5 v1 60, OUTGOING 0800 lo 62, "
        "HOST 0800 lo 62, OUTGOING 88b5 v0 60, HOST 88b5 v1 60",
    },
    "device-removed": {
        "bound": "HOST 88b5  60",
        "any": "OUTGOING 88b5  60, HOST 88b5  60, OUTGOING 0800 lo 62, HOST 0800 lo 62",
    },
    "dgram-cooked": {
        "cooked": "OUTGOING 88b5 v0 46, HOST 88b5 v1 46",
        "raw": "OUTGOING 88b5 v0 60, HOST 88b5 v1 60",
    },
    "dgram-sender": {
        "near": "OUTGOING 88b6 v0 60",
        "far": "HOST 88b6 v1 60",
    },
    "eth-p-ip-lo": {
        "ip": "HOST 0800 lo 62",
        "all": "OUTGOING 0800 lo 62, HOST 0800 lo 62",
    },
    "eth-p-ip-out": {
        "near": "",
        "near-all": "OUTGOING 0800 v0 62",
        "far": "HOST 0800 v1 62",
    },
    "fanout-cpu": {
        "zero": "HOST 88b5 v1 60 x3",
        "one": "",
    },
    "fanout-hash": {
        "one": "HOST 0800 v1 62 x4",
        "two": "",
    },
    "fanout-ignore-outgoing": {
        "member": "OUTGOING 88b5 v0 60",
        "group": "",
    },
    "fanout-lb": {
        "zero": "HOST 88b5 v1 60 x2",
        "one": "HOST 88b5 v1 60 x2",
    },
    "fanout-own-sender": {
        "zero": "",
        "one": "",
        "outside": "OUTGOING 88b5 v0 60",
    },
    "fanout-rollover": {
        "zero": "HOST 88b5 v1 60 x14",
        "one": "HOST 88b5 v1 60 x10",
    },
    "filter-drop": {
        "incoming": "HOST 0800 lo 62",
        "all": "OUTGOING 0800 lo 62, HOST 0800 lo 62",
    },
    "ignore-outgoing": {
        "in": "HOST 0800 lo 62",
        "both": "OUTGOING 0800 lo 62, HOST 0800 lo 62",
    },
    "lo-twice": {
        "all": "OUTGOING 0800 lo 62, HOST 0800 lo 62",
    },
    "multicast": {
        "far": "MULTICAST 88b5 v1 60",
    },
    "nft-ingress-drop": {
        "far": "HOST 88b5 v1 60 x2",
        "own": "",
    },
    "otherhost": {
        "far": "OTHERHOST 88b5 v1 60",
        "proto": "OTHERHOST 88b5 v1 60",
    },
    "own-sender": {
        "sender": "",
        "other": "OUTGOING 88b5 v0 60",
        "far": "OUTGOING 88b5 v0 60, HOST 88b5 v1 60",
    },
    "own-sender-lo": {
        "sender": "HOST 88b5 lo 60",
        "other": "OUTGOING 88b5 lo 60, HOST 88b5 lo 60",
    },
    "pfifo-fast": {
        "near": "OUTGOING 88b5 v0 60",
        "far": "HOST 88b5 v1 60",
    },
    "qdisc-bypass": {
        "near": "OUTGOING 88b5 v0 60",
        "far": "HOST 88b5 v1 60 x2",
    },
    "queue-without-room": {
        "any": "OUTGOING 0800 v0 62, HOST 0800 v1 62",
    },
    "receive-buffer-full": {
        "small": "HOST 88b5 v1 60 x13",
        "large": "HOST 88b5 v1 60 x20",
    },
    "ring-full": {
        "ring": "HOST 88b5 v1 60 x256",
    },
    "ring-tpacket-v2": {
        "ring": "HOST 88b5 v1 60 x2",
        "queue": "HOST 88b5 v1 60 x2",
    },
    "ring-tpacket-v3": {
        "ring": "OUTGOING 0800 lo 62, HOST 0800 lo 62, OUTGOING 0800 lo 62, "
        "HOST 0800 lo 62, OUTGOING 0800 lo 62, HOST 0800 lo 62",
    },
    "sender-protocol": {
        "near": "OUTGOING 0800 v0 60",
        "far": "HOST 88b5 v1 60",
        "ip": "",
    },
    "small-ethertype": {
        "near": "OUTGOING 0064 v0 60",
        "far": "HOST 0004 v1 60",
        "llc": "HOST 0004 v1 60",
    },
    "snap-length": {
        "cut": "HOST 88b5 v1 60/20",
        "whole": "HOST 88b5 v1 60",
    },
    "spkt": {
        "old": "- 0800 lo 62 x2",
        "new": "OUTGOING 0800 lo 62, HOST 0800 lo 62",
    },
    "spkt-sender": {
        "near": "OUTGOING 88b5 v0 60",
        "far": "HOST 88b5 v1 60",
    },
    "tap-before-bind": {
        "none": "",
        "bound": "HOST 88b5 v1 60",
        "old": "- 88b5 v0 60, - 88b5 v1 60",
    },
    "gro-joined": {
        "near": "OUTGOING 0800 v0 1054 x2, OUTGOING 0800 v0 554",
        "far": "HOST 0800 v1 554, HOST 0800 v1 2054",
    },
    "gso-segments": {
        "near": "OUTGOING 0800 v0 1054 x2, OUTGOING 0800 v0 554",
        "far": "HOST 0800 v1 1054 x2, HOST 0800 v1 554",
        "whole": "OUTGOING 0800 w0 2554",
    },
    "other-namespace": {
        "here": "OUTGOING 88b5 v0 60, HOST 88b6 v0 60",
        "there": "HOST 88b5 v1 60, OUTGOING 88b6 v1 60",
        "near": "OUTGOING 88b5 v0 60, HOST 88b6 v0 60",
        "far": "HOST 88b5 v1 60, OUTGOING 88b6 v1 60",
    },
    "udp-broadcast": {
        "near": "OUTGOING 0800 v0 62",
        "far": "BROADCAST 0800 v1 62",
    },
    "tc-egress-drop": {
        "near": "OUTGOING 88b5 v0 60",
        "far": "HOST 88b5 v1 60",
    },
    "tc-ingress-drop": {
        "far": "HOST 0800 v1 60, HOST 88b5 v1 60",
        "ip": "HOST 0800 v1 60",
        "own": "",
    },
    "two-taps": {
        "near": "OUTGOING 88b5 v0 60",
        "far": "HOST 88b5 v1 60",
    },
    "udp-outgoing-checksum": {
        "near": "OUTGOING 0800 v0 62",
        "far": "HOST 0800 v1 62",
    },
    "vlan-cooked": {
        "cooked": "OUTGOING 88b5 v0 46",
        "cooked-far": "HOST 88b5 v1 46",
    },
    "vlan-device": {
        "any": "OUTGOING 88b5 v0.5 60, OUTGOING 88b5 v0 60, HOST 88b5 v1 60, HOST 88b5 v1.5 60",
    },
    "vlan-tag-auxdata": {
        "near": "OUTGOING 8100 v0 64",
        "far": "HOST 88b5 v1 60",
        "inner": "OTHERHOST 88b5 v1 60",
    },
    "xdp-drop": {
        "near": "OUTGOING 88b5 v0 60, OUTGOING 88b6 v0 60",
        "far": "HOST 88b6 v1 60",
    },
    "xdp-tx": {
        "near": "OUTGOING 88b5 v0 60, OTHERHOST 88b5 v0 60",
        "far": "",
    },
}


def shown(rows: Sequence[Row]) -> str:
    cells = [_cell(row) for row in rows]
    return ", ".join(f"{cell} x{count}" if (count := len(list(run))) > 1 else cell for cell, run in groupby(cells))


def _cell(row: Row) -> str:
    kept = len(row.data) // 2
    cut = f"/{kept}" if kept != row.length else ""
    return f"{row.pkttype or '-'} {row.protocol:04x} {row.device} {row.length}{cut}"


@pytest.mark.parametrize("name", scenarios())
def test_every_tap_gets_what_the_table_says(name: str) -> None:
    scenario = load(name)
    outcome = rehearse(scenario).settled(scenario)
    assert not outcome.refused
    assert {tap.name: shown(outcome.of(tap.name)) for tap in scenario.taps} == TABLE[name]


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("receive-buffer-full", {"small": (20, 7), "large": (20, 0)}),
        ("ring-full", {"ring": (300, 44)}),
        ("filter-drop", {"incoming": (1, 0), "all": (2, 0)}),
        ("fanout-rollover", {"zero": (14, 0), "one": (10, 0)}),
        ("spkt", {"old": (2, 0), "new": (2, 0)}),
    ],
)
def test_statistics_count_drops_among_the_packets(name: str, counts: dict[str, tuple[int, int]]) -> None:
    assert {tap: (packets, drops) for tap, packets, drops in rehearse(load(name)).counts} == counts


def test_auxdata_tells_of_the_tag_that_was_taken_out() -> None:
    outcome = rehearse(load("vlan-tag-auxdata"))
    (near,), (far,) = outcome.of("near"), outcome.of("far")
    assert (dict(near.aux)["tp_status"], dict(near.aux)["tp_vlan_tci"], near.length) == (1, 0, 64)
    assert (dict(far.aux)["tp_status"], dict(far.aux)["tp_vlan_tci"]) == (0x51, 5)
    assert far.length == 60


def test_a_ring_can_be_looked_at_while_it_fills() -> None:
    from explorer.rehearse import Run

    scenario = load("ring-tpacket-v2")
    machine = Run(scenario)
    machine.act(scenario.actions[0])
    slots = machine.taps["ring"].rx_ring.pg_vec
    assert [slot.tp_status for slot in slots[:2]] == [1, 0]
    assert slots[0].data.endswith(b"pppp")


def test_the_backlog_can_be_looked_at_before_the_softirq() -> None:
    from explorer.model.netns import run_softirqs
    from explorer.rehearse import Run

    scenario = load("two-taps")
    machine = Run(scenario)
    machine._send(scenario.actions[0])
    queue = machine.net.machine.softnet_data.input_pkt_queue
    assert [skb.dev.name for skb in queue] == ["v1"]
    assert not machine.taps["far"].sk_receive_queue
    run_softirqs(machine.net.machine)
    assert not queue
    assert len(machine.taps["far"].sk_receive_queue) == 1


def test_a_driver_that_is_busy_shows_a_tap_the_same_frame_again() -> None:
    from explorer.model.netdevice import NETDEV_TX_BUSY, net_device_ops
    from explorer.model.netns import run_softirqs
    from explorer.rehearse import Run

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
    from explorer.model.netns import run_softirqs, tc_qdisc_replace
    from explorer.rehearse import Run

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
    from explorer.model.netdevice import net_device_ops
    from explorer.rehearse import Run

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


def programmed(device: str, **programs: str) -> Scenario:
    """Two taps, and programs on one of the two devices."""
    scenario = load("two-taps")
    return replace(scenario, devices=(*scenario.devices, Device(device, "veth", **programs)))


def test_xdp_and_tc_stand_on_either_side_of_the_taps() -> None:
    for program, far in (
        ({"xdp": "ret #1"}, ""),
        ({"tc_ingress": "ret #2"}, "HOST 88b5 v1 60"),
        ({}, "HOST 88b5 v1 60"),
    ):
        outcome = rehearse(programmed("v1", **program))
        assert shown(outcome.of("near")) == "OUTGOING 88b5 v0 60"
        assert shown(outcome.of("far")) == far


@pytest.mark.parametrize(("verdict", "refused"), [(2, "ENOBUFS"), (4, ""), (7, ""), (8, "")])
def test_tc_egress_hides_a_frame_from_the_taps_and_tells_the_sender_of_a_shot(verdict: int, refused: str) -> None:
    outcome = rehearse(programmed("v0", tc_egress=f"ret #{verdict}"))
    assert outcome.rows == ()
    assert outcome.refused.endswith(refused)


@pytest.mark.parametrize("verdict", [0, 1, 3, 6, 99])
def test_what_is_no_verdict_of_tc_passes(verdict: int) -> None:
    outcome = rehearse(programmed("v0", tc_egress=f"ret #{verdict}", tc_ingress="ret #2"))
    assert [shown(outcome.of(name)) for name in ("near", "far")] == ["OUTGOING 88b5 v0 60", "HOST 88b5 v1 60"]


@pytest.mark.parametrize(
    ("action", "near", "far"),
    [
        (0, "OUTGOING 88b5 v0 60", ""),
        (1, "OUTGOING 88b5 v0 60", ""),
        (2, "OUTGOING 88b5 v0 60", "HOST 88b5 v1 60"),
        (3, "OUTGOING 88b5 v0 60, OTHERHOST 88b5 v0 60", ""),
        (77, "OUTGOING 88b5 v0 60", ""),
    ],
)
def test_what_xdp_does_not_pass_ends_or_goes_back(action: int, near: str, far: str) -> None:
    outcome = rehearse(programmed("v1", xdp=f"ret #{action}"))
    assert [shown(outcome.of(name)) for name in ("near", "far")] == [near, far]


def test_a_program_of_tc_sees_the_link_header_both_ways() -> None:
    ethertype = "(000) ldh [12]\n(001) jeq #0x88b5 jt 2 jf 3\n(002) ret #4\n(003) ret #0"
    taps = (Tap("far", device="v1"), Tap("own", protocol=0x88B5, device="v1"))
    for way, far in (("tc_egress", ""), ("tc_ingress", "HOST 88b5 v1 60")):
        outcome = rehearse(replace(programmed("v0" if way == "tc_egress" else "v1", **{way: ethertype}), taps=taps))
        assert [shown(outcome.of(name)) for name in ("far", "own")] == [far, ""]


def test_a_kernel_that_lacks_an_option_refuses_the_scenario() -> None:
    assert rehearse(load("ignore-outgoing"), Features(ignore_outgoing=False)).refused
