"""Scenarios of what is rare in a capture: small rings, groups that lose members, many ports, taps bound anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from explorer.scenario import Action, Device, Scenario, Tap

__all__ = ["rare"]

_ALL, _IP, _LLC, _VLAN, _OURS, _OTHERS = 0x0003, 0x0800, 0x0004, 0x8100, 0x88B5, 0x88B6
_ADDRESSES = [f"0200000000{last}" for last in ("0a", "0b", "0c", "0d", "10", "aa", "bb")]
_GROUPS = ["f" * 12, "01005e000001", "0180c2000001", "0180c200000e"]
_V0, _W0, _X0 = (Device(f"{letter}0", "veth", f"{letter}1") for letter in "vwx")
_LAYOUTS: tuple[tuple[Device, ...], ...] = (
    (),
    (_V0,),
    (_V0, _W0),
    (_V0, Device("lo", "lo", mtu=600)),
    (_V0, Device("v1", "veth", "v0", mtu=600)),
    (replace(_V0, qdisc="bfifo limit 300"),),
    (replace(_V0, qdisc="pfifo limit 1"), Device("v1", "veth", "v0", qdisc="pfifo limit 0")),
    (_V0, _W0, Device("br0", "bridge", link="v1"), Device("br0", "bridge", link="w1")),
    (_V0, _W0, _X0, *(Device("br0", "bridge", link=port) for port in ("v1", "w1", "x1"))),
    (_V0, Device("v1.5", "vlan", link="v1", vlan=5, own_mac=True)),
    (_V0, Device("v0.5", "vlan", link="v0", vlan=5), Device("v1.5", "vlan", link="v1", vlan=5)),
    (Device("d0", "dummy"), Device("d0.5", "vlan", link="d0", vlan=5)),
)
_MODES = ("lb", "cpu", "rollover", "qm", "cbpf", "lb,rollover", "cpu,rollover", "lb,max=2", "lb,ignore_outgoing")
_CHOOSE = ("(000) ld #pktlen\n(001) and #0x3\n(002) ret a", "(000) ldb [1]\n(001) ret a", "(000) ret #1")
_KEEP = ("", "", "", "(000) ret #2", "(000) ret #40", "(000) ldh [12]\n(001) ret a")
_DOINGS = ("send",) * 8 + ("udp",) * 6 + ("read",) * 4 + ("close",) * 3 + ("bind",) * 2 + ("down", "remove", "join")


def rare(number: int) -> Scenario:
    """The rare scenario of a number."""
    r = Random(f"rare {number}")
    devices = r.choice(_LAYOUTS)
    every = (name for device in devices for name in (device.name, device.peer))
    names = tuple(dict.fromkeys(name for name in every if name not in ("", "lo")))
    taps = tuple(_taps(r, ("lo", *names)))
    return Scenario(f"drawn-{number}", "", "", devices, taps, tuple(_Doing(r, devices, names, taps).actions()))


def _taps(r: Random, names: tuple[str, ...]) -> Iterator[Tap]:
    """Four taps at most, half of the time of one group."""
    group = f"7:{r.choice(_MODES)}" if r.random() < 0.5 else ""
    first = Tap("", r.choice(("raw", "dgram")), r.choice((_ALL, _ALL, _OURS)), r.choice(("", *names)), fanout=group)
    for number in range(r.randint(1, 4)):
        lone = Tap("", r.choice(("raw", "raw", "dgram", "packet")), r.choice((_ALL, _ALL, _OURS, _IP, _LLC, 0)))
        lone = replace(lone, device=r.choice(("", *names)))
        yield _special(r, replace(first if group and r.random() < 0.8 else lone, name=f"t{number}"))


def _special(r: Random, tap: Tap) -> Tap:
    """The tap with a small buffer or ring, perhaps, and with what may go with it."""
    if tap.type == "packet":
        return replace(tap, receive_buffer=r.choice((0, 2304)))
    if "cbpf" in tap.fanout:
        tap = replace(tap, fanout_filter=r.choice(_CHOOSE))
    tap = replace(tap, filter=r.choice(_KEEP), auxdata=r.random() < 0.7, receive_buffer=r.choice((0, 2304, 5000)))
    if r.random() < 0.5:
        return tap
    ring, blocks = r.choice((1, 2, 3)), r.choice((1, 2, 4))
    tap = replace(tap, ring=ring, block_size=4096, blocks=max(blocks, 2 if ring == 3 else 1), retire=60000)
    if ring == 3:
        return replace(tap, reserve=r.choice((0, 64)))
    return replace(
        tap, frame_size=r.choice((256, 512, 1024)), reserve=r.choice((0, 0, 64)), copy_threshold=r.choice((0, 0, 1))
    )


class _Doing:
    """What is done, and what can be done after it."""

    def __init__(self, r: Random, devices: tuple[Device, ...], names: tuple[str, ...], taps: tuple[Tap, ...]) -> None:
        self.r, self.taps = r, taps
        self.bridged = any(device.kind == "bridge" for device in devices)
        self.there = ["lo", *names]
        self.veths = [name for name in names if name[0] in "vwx" and "." not in name]
        self.linked = {device.name: device.link for device in devices if device.kind == "vlan"}
        self.addressed = [] if any(device.mtu for device in devices) else list(self.veths)
        self.closed: set[str] = set()

    def actions(self) -> Iterator[Action]:
        """Three to twelve actions."""
        for _ in range(self.r.randint(3, 12)):
            yield from getattr(self, f"_{self.r.choice(_DOINGS)}")(self.r.choice(self.taps))

    def _send(self, tap: Tap) -> Iterator[Action]:
        by = "" if tap.name in self.closed or self.r.random() < 0.6 else tap.name
        kind = self.r.choice(("raw", "raw", "dgram", "packet"))
        bypass = not by and kind != "packet" and self.r.random() < 0.2
        device = "" if by and self.r.random() < 0.05 else self.r.choice(self.there)
        told = self.r.choice((0, 0, 0, _OURS, _VLAN))
        yield Action("send", device, by, self._frame(device), told, kind, bypass, count=self.r.choice((1, 1, 2, 5)))

    def _frame(self, device: str) -> str:
        r = self.r
        kind = r.choice((_OURS, _OURS, _OTHERS, _VLAN, 0x2E))
        inner = f"{r.choice((0, 5, 5, 0x2000)):04x}{r.choice((_OURS, _OTHERS, _VLAN)):04x}" if kind == _VLAN else ""
        while inner.endswith("8100"):
            inner += f"{r.choice((0, 5, 7)):04x}{r.choice((_OURS, _OTHERS, _VLAN)):04x}"
        content = inner + r.choice(("ffff", "47", "ab", "00")) * r.choice((4, 30, 46, 46, 46, 200, 290, 480, 600))
        if r.random() < 0.05 and device in ("lo", *self.veths):  # above a dummy it depends on who asks
            content = content[:6]
        to = r.choice(_ADDRESSES + _GROUPS[: 4 if r.random() < 0.5 else 0])
        return f"{to}{r.choice(_ADDRESSES)}{kind:04x}{content}"

    def _udp(self, tap: Tap) -> Iterator[Action]:
        device = self.r.choice(["lo", "lo", *self.addressed])
        grouped = any(tap.fanout for tap in self.taps)  # a softirq decides when a group counts what comes back
        broadcast = device != "lo" and not grouped and self.r.random() < 0.3
        length = self.r.choice((0, 1, 2, 21, 200, 480))
        yield Action("udp", device, length=length, count=self.r.choice((1, 2, 3, 5)), broadcast=broadcast)

    def _read(self, tap: Tap) -> Iterator[Action]:
        if tap.name not in self.closed:
            yield Action("read", by=tap.name)

    def _close(self, tap: Tap) -> Iterator[Action]:
        yield Action("open" if tap.name in self.closed else "close", by=tap.name)
        self.closed ^= {tap.name}

    def _bind(self, tap: Tap) -> Iterator[Action]:
        if tap.name not in self.closed and (not tap.fanout or self.r.random() < 0.1):
            yield Action("bind", self.r.choice(["", *self.there]), tap.name, protocol=self.r.choice((0, _ALL, _OURS)))

    def _join(self, tap: Tap) -> Iterator[Action]:
        if tap.name not in self.closed and tap.type != "packet" and (not tap.fanout or self.r.random() < 0.1):
            yield Action("join", by=tap.name, fanout=self.r.choice(("7:lb", "8:lb", "0:cpu,uniqueid", "9:lb,max=1")))

    def _down(self, tap: Tap) -> Iterator[Action]:
        """Down and up; a bridge's ports forget and wait meanwhile, which is no part of the model."""
        able = [name for name in self.there[1:] if not self.bridged]
        if able:
            name = self.r.choice(able)
            self.addressed = []  # its neighbours are forgotten
            yield Action("down", name)
            yield from self._send(tap)
            yield from self._read(tap)
            yield Action("up", name)

    def _remove(self, tap: Tap) -> Iterator[Action]:
        able = [name for name in self.there[1:] if name[0] != "d" or "." in name]
        if able and self.r.random() < 0.5:
            name = self.r.choice(able)
            gone = {name, name[0] + "10"[int(name[1])]} if name in self.veths else {name}
            gone |= {upper for upper, lower in self.linked.items() if lower in gone}
            self.there = [each for each in self.there if each not in gone]
            self.addressed = [each for each in self.addressed if each not in gone]
            yield Action("remove", name)
