"""Simpler scenarios, one step at a time: without an action, a tap or a device, or with one thing less special."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

from explorer.conform.apart_draws import kept
from explorer.scenario import Action, Scenario, Tap

__all__ = ["smaller", "smallest"]

_PAYLOAD = 46 * 2  # hexadecimal digits of the shortest frame's
_LAYER = 14 * 2
# Not special, only different.
_NAMING = ("name", "kind", "peer", "link", "vlan", "do", "device", "by", "frame", "peer_netns", "netns")


def smallest(scenario: Scenario, differs: Callable[[Scenario], bool]) -> Scenario:
    """What is left of a scenario when nothing more can be taken from it without losing the difference."""
    while simpler := next((each for each in smaller(scenario) if differs(each)), None):
        scenario = simpler
    return scenario


def smaller(scenario: Scenario) -> Iterator[Scenario]:
    """Every scenario that is one step simpler, the boldest steps first."""
    return map(_fitting, _smaller(scenario))


def _smaller(scenario: Scenario) -> Iterator[Scenario]:
    yield from _halves(scenario)
    yield from _together(scenario)
    for number in range(len(scenario.actions)):
        yield replace(scenario, actions=_without(scenario.actions, number))
    for tap in scenario.taps:
        yield _less_tap(scenario, tap.name)
    for number in range(len(scenario.devices)):
        yield _less_device(scenario, number)
    for part in ("devices", "taps", "actions"):
        rows = getattr(scenario, part)
        for number, row in enumerate(rows):
            for plainer in _plainer(row):
                rest: Any = {part: _with(rows, number, plainer)}
                yield replace(scenario, **rest)


def _halves(scenario: Scenario) -> Iterator[Scenario]:
    size = len(scenario.actions) // 2
    if size > 1:
        yield replace(scenario, actions=scenario.actions[size:])
        yield replace(scenario, actions=scenario.actions[:size])


def _fitting(scenario: Scenario) -> Scenario:
    """With every tap in a namespace that is there still, and none that names what is in another."""
    namespaces = scenario.namespaces
    homes = {tap.name: tap.netns * (tap.netns in namespaces.values()) for tap in scenario.taps}
    homes |= {tap.name: namespaces[tap.device] for tap in scenario.taps if tap.device}
    scenario = replace(scenario, taps=tuple(replace(tap, netns=homes[tap.name]) for tap in scenario.taps))
    return replace(scenario, actions=tuple(kept(scenario, action) for action in scenario.actions))


def _together(scenario: Scenario) -> Iterator[Scenario]:
    """Everything in one namespace."""
    if any(device.peer_netns for device in scenario.devices):
        devices = tuple(replace(device, peer_netns="") for device in scenario.devices)
        yield replace(scenario, devices=devices, taps=tuple(replace(tap, netns="") for tap in scenario.taps))


def _less_tap(scenario: Scenario, name: str) -> Scenario:
    taps = tuple(tap for tap in scenario.taps if tap.name != name)
    kept = (each for each in scenario.actions if each.by != name or each.do == "send")
    actions = tuple(replace(each, by="") if each.by == name else each for each in kept)
    return replace(scenario, taps=taps, actions=actions)


def _less_device(scenario: Scenario, number: int) -> Scenario:
    """Without a device and what is built on it; what was bound or sent to it is bound to all or sent over lo."""
    left, devices = {"", "lo"}, []
    for row in _without(scenario.devices, number):
        if row.link in left:
            devices.append(row)
            left |= {row.name, row.peer}
    return replace(
        scenario,
        devices=tuple(devices),
        taps=tuple(tap if tap.device in left else replace(tap, device="") for tap in scenario.taps),
        actions=tuple(each if each.device in left else replace(each, device="lo") for each in scenario.actions),
    )


def _plainer(row: Any) -> Iterator[Any]:
    """The same with one field as it is where nothing is said, or with a plainer frame."""
    for field in fields(row):
        value = getattr(row, field.name)
        if field.name not in _NAMING and value != field.default:
            yield replace(row, **{field.name: field.default})
    if isinstance(row, Tap) and row.device:
        yield replace(row, device="")
    if isinstance(row, Action) and row.by and row.do == "send":
        yield replace(row, by="")
    if isinstance(row, Action) and row.frame and not row.gso_size:
        yield from (replace(row, frame=frame) for frame in _frames(row.frame))


def _frames(frame: str) -> Iterator[str]:
    """A shorter frame, then one of plain addresses, then one of zeros."""
    header, payload = frame[:_LAYER], frame[_LAYER:]
    for content in (payload[:_PAYLOAD], payload[: max(len(payload) // 4 * 2, _PAYLOAD)], "0" * len(payload)):
        if content != payload:
            yield header + content
    plain = "02000000000b02000000000a" + header[24:]
    if header != plain:
        yield plain + payload


def _without(rows: tuple[Any, ...], number: int) -> tuple[Any, ...]:
    return rows[:number] + rows[number + 1 :]


def _with(rows: tuple[Any, ...], number: int, row: Any) -> tuple[Any, ...]:
    return (*rows[:number], row, *rows[number + 1 :])
