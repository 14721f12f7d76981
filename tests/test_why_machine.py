"""why on this machine: suspects ranked; with real devices in namespaces of our own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from test_live_reading import PTYPE

from explorer import kernel, resources
from explorer.errors import DataError, LiveError
from explorer.live.reading import (
    Filter,
    Hook,
    Interface,
    Memory,
    Owner,
    Queue,
    Socket,
    parse_hooks,
)
from explorer.version import Version
from explorer.views.text import Glyphs, plain
from explorer.views.why import report_lines
from explorer.why.machine import Machine, read
from explorer.why.report import report
from explorer.why.suspects import suspects
from explorer.why.tcpdump import Capture

Explorer = Callable[..., tuple[int, str, str]]
ETH0, LO = Interface("eth0", 2), Interface("lo", 1)
TAP = Socket(7, 3, 3, 2, True, 0, 0)


def machine(*links: Interface, **more: object) -> Machine:
    return Machine((LO, *links), **more)  # type: ignore[arg-type]


# What the machine is like, the device asked for, and rank and statement of the suspects.
SUSPECTS = [
    (machine(ETH0), Capture("eth0"), []),
    (machine(Interface("eth0", 2, up=False)), Capture("eth0"), [("certain", "packet_notifier.device-down")]),
    (machine(Interface("eth0", 2, carrier=False)), Capture("eth0"), [("certain", "__dev_queue_xmit.qdisc")]),
    (machine(ETH0, queues=(Queue(2, "blackhole", 9),)), Capture("eth0"), [("certain", "__dev_queue_xmit.qdisc")]),
    (machine(ETH0, queues=(Queue(2, "fq", 9),)), Capture("eth0"), [("likely", "__dev_queue_xmit.qdisc")]),
    (machine(ETH0, queues=(Queue(1, "fq", 9),)), Capture("eth0"), []),
    (machine(Interface("eth0", 2, tx_dropped=3)), Capture("eth0"), [("likely", "xmit_one.driver")]),
    (
        machine(ETH0, filters=(Filter(2, "ingress", "bpf"), Filter(2, "egress", "u32"))),
        Capture("eth0"),
        [("possible", "__dev_queue_xmit.tc-egress"), ("possible", "sch_handle_ingress.tc-ingress")],
    ),
    (
        machine(Interface("eth0", 2, xdp="driver")),
        Capture("eth0"),
        [("possible", "__netif_receive_skb_core.xdp-generic")],
    ),
    (
        machine(Interface("eth0", 2, master=4, port="bond"), Interface("bond0", 4)),
        Capture("eth0"),
        [("possible", "__netif_receive_skb_core.rx-handler")],
    ),
    (
        machine(ETH0, Interface("eth0.5", 5, kind="vlan", link=2, vlan=5)),
        Capture("eth0"),
        [("possible", "vlan_do_receive.vlan-device")],
    ),
    (
        machine(Interface("eth0", 2, up=False), Interface("eth0.5", 5, kind="vlan", link=2, vlan=5)),
        Capture("eth0.5"),
        [("certain", "__dev_queue_xmit.qdisc")],
    ),
    (
        machine(Interface("eth0", 2, kind="veth", elsewhere=True)),
        Capture("eth0"),
        [("possible", "packet_rcv.other-netns")],
    ),
    (machine(), Capture("lo"), [("possible", "dev_queue_xmit_nit.outgoing")]),
    (machine(), Capture("lo", "in"), []),
    (machine(ETH0), Capture("eth0", promiscuous=False), [("possible", "packet_dev_mc.promiscuous")]),
    (machine(ETH0, backlog_drops=3), Capture("eth0"), [("likely", "enqueue_to_backlog.backlog-full")]),
    (machine(ETH0, sockets=(TAP,)), Capture("eth0"), []),
    (
        machine(ETH0, sockets=(Socket(7, 3, 0x0800, 0, True, 0, 0),)),
        Capture("eth0"),
        [("certain", "dev_queue_xmit_nit.lists")],
    ),
    (
        machine(ETH0, sockets=(Socket(7, 3, 3, 1, True, 0, 0),)),
        Capture("eth0"),
        [("certain", "dev_queue_xmit_nit.bound-elsewhere")],
    ),
    (
        machine(ETH0, sockets=(Socket(7, 3, 0, 0, False, 0, 0),)),
        Capture("eth0"),
        [("certain", "packet_do_bind.no-protocol")],
    ),
    (
        machine(ETH0, sockets=(Socket(7, 3, 3, 2, False, 0, 0),)),
        Capture("eth0"),
        [("certain", "packet_notifier.device-down")],
    ),
    (
        machine(ETH0, sockets=(Socket(7, 3, 3, 2, True, 5000, 0),), memories={7: Memory(4608, 12)}),
        Capture("eth0"),
        [("certain", "packet_rcv.receive-buffer-full"), ("likely", "packet_rcv.drop-count")],
    ),
    (
        machine(ETH0, sockets=(Socket(7, 3, 3, 2, True, 300000, 0),)),
        Capture("eth0"),
        [("likely", "packet_rcv.receive-buffer-full")],
    ),
    (
        machine(ETH0, sockets=(TAP,), memories={7: Memory(4608, 12, ring=True, fanout=True)}),
        Capture("eth0"),
        [("likely", "tpacket_rcv.ring-full"), ("possible", "packet_rcv_fanout.member")],
    ),
]


@pytest.mark.parametrize(("here", "asked", "found"), SUSPECTS)
def test_what_stands_in_the_way_is_found_and_ranked(
    here: Machine, asked: Capture, found: list[tuple[str, str]]
) -> None:
    told = suspects(here, asked)
    assert [(each.rank, each.note) for each in told] == found
    assert all(each.command for each in told)


def test_a_suspect_speaks_the_language() -> None:
    (found,) = suspects(machine(Interface("eth0", 2, carrier=False)), Capture("eth0"), "zh")
    assert found.said.startswith("eth0 没有载波")


@pytest.mark.parametrize("version", ["v2.6.12", "v6.12.117"])
def test_each_has_its_statement_where_the_release_has_it(version: str) -> None:
    opened = kernel.open(Version.parse(version), offline=True)
    for here, asked, _ in SUSPECTS:
        told = report(opened, "6.1", here, "eth0", asked)
        assert all(told.statement(each.note).outcome in ("placed", "unread") for each in told.suspects)


def test_names_that_others_chose_are_harmless() -> None:
    hostile = Interface("e\x1b[2J;rm", 2, up=False, kind="x\x07", qdisc="\u202e")
    here = machine(hostile, sockets=(TAP,), owners={7: Owner(9, "\x1b]0;owned\x07")}, unread=("\x1b[31m",))
    opened = kernel.open(Version.parse("v6.12.117"), offline=True)
    told = report(opened, "6.1\x1b", here, "\x1b", Capture(hostile.name))
    text = plain(report_lines(told, Glyphs(), 80))
    assert all(char.isprintable() or char == "\n" for char in text)
    assert "'e\\x1b[2J;rm'" in text


def test_what_taps_without_a_socket_is_told() -> None:
    opened = kernel.open(Version.parse("v6.12.117"), offline=True)
    told = report(
        opened,
        "6.1",
        machine(ETH0, hooks=parse_hooks(PTYPE.replace("ALL           packet_rcv", "ALL  sniff"))),
        "",
        Capture(),
    )
    assert told.others == (Hook(3, "", "sniff"),)
    assert "besides, sniff is called for every frame, every device" in plain(report_lines(told, Glyphs(), 80))


def test_of_a_process_only_the_devices_it_listens_on_matter() -> None:
    here = machine(ETH0, sockets=(TAP,), pid=9)
    assert suspects(here, Capture()) == ()
    assert suspects(machine(ETH0, sockets=(TAP,)), Capture())[0].note == "dev_queue_xmit_nit.outgoing"


def test_a_device_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(DataError, match="no device 'eth9' in this network namespace; there is lo, eth0"):
        suspects(machine(ETH0), Capture("eth9"))


def test_a_process_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no process 4"):
        read(4, tmp_path)


# Devices of our own, whose suspects are known.
SET_UP = """
import json, socket, struct, sys
from dataclasses import asdict
from explorer.errors import LiveError
from explorer.live import devices
from explorer.live.netlink import attribute
from explorer.why.machine import read
from explorer.why.suspects import suspects
from explorer.why.tcpdump import Capture

