"""What stands in a namespace: devices, taps and senders. A scenario is done on it, and a lab is built on it."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import AbstractContextManager
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from explorer.errors import LiveError
from explorer.live import devices, netfilter, netlink, offload, programs, taps
from explorer.live.namespace import Elsewhere
from explorer.scenario import DOINGS, Action, Device, Row, Tap

__all__ = ["Bench", "mac", "value_of"]

# Frames, and hexadecimal digits, that are kept of one reading; the rest is counted.
_MOST_ROWS, _MOST_DATA = 10_000, 8 << 20
_RECEIVER, _SENDER = 9000, 9001
_MTU_DISCOVER, _PMTUDISC_DO = 10, 2
_PATIENCE = 1.0  # seconds that a frame may stay between a device and a tap
_POLL = 0.02  # seconds for a veth's NAPI: two ticks of a slow clock


class _Got(NamedTuple):
    """What a tap had when it was read or closed."""

    rows: tuple[Row, ...]
    counts: tuple[int, int]


def mac(number: int) -> str:
    """The MAC address of the nth device beside lo: 02:00:00:00:00:0a is the first's."""
    return f"02:00:00:00:00:{10 + number:02x}"


class Bench:
    """Devices, taps and senders in the network namespace that this thread is in."""

    def __init__(self) -> None:
        self._macs: dict[str, str] = {}  # in the order made
        self._there: set[str] = set()  # less those that were removed
        self._netns: dict[str, str] = {"lo": ""}  # the namespace of each
        self._elsewhere = Elsewhere()
        self._peers: dict[str, str] = {}
        self._addressed: set[str] = set()
        self._known: dict[str, Tap] = {}
        self._open: dict[str, taps.Listener] = {}
        self._got: dict[str, list[_Got]] = {}  # what was read or closed before the end
        self._senders: dict[tuple[str, bool, bool, str], socket.socket] = {}
        self._programs = programs.Programs()
        self._udp: dict[str, list[socket.socket]] = {}  # of each namespace
        self._polled = False
        # One processor, so that its backlog alone decides whether every frame has arrived.
        self._cpu = min(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {self._cpu})

    def device(self, device: Device) -> None:
        """Make a device and bring it up, and wait until it can send; one that is there is only changed."""
        new = device.name not in (*self._macs, "lo")
        with self._at(device.link if new else device.name):
            if new:
                self._make(device)
            elif device.kind == "bridge" and device.link:
                devices.master(device.link, device.name)
            if device.mtu:
                devices.mtu(device.name, device.mtu)
            offload.switch(device)
            self._polled |= device.gro
            if new:
                self._up(*filter(None, (device.peer, device.name)))
            if device.qdisc:
                devices.qdisc(device.name, device.qdisc)
            self._programs.attach(device)
            if device.nft_drop:
                netfilter.drop_all(device.name)

    def _at(self, device: str) -> AbstractContextManager[None]:
        """Be in a device's namespace."""
        return self._elsewhere.at(self._netns.get(device, ""))

    def _up(self, *names: str) -> None:
        """Bring devices up; what depends on their carrier, as the other end of a veth does, becomes ready with them."""
        for name in names:
            with self._at(name):
                devices.up(name)
        for name in self._there:
            with self._at(name):
                devices.wait_ready(name)

    def _make(self, device: Device) -> None:
        own = self._macs.setdefault(device.name, mac(len(self._macs)))
        self._netns[device.name] = here = self._netns.get(device.link, "")
        if device.kind == "veth":
            other = self._macs.setdefault(device.peer, mac(len(self._macs)))
            self._peers |= {device.name: device.peer, device.peer: device.name}
            self._netns[device.peer] = place = device.peer_netns or here
            there = self._elsewhere.file(place) if place != here else None
            devices.veth(device.name, device.peer, own, other, there)
        elif device.kind == "vlan":
            devices.vlan(device.name, device.link, device.vlan, own * device.own_mac)
            # Born with a carrier before it is up, it would wait a second for linkwatch; one that comes with up is
            # urgent. Since 6.8 neither waits.
            devices.up(device.name)
            devices.down(device.name)
        elif device.kind == "bridge":
            devices.bridge(device.name, own)
            if device.link:
                devices.master(device.link, device.name)
        else:
            devices.create(device.name, device.kind, own)
        self._there |= {device.name, device.peer} - {""}

    def _remove(self, name: str) -> None:
        devices.remove(name)
        self._there = {each for each in self._there if self._stands(each)}

    def _stands(self, name: str) -> bool:
        with self._at(name):
            return name in {each for _, each in socket.if_nameindex()}

    def _known_device(self, name: str) -> None:
        """LiveError if there never was a device of that name; one that is gone is for the kernel to refuse."""
        if name not in ("", "lo", *self._macs):
            netlink.index(name)

    def open(self, tap: Tap) -> None:
        """Open a tap; a second of the same name is an error."""
        if tap.name in self._open:
            raise LiveError(f"there is a tap {tap.name!r} already")
        self._known_device(tap.device)
        self._known[tap.name] = tap
        with self._elsewhere.at(tap.netns):
            self._open[tap.name] = taps.Listener(tap)

    def shut(self, name: str) -> None:
        """Close a tap; what it got until now is kept."""
        rows = self.take(name)
        listener = self._open.pop(name)
        self._got.setdefault(name, []).append(_Got(rows, listener.statistics()))
        listener.close()

    def take(self, name: str) -> tuple[Row, ...]:
        """What a tap got since the last time, in order."""
        listener, until = self._listener(name), time.monotonic() + _PATIENCE
        rows: list[Row] = []
        room = _MOST_DATA
        with self._elsewhere.at(listener.tap.netns):
            while True:
                for row in listener.take():
                    room -= len(row.data)
                    if len(rows) < _MOST_ROWS and room >= 0:
                        rows.append(row)
                if listener.waiting <= 0 or time.monotonic() > until:
                    return tuple(rows)
                time.sleep(0.0005)

    def _read(self, name: str) -> None:
        """Keep what is there now; the kernel's counts, which asking would reset, are left alone."""
        tap = self._listener(name)
        if tap.tap.ring == 3 and tap.patient:
            time.sleep(2 * tap.tap.retire / 1000)
        self._got.setdefault(name, []).append(_Got(tuple(tap.take()), (0, 0)))

    def counts(self, name: str) -> tuple[int, int]:
        """tp_packets and tp_drops of a tap since it was opened."""
        return self._listener(name).statistics()

    def _listener(self, name: str) -> taps.Listener:
        if name not in self._open:
            raise LiveError(f"no tap {name!r} is open")
        return self._open[name]

    def result(self, name: str) -> tuple[tuple[Row, ...], tuple[int, int]]:
        """Everything a tap got, also before it was closed and opened again, and the kernel's counts of it."""
        gots = self._got.get(name, [])
        if name in self._open:
            gots = [*gots, _Got(self.take(name), self._open[name].statistics())]
        rows = tuple(row for got in gots for row in got.rows)
        return rows, (sum(got.counts[0] for got in gots), sum(got.counts[1] for got in gots))

    def act(self, action: Action) -> None:
        """Do one thing as often as it says, and wait each time until every frame has met its taps."""
        self._known_device(action.device)
        place = self._known[action.by].netns if action.by in self._known else self._netns.get(action.device, "")
        with self._elsewhere.at(place):
            self._do(action)

    def _do(self, action: Action) -> None:
        match action.do:
            case "send":
                self._send(action)
            case "udp":
                self._datagrams(action)
            case "up":
                self._up(action.device)
            case "down":
                devices.down(action.device)
                if peer := self._peers.get(action.device):
                    with self._at(peer):
                        devices.wait_down(peer)
            case "remove":
                self._remove(action.device)
            case "read":
                self._read(action.by)
            case "bind":
                tap = self._listener(action.by)
                taps.bind(tap.socket, tap.tap.type, action.device, action.protocol)
            case "join":
                taps.join(self._listener(action.by).socket, action.fanout)
            case "open":
                self.open(self._known[action.by])
            case "close":
                self.shut(action.by)
            case other:
                raise LiveError(f"{other!r} is nothing that can be done: {', '.join(DOINGS)}")

    def _send(self, action: Action) -> None:
        if action.by:
            channel = self._listener(action.by).socket
        else:
            key = (action.type, action.bypass, action.gso_size > 0, self._netns.get(action.device, ""))
            channel = self._senders.get(key) or self._senders.setdefault(key, taps.sender(*key[:3]))
        frame = bytes.fromhex(action.frame)
        if action.gso_size:
            frame = taps.virtio_net_hdr(*action.virtio_net_hdr) + frame
        for _ in range(action.count):
            taps.send(channel, action.device, frame, action.protocol)
            self._settle()

    def _datagrams(self, action: Action) -> None:
        """UDP with the same ports every time; somebody listens on lo, else ICMP would answer."""
        place = "127.0.0.1" if action.device == "lo" else self._address(action.device)
        udp = self._udp.setdefault(self._netns.get(action.device, ""), [])
        for port in (_SENDER, _RECEIVER) if not udp else ():
            udp.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            udp[-1].bind(("", port))
        with taps.refusal(f"a datagram over {action.device!r}"):
            # without fragments the IP id is 0, not random
            udp[0].setsockopt(socket.IPPROTO_IP, _MTU_DISCOVER, _PMTUDISC_DO if action.length < 1400 else 0)
            udp[0].setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, action.broadcast)
            if action.broadcast and action.device != "lo":
                place = place.rpartition(".")[0] + ".255"
            for _ in range(action.count):
                udp[0].sendto(b"x" * action.length, (place, _RECEIVER))
                self._settle()

    def _address(self, device: str) -> str:
        """Where a datagram over a device goes: 10.9.N.2, whose neighbour entry is permanent."""
        if device not in self._macs:
            raise LiveError(f"there is no device {device!r}")
        number = list(self._macs).index(device)
        if device not in self._addressed:
            self._addressed.add(device)
            devices.address(device, f"10.9.{number}.1")
            devices.neighbour(device, f"10.9.{number}.2", self._macs.get(self._peers.get(device, ""), mac(255 - 10)))
        return f"10.9.{number}.2"

    def _settle(self) -> None:
        """Wait until this processor's backlog is empty: then every frame sent on it has met its taps.

        What a veth's NAPI has to poll is counted nowhere; ksoftirqd, which may have to do it, gets the processor.
        """
        if self._polled:
            time.sleep(_POLL)
        until = time.monotonic() + _PATIENCE
        while _backlog(self._cpu) and time.monotonic() < until:
            time.sleep(0.0002)

    def close(self) -> None:
        """Close every socket, side by side and in the background, since each waits for RCU."""
        self._elsewhere.close()
        closing = [each.close for each in (*self._senders.values(), *chain(*self._udp.values()))]
        for close in (*closing, *(tap.close for tap in self._open.values())):
            threading.Thread(target=close).start()


def _backlog(cpu: int) -> int:
    """How many frames wait in a processor's queues: /proc/net/softnet_stat, column 12; before 5.10 nobody tells."""
    for line in Path("/proc/self/net/softnet_stat").read_text().splitlines():
        words = line.split()
        if len(words) < 13:
            time.sleep(0.002)
            return 0
        if int(words[12], 16) == cpu:
            return int(words[11], 16)
    return 0


def value_of(row: Any) -> Any:
    """An argument from JSON: a Device, a Tap or an Action, by its kind, or a plain value."""
    if isinstance(row, dict):
        kind, fields = row["kind"], row["fields"]
        return {"Device": Device, "Tap": Tap, "Action": Action}[kind](**fields)
    return row
