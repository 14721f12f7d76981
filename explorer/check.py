"""Every note of every step in every release asked for, and whether steps, tours, model and scenarios hang together."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from explorer import resources
from explorer.kernel import Kernel
from explorer.scenario import scenarios
from explorer.tour import first, table
from explorer.tour.drift import Near, nearest
from explorer.tour.glossary import glossary
from explorer.tour.load import load_step, pieces, steps, tongue, tours
from explorer.tour.placement import Ground, place
from explorer.tour.questions import questions
from explorer.tour.review import review
from explorer.tour.values import Fit, Placement, Question, Step, Tour, digest
from explorer.tour.walk import joined, stops

__all__ = ["WORDS", "Checked", "Finding", "Report", "check", "check_data"]

WORDS = 80  # of a note, at most


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend (`is_error`) or to do yet; `near` are the statements that a lost note may mean."""

    where: str
    said: str
    is_error: bool = True
    near: tuple[Near, ...] = ()

    def __str__(self) -> str:
        return f"{self.where}: {self.said}"


@dataclass(frozen=True, slots=True)
class Checked:
    """A note in a release, and when and by whom it was reviewed there."""

    step: Step
    placement: Placement
    reviewed: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in a release; `rows` are for the table of outcomes, none where its text is not at hand."""

    ground: Ground
    notes: tuple[Checked, ...]
    findings: tuple[Finding, ...]
    rows: tuple[table.Row, ...]

    @property
    def kernel(self) -> Kernel:
        """The release."""
        return self.ground.kernel

    @property
    def failed(self) -> bool:
        """Whether something is to be mended."""
        return any(finding.is_error for finding in self.findings)

    def count(self, outcome: Fit) -> int:
        """How many notes ended so."""
        return sum(each.placement.outcome is outcome for each in self.notes)

    @property
    def unreviewed(self) -> int:
        """How many placed notes nobody has read against just this text."""
        return sum(each.placement.outcome is Fit.PLACED and not each.reviewed for each in self.notes)


def check(kernel: Kernel, only: Sequence[str] = ()) -> Report:
    """Place every note of every step, or of some, in a release, and walk the tours."""
    ground = Ground(kernel)
    notes = [
        Checked(step, placed, review(ground, step, placed) if placed.outcome is Fit.PLACED else "")
        for step in map(load_step, only or steps())
        for placed in (place(ground, step, note) for note in step.notes)
    ]
    lost = [_lost(ground, each.step, each.placement) for each in notes if each.placement.outcome.is_loss]
    walked = [] if only else [finding for tour in tours() for finding in _unjoined(ground, tour)]
    rows = tuple(_row(ground, each) for each in notes) if kernel.has_text else ()
    return Report(ground, tuple(notes), (*lost, *walked), rows)


def _row(ground: Ground, checked: Checked) -> table.Row:
    function = checked.placement.function
    body = ground.digest(function) if function else ""
    return table.row_of(ground.kernel, checked.step, checked.placement, ground.definitions, body)


def _lost(ground: Ground, step: Step, placed: Placement) -> Finding:
    near = nearest(ground, step, placed.note) if ground.kernel.has_text else ()
    return Finding(f"{step.id}.{placed.note.id}", f"{placed.outcome} in {ground.kernel.version}", True, near)


def _unjoined(ground: Ground, tour: Tour) -> Iterator[Finding]:
    for before, after in pairwise(stops(ground, tour)[0]):
        if not joined(ground.kernel.graph, before, after) and not after.legs[0].bridge:
            yield Finding(
                f"{tour.id}, {after.legs[0].step.id}",
                f"no call or hand-over leads from {before.id} to {after.id} in {ground.kernel.version}; "
                "give the step a `bridge` that says what does",
            )


def check_data(only: Sequence[str] = (), lang: str = "en") -> tuple[Finding, ...]:
    """What is wrong whatever the release: words, translations, names of models, scenarios and routes.

    With another language than English, also what has no translation in it yet, with the digest to translate it by.
    """
    found: list[Finding] = []
    for step in map(load_step, only or steps()):
        found += [*_wordy(step), *_translated("steps", step.id, pieces(step), lang), *_resolved(step)]
    if only:
        return tuple(found)
    for tour in tours():
        found += [*_translated("tours", tour.id, pieces(tour), lang), *_routed(tour)]
    asked = questions()
    found += _translated("", "questions", [piece for question in asked for piece in pieces(question)], lang)
    found += _translated("", "first", first.pieces(), lang)
    found += _translated("", "glossary", [(word, word, text) for word, text in glossary()], lang)
    found += [Finding("the first screen", f"there is no note {name}") for name in first.claimed() if not _is_note(name)]
    return (*found, *(finding for question in asked for finding in _answered(question)))


def _is_note(name: str) -> bool:
    step, _, note = name.partition(".")
    return step in steps() and note in [each.id for each in load_step(step).notes]


def _answered(question: Question) -> Iterator[Finding]:
    for name in (name for answer in question.answers for name in answer.notes):
        if not _is_note(name):
            yield Finding(f"question {question.id}", f"there is no note {name}")
    if question.scenario and question.scenario not in scenarios():
        yield Finding(f"question {question.id}", f"there is no scenario {question.scenario}; not there yet", False)


def _wordy(step: Step) -> Iterator[Finding]:
    for note in step.notes:
        for text in note.texts:
            if (count := len(text.split())) > WORDS:
                yield Finding(f"{step.id}.{note.id}", f"has {count} words; a note has one idea and at most {WORDS}")


def _translated(kind: str, name: str, told: Sequence[tuple[str, str, str]], lang: str) -> Iterator[Finding]:
    english = {digest(title, text): (id_, title or text) for id_, title, text in told}
    for place_ in sorted(resources.data_path("lang").glob("*")):
        for error in tongue(place_.name, kind, name).stale(set(english)):
            yield Finding(f"{error.file}:{error.line}", str(error).partition(": ")[2])
    for of in [of for of in english if lang != "en" and of not in tongue(lang, kind, name).said]:
        id_, words = english[of]
        yield Finding(f"{name}.{id_}", f'no {lang} translation, of = "{of}": {" ".join(words.split())[:60]}', False)


def _resolved(step: Step) -> Iterator[Finding]:
    for key, name in (("model", step.model), ("scenario", step.scenario)):
        if not name:
            yield Finding(step.id, f"names no {key}")
    if step.model and not _modelled(step.model):
        yield Finding(step.id, f"explorer.model has no {step.model}; not there yet", is_error=False)
    if step.scenario and step.scenario not in scenarios():
        yield Finding(step.id, f"there is no data/scenarios/{step.scenario}.toml; not there yet", is_error=False)


def _modelled(name: str) -> bool:
    module, _, function = name.rpartition(".")
    try:
        return callable(getattr(importlib.import_module(f"explorer.model.{module}"), function, None))
    except ImportError:
        return False


def _routed(tour: Tour) -> Iterator[Finding]:
    known = {row["id"] for row in resources.data("routes.toml")["routes"]}  # type: ignore[attr-defined]
    for route in tour.routes:
        if route not in known:
            yield Finding(tour.id, f"data/routes.toml has no route {route!r}")
