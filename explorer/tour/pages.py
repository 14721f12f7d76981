"""Pages: the stops of a tour as a reader sees them, in terminal, widget and handout."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from explorer.excerpt import Page, Remark
from explorer.graph.values import Function, name_of
from explorer.kernel import Kernel
from explorer.sources.catalogue import shipped_mirrors
from explorer.tour import notes
from explorer.tour.load import Tongue, load_step, tongue
from explorer.tour.placement import Ground, place
from explorer.tour.review import review
from explorer.tour.values import Fit, Leg, Placement, Question, Step, Tour
from explorer.tour.walk import Stop, joined, stops
from explorer.tour.words import Words
from explorer.version import Location, Version

__all__ = ["Reply", "Walk", "absences", "answered", "link", "pages_of", "step_page", "walk"]


@dataclass(frozen=True, slots=True)
class Walk:
    """A tour as a reader sees it in a release; `absent` are the functions this release is not meant to have."""

    id: str
    version: Version
    title: str
    text: str
    pages: tuple[Page, ...]
    absent: tuple[str, ...]


def walk(kernel: Kernel, tour: Tour, lang: str = "en") -> Walk:
    """A tour in a release, in a language as far as there is a translation."""
    ground = Ground(kernel)
    here, gone = stops(ground, tour)
    said = tongue(lang, "tours", tour.id)
    on = {stop.id for stop in here}
    pages = []
    for before, stop in zip([None, *here], here, strict=False):
        bridged = before is not None and not joined(kernel.graph, before, stop)
        words = [stop.legs[0].bridge] * bridged + [leg.words for leg in stop.legs]
        pages.append(_page(ground, stop, on, lang, tuple(said.says("", text)[1] for text in words if text)))
    absent = tuple(name_of(leg.step.functions[0]) for leg in gone)
    return Walk(tour.id, kernel.version, *said.says(tour.title, tour.text), tuple(pages), absent)


@dataclass(frozen=True, slots=True)
class Reply:
    """A question answered for a release, with pages that show only the notes it is answered by."""

    id: str
    version: Version
    ask: str
    texts: tuple[str, ...]
    pages: tuple[Page, ...]
    scenario: str


def answered(kernel: Kernel, question: Question, lang: str = "en") -> Reply:
    """A question answered for a release; no text where no answer holds in it."""
    said = tongue(lang, "", "questions")
    here = [answer for answer in question.answers if kernel.version in answer.holds]
    pages = pages_of(kernel, [name for answer in here for name in answer.notes], lang)
    texts = tuple(said.says("", answer.text)[1] for answer in here)
    return Reply(question.id, kernel.version, said.says("", question.ask)[1], texts, pages, question.scenario)


def pages_of(kernel: Kernel, names: Sequence[str], lang: str = "en") -> tuple[Page, ...]:
    """The pages of some notes, each as STEP.NOTE, a step a page, in the order that they are named."""
    steps = dict.fromkeys(name.partition(".")[0] for name in names)
    return tuple(_only(step_page(kernel, load_step(step), lang), names) for step in steps)


def _only(page: Page, notes: Collection[str]) -> Page:
    return replace(page, remarks=tuple(row for row in page.remarks if row.id in notes), calls=(), summary="")


def step_page(kernel: Kernel, step: Step, lang: str = "en") -> Page:
    """A step alone."""
    ground = Ground(kernel)
    placements = tuple((step, place(ground, step, note)) for note in step.notes)
    return _page(ground, Stop((Leg(step),), ground.definitions(step.functions), placements), (), lang, ())


def _page(ground: Ground, stop: Stop, on: Collection[str], lang: str, words: tuple[str, ...]) -> Page:
    kernel, shown = ground.kernel, _shown(stop)
    said = {leg.step.id: tongue(lang, "steps", leg.step.id) for leg in stop.legs}
    names = [stop.id, *(name for leg in stop.legs for name in leg.step.functions)]
    ours = [
        replace(_remark(ground, step, said[step.id], each, shown), meant=_meant(stop, step, each, Words(lang)))
        for step, each in stop.placements
    ]
    theirs = [
        _remark(ground, step, Tongue({}), place(ground, step, note), shown)
        for step in notes.of(names)
        for note in step.notes
    ]
    location = Location(kernel.version, shown.file, shown.line) if shown else None
    return Page(
        name_of(stop.id),
        tuple(_trust(kernel, shown, ours, Words(lang))),
        kernel.excerpt(shown) if shown and shown.file in kernel.texts else None,
        tuple(sorted([*ours, *theirs], key=lambda remark: remark.first)),
        location,
        link(location),
        words,
        " ".join(said[step.id].says("", step.summary)[1] for step in _speaking(stop)).replace("。 ", "。"),
        tuple(_calls(kernel, shown, on)) if shown else (),
    )


def _speaking(stop: Stop) -> list[Step]:
    """The steps whose summary tells of a function that is several: its own, and those of a good part of the notes."""
    placed = [step.id for step, each in stop.placements if each.outcome is Fit.PLACED]
    steps = [leg.step for leg in stop.legs]
    own = [step for step in steps if step.id == name_of(stop.id) or 4 * placed.count(step.id) >= len(placed)]
    return own or steps


def _meant(stop: Stop, step: Step, placed: Placement, say: Words) -> str:
    """What an absent note is about: its function, where that is not the page's, and the releases that have it."""
    if placed.outcome is not Fit.ABSENT:
        return ""
    holds = placed.note.meant
    if holds.since and holds.until:
        when = say("{since} to {until}", since=holds.since, until=holds.until)
    else:
        when = (
            say("since {version}", version=holds.since) if holds.since else say("until {version}", version=holds.until)
        )
    function = name_of(step.functions[0])
    return when if function == name_of(stop.id) else say("{function}, {when}", function=function, when=when)


