"""A scenario as the mini-kernel ran it: what it is, what ran and decided, what each tap got."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from explorer.live.table import ethertype, table
from explorer.model.steps import Step
from explorer.scenario import Outcome, Scenario
from explorer.views.steps import steps_text
from explorer.views.text import Glyphs, Line

__all__ = ["rehearsed_lines", "scenario_lines", "tap_lines"]


def rehearsed_lines(scenario: Scenario, outcome: Outcome, root: Step, glyphs: Glyphs, width: int) -> Iterator[Line]:
    """The whole run, for a terminal."""
    yield from scenario_lines(scenario, width)
    yield ()
    yield from steps_text(root, glyphs)
    yield ()
    yield from tap_lines(scenario, outcome)


def scenario_lines(scenario: Scenario, width: int) -> Iterator[Line]:
    """What is set up and done, and what to expect."""
    yield (("bold", scenario.id), ("", f"  {scenario.title}"))
    for line in textwrap.wrap(" ".join(scenario.expect.split()), width - 4):
        yield (("", f"  {line}"),)


def tap_lines(scenario: Scenario, outcome: Outcome) -> Iterator[Line]:
    """What each tap got, in order, and what it counted."""
    if outcome.refused:
        yield (("bold", f"refused: {outcome.refused}"),)
    for tap, (name, packets, drops) in zip(scenario.taps, outcome.counts, strict=False):
        words = f"{ethertype(tap.protocol)}, {tap.device or 'every device'}, {tap.type}"
        yield (("bold", f"{name} ({words})"), ("", f"  {packets} counted, {drops} dropped"))
        yield from ((("", f"  {line}"),) for line in table(outcome.of(name), tap=False))
