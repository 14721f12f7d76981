import pytest

from explorer.syntax.unit import Unit


@pytest.mark.parametrize(
    ("text", "lines", "linkage", "returns"),
    [
        ("int f(void)\n{\n}\n", (1, 1, 3), "global", ""),
        ("static int f(void)\n{\n}\n", (1, 1, 3), "static", ""),
        ("static inline int f(void) { return 0; }\n", (1, 1, 1), "static inline", ""),
        ("extern __inline__ int f(void)\n{\n}\n", (1, 1, 3), "extern inline", ""),
        ("static\nconst struct sk_buff *\nf(void)\n{\n}\n", (3, 1, 5), "static", "sk_buff"),
        ("struct list_head **f(void)\n{\n}\n", (1, 1, 3), "global", "list_head"),
        ("/* no part of it */\n\nint f(int a,\n      int b)\n{\n}\n", (3, 3, 6), "global", ""),
    ],
)
def test_a_definition(text: str, lines: tuple[int, int, int], linkage: str, returns: str) -> None:
    (function,) = Unit(text.encode()).functions
    row = function.definition
    assert (row.line, row.first, row.last) == lines
    assert (row.name, row.linkage, row.returns) == ("f", linkage, returns)


@pytest.mark.parametrize(
    "text",
    [
        "int f(void);",
        "int (*f)(void);",
        "extern int f(int (*g)(void));",
        "struct f { int g; };",
        "typedef int f(void);",
        "int f = sizeof(int);",
    ],
)
def test_what_is_no_definition(text: str) -> None:
    assert Unit(text.encode()).functions == ()


def test_an_offset_has_a_line_and_a_function() -> None:
    text = b"int a;\nint f(void)\n{\n\tb();\n}\nint c;\n"
    unit = Unit(text)
    at = [text.index(letter) for letter in (b"a", b"b", b"c")]
    assert [unit.line(offset) for offset in at] == [1, 4, 6]
    assert [unit.enclosing(offset) for offset in at] == [-1, 0, -1]
    assert unit.line(len(text)) == 7


@pytest.mark.parametrize("body", [b"\tg(;\n}\n", b"\tg(a b c);\n}\n", b""])
def test_what_does_not_parse_is_counted_and_the_rest_is_read(body: bytes) -> None:
    unit = Unit(b"int before(void)\n{\n}\nint f(void)\n{\n" + body)
    assert unit.errors > 0
    assert unit.functions[0].definition.name == "before"


def test_nodes_come_in_the_order_of_the_text() -> None:
    text = "".join(f"struct s{n} {{ int a; }};\nint f{n}(void)\n{{\n\tg(h{n}(1))(2);\n}}\n" for n in range(200))
    unit = Unit(text.encode())
    for rows in unit.nodes.values():
        assert [row.byte_range for row in rows] == sorted(row.byte_range for row in rows)
