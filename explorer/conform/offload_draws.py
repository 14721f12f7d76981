"""Frames that somebody has to cut, and devices that cannot, for a drawn scenario."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from explorer.scenario import Action, Device, Scenario

__all__ = ["offloaded"]

_SOURCE, _TARGET = "0a090001", "0a090002"


def offloaded(number: int, scenario: Scenario) -> Scenario:
    """The scenario of a number, perhaps with large TCP frames; what a segment costs a buffer is not modelled."""
    r = Random(f"offloads of {number}")
    ends = [name for device in scenario.devices if device.kind == "veth" for name in (device.name, device.peer)]
    bridged = any(device.kind == "bridge" for device in scenario.devices)  # netfilter there wants a right IP header
    if not ends or bridged or r.random() > 0.15:
        return scenario
    actions = list(scenario.actions)
    for _ in range(r.randint(1, 3)):
        actions.insert(r.randint(0, len(actions)), _large(r, r.choice(ends)))
    devices = tuple(row for device in scenario.devices for row in _rows(r, device))
    taps = tuple(replace(tap, receive_buffer=0) for tap in scenario.taps)
    return replace(scenario, devices=devices, taps=taps, actions=tuple(actions))


def _rows(r: Random, device: Device) -> Iterator[Device]:
    pair = device.kind == "veth"
    yield replace(device, tso=not pair or r.random() < 0.4, gro=pair and r.random() < 0.3)
    if pair and r.random() < 0.4:
        yield Device(device.peer, "veth", device.name, tso=False, gro=r.random() < 0.5)


def _large(r: Random, device: str) -> Action:
    """A TCP frame, its sum begun by the sender or not, and how it is to be cut."""
    options = r.choice(("", "", "0101080a" + "11" * 8))
    payload = r.choice((40, 999, 1000, 1001, 1448, 2500, 4000))
    header = 20 + len(options) // 2
    ip = f"4500{20 + header + payload:04x}{r.choice((0, 0x1234, 0xFFFF)):04x}400040060000{_SOURCE}{_TARGET}"
    flags = r.choice((0x10, 0x18, 0x19, 0x99))
    sequence, begun = r.choice((1000, 0xFFFFFF00)), r.randrange(1 << 16)
    tcp = f"23292328{sequence:08x}00000000{header << 2:02x}{flags:02x}2000{begun:04x}0000"
    frame = f"{r.choice(('02000000000b', '02000000000a', 'f' * 12))}02000000000c0800{ip}{tcp}{options}" + "70" * payload
    size = max(r.choice((8, 500, 1000, 1000, 1448)), payload // 16)
    bypass, sent = r.random() < 0.1, r.choice((0, 0, 0x0800))
    return Action("send", device, frame=frame, protocol=sent, bypass=bypass, gso_size=size)
