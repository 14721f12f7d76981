"""model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from explorer.cli.common import (
    form_of,
    formats,
    glyphs,
    open_kernel,
    source_options,
    split_version,
    width,
    words,
    write,
    write_lines,
)

if TYPE_CHECKING:
    from explorer.model.steps import Step
    from explorer.scenario import Outcome, Scenario
    from explorer.views.text import Line

__all__ = ["model"]


@click.command(short_help="Run a scenario in the mini-kernel, and show every step and what each tap got.")
@words("[VERSION] SCENARIO", required=True)
@formats("text", "json")
@source_options
def model(
    words: tuple[str, ...], form: str | None, target: Path | None, source: str | None, offline: bool, lang: str
) -> None:
    """Run a scenario in the mini-kernel: every function that ran, every line that decided, what each tap got.

    With VERSION the model does what the facts of that release decide; else it does as the newest kernels.

    Example: explorer model two-taps
    """
    from explorer import rehearse, scenario

    version, rest = split_version(words)
    if len(rest) != 1:
        raise click.UsageError(f"name one scenario, of {', '.join(scenario.scenarios())}")
    row = scenario.load(rest[0])
    features = None
    if version or source:
        features = rehearse.features_of(open_kernel(version, source, offline))
    outcome, root = rehearse.run(row, features)
    if form_of(form, target, ("text", "json")) == "json":
        write(json.dumps(_json(row, outcome, root), indent=1) + "\n", target)
    else:
        write_lines(_lines(row, outcome, root), target)


def _lines(scenario: Scenario, outcome: Outcome, root: Step) -> Iterator[Line]:
    import textwrap

    from explorer.live.table import ethertype, table
    from explorer.views.steps import steps_text

    yield (("bold", scenario.id), ("", f"  {scenario.title}"))
    for line in textwrap.wrap(" ".join(scenario.expect.split()), width() - 4):
        yield (("", f"  {line}"),)
    yield ()
    yield from steps_text(root, glyphs())
    yield ()
    if outcome.refused:
        yield (("bold", f"refused: {outcome.refused}"),)
    for tap, (name, packets, drops) in zip(scenario.taps, outcome.counts, strict=False):
        words = f"{ethertype(tap.protocol)}, {tap.device or 'every device'}, {tap.type}"
        yield (("bold", f"{name} ({words})"), ("", f"  {packets} counted, {drops} dropped"))
        yield from ((("", f"  {line}"),) for line in table(outcome.of(name), tap=False))


def _json(scenario: Scenario, outcome: Outcome, root: Step) -> dict[str, object]:
    from explorer.views.steps import steps_json

    return {
        "kind": "model",
        "schema": 1,
        "scenario": scenario.id,
        "title": scenario.title,
        "expect": scenario.expect,
        "outcome": asdict(outcome),
        "steps": [steps_json(event) for event in root.events],
    }
