"""note."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from explorer.cli.common import (
    answer,
    form_of,
    formats,
    open_kernel,
    source_options,
    split_version,
    words,
    write_lines,
)

if TYPE_CHECKING:
    from explorer.kernel import Kernel
    from explorer.tour import Note, Placement, Step
    from explorer.tour.placement import Ground
    from explorer.version import Version
    from explorer.views.text import Line

__all__ = ["note"]

Row = tuple["Step", "Note", "Placement | None"]


@click.command(short_help="Your own notes: kept, and shown at their statement in every version.")
@words("[VERSION] ['FUNC[@SRC];PATTERN' TEXT]")
@click.option("--title", default="Your note", show_default=True, help="What stands above the text.")
@click.option("--within", default="", metavar="STATEMENT", help="The statement it stands in the body of.")
@click.option("--under", default="", metavar="CONDITION", help="The #if arm it stands in, as CONFIG_X or !CONFIG_X.")
@click.option("--anyway", is_flag=True, help="Keep it though it fits no statement of this version, or several.")
@click.option("--remove", "gone", metavar="ID", help="Forget a note.")
@formats("text", "json")
@source_options
def note(
    words: tuple[str, ...],
    title: str,
    within: str,
    under: str,
    anyway: bool,
    gone: str | None,
    form: str | None,
    target: Path | None,
    source: str | None,
    offline: bool,
) -> None:
    """Keep a note on the statement of FUNC that the pattern fits, where * stands for anything.

    `explorer tour` and every page show it then beside its statement, whatever the version. Without a pattern, the notes
    there are; with VERSION, and where each stands in it.

    Example: explorer note --from linux-6.1 'dev_hard_start_xmit;dev_queue_xmit_nit(*' "The taps, before the driver."
    """
    from explorer.tour import notes

    version, rest = split_version(words)
    if len(rest) not in (0, 2) or (gone and words):
        raise click.UsageError("a note is a statement and a text: explorer note 'packet_rcv;res = run_filter*' 'Text.'")
    chosen = form_of(form, target, ("text", "json"))
    if gone:
        removed = notes.remove(gone).note
        write_lines([(("", f"{removed.id} is forgotten: {removed.text}"),)], None)
    elif rest:
        kernel = open_kernel(version, source, offline, text=not anyway)
        _show([_add(kernel, rest[0], rest[1], title, (within, under), anyway)], chosen, target)
    else:
        _show(_listed(version, source, offline), chosen, target)


def _add(kernel: Kernel, place: str, text: str, title: str, narrower: tuple[str, str], anyway: bool) -> Row:
    from explorer.errors import PatternError
    from explorer.pattern import Pattern
    from explorer.tour import Ground, notes

    asked = Pattern.parse(place)
    if not asked.path or not anyway:
        asked = Pattern.parse(f"{kernel.graph.find(place.partition(';')[0].strip())};{asked.match}")
    pattern = Pattern(asked.function, asked.path, asked.match, *narrower)
    ground = Ground(kernel)
    try:
        notes.settle(ground, pattern)
    except PatternError:
        if not anyway:
            raise
    kept = notes.add(pattern, text, title)
    return next(row for row in _rows(ground) if row[1].id == kept.id)


def _listed(version: Version | None, source: str | None, offline: bool) -> Iterator[Row]:
    from explorer.tour import Ground

    yield from _rows(Ground(open_kernel(version, source, offline)) if version or source else None)


def _rows(ground: Ground | None) -> Iterator[Row]:
    """Every note of the reader's, with its place where there is a version."""
    from explorer.tour import notes, place

    for step in notes.listed():
        for each in step.notes:
            yield step, each, place(ground, step, each) if ground else None


def _show(rows: Iterable[Row], form: str, target: Path | None) -> None:
    from explorer.views.tour import note_lines

    listed = list(rows)
    lines: list[Line] = [line for row in listed for line in note_lines(*row)]
    none: list[Line] = [(("", "no note is kept yet; explorer note -h shows how one is"),)]
    answer("notes", {"notes": list(map(_values, listed))}, lines or none, form, target)


def _values(row: Row) -> dict[str, object]:
    step, each, placed = row
    return {
        "id": each.id,
        "functions": step.functions,
        "title": each.title,
        "text": each.text,
        "anchors": each.anchors,
        "outcome": placed.outcome if placed else None,
        "location": placed.location if placed else None,
    }
