"""Scenarios drawn at random, by number, with rare things weighted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from explorer.conform.apart_draws import apart
from explorer.conform.offload_draws import offloaded
from explorer.conform.program_draws import programmed
from explorer.conform.rare_draws import rare
from explorer.scenario import Action, Device, Scenario, Tap

__all__ = ["drawn"]

_ALL, _IP, _LLC, _VLAN, _OURS, _OTHERS = 0x0003, 0x0800, 0x0004, 0x8100, 0x88B5, 0x88B6
_ADDRESSES = ("02000000000a", "02000000000b", "02000000000c", "0" * 12, "f" * 12, "01005e000001", "0180c200000e")
_FILTERS = (
    "(000) ldh [-4092]\n(001) jeq #0x4 jt 2 jf 3\n(002) ret #0\n(003) ret #262144",  # not OUTGOING
    "(000) ldh [-4092]\n(001) jeq #0x0 jt 2 jf 3\n(002) ret #96\n(003) ret #0",  # HOST
    "(000) ldh [12]\n(001) jeq #0x88b5 jt 2 jf 3\n(002) ret #262144\n(003) ret #0",
    "(000) ld #pktlen\n(001) jge #0x50 jt 2 jf 3\n(002) ret #65\n(003) ret #0",
    "(000) ret #0",
    "(000) ret #14",
    "(000) ret #40",
)
_MODES = ("lb", "lb", "cpu", "rollover", "qm", "lb,rollover", "cpu,rollover", "lb,defrag")
_LAYOUTS: tuple[tuple[Device, ...], ...] = (
    (),
    (),
    (Device("v0", "veth", "v1"),),
    (Device("v0", "veth", "v1"),),
    (Device("v0", "veth", "v1"),),
    (Device("v0", "veth", "v1", qdisc="pfifo_fast"),),
    (Device("v0", "veth", "v1", qdisc="blackhole"),),
    (Device("v0", "veth", "v1", mtu=600), Device("v1", "veth", "v0", qdisc="pfifo")),
    (Device("v0", "veth", "v1"), Device("br0", "bridge", link="v1")),
    (Device("v0", "veth", "v1"), Device("w0", "veth", "w1")),
    (Device("v0", "veth", "v1"), Device("v0.5", "vlan", link="v0", vlan=5), Device("v1.5", "vlan", link="v1", vlan=5)),
    (Device("v0", "veth", "v1", qdisc="pfifo_fast"), Device("v1.7", "vlan", link="v1", vlan=7, qdisc="pfifo")),
    (Device("d0", "dummy"),),
    (Device("d0", "dummy", qdisc="pfifo_fast"), Device("d0.5", "vlan", link="d0", vlan=5)),
)


def drawn(number: int) -> Scenario:
    """The scenario of a number: the same in every run of every machine. One in four is of what is rare."""
    if number % 4 == 3:
        return rare(number)
    r = Random(number)
    devices = r.choice(_LAYOUTS)
    names = ("lo", *(name for device in devices for name in (device.name, device.peer) if name))
    names = tuple(dict.fromkeys(names))
    one_flow = r.random() < 0.1  # a hash group's choice is the kernel's secret, so that there is one flow only
    taps = tuple(_taps(r, names, one_flow))
    actions = tuple(_actions(r, names, taps, devices))
    if one_flow:
        actions = (Action("udp", "lo", length=20, count=3),)
    scenario = Scenario(f"drawn-{number}", "", "", devices, taps, actions)
    return apart(number, offloaded(number, programmed(number, scenario)))


def _taps(r: Random, names: tuple[str, ...], one_flow: bool) -> Iterator[Tap]:
    groups: dict[int, Tap] = {}
    for number in range(r.randint(1, 6)):
        tap = Tap(
            f"t{number}",
            type=r.choice(("raw", "raw", "dgram", "packet")),
            protocol=r.choice((_ALL, _ALL, _ALL, _IP, _OURS, _OTHERS, _LLC, _VLAN, 0)),
            device=r.choice(("", "", *names)),
            ignore_outgoing=r.random() < 0.2,
            filter=r.choice(_FILTERS) if r.random() < 0.3 else "",
            ring=0,
            auxdata=r.random() < 0.5,
            receive_buffer=r.choice((0, 0, 0, 2304, 5000)),
        )
        yield _joined(r, tap, groups, one_flow)


def _joined(r: Random, tap: Tap, groups: dict[int, Tap], one_flow: bool) -> Tap:
    """The tap with a ring or in a group, perhaps; a group's members have one protocol and device, by hash all alike."""
    if tap.type == "packet":
        return replace(tap, auxdata=False, ignore_outgoing=False)
    if r.random() < 0.25:
        tap = replace(tap, ring=r.choice((1, 2, 3)))
    if not tap.protocol or r.random() > 0.3:
        return tap
    group = r.randint(1, 2)
    first = groups.setdefault(group, tap)
    if first is tap:
        modes = ("hash",) if one_flow else _MODES
        flag = r.choice(("", "", ",ignore_outgoing"))
        groups[group] = first = replace(tap, fanout=f"{group}:{r.choice(modes)}{flag}")
        return first
    if one_flow:
        return replace(first, name=tap.name)
    return replace(tap, protocol=first.protocol, device=first.device, type=first.type, fanout=first.fanout)


