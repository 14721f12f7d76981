"""A drawn scenario with one end of a veth pair in another network namespace, and taps in both."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from explorer.scenario import Action, Scenario, Tap

__all__ = ["apart", "kept"]

_THERE = "there"


def apart(number: int, scenario: Scenario) -> Scenario:
    """The scenario of a number, perhaps with one end of a pair elsewhere, and what is built on that with it."""
    r = Random(f"namespaces of {number}")
    pair = next((device for device in scenario.devices if device.peer), None)
    if not pair or r.random() > 0.2:
        return scenario
    first = scenario.devices.index(pair)
    devices = tuple(
        replace(row, peer_netns=_THERE) if place == first else row for place, row in enumerate(scenario.devices)
    )
    scenario = replace(scenario, devices=devices)
    # A group has one device and one hook; its members are opened in one namespace.
    homes = {fanout: r.choice(("", _THERE)) for fanout in sorted({tap.fanout for tap in scenario.taps})}
    taps = tuple(replace(tap, netns=_home(r, tap, scenario.namespaces, homes)) for tap in scenario.taps)
    scenario = replace(scenario, taps=taps)
    return replace(scenario, actions=tuple(kept(scenario, action) for action in scenario.actions))


def _home(r: Random, tap: Tap, namespaces: dict[str, str], homes: dict[str, str]) -> str:
    if tap.device:
        return namespaces[tap.device]
    return homes[tap.fanout] if tap.fanout else r.choice(("", _THERE))


def kept(scenario: Scenario, action: Action) -> Action:
    """An action whose tap and device are in one namespace; a tap cannot name what is elsewhere."""
    if not (action.by and action.device) or scenario.netns_of(action) == scenario.namespaces[action.device]:
        return action
    return replace(action, by="") if action.do == "send" else replace(action, device="")
