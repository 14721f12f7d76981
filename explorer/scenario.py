"""Scenario, Outcome, Recording: one description that the model, the running kernel and a recording answer.

A scenario is a data file, data/scenarios/<id>.toml: devices, taps, and what is done in order. Whoever runs it gives an
Outcome: what each tap got. Two outcomes are compared as values.

What a runner does, so that answers can be equal. It makes the devices in their order, both ends of a veth at once, with
the MAC addresses of `Scenario.macs`, brings them up, waits until they can send, and sets their qdiscs and programs. It
opens the taps in their order, each with protocol 0: options, bind, ring, fanout group; a SOCK_PACKET has its protocol
from the start. Then the actions, each until all is quiet. At the end, and when a tap is closed, it reads all there is.
One CPU.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import MISSING, dataclass, fields, replace
from typing import Any

from explorer import resources
from explorer.errors import DataError

__all__ = [
    "DOINGS",
    "Action",
    "Device",
    "Outcome",
    "Recording",
    "Row",
    "Scenario",
    "Tap",
    "fanout_args",
    "load",
    "parse",
    "said",
    "scenarios",
]

_MODES = {"hash": 0, "lb": 1, "cpu": 2, "rollover": 3, "rnd": 4, "qm": 5, "cbpf": 6}
_FLAGS = {"rollover": 0x1000, "uniqueid": 0x2000, "ignore_outgoing": 0x4000, "defrag": 0x8000}
_KINDS = ("veth", "vlan", "bridge", "dummy", "lo")
_TYPES = ("raw", "dgram", "packet")
DOINGS = ("send", "udp", "up", "down", "remove", "open", "close", "read", "bind", "join")
_REPEATED = re.compile(r"\b([0-9a-fA-F]{2})\*(\d+)")


@dataclass(frozen=True, slots=True)
class Device:
    """A network device: lo is always there; `peer` is the other end of a veth pair, made with it.

    `link` is the device below a VLAN, or the port of a bridge. `tc_ingress` and `tc_egress` are programs in the
    notation of a tap's filter, run by cls_bpf on clsact's hooks; what one returns is tc's verdict, 0 for TC_ACT_OK, 2
    for TC_ACT_SHOT. `xdp` is one more for generic XDP, whose action it returns: 1 for XDP_DROP, 2 for XDP_PASS, 3 for
    XDP_TX; it may load bytes of the frame, count with constants and compare. A second row for a device that is there
    changes its qdisc, mtu or offloads, gives it programs, or a bridge one more port.
    """

    name: str
    kind: str  # veth | vlan | bridge | dummy, and lo for the one that is always there
    peer: str = ""
    link: str = ""
    vlan: int = 0
    qdisc: str = ""  # noqueue | pfifo_fast | blackhole | bfifo limit 200 ...; empty for what the kernel gives
    mtu: int = 0
    tc_ingress: str = ""
    tc_egress: str = ""
    xdp: str = ""
    own_mac: bool = False  # of a VLAN: its own address, not that of the device below
    peer_netns: str = ""  # another network namespace, which the peer is made in
    tso: bool = True  # whether `name` cuts TCP frames itself; else the kernel does
    gro: bool = False  # whether TCP segments that come to `name` are joined
    nft_drop: bool = False  # a chain of nftables on its ingress hook drops all


@dataclass(frozen=True, slots=True)
class Tap:
    """A packet socket that listens: `type` raw, dgram or packet (the old SOCK_PACKET), `protocol` an ethertype.

    `device` is empty for a tap on every device of its namespace, which `netns` names if it is another one. `filter` is
    a classic BPF program in tcpdump -d's notation.
    """

    name: str
    type: str = "raw"
    protocol: int = 0x0003
    device: str = ""
    ignore_outgoing: bool = False
    filter: str = ""
    ring: int = 0  # TPACKET version of a receive ring, from 1; 0 for none
    fanout: str = ""  # group:mode, as 7:hash, with flags 7:lb,ignore_outgoing, with the most members 7:lb,max=2
    auxdata: bool = False
    receive_buffer: int = 0  # SO_RCVBUF, bytes
    blocks: int = 8  # of the ring, each of block_size bytes; of versions 1 and 2 each has slots of frame_size bytes
    block_size: int = 65536
    frame_size: int = 2048
    retire: int = 20  # milliseconds after which version 3 hands over a block that is not full
    reserve: int = 0  # PACKET_RESERVE: bytes of a slot that the kernel leaves alone
    copy_threshold: int = 0  # PACKET_COPY_THRESH: not 0, a frame too long for its slot is queued whole besides
    netns: str = ""
    fanout_filter: str = ""  # the program of a group of mode cbpf: what it returns chooses the member


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that is done, `count` times.

    `do`: ``send`` a frame from a packet socket on `device` (from the tap `by` itself if one is named), ``udp`` a
    datagram of `length` bytes x over `device` (from 10.9.N.1:9001 to 10.9.N.2:9000, N being the device's number in
    `Scenario.macs`, or with `broadcast` to 10.9.N.255; on lo 127.0.0.1), ``up`` or ``down`` or ``remove`` a device,
    ``close``, ``open`` or ``read`` the tap `by`, ``bind`` it to `device` and `protocol`, have it ``join`` a `fanout`.

    A raw sender passes `protocol` as sll_protocol, 0 too; a cooked one and a SOCK_PACKET pass the frame's own ethertype
    for 0. A tap that sends and names no `device` names no address at all. With `gso_size` the sender asks by
    PACKET_VNET_HDR to have a TCP frame cut into segments of so many bytes, their checksums to be finished. In a file
    `frame` may have blanks, and a byte repeated as 70*46.
    """

    do: str
    device: str = ""
    by: str = ""
    frame: str = ""  # hexadecimal, from the MAC header on
    protocol: int = 0
    type: str = "raw"
    bypass: bool = False
    length: int = 0
    count: int = 1
    broadcast: bool = False
    fanout: str = ""
    gso_size: int = 0

    @property
    def virtio_net_hdr(self) -> tuple[int, int, int, int]:
        """hdr_len, gso_size, csum_start and csum_offset of a TCP frame over IPv4; ValueError if it is none."""
        frame = bytes.fromhex(self.frame)
        if len(frame) < 54 or frame[12:14] != b"\x08\x00" or frame[23] != 6 or self.type != "raw" or self.by:
            raise ValueError("gso_size is for a raw sender that is no tap, and a frame of IPv4 and TCP")
        transport = 14 + (frame[14] & 0x0F) * 4
        header = transport + (frame[min(transport + 12, len(frame) - 1)] >> 4) * 4
        return header, self.gso_size, transport, 16

    def __str__(self) -> str:
        words = [self.do, f"over {self.device}" * bool(self.device), f"by {self.by}" * bool(self.by)]
        words += [f"in {self.fanout}" * bool(self.fanout), "to all" * self.broadcast]
        words += ["past the qdisc" * self.bypass, f"{self.count} times" * (self.count > 1)]
        return " ".join(filter(None, words))


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is set up and done, and what a reader should expect and why; `needs` names what a kernel must have."""

    id: str
    title: str
    expect: str
    devices: tuple[Device, ...]
    taps: tuple[Tap, ...]
    actions: tuple[Action, ...]
    needs: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()

    @property
    def macs(self) -> dict[str, str]:
        """The address of each device beside lo, in the order made; a VLAN's is counted, but it has the one below it."""
        made: dict[str, str] = {}
        for name in (name for device in self.devices for name in (device.name, device.peer)):
            if name and name != "lo":
                made.setdefault(name, f"02:00:00:00:00:{10 + len(made):02x}")
        return made

    @property
    def namespaces(self) -> dict[str, str]:
        """The network namespace of each device; empty for the one that scenarios begin in."""
        found = {"lo": ""}
        for device in self.devices:
            found.setdefault(device.name, found.get(device.link, ""))
            if device.peer:
                found.setdefault(device.peer, device.peer_netns or found[device.name])
        return found

    def netns_of(self, action: Action) -> str:
        """The network namespace in which an action is done: that of its tap, else that of its device."""
        by = next((tap for tap in self.taps if tap.name == action.by), None)
        return by.netns if by else self.namespaces.get(action.device, "")

    @property
    def peers(self) -> dict[str, str]:
        """The other end of each end of a veth pair."""
        pairs = [(device.name, device.peer) for device in self.devices if device.peer]
        return dict(pairs) | {other: one for one, other in pairs}


