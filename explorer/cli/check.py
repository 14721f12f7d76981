"""check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from explorer.cli.common import answer, form_of, formats, say
from explorer.version import Version

if TYPE_CHECKING:
    from explorer.check import Report
    from explorer.kernel import Kernel

__all__ = ["check"]


@click.command(short_help="Every note of every tour, in every version asked for: placed, absent, lost.")
@click.argument("versions", nargs=-1, metavar="[VERSION...]")
@click.option(
    "--from",
    "sources",
    multiple=True,
    metavar="SOURCE",
    help="A source tree, tarball, git repository or mirror; several trees where no VERSION is named.",
)
@click.option("--offline", is_flag=True, help="Never use the network.")
@click.option("--step", "only", multiple=True, metavar="STEP", help="Only this step, with the place of each note.")
@click.option(
    "--table", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write the outcomes there."
)
@click.option(
    "--sign", metavar="NAME", help="Write into data/reviewed.toml that NAME has read the notes placed, today."
)
@click.option("--lang", default="en", metavar="LANG", help="Also list what has no translation into this language.")
@formats("text", "json")
@click.pass_context
def check(
    ctx: click.Context,
    versions: tuple[str, ...],
    sources: tuple[str, ...],
    offline: bool,
    only: tuple[str, ...],
    table: Path | None,
    sign: str | None,
    lang: str,
    form: str | None,
    target: Path | None,
) -> None:
    """Find the statement of each note in each version, and say what is lost, with the statements nearest to it.

    Without VERSION, every release that is at hand. Exit status 1 if a note is lost, or a tour is torn.

    Example: explorer check v3.4 --offline
    """
    from explorer.check import check as checked
    from explorer.check import check_data
    from explorer.tour.table import write as write_table
    from explorer.views.check import data_lines, report_lines, report_values

    if table and only:
        raise click.UsageError("--table is of every step: leave --step out")
    chosen = form_of(form, target, ("text", "json"))
    findings = check_data(only, lang)
    kernels = sorted(_kernels(versions, sources, offline), key=lambda kernel: kernel.version)
    reports = [checked(kernel, only) for kernel in kernels]
    if table:
        write_table(table, (row for report in reports for row in report.rows))
    if sign:
        _sign(reports, sign)
    content = {"data": findings, "releases": [report_values(report) for report in reports]}
    lines = [line for report in reports for line in report_lines(report, bool(only))]
    answer("check", content, [*lines, *data_lines(findings)], chosen, target)
    if any(report.failed for report in reports) or any(finding.is_error for finding in findings):
        ctx.exit(1)


def _sign(reports: list[Report], name: str) -> None:
    from datetime import date

    from explorer.resources import data_path
    from explorer.tour.review import sign

    read = [
        (report.ground, each.step, each.placement)
        for report in reports
        for each in report.notes
        if each.placement.anchor
    ]
    say(f"{sign(data_path('reviewed.toml'), read, f'{date.today()} {name}')} reviews are new in data/reviewed.toml")


def _kernels(versions: tuple[str, ...], sources: tuple[str, ...], offline: bool) -> Iterator[Kernel]:
    from explorer import atlas, kernel
    from explorer.sources.store import Store

    if len(sources) > 1 and versions:
        raise click.UsageError("several --from each say their own version; name none")
    asked: list[Version | None] = [Version.parse(each) for each in versions]
    if not sources and not asked:
        asked += sorted({*atlas.known(), *Store().versions()})
    for source in sources or (None,):
        for version in asked or [None]:
            yield kernel.open(version, source, offline=offline, log=say)
