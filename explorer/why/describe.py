"""A tap, a frame and a device in words: the case they mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from explorer.errors import DataError
from explorer.scenario import Action, Device, Scenario, Tap
from explorer.why.values import Case

__all__ = ["described"]

_PROTOCOLS = {"all": 0x0003, "ip": 0x0800, "arp": 0x0806, "ipv6": 0x86DD, "8021q": 0x8100, "none": 0}
_QDISCS = ("noqueue", "noop", "blackhole", "pfifo", "pfifo_fast")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,15}", re.ASCII)
_TO = {"broadcast": "f" * 12, "multicast": "01005e000001", "other": "020000000063"}
_WORDS = {
    "--tap": "a protocol (eth_p_all, eth_p_ip, arp, ipv6, none or a number), then raw, dgram or packet, any, on=DEVICE,"
    " ignore-outgoing, ring=1 to 3, auxdata, rcvbuf=BYTES, keep=BYTES (what its filter keeps, 0 for nothing)",
    "--frame": "out or in, then udp or an ethertype, to=host, other, broadcast or multicast, vlan=ID, len=BYTES,"
    " count=N, own (sent by the tap's own socket), bypass (past the qdisc)",
    "--dev": "a name, then vlan=ID, bridge-port, qdisc=noqueue, noop, blackhole, pfifo or pfifo_fast,"
    " mtu=BYTES, peer-mtu=BYTES, down, no-carrier, xdp-drop,"
    " tc-ingress-drop, tc-egress-drop",
}
_VALUES = {
    "--tap": ("on", "ring", "rcvbuf", "keep"),
    "--frame": ("to", "vlan", "len", "count"),
    "--dev": ("vlan", "qdisc", "mtu", "peer-mtu"),
}
_FLAGS = {
    "--tap": ("raw", "dgram", "packet", "any", "ignore-outgoing", "auxdata"),
    "--frame": ("udp", "own", "bypass"),
    "--dev": ("bridge-port", "down", "no-carrier", "xdp-drop", "tc-ingress-drop", "tc-egress-drop"),
}


# The program that drops every frame: XDP_DROP, TC_ACT_SHOT.
_DROPPING = {
    "xdp-drop": ("xdp", "ret #1"),
    "tc-ingress-drop": ("tc_ingress", "ret #2"),
    "tc-egress-drop": ("tc_egress", "ret #2"),
}


@dataclass(frozen=True, slots=True)
class _Said:
    """What one option says: its first word, and the others with their values."""

    option: str
    first: str
    words: dict[str, str]

    def __contains__(self, word: str) -> bool:
        return word in self.words

    def number(self, word: str, default: int = 0) -> int:
        """The value of a word, a number from 0."""
        return _number(self, self.words[word]) if word in self.words else default


def described(tap: str, frame: str, device: str) -> Case:
    """The case that --tap, --frame and --dev mean; DataError says which word is none of theirs, and which are."""
    asked, sent, over = (_said(*each) for each in (("--tap", tap), ("--frame", frame), ("--dev", device)))
    if sent.first not in ("out", "in"):
        raise _wrong(sent, sent.first)
    for said, name in ((over, over.first), (asked, asked.words.get("on", over.first))):
        if not _NAME.fullmatch(name):
            raise _wrong(said, name)
    row = _tap(asked, over.first)
    devices = tuple(_devices(over, row.device))
    actions = (*_before(over), _action(sent, over, row))
    title = f"--tap {tap} --frame {frame} --dev {device}"
    scenario = Scenario("described", title, "", devices, (row,), actions)
    return Case(scenario)


def _said(option: str, text: str) -> _Said:
    first, *others = [word.strip() for word in text.split(",")]
    said = _Said(option, first, {})
    for word in others:
        name, _, value = word.partition("=")
        named = bool(value) if name in _VALUES[option] else name in _FLAGS[option] or option == "--frame"
        if not named or (value and name not in _VALUES[option]):
            raise _wrong(said, word)
        said.words[name] = value
    return said


def _wrong(said: _Said, word: str) -> DataError:
    return DataError(f"{said.option} has {word!r}; it takes {_WORDS[said.option]}, with commas between")


def _number(said: _Said, text: str) -> int:
    try:
        value = int(text, 0)
    except ValueError:
        raise _wrong(said, text) from None
    if not 0 <= value <= 1 << 20:
        raise _wrong(said, text)
    return value


def _protocol(said: _Said, word: str) -> int:
    name = word.lower().removeprefix("eth_p_")
    return _PROTOCOLS[name] if name in _PROTOCOLS else _number(said, word) & 0xFFFF


def _tap(said: _Said, device: str) -> Tap:
    kinds = [kind for kind in ("raw", "dgram", "packet") if kind in said]
    on = said.words.get("on", "" if "any" in said else device)
    ring = said.number("ring")
    if ring > 3:
        raise _wrong(said, f"ring={ring}")
    keep = f"(000) ret #{said.number('keep')}" if "keep" in said else ""
    return Tap(
        "tap",
        (kinds or ["raw"])[0],
        _protocol(said, said.first),
        on,
        "ignore-outgoing" in said,
        keep,
        ring,
        auxdata="auxdata" in said,
        receive_buffer=said.number("rcvbuf"),
    )


def _devices(said: _Said, on: str) -> Iterator[Device]:
    """The device of that name, what stands below or above it, and the one the tap is bound to if it is another."""
    name, lower = said.first, _lower(said)
    programs: dict[str, Any] = {field: text for word, (field, text) in _DROPPING.items() if word in said}
    if lower != "lo":
        qdisc = said.words.get("qdisc", "")
        if qdisc not in ("", *_QDISCS):
            raise _wrong(said, f"qdisc={qdisc}")
        yield Device(lower, "veth", _peer(said), qdisc=qdisc if lower == name else "", mtu=said.number("mtu"))
        if "peer-mtu" in said:
            yield Device(_peer(said), "veth", lower, mtu=said.number("peer-mtu"))
        if lower != name:
            yield Device(name, "vlan", link=lower, vlan=said.number("vlan"), qdisc=qdisc)
        if programs:
            yield Device(name, "veth", **programs)
        if "bridge-port" in said:
            yield Device(_other(said, "br0"), "bridge", link=name)
    elif said.words:
        raise DataError("--dev lo takes no other words: lo has no peer, no qdisc and no carrier here")
    if on not in ("", "lo", name, lower, _peer(said)):
        yield Device(on, "dummy")


def _lower(said: _Said) -> str:
    return _other(said, "lower") if "vlan" in said else said.first


def _peer(said: _Said) -> str:
    return _other(said, "peer")


def _other(said: _Said, name: str) -> str:
    return name if name != said.first else f"{name}-2"


def _before(said: _Said) -> Iterator[Action]:
    if "down" in said:
        yield Action("down", said.first)
    if "no-carrier" in said:
        yield Action("down", _peer(said))


def _action(sent: _Said, over: _Said, tap: Tap) -> Action:
    """The sending: over the device, or for a frame that comes in over its peer."""
    here, count, by = over.first, sent.number("count", 1), tap.name if "own" in sent else ""
    device = here if sent.first == "out" or here == "lo" else _peer(over)
    kinds = [word for word in sent.words if word not in _FLAGS["--frame"] and word not in _VALUES["--frame"]]
    if len(kinds) > 1 or (kinds and "udp" in sent):
        raise _wrong(sent, kinds[-1])
    vlan = sent.number("vlan") or (over.number("vlan") if sent.first == "in" else 0)
    plain = not (kinds or vlan or by or "to" in sent or "bypass" in sent or "down" in over)
    if plain and tap.protocol in (0x0003, 0x0800, 0):
        return Action("udp", device, length=sent.number("len", 20), count=count)
    ethertype = _protocol(sent, kinds[0]) if kinds else tap.protocol if tap.protocol > 3 else 0x88B5
    tag = f"8100{vlan:04x}" * bool(vlan)
    frame = _address(sent, over) + "02000000000c" + tag + f"{ethertype:04x}" + "ab" * max(sent.number("len", 46), 1)
    return Action("send", device, by, frame, type=tap.type if by else "raw", bypass="bypass" in sent, count=count)


def _address(sent: _Said, over: _Said) -> str:
    """Where the frame is meant for: the device that receives it, unless `to` says otherwise."""
    to = sent.words.get("to", "host")
    if to in _TO:
        return _TO[to]
    if to != "host":
        raise _wrong(sent, f"to={to}")
    if over.first == "lo":
        return "0" * 12
    return "02000000000b" if sent.first == "out" else "02000000000a"
