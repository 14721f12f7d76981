"""A page in a terminal: numbers that are the kernel's, notes where there is room, nothing a terminal would obey."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from explorer.excerpt import Excerpt, Page, Remark
from explorer.graph import Function
from explorer.sources.values import Origin
from explorer.version import Location, Version
from explorer.views.terminal import cells, expanded, folded
from explorer.views.text import Glyphs, plain
from explorer.views.tour import page_lines

VERSION = Version.parse("v9.1")
WORDS = "We follow the frame to its tap and stop wherever somebody decides what becomes of it. " * 3
FUNCTION = Function("f", "net/core/x.c", 101, 101, 130, "function", "global")
BODY = ["int f(int x)", "{", *(f"\tcall_{number}(x);" for number in range(103, 130)), "}"]
EXCERPT = Excerpt(FUNCTION, VERSION, Origin("tree", "a tree", "shape only"), 101, tuple((("", line),) for line in BODY))
REMARKS = (
    Remark("a", "The first", WORDS, 105, 105, "placed"),
    Remark("b", "The second", "Short.", 120, 121, "placed"),
    Remark("c", "The lost", "Lost text.", 0, 0, "missing"),
    Remark("d", "The gone", "Gone text.", 0, 0, "absent"),
    Remark("e", "The other", "Other text.", 0, 0, "placed", Location(VERSION, "net/y.c", 7), "https://example.org/y#7"),
)
PAGE = Page("f", ("a tree", "shape only"), EXCERPT, REMARKS, Location(VERSION, "net/core/x.c", 101), "", (), "Sums up.")


def text(page: Page, width: int) -> str:
    return plain(page_lines(page, Glyphs(), width, "1/2"))


@pytest.mark.parametrize("width", [60, 80, 100, 131, 132, 200])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    assert max(map(cells, text(PAGE, width).splitlines())) <= width


@pytest.mark.parametrize("width", [80, 200])
def test_each_source_line_has_its_own_number(width: int) -> None:
    numbered = re.findall(r"^ *(\d+) [▌ ] +call_(\d+)", text(PAGE, width), re.M)
    assert numbered
    assert all(number == name for number, name in numbered)
    assert {"105", "120", "121"} <= {number for number, _ in numbered}
    assert "…   10 lines" in text(PAGE, width)


def test_a_note_stands_beside_its_statement_where_there_is_room() -> None:
    rows = text(PAGE, 200).splitlines()
    assert [row.split("│")[1].strip() for row in rows if "▌" in row and "│" in row] == [
        "The first",
        "The second",
        "Short.",
    ]


def test_a_note_stands_below_its_statement_where_there_is_not() -> None:
    rows = text(PAGE, 80).splitlines()
    below = [rows[at + 1].strip() for at, row in enumerate(rows) if "▌" in row]
    assert below == [
        "│ The first",
        rows[rows.index(next(row for row in rows if "call_121" in row))].strip(),
        "│ The second",
    ]


def test_what_is_not_so_is_said_at_its_place() -> None:
    said = text(PAGE, 80)
    assert said.index("The lost  not located in v9.1") < said.index("int f(int x)") < said.index("The other  net/y.c:7")
    assert "Not in this version: The gone." in said
    assert "Gone text." not in said


def test_what_is_said_around_the_notes_is_in_their_language() -> None:
    said = plain(page_lines(PAGE, Glyphs(), 80, lang="zh"))
    assert "这个版本里没有" in said
    assert "…   10 行" in said


def test_without_text_each_note_has_its_place() -> None:
    here = replace(
        REMARKS[0], first=0, last=0, location=Location(VERSION, "net/core/x.c", 105), link="https://example.org/x#105"
    )
    said = text(replace(PAGE, excerpt=None, remarks=(here,)), 80)
    assert "The first  net/core/x.c:105" in said
    assert "https://example.org/x#105" in said


def test_a_long_line_of_c_is_not_cut() -> None:
    long = replace(EXCERPT, lines=(*EXCERPT.lines[:4], (("", "\tcall_105(" + "x" * 120 + ");"),), *EXCERPT.lines[5:]))
    assert "x" * 120 in text(replace(PAGE, excerpt=long), 200)
    assert "The first" in text(replace(PAGE, excerpt=long), 200)


def test_the_rest_of_a_long_line_of_c_stands_below_it_and_not_below_its_number() -> None:
    row = "\tcall_105(first_argument, second_argument, third_argument, fourth);"
    long = replace(EXCERPT, lines=(*EXCERPT.lines[:4], (("", row[:30]), ("k", row[30:])), *EXCERPT.lines[5:]))
    rows = text(replace(PAGE, excerpt=long), 60).splitlines()
    at = next(number for number, line in enumerate(rows) if "call_105" in line)
    assert rows[at : at + 2] == [
        "    105 ▌         call_105(first_argument, second_argument,",
        "                  third_argument, fourth);",
    ]
    words = replace(EXCERPT, lines=(*EXCERPT.lines[:4], (("", "\t" + "x" * 200),), *EXCERPT.lines[5:]))
    assert text(replace(PAGE, excerpt=words), 60).count("x") >= 200


CHINESE = "我们从 dev_queue_xmit 出发，跟着一个帧走到抓包的套接字。它在每一处停下。"  # noqa: RUF001 - it is Chinese


@pytest.mark.parametrize("width", [10, 31, 76])
def test_chinese_counts_two_columns_and_is_not_begun_by_a_stop(width: int) -> None:
    lines = list(folded(CHINESE, width))
    assert all(cells(line) <= max(width, len("dev_queue_xmit") + 2) for line in lines)
    assert not any(line.startswith((CHINESE[21], CHINESE[-1])) for line in lines)
    assert "".join(lines).replace(" ", "") == CHINESE.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "column", "shown"),
    [
        ("\tx", 0, "        x"),
        ("\tx", 3, "     x"),
        ("\x1b[2J", 0, "\ufffd[2J"),
        ("a\x7f\x00\u202eb", 0, "a\ufffd\ufffd\ufffdb"),
        ("é中", 0, "é中"),
    ],
)
def test_source_cannot_command_a_terminal(text: str, column: int, shown: str) -> None:
    assert expanded(text, column) == shown
