"""A tour in two releases: what is told of each note's statement."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.compare import compare_walks
from explorer.excerpt import Excerpt, Page, Remark
from explorer.graph import Function
from explorer.sources.values import Origin
from explorer.tour.pages import Walk
from explorer.version import Location, Version

OLD, NEW = Version.parse("v9.1"), Version.parse("v9.2")


def remark(name: str, line: int = 0, text: str = "Said.", outcome: str = "placed") -> Remark:
    return Remark(name, name.title(), text, line, line, outcome)


def page(version: Version, title: str, *rows: tuple[str, Remark], text: bool = True) -> Page:
    """A function whose lines begin at 11, each with the remark that stands on it."""
    function = Function(title, "x.c", 11, 11, 10 + len(rows), "function", "global")
    lines = tuple((("", line),) for line, _ in rows)
    excerpt = Excerpt(function, version, Origin("tree", "a tree", "shape only"), 11, lines)
    return Page(title, (), excerpt if text else None, tuple(each for _, each in rows), Location(version, "x.c", 11))


def walk(version: Version, *pages: Page) -> Walk:
    return Walk("transmit", version, "A walk", "", pages, ())


BEFORE = page(OLD, "f", ("\tif (a)", remark("f.test", 11)), ("\tgo();", remark("f.go", 12)))


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ([page(NEW, "f", ("if  (a)", remark("f.test", 11)), ("\tgo();", remark("f.go", 12)))], ["same", "same"]),
        ([page(NEW, "f", ("\tif (b)", remark("f.test", 11)), ("\tgo();", remark("f.go", 12)))], ["changed", "same"]),
        ([page(NEW, "f", ("\tif (a)", remark("f.test", 11, "Else.")))], ["changed", "gone"]),
        ([page(NEW, "f", ("\tif (a)", remark("f.test", 0, outcome="missing")))], ["not located", "gone"]),
        (
            [
                page(NEW, "f", ("\tif (a)", remark("f.test", 11)), ("", remark("f.go", outcome="absent"))),
                page(NEW, "g", ("\tgo();", remark("f.go", 11)), ("\tx();", remark("f.more", 12))),
            ],
            ["same", "moved", "new"],
        ),
        ([], ["gone", "gone"]),
    ],
)
def test_what_became_of_each_note(after: list[Page], told: list[str]) -> None:
    (pair,) = compare_walks(walk(OLD, BEFORE), walk(NEW, *after)).pairs
    assert [row.change for row in pair.notes] == told


def test_a_note_that_moved_says_where_to() -> None:
    other = page(NEW, "g", ("\tif (a)", remark("f.test", 11)))
    (pair,) = compare_walks(walk(OLD, BEFORE), walk(NEW, other)).pairs
    assert [(row.change, row.function) for row in pair.notes] == [("moved", "g"), ("gone", "")]
    assert pair.others == (other,)


def test_without_text_only_what_is_said_can_differ() -> None:
    known = replace(page(NEW, "f", ("", remark("f.test", 11)), ("", remark("f.go", 12, "Else."))), excerpt=None)
    (pair,) = compare_walks(walk(OLD, BEFORE), walk(NEW, known)).pairs
    assert [row.change for row in pair.notes] == ["same", "changed"]


def test_a_function_the_first_has_nothing_of_is_new() -> None:
    new = page(NEW, "h", ("\tx();", remark("h.x", 11)))
    found = compare_walks(walk(OLD, BEFORE), walk(NEW, BEFORE, new))
    assert (found.before, found.after, found.new) == (OLD, NEW, (new,))
