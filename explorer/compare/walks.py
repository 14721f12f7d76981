"""A tour in two releases, page beside page: the notes whose statement moved, reads differently, is new or gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.compare.pages import statement
from explorer.compare.values import Change
from explorer.excerpt import Page, Remark
from explorer.tour.pages import Walk
from explorer.tour.values import Fit
from explorer.version import Version

__all__ = ["Pair", "Told", "WalkChange", "compare_walks"]


@dataclass(frozen=True, slots=True)
class Told:
    """A note in both releases; one that moved stands in another `function`. A line of another number is no change."""

    change: Change
    before: Remark | None
    after: Remark | None
    function: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A page, the pages of the other release that tell of the same steps, and what became of each note."""

    page: Page
    others: tuple[Page, ...]
    notes: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class WalkChange:
    """A tour in two releases; `new` are the other's pages of steps that the first tells nothing of."""

    before: Version
    after: Version
    pairs: tuple[Pair, ...]
    new: tuple[Page, ...]


def compare_walks(before: Walk, after: Walk) -> WalkChange:
    """What became of a tour's statements from one release to another, as both walks place them."""
    pairs = tuple(_pair(page, after.pages) for page in before.pages)
    met = [page for pair in pairs for page in pair.others]
    return WalkChange(before.version, after.version, pairs, tuple(page for page in after.pages if page not in met))


def _pair(page: Page, pages: Sequence[Page]) -> Pair:
    others = tuple(each for each in pages if _steps(each) & _steps(page))
    after = {remark.id: (each, remark) for each in others for remark in each.remarks}
    rows = [_told(page, remark, *after.pop(remark.id, (page, None))) for remark in page.remarks]
    rows += [_told(page, None, each, remark) for each, remark in after.values()]
    return Pair(page, others, tuple(row for row in rows if row))


def _told(page: Page, before: Remark | None, other: Page, after: Remark | None) -> Told | None:
    outcomes = [each.outcome if each else Fit.ABSENT for each in (before, after)]
    if not before or not after or Fit.ABSENT in outcomes:
        change = Change.NEW if outcomes[0] == Fit.ABSENT else Change.GONE
        return Told(change, before, after) if outcomes != [Fit.ABSENT, Fit.ABSENT] else None
    if any(each != Fit.PLACED for each in outcomes):
        return Told(Change.LOST, before, after)
    if page.title != other.title and before.first and after.first:
        return Told(Change.MOVED, before, after, other.title)
    one, two = statement(before, page), statement(after, other)
    same = before.text == after.text and (not one or not two or one == two)
    return Told(Change.SAME if same else Change.CHANGED, before, after)


def _steps(page: Page) -> set[str]:
    """The steps that a page tells of."""
    return {remark.id.partition(".")[0] for remark in page.remarks}
