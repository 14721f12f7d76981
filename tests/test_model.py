"""What each tap gets in every scenario of data/, as the model and a running kernel agree on it: a table."""

from __future__ import annotations

import pytest
from rows import shown

from explorer.model.features import Features
from explorer.rehearse import rehearse
from explorer.scenario import load, scenarios

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


def test_a_kernel_that_lacks_an_option_refuses_the_scenario() -> None:
    assert rehearse(load("ignore-outgoing"), Features(ignore_outgoing=False)).refused
