"""A case run by the model: what each tap gets, and the tree of what happened."""

from __future__ import annotations

from dataclasses import replace

from explorer.model.features import Features
from explorer.model.steps import Step, Steps
from explorer.rehearse import Run
from explorer.scenario import Outcome
from explorer.why.values import Case

__all__ = ["outcome_of", "steps_of"]


def outcome_of(case: Case, features: Features | None = None) -> Outcome:
    """What each tap gets; where something was refused, what it had got until then."""
    machine = Run(case.scenario, features)
    for action in case.scenario.actions:
        machine.act(action)
    return _read(machine)


def steps_of(case: Case, features: Features | None = None) -> tuple[Outcome, Step]:
    """The same, with a branch for the opening of the taps, for each action, and for the reading."""
    steps = Steps()
    with steps.branch("the taps are opened"):
        machine = Run(case.scenario, features)
    for action in case.scenario.actions:
        with steps.branch(str(action)):
            machine.act(action)
    with steps.branch("the taps are read"):
        outcome = _read(machine)
    return outcome, steps.root


def _read(machine: Run) -> Outcome:
    refused, machine.failed = machine.failed, ""
    return replace(machine.outcome(), refused=refused)