devices.veth("v0", "v1"); devices.up("v0"); devices.up("v1")
devices.wait_ready("v0"); devices.wait_ready("v1")

def found(device):
    return [[each.rank, each.note] for each in suspects(read(), Capture(device))]

def frame(name, count=1):
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    for _ in range(count):
        sender.sendto(bytes.fromhex("ffffffffffff02000000000a88b5") + b"x" * 60, (name, 0))

def tap(protocol, device, room=0):
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    if room:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    made.bind((device, protocol))
    return made
"""
LIVE = (
    SET_UP
    + """
told = {"plain": found("v0")}
devices.qdisc("v0", "blackhole")
told["blackhole"] = found("v0")
devices.qdisc("v0", "pfifo")
devices.bridge("br0"); devices.up("br0"); devices.master("v1", "br0")
told["port"] = found("v1")
devices.veth("w0", "w1"); devices.up("w0")
told["no carrier"], told["down"] = found("w0"), found("w1")
ip = tap(0x0800, "v0")
told["eth_p_ip"], told["elsewhere"] = found("v0"), found("br0")
ip.close()
small = tap(3, "v1", 2304)
frame("v0", 40)
told["full"] = found("v1")
small.close()
devices.up("w1")
asleep = tap(3, "w1")
devices.down("w1")
told["unhooked"] = found("w1")
asleep.close()
try:
    devices.vlan("v0.5", "v0", 5); devices.up("v0.5")
    told["vlan"] = found("v0")
except LiveError as error:
    told["vlan"] = str(error)
