import pytest

from explorer.syntax.conditions import Conditions
from explorer.syntax.dialect import LEVELS, prepare


def _at_the_end(text: str) -> tuple[str, ...]:
    return Conditions(prepare(text.encode()).directives).at(len(text))


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("#ifdef CONFIG_A\n", ("CONFIG_A",)),
        ("#ifndef CONFIG_A\n", ("!CONFIG_A",)),
        ("#if defined(CONFIG_A)\n", ("CONFIG_A",)),
        ("#if !defined CONFIG_A\n", ("!CONFIG_A",)),
        ("#if CONFIG_A > 1\n", ("CONFIG_A > 1",)),
        ("#if A || \\\n   B\n", ("A || B",)),
        ("#ifdef A\n#else\n", ("!A",)),
        ("#ifndef A\n#else\n", ("A",)),
        ("#if IS_ENABLED(A)\n#else\n", ("!IS_ENABLED(A)",)),
        ("#if A || B\n#else\n", ("!(A || B)",)),
        ("#if A\n#elif B\n", ("!A", "B")),
        ("#if A\n#elif B\n#else\n", ("!A", "!B")),
        ("#if A\n#if B\n", ("A", "B")),
        ("#if A\n#endif\n", ()),
        ("#else\n#elif B\n#endif\n", ()),
        ("#ifndef GUARD\n#define GUARD\n#ifdef A\n", ("A",)),
        ("#ifndef GUARD\n#define OTHER\n", ("!GUARD",)),
    ],
)
def test_the_conditions_of_a_line(text: str, conditions: tuple[str, ...]) -> None:
    assert _at_the_end(text) == conditions


def test_an_arm_ends_where_the_next_begins() -> None:
    text = "a\n#if X\nb\n#else\nc\n#endif\nd\n"
    found = Conditions(prepare(text.encode()).directives)
    assert [found.at(text.index(letter)) for letter in "abcd"] == [(), ("X",), ("!X",), ()]


def test_no_more_levels_than_c_promises() -> None:
    assert _at_the_end("#if A\n" * 1000) == ("A",) * LEVELS
