import pytest

from explorer.errors import PatternError
from explorer.pattern import Pattern
from explorer.syntax.statements import Statement
from explorer.syntax.unit import Unit

_TEXT = b"""
int packet_rcv(int a)
{
  if (skb_loop(a, 1))
    goto drop;
  res = run_filter(a /* the frame */,
                   1);
drop:
  return p[0] ? a : 1;
}
"""


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("f;a", ("f", "", "a")),
        (" f@net/a.c ; a = b * ", ("f", "net/a.c", "a = b *")),
        ("f;for (;;)", ("f", "", "for (;;)")),
    ],
)
def test_a_pattern_is_read_and_printed(text: str, parts: tuple[str, str, str]) -> None:
    pattern = Pattern.parse(text)
    assert (pattern.function, pattern.path, pattern.match) == parts
    assert Pattern.parse(str(pattern)) == pattern


@pytest.mark.parametrize("text", ["", "f", "f;", "f; ", ";a", "f g;a", "1f;a", "@net/a.c;a"])
def test_what_is_no_pattern_says_how_one_is_written(text: str) -> None:
    with pytest.raises(PatternError, match="write FUNC;STATEMENT"):
        Pattern.parse(text)


@pytest.mark.parametrize(
    ("match", "line"),
    [
        ("if (skb_loop(a, 1))", 4),
        ("if(skb_loop(a,1))", 4),
        ("if (skb_loop*", 4),
        ("goto drop;", 5),
        ("goto drop", 5),
        ("res = run_filter(a, 1)", 6),
        ("*run_filter*", 6),
        ("drop:", 8),
        ("return p[0] ? a : 1", 9),
        ("return p[*] ? * : 1", 9),
    ],
)
def test_a_pattern_covers_one_whole_statement(match: str, line: int) -> None:
    found = Pattern.parse(f"packet_rcv;{match}").find(Unit(_TEXT))
    assert [(index, row.first) for index, row in found] == [(0, line)]


@pytest.mark.parametrize(
    "match", ["skb_loop(a, 1)", "res = run_filter", "return p.0. . a : 1", "if (skb_loop(a, 1)) goto drop"]
)
def test_a_part_of_a_statement_or_more_than_one_is_not_covered(match: str) -> None:
    assert Pattern.parse(f"packet_rcv;{match}").find(Unit(_TEXT)) == []


def test_another_function_is_not_looked_into() -> None:
    assert Pattern.parse("tpacket_rcv;goto drop").find(Unit(_TEXT)) == []


def test_both_definitions_of_a_function_are_looked_into() -> None:
    unit = Unit(b"#ifdef A\nint f(void)\n{\n\ta = 1;\n}\n#else\nint f(void)\n{\n\ta = 1;\n}\n#endif\n")
    assert [index for index, _ in Pattern.parse("f;a = 1").find(unit)] == [0, 1]


@pytest.mark.parametrize(
    ("within", "under", "fits"),
    [
        ("", "", True),
        ("if (b)", "", True),
        ("while (*)", "", True),
        ("if (b) else", "", False),
        ("if (c)", "", False),
        ("", "CONFIG_A", True),
        ("", "!CONFIG_A", False),
        ("if (b)", "CONFIG_B > 1", True),
        ("if (c)", "CONFIG_A", False),
    ],
)
def test_two_statements_that_read_alike_are_told_apart(within: str, under: str, fits: bool) -> None:
    statement = Statement("a=1", 1, 1, ("CONFIG_A", "CONFIG_B > 1"), ("while(x)", "if(b)"))
    assert Pattern("f", "", "a = *", within, under).fits(statement) is fits
