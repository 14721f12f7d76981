"""Both answers to a scenario, and a search for one that they differ on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from explorer.conform.shrink import smallest
from explorer.live.loader import NO_RIGHT
from explorer.live.netlink import NO_SUCH_KIND
from explorer.model.features import Features
from explorer.model.steps import Note, Steps
from explorer.rehearse import rehearse
from explorer.scenario import Outcome, Scenario

__all__ = ["Finding", "Report", "compared", "conform"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A scenario and both answers to it; `raised` is what the model failed with, if an edit made it fail."""

    scenario: Scenario
    model: Outcome
    kernel: Outcome
    raised: str = ""

    @property
    def agrees(self) -> bool:
        """Whether both say the same, as two refusals by one errno do; a kernel without the devices agrees."""
        if self.lacking:
            return True
        if self.raised:
            return False
        if self.model.refused or self.kernel.refused:
            return _errno(self.model) == _errno(self.kernel)
        model, kernel = self.settled
        return model == kernel

    @property
    def lacking(self) -> bool:
        """Whether this kernel has no module for a device, qdisc or program of the scenario, or may not load one."""
        return any(why in self.kernel.refused for why in (NO_SUCH_KIND, NO_RIGHT))

    @property
    def settled(self) -> tuple[Outcome, Outcome]:
        """Both outcomes in the form in which they are compared, the model's first."""
        return self.model.settled(self.scenario), self.kernel.settled(self.scenario)

    def decisions(self, features: Features | None = None) -> tuple[Note, ...]:
        """The marked lines of the model that acted on no tap or on one whose frames differ, each once."""
        if self.raised or self.model.refused or self.kernel.refused:
            return ()
        model, kernel = self.settled
        alike = {tap.name for tap in self.scenario.taps if model.of(tap.name) == kernel.of(tap.name)}
        steps = Steps()
        with steps.branch(self.scenario.id):
            rehearse(self.scenario, features)
        return tuple(note for note in dict.fromkeys(steps.notes()) if note.tap not in alike)


def _errno(outcome: Outcome) -> str:
    """Why it was refused, by the errno's name in C; all of the words where they name none."""
    found = re.search(r"\bE[A-Z0-9]{3,}\b", outcome.refused)
    return found[0].replace("ENOTSUP", "EOPNOTSUPP") if found else outcome.refused


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a search: how many scenarios were drawn, and what this kernel could not set up, with how often.

    `kernel` says which it was, and where its answers are from; `features` is what the model answered with. `finding` is
    the smallest scenario that the two differ on, None if they agree on all.
    """

    kernel: str
    drawn: int
    refused: tuple[tuple[str, int], ...] = ()
    finding: Finding | None = None
    features: Features | None = None

    @property
    def run(self) -> int:
        """How many scenarios both answered."""
        return self.drawn - sum(count for _, count in self.refused)


def conform(
    scenarios: Iterable[Scenario],
    kernel: Callable[[Scenario], Outcome],
    name: str,
    features: Features | None = None,
    shrink: bool = True,
) -> Report:
    """Ask model and kernel, called `name`, for each scenario until they differ, then for ever smaller ones."""

    def asked(scenario: Scenario) -> Finding:
        return compared(scenario, kernel(scenario), features)

    drawn, refused = 0, Counter[str]()
    for drawn, scenario in enumerate(scenarios, 1):
        finding = asked(scenario)
        if not finding.agrees:
            if shrink:
                finding = asked(smallest(scenario, lambda each: not asked(each).agrees))
            return Report(name, drawn, tuple(refused.items()), finding, features)
        if finding.lacking:
            refused[finding.kernel.refused] += 1
    return Report(name, drawn, tuple(refused.items()), None, features)


def compared(scenario: Scenario, kernel: Outcome, features: Features | None = None) -> Finding:
    """The finding of a kernel's answer; what an edit of the model raises is part of it."""
    try:
        return Finding(scenario, rehearse(scenario, features), kernel)
    except Exception as error:  # a reader's edit may raise anything
        return Finding(scenario, Outcome(scenario.id, ()), kernel, f"{type(error).__name__}: {error}")
