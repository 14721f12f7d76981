"""A case run by the model: what each tap gets, and the tree of what happened."""

from __future__ import annotations

from dataclasses import replace

from explorer import rehearse
from explorer.model.features import Features
from explorer.model.steps import Step
from explorer.scenario import Outcome
from explorer.why.values import Case

__all__ = ["outcome_of", "steps_of"]


def outcome_of(case: Case, features: Features | None = None) -> Outcome:
    """What each tap gets; where something was refused, what it had got until then."""
    return rehearse.rehearse(case.scenario, features, _read)


def steps_of(case: Case, features: Features | None = None) -> tuple[Outcome, Step]:
    """The same, with a branch for the opening of the taps, for each action, and for the reading."""
    return rehearse.run(case.scenario, features, _read)


def _read(machine: rehearse.Run) -> Outcome:
    refused, machine.failed = machine.failed, ""
    return replace(machine.outcome(), refused=refused)
