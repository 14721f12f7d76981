"""Steps, notes, tours, and what becomes of a note in a release."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from explorer.graph.values import Function
from explorer.version import Location, Version

__all__ = ["Anchor", "Answer", "Fit", "Leg", "Note", "Placement", "Question", "Range", "Step", "Tour", "digest"]


class Fit(StrEnum):
    """What becomes of a note in a release; UNREAD where neither its text nor a table of outcomes is at hand."""

    PLACED = "placed"
    MISSING = "missing"
    AMBIGUOUS = "ambiguous"
    ABSENT = "absent"
    UNREAD = "unread"

    @property
    def is_loss(self) -> bool:
        """Whether a reader is told that the note could not be located."""
        return self in (Fit.MISSING, Fit.AMBIGUOUS)


@dataclass(frozen=True, slots=True)
class Range:
    """The releases something is meant for, both ends included, stable releases and candidates with theirs."""

    since: Version | None = None
    until: Version | None = None

    def __contains__(self, version: Version) -> bool:
        early = self.since and version.numbers < self.since.numbers
        late = self.until and version.numbers[: len(self.until.numbers)] > self.until.numbers
        return not early and not late

    def __str__(self) -> str:
        if self.since and self.until:
            return f"{self.since} to {self.until}"
        return f"since {self.since}" if self.since else f"until {self.until}" if self.until else "in every release"


@dataclass(frozen=True, slots=True)
class Anchor:
    """One form of the statement a note stands on; `text`, where there is one, replaces the note's.

    `match`, `within` and `under` are those of Pattern; `function`, FUNC@SRC, is another one than the step's.
    """

    match: str
    within: str = ""
    under: str = ""
    function: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """One idea about one statement, whose forms stand newest first."""

    id: str
    title: str
    text: str
    anchors: tuple[Anchor, ...]
    meant: Range = Range()

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text the note can have, the default first."""
        return tuple(dict.fromkeys([self.text, *(anchor.text for anchor in self.anchors if anchor.text)]))


@dataclass(frozen=True, slots=True)
class Step:
    """A function and what is to be said about it; `functions` are its names FUNC@SRC, newest first."""

    id: str
    functions: tuple[str, ...]
    summary: str
    notes: tuple[Note, ...]
    model: str = ""
    scenario: str = ""


@dataclass(frozen=True, slots=True)
class Leg:
    """A step of a tour, with the tour's own words before it and those for where no call leads to it."""

    step: Step
    words: str = ""
    bridge: str = ""


@dataclass(frozen=True, slots=True)
class Tour:
    """Steps in the order they are walked, and the routes of data/routes.toml that they follow."""

    id: str
    title: str
    text: str
    routes: tuple[str, ...]
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, the notes that show it, each as STEP.NOTE, and the releases it holds in."""

    text: str
    notes: tuple[str, ...]
    holds: Range = Range()


@dataclass(frozen=True, slots=True)
class Question:
    """What people ask, other words they ask it in, and the scenario that lets them see the answer."""

    id: str
    ask: str
    words: tuple[str, ...]
    answers: tuple[Answer, ...]
    scenario: str = ""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a note stands in a release: from `location` to line `last`, by `anchor`, in the definition `function`.

    `body` is the digest of that definition's text where a table told it and the text is not at hand.
    """

    note: Note
    outcome: Fit
    location: Location | None = None
    last: int = 0
    function: Function | None = None
    anchor: Anchor | None = None
    body: str = ""

    @property
    def text(self) -> str:
        """What is said here: the anchor's text, else the note's."""
        return (self.anchor.text if self.anchor else "") or self.note.text

    @property
    def digest(self) -> str:
        """The digest of what is said here."""
        return digest(self.note.title, self.text)

    def __str__(self) -> str:
        return f"{self.note.id}  {self.outcome}  {self.location or ''}".rstrip()


def digest(title: str, text: str) -> str:
    """What a review and a translation are of: the words, however they are folded into lines."""
    return hashlib.sha256("\n".join(" ".join(part.split()) for part in (title, text)).encode()).hexdigest()[:12]
