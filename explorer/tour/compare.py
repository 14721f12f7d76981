"""A tour in two releases, step beside step: which statements moved, which read differently, which are new or gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from explorer.excerpt import Page, Remark
from explorer.tour.pages import Walk
from explorer.tour.values import Fit
from explorer.version import Version

__all__ = ["Change", "Comparison", "Pair", "compare"]


@dataclass(frozen=True, slots=True)
class Change:
    """A note in two releases; `what` is same, moved (to another function), changed (reads differently), new or gone."""

    what: str
    before: Remark | None
    after: Remark | None
    function: str = ""  # where it stands afterwards, if it moved

    @property
    def title(self) -> str:
        """The note's title, as it is said last."""
        told = self.after or self.before
        return told.title if told else ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A page, the pages of the other release that tell of the same steps, and what became of each note."""

    page: Page
    others: tuple[Page, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two releases of a tour; `new` are the other's pages whose functions the first has nothing of."""

    before: Version
    after: Version
    pairs: tuple[Pair, ...]
    new: tuple[Page, ...]


def compare(one: Walk, other: Walk) -> Comparison:
    """What became of a tour's statements from one release to another, as both walks place them."""
    pairs = tuple(_pair(page, other.pages) for page in one.pages)
    met = [page for pair in pairs for page in pair.others]
    return Comparison(one.version, other.version, pairs, tuple(page for page in other.pages if page not in met))


def _pair(page: Page, pages: Sequence[Page]) -> Pair:
    others = tuple(each for each in pages if _told(each) & _told(page))
    after = {remark.id: (each, remark) for each in others for remark in _placed(each)}
    before = {remark.id: remark for remark in _placed(page)}
    changes = [_change(page, remark, *after.get(remark.id, (page, None))) for remark in before.values()]
    changes += [Change("new", None, remark) for key, (_, remark) in after.items() if key not in before]
    return Pair(page, others, tuple(changes))


def _change(page: Page, before: Remark, other: Page, after: Remark | None) -> Change:
    if after is None:
        return Change("gone", before, None)
    if page.title != other.title and before.first and after.first:
        return Change("moved", before, after, other.title)
    one, two = _statement(page, before), _statement(other, after)
    same = before.text == after.text and (not one or not two or one == two)
    return Change("same" if same else "changed", before, after)


def _placed(page: Page) -> Iterator[Remark]:
    return (remark for remark in page.remarks if remark.outcome == Fit.PLACED)


def _told(page: Page) -> set[str]:
    """The steps that a page tells of."""
    return {remark.id.partition(".")[0] for remark in page.remarks}


def _statement(page: Page, remark: Remark) -> str:
    """The lines a remark stands on, less blanks; empty where no text is at hand."""
    if page.excerpt is None or not remark.first:
        return ""
    rows = page.excerpt.lines[remark.first - page.excerpt.first : remark.last - page.excerpt.first + 1]
    return "".join("".join(text for _, text in row) for row in rows).replace(" ", "").replace("\t", "")
