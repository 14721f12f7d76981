import pytest

from explorer.syntax.statements import squeeze, statements
from explorer.syntax.unit import Unit


def _read(body: str) -> list[tuple[str, int, int]]:
    unit = Unit(f"int f(int a)\n{{\n{body}\n}}\n".encode())
    return [(row.text, row.first, row.last) for row in statements(unit, unit.functions[0])]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("int b = 1;", [("intb=1", 3, 3)]),
        ("a = /* why */ b\n + c; // so", [("a=b+c", 3, 4)]),
        ('a = g("b /* c */ d");', [('a=g("b /* c */ d")', 3, 3)]),
        ("if (a &&\n    b)\n\tc();\nelse\n\td();", [("if(a&&b)", 3, 4), ("c()", 5, 5), ("d()", 7, 7)]),
        ("if (a) {\n\tb();\n}", [("if(a)", 3, 3), ("b()", 4, 4)]),
        ("for (;;)\n\tb();", [("for(;;)", 3, 3), ("b()", 4, 4)]),
        ("list_for_each_entry(a,\n\tb, c) {\n\tb();\n}", [("list_for_each_entry(a,b,c)", 3, 4), ("b()", 5, 5)]),
        ("do {\n\tb();\n} while (a);", [("do", 3, 3), ("b()", 4, 4)]),
        ("switch (a) {\ncase 1:\n\tb();\n}", [("switch(a)", 3, 3), ("case1:", 4, 4), ("b()", 5, 5)]),
        ("out:\n\treturn a;", [("out:", 3, 3), ("returna", 4, 4)]),
        ("if (a\n#ifdef B\n    && b\n#endif\n    )\n\tc();", [("if(a&&b)", 3, 7), ("c()", 8, 8)]),
    ],
)
def test_each_statement_up_to_its_body(body: str, found: list[tuple[str, int, int]]) -> None:
    assert _read(body) == found


def test_a_statement_has_the_conditions_of_its_first_line() -> None:
    unit = Unit(b"int f(int a)\n{\n#ifdef B\n\ta = 1;\n#else\n\ta = 2;\n#endif\n}\n")
    rows = statements(unit, unit.functions[0])
    assert [(row.text, row.conditions) for row in rows] == [("a=1", ("B",)), ("a=2", ("!B",))]


@pytest.mark.parametrize(
    ("text", "squeezed"),
    [
        ("a  =\tb ;\n", "a=b;"),
        ('f( " a  /* b */ " )', 'f(" a  /* b */ ")'),
        ("a /* b\n c */ d // e\nf", "adf"),
        ("a\n#if B \\\n  || C\nb\n  #endif\nc", "abc"),
        ("x = '\"'; /* \" */", "x='\"';"),
    ],
)
def test_blanks_and_comments_are_ignored(text: str, squeezed: str) -> None:
    assert squeeze(text) == squeezed
