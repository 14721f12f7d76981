"""model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from explorer.cli.common import (
    answer,
    form_of,
    formats,
    glyphs,
    open_kernel,
    source_options,
    split_version,
    width,
    words,
)

if TYPE_CHECKING:
    from explorer.model.steps import Step
    from explorer.scenario import Outcome, Scenario

__all__ = ["model"]


@click.command(short_help="Run a scenario in the mini-kernel, and show every step and what each tap got.")
@words("[VERSION] SCENARIO", required=True)
@formats("text", "json")
@source_options
def model(words: tuple[str, ...], form: str | None, target: Path | None, source: str | None, offline: bool) -> None:
    """Run a scenario in the mini-kernel: every function that ran, every line that decided, what each tap got.

    With VERSION the model does what the facts of that release decide; else it does as the newest kernels.

    Example: explorer model two-taps
    """
    from explorer import rehearse, scenario
    from explorer.features import features_of
    from explorer.views.rehearsed import rehearsed_lines

    version, rest = split_version(words)
    if len(rest) != 1:
        raise click.UsageError(f"name one scenario, of {', '.join(scenario.scenarios())}")
    row = scenario.load(rest[0])
    features = None
    if version or source:
        features = features_of(open_kernel(version, source, offline))
    outcome, root = rehearse.run(row, features)
    lines = rehearsed_lines(row, outcome, root, glyphs(), width())
    answer("model", _values(row, outcome, root), lines, form_of(form, target, ("text", "json")), target)


def _values(scenario: Scenario, outcome: Outcome, root: Step) -> dict[str, object]:
    from explorer.views.steps import steps_json

    return {
        "scenario": scenario.id,
        "title": scenario.title,
        "expect": scenario.expect,
        "outcome": outcome,
        "steps": [steps_json(event) for event in root.events],
    }
