"""data/checked.tsv: what became of each note in each release, written by `explorer check --table`.

A row is keyed by the blob of the file and the digest of the note, so it also answers where only facts of a release are
at hand, and says nothing once either has changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from explorer import resources
from explorer.errors import DataError
from explorer.graph.values import Function
from explorer.kernel import Kernel
from explorer.tour.values import Fit, Note, Placement, Step
from explorer.version import Location, Version

__all__ = ["Row", "fingerprint", "read", "recalled", "row_of", "write"]

_HEAD = "version\tstep\tnote\tdigest\tblob\toutcome\tfunction\tfirst\tlast\tform\tbody\n"
Find = Callable[[Iterable[str]], tuple[Function, ...]]  # the definitions of the first of some FUNC@SRC there is


class Row(NamedTuple):
    """What became of one note in one release.

    `form` is the index of the anchor that fits, -1 if none does; `body` is the digest of the function's text.
    """

    version: str
    step: str
    note: str
    digest: str
    blob: str
    outcome: str
    function: str
    first: int
    last: int
    form: int
    body: str


def fingerprint(step: Step, note: Note) -> str:
    """The digest of everything that decides where a note stands and what it says there."""
    return hashlib.sha256(repr((step.functions, note)).encode()).hexdigest()[:12]


def row_of(kernel: Kernel, step: Step, placement: Placement, find: Find, body: str) -> Row:
    """The row of a placement."""
    note, function = placement.note, placement.function
    form = note.anchors.index(placement.anchor) if placement.anchor else -1
    blob = next((blob for path in _paths(step, note, find) if (blob := _blob(kernel, path))), "-")
    where = (function.id, placement.location.line, placement.last) if function and placement.location else ("-", 0, 0)
    digest, outcome = fingerprint(step, note), str(placement.outcome)
    return Row(str(kernel.version), step.id, note.id, digest, blob, outcome, *where, form, body or "-")


def _blob(kernel: Kernel, path: str) -> str:
    return next((row.blob[:12] for row in kernel.facts if row.path == path), "")


def _paths(step: Step, note: Note, find: Find) -> list[str]:
    """The files a note may stand in: that of the step's function, then those its anchors name."""
    places = [find(step.functions), *(find([anchor.function]) for anchor in note.anchors)]
    return [rows[0].file for rows in places if rows]


def read(place: Path) -> tuple[Row, ...]:
    """The rows of a table; DataError if it is something else."""
    try:
        lines = place.read_text("utf-8").splitlines()[1:]
        cells = [line.split("\t") for line in lines]
        return tuple(Row._make([*row[:7], *map(int, row[7:10]), *row[10:]]) for row in cells)
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"{place}: {error}") from error


def write(place: Path, rows: Iterable[Row]) -> None:
    """Write a table; releases it has already and `rows` do not speak of are kept."""
    new = tuple(rows)
    told = {row.version for row in new}
    kept = [row for row in read(place) if row.version not in told] if place.is_file() else []
    ordered = sorted([*kept, *new], key=lambda row: (Version.parse(row.version), row.step, row.note))
    place.write_text(_HEAD + "".join("\t".join(map(str, row)) + "\n" for row in ordered), "utf-8")


@cache
def _shipped() -> Mapping[tuple[str, str], Row]:
    place = resources.data_path("checked.tsv")
    return {(row.digest, row.blob): row for row in read(place)} if place.is_file() else {}


def recalled(kernel: Kernel, step: Step, note: Note, find: Find) -> Placement:
    """Where a note stands in a release whose text is not at hand."""
    key, home = fingerprint(step, note), find(step.functions)
    paths = _paths(step, note, find)
    row = next((row for path in paths if (row := _shipped().get((key, _blob(kernel, path))))), None)
    if row and row.form >= 0:
        function = next(each for each in find([row.function]) if each.first <= row.first <= each.last)
        location = Location(kernel.version, function.file, row.first)
        return Placement(note, Fit.PLACED, location, row.last, function, note.anchors[row.form], row.body)
    if row and row.outcome == Fit.AMBIGUOUS:
        return Placement(note, Fit.AMBIGUOUS)
    if row is None and paths and kernel.version in note.meant:
        here = Location(kernel.version, home[0].file, home[0].line) if home else None
        return Placement(note, Fit.UNREAD, here, 0, home[0] if home else None)
    return Placement(note, Fit.MISSING if kernel.version in note.meant else Fit.ABSENT)