print(json.dumps(told))
"""
)


OF_THE_MACHINE = "enqueue_to_backlog.backlog-full"  # since it was booted, and not in a namespace of ours


@pytest.fixture(scope="module")
def live() -> dict[str, list[list[str]]]:
    from explorer.live.process import Agent

    said: list[str] = []
    try:
        with Agent() as agent:
            answer = agent.ask({"do": "cell", "code": LIVE}, show=said.append)
    except LiveError as error:
        pytest.skip(str(error))
    assert not answer["error"]
    found: dict[str, list[list[str]]] = json.loads("".join(said))
    return found


@pytest.mark.live
@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        ("plain", []),
        ("blackhole", [["certain", "__dev_queue_xmit.qdisc"]]),
        ("port", [["possible", "__netif_receive_skb_core.rx-handler"]]),
        ("no carrier", [["certain", "__dev_queue_xmit.qdisc"]]),
        ("down", [["certain", "packet_notifier.device-down"]]),
        ("eth_p_ip", [["certain", "dev_queue_xmit_nit.lists"]]),
        ("elsewhere", [["certain", "dev_queue_xmit_nit.bound-elsewhere"]]),
        ("full", [["certain", "packet_rcv.receive-buffer-full"], ["likely", "packet_rcv.drop-count"]]),
        ("unhooked", [["certain", "packet_notifier.device-down"]]),
        ("vlan", [["possible", "vlan_do_receive.vlan-device"]]),
    ],
)
def test_a_real_device_has_the_suspects_it_was_given(
    live: dict[str, list[list[str]]], state: str, wanted: list[list[str]]
) -> None:
    got = live[state]
    if isinstance(got, str):
        pytest.skip(got)
    assert [row for row in wanted if row not in got] == []
    own = [row for row in got if row[1] != OF_THE_MACHINE]
    assert state not in ("plain", "blackhole", "eth_p_ip") or own == wanted


# Loading a program of XDP takes a right that no user namespace gives: a child of root, in a namespace of its own.
PROGRAMS = (
    """
from explorer.live import programs
from explorer.live.namespace import fresh
from explorer.scenario import Device
fresh()
"""
    + SET_UP
    + """
def heard(name):
    listener = tap(3, "v1")
    frame("v0", 3)
    count = 0
    listener.settimeout(0.5)
    try:
        while listener.recv(2000):
            count += 1
    except TimeoutError:
        return count

told = {"before": heard("v1")}
programs.Programs().attach(Device("v1", "veth", xdp="ret #1"))
told["xdp"], told["after"] = found("v1"), heard("v1")
try:
    programs.Programs().attach(Device("v0", "veth", tc_ingress="ret #0", tc_egress="ret #0"))
    told["tc"] = found("v0")
except LiveError as error:
    told["tc"] = str(error)
print(json.dumps(told))
"""
)


@pytest.mark.live
def test_programs_of_xdp_and_tc_are_seen_and_xdp_hides_as_the_verdict_says() -> None:
    if os.geteuid():
        pytest.skip("attaching a program takes root")
    done = subprocess.run([sys.executable, "-c", PROGRAMS], capture_output=True, text=True, timeout=60, check=False)
    if "Refused" in done.stderr or "refused" in done.stderr:
        pytest.skip(f"this machine lets nobody attach a program: {done.stderr[-200:]}")
    assert not done.returncode, done.stderr
    told = json.loads(done.stdout)
    assert ["possible", "__netif_receive_skb_core.xdp-generic"] in told["xdp"]
    assert (told["before"], told["after"]) == (3, 0)
    if isinstance(told["tc"], list):
        notes = [note for _, note in told["tc"] if note != OF_THE_MACHINE]
        assert notes == ["__dev_queue_xmit.tc-egress", "sch_handle_ingress.tc-ingress"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads a Linux machine")
def test_this_machine_s_lo_is_told_and_json_is_what_its_schema_says(explorer: Explorer) -> None:
    status, out, _ = explorer("why", "v6.12.117", "lo", "--offline")
    assert status == 0
    assert "this machine, Linux " in out
    folder = resources.data_path("schemas")
    schemas = {name: json.loads((folder / name).read_text()) for name in ("suspects.schema.json", "page.schema.json")}
    registry = Registry().with_resources([(name, Resource.from_contents(row)) for name, row in schemas.items()])
    for words in (["lo"], ["tcpdump -ni any udp"], ["--pid", str(os.getpid())]):
        _, out, _ = explorer("why", "v6.12.117", *words, "--offline", "-f", "json")
        Draft202012Validator(schemas["suspects.schema.json"], registry=registry).validate(json.loads(out))


def test_nothing_is_changed_and_nothing_is_sent() -> None:
    """Reading asks netlink for dumps alone: nothing that changes is within reach."""
    text = "".join(Path(place).read_text() for place in _sources())
    assert not [
        verb
        for verb in ("live.devices", "import devices", "ask(", "sendto", "setsockopt", "AF_PACKET, socket.SOCK")
        if verb in text
    ]


def _sources() -> list[str]:
    from explorer.live import reading
    from explorer.why import machine as here
    from explorer.why import report as told
    from explorer.why import suspects as ranked

    return [str(module.__file__) for module in (reading, here, ranked, told)]
