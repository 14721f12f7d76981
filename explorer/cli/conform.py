"""conform."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from explorer.cli.common import form_of, formats, say, write, write_lines

if TYPE_CHECKING:
    from explorer.conform import Report

__all__ = ["conform"]


@click.command(short_help="Draw scenarios at random, and compare the mini-kernel's answers with a kernel's.")
@click.option("--scenarios", "count", type=click.IntRange(1), default=300, show_default=True, help="How many to draw.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The number of the first.")
@click.option(
    "--kernel",
    type=click.Choice(["running", "uml"]),
    default="running",
    show_default=True,
    help="Which kernel is asked: this machine's, or a User Mode Linux.",
)
@click.option("--record", is_flag=True, help="Keep what this kernel answers to small scenarios (author only).")
@formats("text", "json")
@click.pass_context
def conform(
    ctx: click.Context, count: int, seed: int, kernel: str, record: bool, form: str | None, target: Path | None
) -> None:
    """Draw devices, taps and frames, rare ones too, and have the mini-kernel and a kernel say what each tap gets.

    The same numbers draw the same scenarios everywhere. Where the two differ, the scenario is cut down until nothing
    can go, both answers stand side by side with the lines of the model that decided, and the exit status is 1.

    Example: explorer conform --scenarios 20
    """
    from explorer.conform import asked, opened

    if record:
        _record()
        return
    with opened(kernel) as agent:
        report = asked(agent, count, seed)
    if form_of(form, target, ("text", "json")) == "json":
        write(json.dumps(_json(report, seed), indent=1) + "\n", target)
    else:
        from explorer.views.conform import report_text

        write_lines(report_text(report), target)
    ctx.exit(1 if report.finding else 0)


def _json(report: Report, seed: int) -> dict[str, Any]:
    from explorer.model.features import Features

    return {
        "kind": "conform",
        "schema": 1,
        "kernel": report.kernel,
        "features": asdict(report.features or Features()),
        "seed": seed,
        "drawn": report.drawn,
        "run": report.run,
        "refused": [{"reason": reason, "scenarios": count} for reason, count in report.refused],
        "mismatch": asdict(report.finding) if report.finding else None,
    }


def _record() -> None:
    from explorer.conform.recorded import made
    from explorer.live.recordings import merge, place_of

    rows = made()
    merge(place_of("draw"), rows, [row.key for row in rows])
    say(f"{len(rows)} scenarios recorded")
