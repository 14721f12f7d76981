"""A Scenario on the running kernel, each in a network namespace of its own: Outcome."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from explorer.errors import LiveError
from explorer.live.bench import Bench
from explorer.scenario import Action, Device, Outcome, Row, Scenario, Tap

if TYPE_CHECKING:
    from explorer.live.process import Agent
    from explorer.live.uml import Uml

__all__ = ["outcome_of", "perform", "prepare", "row_of", "run", "scenario_of"]


def run(scenario: Scenario, agent: Agent | Uml | None = None) -> Outcome:
    """What each tap gets; `agent` is used again for the next scenario, a new one is ended at once.

    PrivilegeError or NetnsError: this machine cannot. What the kernel refuses within a scenario (a module that it
    lacks) is the outcome's `refused`.
    """
    if agent is None:
        from explorer.live.process import Agent

        with Agent() as own:
            return run(scenario, own)
    return outcome_of(agent.ask({"do": "scenario", "scenario": asdict(scenario)})["outcome"])


def prepare(scenario: Scenario) -> Bench:
    """The devices of a scenario in the namespace where this process is, which should be a fresh one."""
    bench = Bench()
    try:
        for device in scenario.devices:
            bench.device(device)
    except LiveError:
        bench.close()
        raise
    return bench


def perform(scenario: Scenario, bench: Bench | None = None) -> Outcome:
    """The same where this process is, on devices that were prepared."""
    try:
        bench = bench or prepare(scenario)
    except LiveError as error:
        return Outcome(scenario.id, (), refused=str(error))
    try:
        for tap in scenario.taps:
            bench.open(tap)
        for action in scenario.actions:
            bench.act(action)
        got = {tap.name: bench.result(tap.name) for tap in scenario.taps}
    except LiveError as error:
        return Outcome(scenario.id, (), refused=str(error))
    finally:
        bench.close()
    rows = tuple(row for rows, _ in got.values() for row in rows)
    return Outcome(scenario.id, rows, tuple((name, *counts) for name, (_, counts) in got.items()))


def scenario_of(row: dict[str, Any]) -> Scenario:
    """A scenario from JSON."""
    lists = {
        "devices": tuple(Device(**each) for each in row["devices"]),
        "taps": tuple(Tap(**each) for each in row["taps"]),
        "actions": tuple(Action(**each) for each in row["actions"]),
    }
    words = {name: tuple(row[name]) for name in ("needs", "steps")}
    return Scenario(**{**row, **lists, **words})


def outcome_of(row: dict[str, Any]) -> Outcome:
    """An outcome from JSON."""
    rows = tuple(row_of(each) for each in row["rows"])
    counts = tuple((tap, packets, drops) for tap, packets, drops in row["counts"])
    return Outcome(row["scenario"], rows, counts, row["refused"])


def row_of(row: dict[str, Any]) -> Row:
    """A row from JSON."""
    return Row(**{**row, "aux": tuple((name, value) for name, value in row["aux"])})
