"""A note stands on its statement or says that it does not: never on another line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from trees import KERNEL

from explorer import kernel
from explorer.tour import Fit, Ground, load, place, table
from explorer.tour.drift import nearest
from explorer.tour.values import Anchor, Note, Range, Step
from explorer.version import Version

SOURCE = (KERNEL / "notes.c").read_text()
STEP = Step("show_all", ("show_all@net/core/dev.c",), "It shows a frame.", ())
ONE = "show_one@net/core/dev.c"

NOTES = {
    "call": Anchor("return last->func(*)", function=ONE),
    "down": Anchor("drop(frame)", within="if (!dev->up)"),
    "owner": Anchor("if (each->owner == frame->owner && *)"),
    "skip": Anchor("continue;"),
    "one": Anchor("show_one(frame, last)", within="if (last)"),
    "none": Anchor("drop(frame)", within="if (last) else"),
    "stamp-on": Anchor("stamp(frame)", under="CONFIG_NOTES"),
    "stamp-off": Anchor("stamp ( frame ) ;", under="!CONFIG_NOTES"),
    "loop": Anchor("count(frame, *)", within="case KIND_LOOP:"),
}


def ground(tmp_path: Path, text: str = SOURCE, version: str = "6.1.7") -> Ground:
    major, minor, sub = version.split(".")
    make = f"VERSION = {major}\nPATCHLEVEL = {minor}\nSUBLEVEL = {sub}\nEXTRAVERSION =\n"
    for path, content in {"Makefile": make, "net/core/dev.c": text}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    return Ground(kernel.open(None, str(tmp_path)))


def note(*anchors: Anchor, meant: Range = Range()) -> Note:  # noqa: B008 - a value
    return Note("a", "A title", "A text.", anchors, meant)


def line_of(mark: str, text: str = SOURCE) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if f"/* note: {mark} */" in line)


@pytest.mark.parametrize("mark", NOTES)
def test_a_note_stands_where_the_fixture_marks_it(mark: str, tmp_path: Path) -> None:
    placed = place(ground(tmp_path), STEP, note(NOTES[mark]))
    assert (placed.outcome, placed.location and placed.location.line) == (Fit.PLACED, line_of(mark))


def test_every_mark_of_the_fixture_is_tried() -> None:
    assert set(re.findall(r"/\* note: ([\w-]+) \*/", SOURCE)) == set(NOTES)


def test_the_whole_statement_up_to_its_body_is_meant(tmp_path: Path) -> None:
    placed = place(ground(tmp_path), STEP, note(NOTES["owner"]))
    assert placed.last == line_of("owner") + 1


MUTATIONS = [
    ("stamp-on", "#ifdef CONFIG_NOTES", "#ifdef CONFIG_OTHERS", Fit.MISSING),  # another arm
    ("skip", "continue;", "goto out;", Fit.MISSING),
    ("down", "if (!dev->up) {", "if (dev->down) {", Fit.MISSING),  # another enclosing statement
]


@pytest.mark.parametrize(("mark", "before", "after", "outcome"), MUTATIONS)
def test_a_lost_statement_is_said_and_never_guessed(
    mark: str, before: str, after: str, outcome: Fit, tmp_path: Path
) -> None:
    assert SOURCE.count(before) == 1
    placed = place(ground(tmp_path, SOURCE.replace(before, after)), STEP, note(NOTES[mark]))
    assert (placed.outcome, placed.location) == (outcome, None)


def span(mark: str, text: str = SOURCE) -> tuple[int, int]:
    """Where a marked statement begins and ends in the text, with its mark."""
    lines = text.splitlines(keepends=True)
    last = line_of(mark, text) + (mark == "owner")  # the one statement of two lines
    return len("".join(lines[: line_of(mark, text) - 1])), len("".join(lines[:last]))


def renamed(mark: str) -> str:
    return re.sub(r"\bshow_(all|one)\(struct", r"show_the_\1(struct", SOURCE)


def deleted(mark: str) -> str:
    first, last = span(mark)
    return SOURCE[:first] + ("if (0)\n" if mark == "owner" else ";\n") + SOURCE[last:]


def doubled(mark: str) -> str:
    first, last = span(mark)
    twice = SOURCE[first:last] * 2
    return SOURCE[:first] + (twice if mark == "owner" else f"{{\n{twice}}}\n") + SOURCE[last:]


def split(mark: str) -> str:
    """A condition in two, or a call and, before it, what it is called with."""
    first, last = span(mark)
    statement = SOURCE[first:last]
    if mark == "owner":
        return SOURCE[:first] + statement.replace(" &&", ")\nif (true &&") + SOURCE[last:]
    return SOURCE[:first] + "{\nkept = frame;\n" + statement.replace("frame", "kept") + "}\n" + SOURCE[last:]


def moved(mark: str) -> str:
    """The statement taken out of its function and put at the beginning of the other one."""
    first, last = span(mark)
    statement = SOURCE[first:last] + ("\treturn 0;\n" if mark == "owner" else "")
    home = "\tif (!dev->up) {" if mark == "call" else "\tif (busy(last))"
    return deleted(mark).replace(home, statement + home)


OUTCOMES = {renamed: Fit.MISSING, deleted: Fit.MISSING, doubled: Fit.AMBIGUOUS, split: Fit.MISSING, moved: Fit.MISSING}


STILL = {(split, "call"), (split, "skip")}  # their patterns do not speak of what was split off
TRIED = [(mutate, mark) for mutate in OUTCOMES for mark in NOTES]


@pytest.mark.parametrize(("mutate", "mark"), TRIED)
def test_a_mutated_statement_is_lost_and_no_note_stands_on_another_line(
    mutate: Callable[[str], str], mark: str, tmp_path: Path
) -> None:
    text = mutate(mark)
    here = ground(tmp_path, text)
    for other, anchor in NOTES.items():
        if (placed := place(here, STEP, note(anchor))).location:
            assert f"/* note: {other} */" in text.splitlines()[placed.location.line - 1]
    expected = Fit.PLACED if (mutate, mark) in STILL else OUTCOMES[mutate]
    assert place(here, STEP, note(NOTES[mark])).outcome is expected


@pytest.mark.parametrize("mark", NOTES)
def test_a_form_in_another_function_follows_a_moved_statement(mark: str, tmp_path: Path) -> None:
    text = moved(mark)
    there = "show_all@net/core/dev.c" if mark == "call" else ONE
    placed = place(ground(tmp_path, text), STEP, note(NOTES[mark], Anchor(NOTES[mark].match, function=there)))
    assert (placed.outcome, placed.location and placed.location.line) == (Fit.PLACED, line_of(mark, text))


@pytest.mark.parametrize("mark", NOTES)
def test_an_older_name_follows_a_renamed_function(mark: str, tmp_path: Path) -> None:
    names = ("show_all@net/core/dev.c", "show_the_all@net/core/dev.c")
    anchor = replace(NOTES[mark], function="show_the_one@net/core/dev.c") if mark == "call" else NOTES[mark]
    placed = place(ground(tmp_path, renamed(mark)), replace(STEP, functions=names), note(anchor))
    assert (placed.outcome, placed.location and placed.location.line) == (Fit.PLACED, line_of(mark))


def test_lines_that_move_take_their_notes_along(tmp_path: Path) -> None:
    text = SOURCE.replace(
        "struct listener *each, *last = NULL;", "struct listener *each;\n\n\n\tstruct listener *last = NULL;"
    )
    for mark, anchor in NOTES.items():
        placed = place(ground(tmp_path, text), STEP, note(anchor))
        assert placed.location is not None
        assert placed.location.line == line_of(mark, text)


def test_the_first_form_that_fits_is_used_with_its_text(tmp_path: Path) -> None:
    forms = Anchor("no such statement"), Anchor("continue", text="The old text."), NOTES["owner"]
    placed = place(ground(tmp_path), STEP, note(*forms))
    assert (placed.anchor, placed.text) == (forms[1], "The old text.")
    assert placed.location is not None
    assert placed.location.line == line_of("skip")


def test_a_form_that_fits_twice_is_ambiguous_whatever_comes_after(tmp_path: Path) -> None:
    assert place(ground(tmp_path), STEP, note(Anchor("drop(frame)"), NOTES["skip"])).outcome is Fit.AMBIGUOUS


LOST = Anchor("no such statement")


@pytest.mark.parametrize(
    ("since", "until", "outcome"),
    [
        (None, None, Fit.MISSING),
        ("v6.1", None, Fit.MISSING),
        ("v6.2", None, Fit.ABSENT),
        (None, "v6.1", Fit.MISSING),  # a stable release belongs to its own
        (None, "v6.0", Fit.ABSENT),
        ("v4.0", "v5.19", Fit.ABSENT),
    ],
)
def test_the_range_decides_between_absent_and_missing(
    since: str | None, until: str | None, outcome: Fit, tmp_path: Path
) -> None:
    meant = Range(since and Version.parse(since), until and Version.parse(until))  # type: ignore[arg-type]
    assert place(ground(tmp_path), STEP, note(LOST, meant=meant)).outcome is outcome
    assert place(ground(tmp_path), STEP, note(NOTES["skip"], meant=meant)).outcome is Fit.PLACED  # a fit still wins


def test_a_note_follows_its_function_into_its_older_name(tmp_path: Path) -> None:
    renamed = Step("show", ("show_each@net/core/dev.c", "show_all@net/core/dev.c"), "", ())
    assert place(ground(tmp_path), renamed, note(NOTES["skip"])).outcome is Fit.PLACED


def test_what_is_lost_comes_with_the_statements_nearest_to_it(tmp_path: Path) -> None:
    here = ground(tmp_path, SOURCE.replace("each->owner == frame->owner", "each->owner == owner_of(frame)"))
    near = nearest(here, STEP, note(NOTES["owner"]))
    assert (near[0].location.line, near[0].why) == (line_of("owner"), "reads alike")
    moved = nearest(here, STEP, note(Anchor("return last->func(*)")))
    assert (moved[0].function, moved[0].why, moved[0].location.line) == ("show_one", "fits elsewhere", line_of("call"))
    twice = nearest(here, STEP, note(Anchor("drop(frame)")))
    assert [row.why for row in twice] == ["fits here", "fits here"]


def test_without_text_the_table_answers_as_the_text_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = ground(tmp_path)
    notes = [*(note(anchor) for anchor in NOTES.values()), note(LOST), note(Anchor("drop(frame)"))]
    placed = [place(here, STEP, each) for each in notes]
    rows = [
        table.row_of(here.kernel, STEP, each, here.definitions, here.digest(each.function) if each.function else "")
        for each in placed
    ]
    table.write(tmp_path / "checked.tsv", rows)
    table.write(tmp_path / "checked.tsv", rows)  # writing again changes nothing
    assert table.read(tmp_path / "checked.tsv") == tuple(sorted(rows, key=lambda row: (row.step, row.note)))
    monkeypatch.setattr(table, "_shipped", lambda: {(row.digest, row.blob): row for row in rows})
    facts = Ground(kernel.Kernel(here.kernel.version, here.kernel.facts, here.kernel.infos, {}))
    for each, text in zip(notes, placed, strict=True):
        known = place(facts, STEP, each)
        assert (known.outcome, known.location, known.last, known.anchor) == (
            text.outcome,
            text.location,
            text.last,
            text.anchor,
        )


def test_without_text_and_table_a_note_is_unread(tmp_path: Path) -> None:
    here = ground(tmp_path).kernel
    facts = Ground(kernel.Kernel(here.version, here.facts, here.infos, {}))
    assert place(facts, STEP, note(NOTES["skip"])).outcome is Fit.UNREAD
    assert place(facts, STEP, note(NOTES["skip"], meant=Range(Version.parse("v6.2")))).outcome is Fit.ABSENT


def test_the_digest_of_a_function_is_of_its_words_only(tmp_path: Path) -> None:
    here = ground(tmp_path / "a")
    again = ground(
        tmp_path / "b",
        SOURCE.replace("/* note: skip */", "/* another\n remark */").replace("last = each", "last  =\teach"),
    )
    other = ground(tmp_path / "c", SOURCE.replace("CONFIG_NOTES", "CONFIG_OTHERS"))
    digests = [each.digest(each.definitions(STEP.functions)[0]) for each in (here, again, other)]
    assert digests[0] == digests[1] != digests[2]


def test_steps_and_tours_that_are_shipped_can_be_read() -> None:
    names = {leg.step.id for tour in load.tours() for leg in tour.legs}
    assert names <= set(load.steps())
    assert all(load.load_step(name).notes for name in load.steps())