def _actions(r: Random, names: tuple[str, ...], taps: tuple[Tap, ...], devices: tuple[Device, ...]) -> Iterator[Action]:
    closed: set[str] = set()
    down = ""
    # On a bridge netfilter drops what is called IP and is not; it is no part of the model.
    ip = _OTHERS if any(device.kind == "bridge" for device in devices) else _IP
    # A V3 ring's blocks are closed by a timer: how many a slow machine fills is no matter of the model.
    most = 2 if any(tap.ring == 3 for tap in taps) else 60
    addressed = ["lo", *(device.name for device in devices if device.kind == "veth" and not device.mtu)]
    stacked = {device.name: device.link for device in devices}
    for _ in range(r.randint(1, 8)):
        chance = r.random()
        tap = r.choice(taps)
        if chance < 0.25:
            yield Action("udp", r.choice(addressed), length=r.choice((0, 1, 20, 197, 198, 700, 1300)))
        elif chance < 0.33 and not tap.fanout:
            yield Action("open" if tap.name in closed else "close", by=tap.name)
            closed ^= {tap.name}
        elif chance > 0.96 and down:
            yield Action("up", down)
            down = ""
        elif chance > 0.96 and len(names) > 1 and ip == _IP:
            down = r.choice(names[1:])
            addressed = ["lo"]  # the neighbours of a device that was down are forgotten
            yield Action("down", down)
        else:
            rare = r.random() < 0.1  # to be refused: nothing more is done then
            usable = names if rare or not down else [each for each in names if down not in (each, stacked.get(each))]
            yield _sent(r, r.choice(usable), "" if tap.name in closed or r.random() < 0.5 else tap.name, ip, most)


def _sent(r: Random, device: str, by: str, ip: int, most: int) -> Action:
    ethertype = r.choice((_OURS, _OURS, _OTHERS, ip, 0x64, _VLAN, 0x88A8))
    inner = ""
    while ethertype in (_VLAN, 0x88A8) and (not inner or r.random() < 0.2):
        inner += f"{r.choice((0, 5, 0x2005)):04x}{r.choice((_OURS, _OTHERS, 0x64, _VLAN)):04x}"
    kind = r.choice(("raw", "raw", "dgram", "packet"))
    payload = inner + "ab" * r.choice((46, 46, 46, 60, 200, 226, 240, 500, 4, 1500))
    return Action(
        "send",
        device,
        by,
        f"{r.choice(_ADDRESSES)}{r.choice(_ADDRESSES[:4])}{ethertype:04x}{payload}",
        protocol=r.choice((0, 0, 0, _OURS, ip, _VLAN, _ALL)),
        type=kind,
        bypass=kind != "packet" and not by and r.random() < 0.15,
        count=min(r.choice((1, 1, 1, 1, 2, 2, 2, 9, 9, 60)), most),
    )