@dataclass(frozen=True, slots=True)
class Row:
    """A frame that a tap got: sockaddr_ll's type, protocol and device, its length before a filter cut it, the bytes.

    A cooked tap's frames begin behind the link header. `aux`, if the tap asked for it, is struct tpacket_auxdata by its
    members' names, of a ring what the frame's header says of the same.
    """

    tap: str
    pkttype: str  # HOST | BROADCAST | MULTICAST | OTHERHOST | OUTGOING; empty for a SOCK_PACKET
    protocol: int
    device: str
    length: int
    data: str = ""
    aux: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What each tap got, in order; `refused` says why a kernel could not run the scenario.

    A SOCK_PACKET has no statistics; what was read is counted.
    """

    scenario: str
    rows: tuple[Row, ...]
    counts: tuple[tuple[str, int, int], ...] = ()  # tap, tp_packets, tp_drops
    refused: str = ""

    def of(self, tap: str) -> tuple[Row, ...]:
        """What one tap got."""
        return tuple(row for row in self.rows if row.tap == tap)

    def settled(self, scenario: Scenario) -> Outcome:
        """The same with the members of each hash group ranked by what they got: the kernel's hash has a random key."""
        as_if = {tap.name: tap.name for tap in scenario.taps}
        for group in {tap.fanout for tap in scenario.taps if tap.fanout.partition(":")[2].startswith("hash")}:
            names = [tap.name for tap in scenario.taps if tap.fanout == group]
            ranked = sorted(names, key=lambda name: -len(self.of(name)))
            as_if.update(zip(ranked, names, strict=True))
        order = list(as_if)
        rows = [replace(row, tap=as_if[row.tap]) for row in self.rows]
        counts = [(as_if[name], packets, drops) for name, packets, drops in self.counts]
        return replace(
            self,
            rows=tuple(sorted(rows, key=lambda row: order.index(row.tap))),
            counts=tuple(sorted(counts, key=lambda count: order.index(count[0]))),
        )


