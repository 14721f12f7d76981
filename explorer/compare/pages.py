"""One function of two releases side by side: its lines, its calls, the notes that stand on it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import zip_longest

from explorer.compare.releases import calls_changed, function_changed
from explorer.compare.values import Change, Difference, FunctionChange, Line, NoteChange
from explorer.errors import FunctionNotFoundError
from explorer.excerpt import Page, Remark
from explorer.graph import name_of
from explorer.kernel import Kernel
from explorer.tour import Ground, Step, Tour, load_step, steps
from explorer.tour.pages import link, walk
from explorer.tour.placement import place
from explorer.tour.values import Fit, Leg
from explorer.version import Location

__all__ = ["beside", "compare_function", "counterpart", "page_of", "statement"]


_LONG = 1000  # lines from which on those that stand everywhere are not matched: it would take minutes


def compare_function(before: Kernel, after: Kernel, name: str) -> Difference:
    """One function, FUNC or FUNC@SRC, with its lines, calls and notes; FunctionNotFoundError if neither has it."""
    try:
        key = before.graph.find(name)
        other = counterpart(after, key)
    except FunctionNotFoundError:
        other = after.graph.find(name)
        key = counterpart(before, other)
    pages = [page_of(kernel, each) if each else None for kernel, each in ((before, key), (after, other))]
    return Difference(before.version, after.version, (), (beside(before, pages[0], after, pages[1]),))


def beside(before: Kernel, old: Page | None, after: Kernel, new: Page | None) -> FunctionChange:
    """Two pages of a function, of which one may be missing: lines, calls and notes."""
    ids = [_id(page) for page in (old, new)]
    found = function_changed(Ground(before), Ground(after), *ids)
    shown = new or old
    head = found or FunctionChange(shown.title if shown else "", Change.SAME, False, None, None)
    calls = [kernel.graph.callees(key) if key else () for kernel, key in zip((before, after), ids, strict=True)]
    lines = tuple(_lines(old, new)) if old and new else ()
    return replace(head, calls=calls_changed(*calls), lines=lines, notes=tuple(_notes([(before, old), (after, new)])))


def _id(page: Page | None) -> str:
    return f"{page.title}@{page.location.path}" if page and page.location else ""


def page_of(kernel: Kernel, key: str) -> Page:
    """A function, with every note that stands on it, whatever tour tells it."""
    ground = Ground(kernel)
    told = [step for step in _all_steps() if any(row.id == key for row in ground.definitions(step.functions))]
    tour = Tour("", "", "", (), tuple(map(Leg, told or [Step(key, (key,), "", ())])))
    shown = next(iter(walk(kernel, tour).pages), Page(name_of(key), (), None, ()))
    definition = kernel.graph.definitions[key][0]
    if shown.location or not definition.file:
        return shown
    location = Location(kernel.version, definition.file, definition.line)
    text = kernel.excerpt(definition) if definition.file in kernel.texts else None
    return replace(shown, excerpt=text, location=location, link=link(location))  # a macro, which no step stands on


def counterpart(kernel: Kernel, key: str) -> str:
    """The id that a function of another release has here: its own, one of its name, one that a step says; or none."""
    names = [names for step in _all_steps() if key in (names := step.functions)]
    wanted = [key, name_of(key), *(name for row in names for name in row)]
    return next((found for name in wanted for found in kernel.graph.known([name]) if "@" in found), "")


@cache
def _all_steps() -> tuple[Step, ...]:
    return tuple(map(load_step, steps()))


def _lines(old: Page, new: Page) -> Iterator[Line]:
    """The lines of both, told apart whatever their indentation; none where a text is not at hand."""
    if not old.excerpt or not new.excerpt:
        return
    was = dict(enumerate(old.excerpt.text.split("\n"), old.excerpt.first))
    now = dict(enumerate(new.excerpt.text.split("\n"), new.excerpt.first))
    numbers = [list(side) for side in (was, now)]
    folded = [[" ".join(line.split()) for line in side.values()] for side in (was, now)]
    rough = max(map(len, folded)) > _LONG
    for tag, a, b, c, d in difflib.SequenceMatcher(None, folded[0], folded[1], autojunk=rough).get_opcodes():
        for one, other in zip_longest(numbers[0][a:b], numbers[1][c:d], fillvalue=0):
            met = Change.SAME if tag == "equal" else Change.CHANGED
            change = Change.NEW if not one else Change.GONE if not other else met
            yield Line(change, one, other, was.get(one, ""), now.get(other, ""))


def _notes(sides: Sequence[tuple[Kernel, Page | None]]) -> Iterator[NoteChange]:
    """Notes that stand, or should, on either page; in the other release perhaps on another function."""
    pages = [page for _, page in sides]
    told = [{remark.id: remark for remark in page.remarks} if page else {} for page in pages]
    grounds = [Ground(kernel) for kernel, _ in sides]
    for key in told[1] | told[0]:
        rows = [side.get(key) or _elsewhere(ground, key) for side, ground in zip(told, grounds, strict=True)]
        if change := _note(rows, pages):
            places = [row.location if row and row.outcome == Fit.PLACED else None for row in rows]
            titles = [row.title for row in reversed(rows) if row]
            yield NoteChange(key, titles[0], change, places[0], places[1])


def _elsewhere(ground: Ground, key: str) -> Remark | None:
    """A note of ours that is not on the page, where another function has it."""
    step = next((step for step in _all_steps() if step.id == key.partition(".")[0]), None)
    note = next((note for note in step.notes if f"{step.id}.{note.id}" == key), None) if step else None
    if step is None or note is None:
        return None
    placed = place(ground, step, note)
    return Remark(key, note.title, placed.text, 0, 0, str(placed.outcome), placed.location)


def _note(rows: Sequence[Remark | None], pages: Sequence[Page | None]) -> Change | None:
    outcomes = [row.outcome if row else Fit.ABSENT for row in rows]
    if all(each == Fit.ABSENT for each in outcomes):
        return None
    if any(each not in (Fit.PLACED, Fit.ABSENT) for each in outcomes):
        return Change.LOST
    if Fit.ABSENT in outcomes:
        return Change.NEW if outcomes[0] == Fit.ABSENT else Change.GONE
    said = [(row.text, statement(row, page)) for row, page in zip(rows, pages, strict=True) if row]
    if said[0][0] != said[1][0] or (all(text for _, text in said) and said[0] != said[1]):
        return Change.CHANGED
    lines = {(row.location.path, row.location.line) for row in rows if row and row.location}
    return Change.SAME if len(lines) == 1 else Change.MOVED


def statement(row: Remark, page: Page | None) -> str:
    """The statement a note stands on; empty where its text is not at hand."""
    if not row.first or not page or not page.excerpt:
        return ""
    lines = page.excerpt.text.split("\n")[row.first - page.excerpt.first : row.last + 1 - page.excerpt.first]
    return " ".join(" ".join(lines).split())
