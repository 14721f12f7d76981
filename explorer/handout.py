"""What a handout holds, in whatever format: tours with their pages, the questions they answer, a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from explorer.compare import WalkChange, compare_walks
from explorer.excerpt import Page
from explorer.graph import CallGraph, FileInfo, Route
from explorer.kernel import Kernel
from explorer.tour.glossary import glossary
from explorer.tour.load import tongue
from explorer.tour.pages import Walk, walk
from explorer.tour.questions import questions
from explorer.tour.values import Answer, Fit, Tour
from explorer.version import Version

__all__ = ["Asked", "Handout", "handout"]


_LONGEST = 20  # lines


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that notes of the handout answer, by their ids; `scenario` lets a reader see it happen."""

    id: str
    ask: str
    texts: tuple[str, ...]
    notes: tuple[str, ...]
    scenario: str


@dataclass(frozen=True)
class Handout:
    """Tours of a release on paper or in a file; `answers` makes it the teacher's copy.

    `files` are those its pages are of, all that were read where it has no page with text. `changes` has one row a tour
    where it is compared with another release, else none. `words` are the subject's, each with what it means.
    """

    lang: str
    graph: CallGraph
    routes: tuple[Route, ...]
    walks: tuple[Walk, ...]
    files: tuple[FileInfo, ...]
    has_text: bool
    questions: tuple[Asked, ...]
    answers: bool = False
    changes: tuple[WalkChange, ...] = ()
    words: tuple[tuple[str, str], ...] = ()

    @property
    def version(self) -> Version:
        """The release."""
        return self.graph.version

    @property
    def other(self) -> Version | None:
        """The release it is compared with."""
        return self.changes[0].after if self.changes else None

    @property
    def longest(self) -> int:
        """As many lines without a note may be folded; where there are several tours, longer stretches are left out."""
        return _LONGEST if len(self.walks) > 1 else 1 << 30

    def number(self, walk: Walk, step: int) -> str:
        """What a step, counted from 0, is called: with its tour's number before it where there are several."""
        tour = f"{self.walks.index(walk) + 1}." if len(self.walks) > 1 else ""
        return f"{tour}{step + 1}"

    def told_before(self, walk: Walk, step: int) -> tuple[Walk, int] | None:
        """Where an earlier tour has a step's page, with the same source and the same notes, if one has."""
        page = walk.pages[step]
        for other in self.walks[: self.walks.index(walk)]:
            for number, each in enumerate(other.pages):
                if (each.title, each.location, each.remarks) == (page.title, page.location, page.remarks):
                    return other, number
        return None

    def file(self, page: Page) -> FileInfo | None:
        """The file a page is of."""
        path = page.location.path if page.location else ""
        return next((info for info in self.files if info.path == path), None)


def handout(
    kernel: Kernel, tours: Sequence[Tour], lang: str = "en", answers: bool = False, other: Kernel | None = None
) -> Handout:
    """Make a handout of tours in a release, compared with another if one is given."""
    walks = tuple(walk(kernel, tour, lang) for tour in tours)
    changes = tuple(
        compare_walks(here, walk(other, tour, lang)) for here, tour in zip(walks, tours, strict=True) if other
    )
    paths = {page.location.path for each in walks for page in each.pages if page.location}
    files = tuple(info for info in kernel.infos if info.path in paths)
    asked = tuple(_asked(kernel.version, walks, lang))
    told = (lang, kernel.graph, kernel.routes, walks, files, kernel.has_text, asked, answers, changes)
    return Handout(*told, glossary(lang))


def _asked(version: Version, walks: Sequence[Walk], lang: str) -> Iterator[Asked]:
    """The questions whose answer in this release begins with a note that is shown."""
    said = tongue(lang, "", "questions")
    shown = {row.id for each in walks for page in each.pages for row in page.remarks if row.outcome == Fit.PLACED}
    for question in questions():
        here: list[Answer] = [answer for answer in question.answers if version in answer.holds]
        if here and here[0].notes[0] in shown:
            texts = tuple(said.says("", answer.text)[1] for answer in here)
            notes = tuple(dict.fromkeys(name for answer in here for name in answer.notes if name in shown))
            yield Asked(question.id, said.says("", question.ask)[1], texts, notes, question.scenario)
