"""A run is recorded as a tree: functions, the lines that decided, the tap each was about."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys

import pytest

import explorer.model
from explorer.model._mirrors import MIRRORED
from explorer.model.steps import Note, Step, _deciding
from explorer.rehearse import rehearse, run
from explorer.scenario import load, scenarios


def decided(name: str) -> set[tuple[str, str]]:
    """Every note that acted in a scenario, with its tap."""
    _, root = run(load(name))
    return {(event.id, event.tap) for event in root.walk() if isinstance(event, Note)}


@pytest.mark.parametrize(
    ("scenario", "note", "tap"),
    [
        ("own-sender", "own-sender", "sender"),
        ("fanout-own-sender", "own-sender", "zero,one"),
        ("ignore-outgoing", "ignore-outgoing", "in"),
        ("eth-p-ip-out", "eth-p-all", "near-all"),
        ("own-sender-lo", "orphan", ""),
        ("filter-drop", "filter-drop", "incoming"),
        ("snap-length", "snap-length", "cut"),
        ("receive-buffer-full", "receive-buffer-full", "small"),
        ("ring-full", "ring-full", "ring"),
        ("ring-full", "in-ring", "ring"),
        ("blackhole-qdisc", "blackhole", ""),
        ("qdisc-bypass", "qdisc-bypass", ""),
        ("vlan-tag-auxdata", "vlan-untag", ""),
        ("vlan-tag-auxdata", "vlan-otherhost", ""),
        ("vlan-cooked", "vlan-network-header", "sender"),
        ("vlan-device", "vlan-device", ""),
        ("vlan-device", "second-pass", ""),
        ("otherhost", "otherhost", ""),
        ("small-ethertype", "small-ethertype", ""),
        ("bridge-port-own-ethertype", "bridge-consumed", ""),
        ("bridge-port-own-ethertype", "bridge-link-local", ""),
        ("dgram-cooked", "cooked-outgoing", "cooked"),
        ("device-down", "device-down", "bound"),
        ("fanout-rollover", "fanout-rollover", "zero"),
        ("udp-outgoing-checksum", "checksum", ""),
    ],
)
def test_the_deciding_line_is_recorded_with_its_tap(scenario: str, note: str, tap: str) -> None:
    assert (note, tap) in decided(scenario)


def test_an_if_whose_body_was_not_entered_decides_nothing() -> None:
    assert "own-sender" not in {note for note, _ in decided("two-taps")}


def test_the_tree_is_the_call_tree() -> None:
    _, root = run(load("two-taps"))
    titles = [step.function for step in root.events if isinstance(step, Step)]
    assert titles == ["the taps are opened", "send over v0", "the taps are read"]
    names = {step.name: step for step in root.walk() if isinstance(step, Step)}
    inside = [each.name for each in names["xmit_one"].events if isinstance(each, Step)]
    assert inside == ["dev_nit_active_rcu", "dev_queue_xmit_nit", "netdev_start_xmit"]


def test_recording_changes_nothing() -> None:
    for name in scenarios():
        assert run(load(name))[0] == rehearse(load(name))


def test_a_debugger_is_left_alone() -> None:
    seen = []
    sys.settrace(lambda frame, event, argument: seen.append(event))
    try:
        tracer = sys.gettrace()
        _, root = run(load("two-taps"))
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(None)
    assert root.events == []


def test_a_note_stands_on_a_line_that_can_act() -> None:
    for found in pkgutil.iter_modules(explorer.model.__path__, "explorer.model."):
        module = importlib.import_module(found.name)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ != "explorer.model.steps":
                marked = sum("# note:" in line for line in inspect.getsource(function).splitlines())
                assert len(_deciding(function.__code__)) == marked, name


@pytest.mark.parametrize("name", scenarios())
def test_the_steps_a_scenario_speaks_of_run(name: str) -> None:
    scenario = load(name)
    _, root = run(scenario)
    ran = {step.name for step in root.walk() if isinstance(step, Step)}
    ran |= {
        name.partition("@")[0] for function in MIRRORED.values() if _ran(function, ran) for name in function.__mirrors__
    }
    assert set(scenario.steps) <= ran


def _ran(function: object, names: set[str]) -> bool:
    return bool({key.partition("@")[0] for key in function.__mirrors__} & names)  # type: ignore[attr-defined]