@dataclass(frozen=True, slots=True)
class Recording:
    """An answer kept: of a scenario (`kind` scenario) or a notebook cell (cell), whose key is a digest of its text."""

    kind: str
    key: str
    kernel: str
    date: str
    tool: str
    content: str


def fanout_args(fanout: str) -> tuple[int, int, int]:
    """A group's number, its type and flags, and its most members, 0 for the usual, as setsockopt takes them.

    A type beside those that have names is a number. ValueError or KeyError if there is no such mode or flag.
    """
    group, _, words = fanout.partition(":")
    mode, *flags = words.split(",")
    most = [int(flag.removeprefix("max=")) for flag in flags if flag.startswith("max=")]
    kind = int(mode) if mode.isdecimal() else _MODES[mode]
    return int(group), kind | sum(_FLAGS[flag] for flag in flags if not flag.startswith("max=")), sum(most)


def load(name: str) -> Scenario:
    """Read data/scenarios/<name>.toml; DataError names the file and what is wrong in it."""
    if name not in scenarios():
        near = ", ".join(difflib.get_close_matches(name, scenarios(), 3))
        raise DataError(
            f"there is no scenario {name!r}{near and f'; near it: {near}'}; `explorer live --list` lists all"
        )
    return parse(resources.data(f"scenarios/{name}.toml"), name, f"data/scenarios/{name}.toml")


def parse(table: dict[str, Any], name: str, place: str) -> Scenario:
    """A scenario from a TOML table; DataError names `place` and what is wrong in it."""
    row = dict(table)
    try:
        for key, kind in (("devices", Device), ("taps", Tap), ("actions", Action)):
            row[key] = tuple(_value(kind, each) for each in row.pop(key, ()))
        scenario: Scenario = _value(Scenario, {"id": name, **row})
        _check(scenario)
    except (TypeError, KeyError, ValueError) as error:
        raise DataError(f"{place}: {error}") from error
    return scenario


def scenarios() -> tuple[str, ...]:
    """The ids of every scenario there is."""
    return tuple(sorted(place.stem for place in resources.data_path("scenarios").glob("*.toml")))


def said(row: Any) -> dict[str, Any]:
    """The fields of a Device, a Tap or an Action that are not as they are by default: what a file would say of it."""
    given = {field.name: (getattr(row, field.name), field.default) for field in fields(row)}
    return {name: value for name, (value, default) in given.items() if default is MISSING or value != default}


def _value(kind: Any, row: dict[str, Any]) -> Any:
    """A value from a TOML table, each key checked by name and type."""
    known = {field.name: field.type for field in fields(kind)}
    for key, value in row.items():
        if key not in known:
            raise KeyError(f"{kind.__name__} has no {key!r}; it has {', '.join(known)}")
        wanted = str(known[key])
        if (wanted, type(value)) not in {("str", str), ("int", int), ("bool", bool)} and not wanted.startswith("tuple"):
            raise TypeError(f"{key} of {kind.__name__} is a {wanted}, not {value!r}")
    if frame := row.get("frame"):
        row = {**row, "frame": bytes.fromhex(_REPEATED.sub(lambda part: part[1] * int(part[2]), frame)).hex()}
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in row.items()})


def _check(scenario: Scenario) -> None:
    """ValueError or KeyError if the parts of a scenario do not fit one another."""
    devices = ["", "lo", *scenario.macs]
    taps = ["", *(tap.name for tap in scenario.taps)]
    if len(set(taps)) != len(taps):
        raise ValueError("two taps have one name")
    for device in scenario.devices:
        _one_of("kind", device.kind, _KINDS)
        _one_of("link", device.link, devices)
    for tap in scenario.taps:
        _one_of("type", tap.type, _TYPES)
        _one_of("device", tap.device, devices)
        _one_of("netns", tap.netns, [scenario.namespaces[tap.device]] if tap.device else scenario.namespaces.values())
        _one_of("ring", tap.ring, range(4))
        if tap.fanout:
            _one_of("fanout", fanout_args(tap.fanout)[0], range(1 << 16))
    for action in scenario.actions:
        _one_of("do", action.do, DOINGS)
        _one_of("type", action.type, _TYPES)
        _one_of("device", action.device, devices)
        _one_of("by", action.by, taps)
        if action.by and action.device:
            _one_of("netns", scenario.netns_of(action), [scenario.namespaces[action.device]])
        if action.fanout:
            _one_of("fanout", fanout_args(action.fanout)[0], range(1 << 16))
        if action.gso_size:
            _one_of("gso_size", action.virtio_net_hdr[1], range(8, 1 << 16))


def _one_of(key: str, value: object, known: Any) -> None:
    if value not in known:
        raise ValueError(f"{key} {value!r} is none of {', '.join(map(repr, known))}")
