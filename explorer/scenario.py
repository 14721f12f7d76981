"""Scenario, Outcome, Recording: one description that the model, the running kernel and a recording answer.

A scenario is a data file, data/scenarios/<id>.toml: devices, taps, and what is done in order. Whoever runs it gives an
Outcome: what each tap got. Two outcomes are compared as values.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from explorer import resources
from explorer.errors import DataError

__all__ = ["Action", "Device", "Outcome", "Recording", "Row", "Scenario", "Tap", "load", "scenarios"]


@dataclass(frozen=True, slots=True)
class Device:
    """A network device: lo is always there; `peer` is the other end of a veth pair, `link` the device below a VLAN."""

    name: str
    kind: str  # lo | veth | vlan | bridge | dummy
    peer: str = ""
    link: str = ""
    vlan: int = 0
    qdisc: str = ""  # noqueue | pfifo_fast | blackhole ...; empty for what the kernel gives
    mtu: int = 0


@dataclass(frozen=True, slots=True)
class Tap:
    """A packet socket that listens: `type` raw, dgram or packet (the old SOCK_PACKET), `protocol` an ethertype.

    `device` is empty for a tap on every device. `filter` is a classic BPF program in tcpdump -d's notation.
    """

    name: str
    type: str = "raw"
    protocol: int = 0x0003
    device: str = ""
    ignore_outgoing: bool = False
    filter: str = ""
    ring: int = 0  # TPACKET version of a receive ring, from 1; 0 for none
    fanout: str = ""  # group:mode, as 7:hash
    auxdata: bool = False
    receive_buffer: int = 0  # SO_RCVBUF, bytes


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that is done.

    `do`: ``send`` a frame from a packet socket on `device` (from the tap `by` itself if one is named), ``udp`` a
    datagram of `length` bytes over `device`, ``up`` or ``down`` a device, ``close`` or ``open`` the tap `by`.
    """

    do: str
    device: str = ""
    by: str = ""
    frame: str = ""  # hexadecimal, from the MAC header on
    protocol: int = 0  # sll_protocol that a sender passes; 0: the frame's own ethertype
    type: str = "raw"
    bypass: bool = False
    length: int = 0
    count: int = 1


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


@dataclass(frozen=True, slots=True)
class Row:
    """A frame that a tap got: sockaddr_ll's type, protocol and device, its length on the wire, and the bytes."""

    tap: str
    pkttype: str  # HOST | BROADCAST | MULTICAST | OTHERHOST | OUTGOING
    protocol: int
    device: str
    length: int
    data: str = ""
    aux: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What each tap got, in order; `refused` says why a kernel could not run the scenario."""

    scenario: str
    rows: tuple[Row, ...]
    counts: tuple[tuple[str, int, int], ...] = ()  # tap, tp_packets, tp_drops
    refused: str = ""

    def of(self, tap: str) -> tuple[Row, ...]:
        """What one tap got."""
        return tuple(row for row in self.rows if row.tap == tap)


@dataclass(frozen=True, slots=True)
class Recording:
    """An answer kept: of a scenario (`kind` scenario) or of a notebook cell (cell), whose key is a digest of its text."""

    kind: str
    key: str
    kernel: str
    date: str
    tool: str
    content: str


def load(name: str) -> Scenario:
    """Read data/scenarios/<name>.toml; DataError names the file and what is wrong in it."""
    place = f"scenarios/{name}.toml"
    row = dict(resources.data(place))
    try:
        row["devices"] = tuple(_value(Device, each) for each in row.pop("devices", ()))  # type: ignore[attr-defined]
        row["taps"] = tuple(_value(Tap, each) for each in row.pop("taps", ()))  # type: ignore[attr-defined]
        row["actions"] = tuple(_value(Action, each) for each in row.pop("actions", ()))  # type: ignore[attr-defined]
        scenario: Scenario = _value(Scenario, {"id": name, **row})
        return scenario
    except (TypeError, KeyError, ValueError) as error:
        raise DataError(f"data/{place}: {error}") from error


def scenarios() -> tuple[str, ...]:
    """The ids of every scenario there is."""
    return tuple(sorted(place.stem for place in resources.data_path("scenarios").glob("*.toml")))


def _value(kind: Any, row: dict[str, Any]) -> Any:
    """A value from a TOML table, each key checked by name and type."""
    known = {field.name: field.type for field in fields(kind)}
    for key, value in row.items():
        if key not in known:
            raise KeyError(f"{kind.__name__} has no {key!r}; it has {', '.join(known)}")
        wanted = str(known[key])
        if (wanted, type(value)) not in {("str", str), ("int", int), ("bool", bool)} and not wanted.startswith("tuple"):
            raise TypeError(f"{key} of {kind.__name__} is a {wanted}, not {value!r}")
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in row.items()})
