"""Steps and tours from data/steps and data/tours, and what another language says in data/lang."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from explorer import resources
from explorer.errors import TourError
from explorer.tour.toml import Table, read
from explorer.tour.values import Anchor, Leg, Note, Question, Step, Tour, digest

__all__ = ["Tongue", "load_step", "load_tour", "pieces", "read_step", "steps", "tongue", "tours"]

_FUNCTION = re.compile(r"[A-Za-z_]\w*@[\w./-]+", re.ASCII)
_ID = re.compile(r"[a-z_][a-z0-9_-]*", re.ASCII)


def tours() -> tuple[Tour, ...]:
    """Every tour, in the order that they are best taken."""
    return tuple(_tour(name, table) for name, table in _tables().items())


def steps() -> tuple[str, ...]:
    """The ids of every step there is."""
    return tuple(sorted(place.stem for place in resources.data_path("steps").glob("*.toml")))


def load_tour(name: str) -> Tour:
    """Read data/tours/<name>.toml and its steps; TourError says what is wrong where, or which tours there are."""
    known = _tables()
    if name not in known:
        raise TourError(f"there is no tour {name!r}; there are {', '.join(known)}")
    return _tour(name, known[name])


def _tour(name: str, table: Table) -> Tour:
    legs = tuple(
        Leg(_step_of(row.only("step", "words", "bridge")), row.text("words", ""), row.text("bridge", ""))
        for row in table.rows("steps")
    )
    return Tour(name, table.text("title"), table.text("text"), table.texts("routes"), legs)


def _tables() -> dict[str, Table]:
    places = resources.data_path("tours").glob("*.toml")
    tables = {place.stem: read(place, f"data/tours/{place.name}") for place in places}
    for table in tables.values():
        table.only("title", "text", "routes", "order", "steps")
    return dict(sorted(tables.items(), key=lambda row: (row[1].number("order", 99), row[0])))


def _step_of(row: Table) -> Step:
    if not resources.data_path("steps", f"{row.text('step')}.toml").is_file():
        raise row.error(f"there is no data/steps/{row.text('step')}.toml", "step")
    return load_step(row.text("step"))


def load_step(name: str) -> Step:
    """Read data/steps/<name>.toml; TourError says what is wrong where."""
    place = resources.data_path("steps", f"{name}.toml")
    if not place.is_file():
        near = ", ".join(difflib.get_close_matches(name, steps(), 3))
        raise TourError(f"there is no step {name!r}{near and f'; near it: {near}'}", f"data/steps/{name}.toml")
    stamp = place.stat()
    return _loaded(place, (stamp.st_mtime_ns, stamp.st_size))


@lru_cache(256)
def _loaded(place: Path, stamp: tuple[int, int]) -> Step:
    """A step read once for as long as its file stays as it is: `check` asks for every step in every release."""
    return read_step(place, f"data/steps/{place.name}")


def read_step(place: Path, name: str) -> Step:
    """Read a step from a file, called `name` in errors."""
    table = read(place, name).only("function", "summary", "model", "scenario", "since", "until", "notes")
    functions = table.texts("function")
    if not functions or not all(map(_FUNCTION.fullmatch, functions)):
        raise table.error('wants names like "deliver_skb@net/core/dev.c", newest first', "function")
    notes = tuple(_note(row, table) for row in table.rows("notes"))
    for index, note in enumerate(notes):
        if note.id in [each.id for each in notes[:index]]:
            raise table.rows("notes")[index].error(f"{note.id!r} is used twice", "id")
    return Step(
        place.stem, functions, table.text("summary", ""), notes, table.text("model", ""), table.text("scenario", "")
    )


def _note(row: Table, step: Table) -> Note:
    row.only("id", "title", "text", "since", "until", "anchors")
    if not _ID.fullmatch(row.text("id")):
        raise row.error("an id is of a-z, 0-9, - and _", "id")
    if not row.rows("anchors"):
        raise row.error("has no [[notes.anchors]]")
    meant = row.range() if "since" in row or "until" in row else step.range()
    return Note(row.text("id"), row.text("title"), row.text("text"), tuple(map(_anchor, row.rows("anchors"))), meant)


def _anchor(row: Table) -> Anchor:
    row.only("match", "within", "under", "in", "text")
    if "in" in row and not _FUNCTION.fullmatch(row.text("in")):
        raise row.error('wants a name like "deliver_skb@net/core/dev.c"', "in")
    return Anchor(row.text("match"), *(row.text(key, "") for key in ("within", "under", "in", "text")))


@dataclass(frozen=True, slots=True)
class Tongue:
    """What another language says instead, by digest of the English; `stale` rows translate what is no longer said."""

    said: dict[str, tuple[str, str]]
    rows: tuple[tuple[str, Table], ...] = ()

    def says(self, title: str, text: str) -> tuple[str, str]:
        """A title and a text in this language, in English where it has none of just these."""
        return self.said.get(digest(title, text), (title, text))

    def stale(self, english: set[str]) -> tuple[TourError, ...]:
        """The rows that translate nothing of what is said in English, by its digests."""
        return tuple(row.error("translates what is no longer said", "of") for of, row in self.rows if of not in english)


def tongue(lang: str, kind: str, name: str) -> Tongue:
    """The translation of a step or a tour, data/lang/<lang>/<kind>/<name>.toml, empty if there is none.

    That of the questions has no kind.
    """
    place = Path("lang", lang, kind, f"{name}.toml")
    if lang == "en" or not resources.data_path(*place.parts).is_file():
        return Tongue({})
    rows = read(resources.data_path(*place.parts), f"data/{place}").only("notes").rows("notes")
    for row in rows:
        row.only("id", "of", "title", "text")
    said = {row.text("of"): (row.text("title", ""), row.text("text")) for row in rows}
    return Tongue(said, tuple((row.text("of"), row) for row in rows))


def pieces(told: Step | Tour | Question) -> tuple[tuple[str, str, str], ...]:
    """All that is said in English, piece by piece: id, title, text."""
    if isinstance(told, Question):
        return ((told.id, "", told.ask), *((told.id, "", answer.text) for answer in told.answers))
    if isinstance(told, Step):
        notes = [(note.id, note.title, text) for note in told.notes for text in note.texts]
        return (("summary", "", told.summary), *notes)
    legs = [(leg.step.id, "", text) for leg in told.legs for text in (leg.words, leg.bridge) if text]
    return (("tour", told.title, told.text), *legs)