def absences(page: Page, say: Words) -> str:
    """The notes of a page that this version does not have, in one line; nothing if it has all."""
    gone = [remark for remark in page.remarks if remark.outcome == Fit.ABSENT]
    rows = (say("{title} ({meant})", title=each.title, meant=each.meant) if each.meant else each.title for each in gone)
    return say("; ").join(rows)


def _shown(stop: Stop) -> Function | None:
    """The definition that notes stand on, where #if gives a function several."""
    on = [each.function for _, each in stop.placements if each.function in stop.definitions]
    return next(iter((*on, *stop.definitions)), None)


def _calls(kernel: Kernel, function: Function, on: Collection[str]) -> Iterator[tuple[int, str]]:
    for call in kernel.graph.callees(function.id):
        if call.callee in on and call.kind != "macro" and function.first <= call.location.line <= function.last:
            yield call.location.line, name_of(call.callee)


def _trust(kernel: Kernel, function: Function | None, remarks: list[Remark], say: Words) -> Iterator[str]:
    info = next((row for row in kernel.infos if function and row.path == function.file), None)
    if info is not None:
        yield from (each for each in (info.origin, say(info.verified), info.remark) if each)
    if not kernel.has_text:
        yield say("no text at hand, `explorer fetch {version}` brings it", version=kernel.version)
    placed = [remark for remark in remarks if remark.outcome == Fit.PLACED]
    unread = [remark for remark in placed if not remark.reviewed]
    if unread and unread != placed:
        yield say("{count} of {all} notes unreviewed", count=len(unread), all=len(placed))
    elif placed:
        yield say("unreviewed in this version" if unread else "reviewed in this version")


def _remark(ground: Ground, step: Step, said: Tongue, placed: Placement, shown: Function | None) -> Remark:
    title, text = said.says(placed.note.title, placed.text)
    here = placed.outcome is Fit.PLACED and placed.function == shown and placed.location is not None
    first = placed.location.line if here and placed.location else 0
    return Remark(
        f"{step.id}.{placed.note.id}",
        title,
        text,
        first,
        placed.last if here else 0,
        str(placed.outcome),
        placed.location,
        link(placed.location),
        review(ground, step, placed) if placed.outcome is Fit.PLACED else "",
    )


def link(location: Location | None) -> str:
    """Where a browser shows a line; empty for a vendor's release, which the mirrors do not have."""
    mirror = next((each for each in shipped_mirrors() if each.dialect == "cgit"), None)
    if location is None or mirror is None or location.version.suffix:
        return ""
    return f"{mirror.repository(location.version)}/tree/{location.path}?h={location.version}#n{location.line}"
