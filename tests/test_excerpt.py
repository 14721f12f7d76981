import pytest

from explorer.excerpt import Excerpt, Page, Remark, excerpt
from explorer.graph import Function
from explorer.sources import Origin, SourceFile
from explorer.version import Version

TEXT = b'/* top */\nint f(int x)\n{\n\t/* two\n\t   lines */\n\treturn x ? 1 : "\xe5"[0];\n}\nint after;\n'
FILE = SourceFile(Version.parse("v9.1"), "net/core/x.c", TEXT, Origin("tree", "a tree", "shape only"))
FUNCTION = Function("f", "net/core/x.c", 2, 2, 7, "function", "global")


@pytest.fixture
def cut() -> Excerpt:
    return excerpt(FILE, FUNCTION)


def test_an_excerpt_has_one_row_of_tokens_a_line(cut: Excerpt) -> None:
    assert len(cut.lines) == 6
    assert cut.text.splitlines()[0] == "int f(int x)"
    assert all("\n" not in text for line in cut.lines for _, text in line)


def test_its_text_is_the_files_own(cut: Excerpt) -> None:
    assert cut.text == "\n".join(TEXT.decode("utf-8", "replace").split("\n")[1:7])


def test_a_token_has_its_kind(cut: Excerpt) -> None:
    assert ("kt", "int") in cut.lines[0]
    assert ("k", "return") in cut.lines[4]


def test_its_lines_have_the_files_numbers(cut: Excerpt) -> None:
    assert [str(cut.location(cut.first + row)) for row in (0, 5)] == ["v9.1:net/core/x.c:2", "v9.1:net/core/x.c:7"]


def test_a_page_is_a_value(cut: Excerpt) -> None:
    remark = Remark("id", "title", "text", 3, 3, "placed")
    assert Page("f", ("shape only",), cut, (remark,)) == Page("f", ("shape only",), excerpt(FILE, FUNCTION), (remark,))


def folding(length: int, *remarks: Remark, calls: tuple[tuple[int, str], ...] = ()) -> Page:
    body = ["int f(int a,", "      int b)", "{", *["\tx();"] * (length - 4), "}"]
    lines = tuple((("", line),) for line in body)
    function = Function("f", "x.c", 101, 101, 100 + length, "function", "global")
    return Page("f", (), Excerpt(function, FILE.version, FILE.origin, 101, lines), remarks, calls=calls)


def remark(first: int, last: int) -> Remark:
    return Remark("id", "title", "text", first, last, "placed")


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        (folding(40, remark(120, 121)), [101, 102, 103, *range(118, 124), 140]),
        (folding(40, remark(109, 109)), [*range(101, 112), 140]),  # three lines are not worth a fold
        (folding(40, remark(110, 110)), [101, 102, 103, *range(108, 113), 140]),
        (folding(40, remark(0, 0)), [*range(101, 141)]),
        (folding(70, calls=((130, "g"),)), [101, 102, 103, 130, 170]),
        (Page("f", (), None, (remark(0, 0),)), []),
    ],
)
def test_what_is_not_spoken_of_is_folded(page: Page, kept: list[int]) -> None:
    assert list(page.kept) == kept
