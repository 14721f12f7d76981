"""conform."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from explorer.cli.common import answer, form_of, formats, say, write

if TYPE_CHECKING:
    from explorer.conform import Report
    from explorer.conform.filters import FilterReport

__all__ = ["conform"]

_HOW = {"running": "itself, in a namespace", "uml": "User Mode Linux"}


@click.command(short_help="Draw scenarios at random, and compare the mini-kernel's answers with a kernel's.")
@click.option(
    "--scenarios",
    "count",
    type=click.IntRange(1),
    metavar="N",
    default=300,
    show_default=True,
    help="How many to draw.",
)
@click.option("--filters", type=click.IntRange(1), metavar="N", help="Draw so many classic BPF programs instead.")
@click.option(
    "--seed", type=click.IntRange(0), metavar="N", default=0, show_default=True, help="The number of the first."
)
@click.option(
    "--kernel",
    type=click.Choice(list(_HOW)),
    default="running",
    show_default=True,
    help="Which kernel is asked: this machine's, or a User Mode Linux.",
)
@click.option("--table", is_flag=True, help="The behaviours that were confirmed, and on which kernels; ask none.")
@click.option("--record", is_flag=True, help="Keep what this kernel answers to small scenarios (author only).")
@click.option("--confirm", is_flag=True, help="Write into the table what this kernel confirms (author only).")
@formats("text", "json", "md")
@click.pass_context
def conform(
    ctx: click.Context,
    count: int,
    filters: int | None,
    seed: int,
    kernel: str,
    table: bool,
    record: bool,
    confirm: bool,
    form: str | None,
    target: Path | None,
) -> None:
    """Draw devices, taps and frames, rare ones too, and have the mini-kernel and a kernel say what each tap gets.

    The same numbers draw the same scenarios everywhere. Where the two differ, the scenario is cut down until nothing
    can go, both answers stand side by side with the lines of the model that decided, and the exit status is 1.

    Example: explorer conform --scenarios 20
    """
    chosen = form_of(form, target, ("text", "json", "md"))
    if chosen == "md" and not table:
        raise click.UsageError("md is a form of --table")
    if table:
        write(_table(chosen), target)
    elif record:
        _record()
    elif confirm:
        _confirm(kernel)
    else:
        from explorer.conform import Report
        from explorer.views.conform import filters_text, report_text

        report = _asked(kernel, count, filters, seed)
        lines = report_text(report) if isinstance(report, Report) else filters_text(report)
        answer("conform", _values(report, seed), lines, chosen, target)
        ctx.exit(1 if report.finding else 0)


def _asked(kernel: str, count: int, filters: int | None, seed: int) -> Report | FilterReport:
    from explorer.conform import asked, opened

    with opened(kernel) as agent:
        if filters is None:
            return asked(agent, count, seed)
        from explorer.conform.filters import filtered

        return filtered(agent, filters, seed)


def _values(report: Report | FilterReport, seed: int) -> dict[str, Any]:
    from explorer.conform import Report
    from explorer.model.features import Features

    row: dict[str, Any] = {"kernel": report.kernel, "seed": seed, "drawn": report.drawn}
    if not isinstance(report, Report):
        from explorer.model.filter import disassemble

        found = report.finding
        row |= {"of": "filters", "refused": report.refused, "mismatch": None}
        if found:
            tried = {"program": disassemble(found.trial.program), "on": found.trial.kind}
            said = {"content": found.trial.content.hex(), "model": found.model, "kernel": found.kernel}
            row["mismatch"] = tried | said
        return row
    row |= {"of": "scenarios", "run": report.run, "features": report.features or Features()}
    row["refused"] = [{"reason": reason, "scenarios": count} for reason, count in report.refused]
    return row | {"mismatch": report.finding}


def _table(form: str) -> str:
    from explorer.conform import table

    rows = table.expected(table.read())
    if form == "json":
        return table.written(rows)
    return table.as_markdown(rows) if form == "md" else "\n".join(table.as_text(rows)) + "\n"


def _record() -> None:
    from explorer.conform.recorded import made
    from explorer.live.recordings import merge, place_of

    rows = made()
    merge(place_of("draw"), rows, [row.key for row in rows])
    say(f"{len(rows)} scenarios recorded")


def _confirm(kernel: str) -> None:
    from explorer.conform import opened, table

    with opened(kernel) as agent:
        wrong = table.confirm(agent, _HOW[kernel])
        say(f"Linux {agent.kernel}: {f'otherwise in {wrong}' if wrong else 'as the model says, where it can'}")
