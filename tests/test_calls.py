import pytest

from explorer.facts import analyse


def _sites(text: str) -> list[tuple[str, int, str, str]]:
    """Caller, line, kind and target of each call site, in the order of the facts."""
    facts = analyse(text.encode(), "net/some.c", "")
    return [(facts.definitions[site.caller].name, site.line, site.kind, site.target) for site in facts.sites]


def test_each_of_two_definitions_has_its_own_calls() -> None:
    text = "#ifdef A\nint f(void) { return g(); }\n#else\nint f(void) { return h(); }\n#endif\n"
    facts = analyse(text.encode(), "net/some.c", "")
    assert [(site.caller, site.target) for site in facts.sites] == [(0, "g"), (1, "h")]


def test_functions_stand_before_macros_and_sites_in_the_order_of_both() -> None:
    text = "#define m(x) g(x)\nint f(void)\n{\n\treturn h(g(m(1)));\n}\n"
    assert _sites(text) == [
        ("f", 4, "call", "h"),
        ("f", 4, "call", "g"),
        ("f", 4, "call", "m"),
        ("m", 1, "call", "g"),
    ]


def test_the_name_of_a_call_has_the_line_not_its_expression() -> None:
    text = "int f(struct a *a)\n{\n\treturn a\n\t\t->b(1) +\n\t\tg(\n\t\t\t2);\n}\n"
    assert _sites(text) == [("f", 4, "member", "a.b"), ("f", 5, "call", "g")]


def test_what_the_body_of_a_macro_uses_but_its_parameters_and_itself() -> None:
    text = '#define m(fn, ...) \\\n\tfn(m(1), ok(2), "no(3)", /* no(4) */ \\\n\t   a.no(5), sizeof(6)) // no(7)\n'
    assert _sites(text) == [("m", 2, "call", "ok")]


@pytest.mark.parametrize("head", ["#define", "# define", "#\tdefine"])
def test_a_comment_in_a_macro_keeps_its_lines(head: str) -> None:
    assert _sites(f"{head} m(x) /* one\n two */ \\\n\tg(x)\n") == [("m", 3, "call", "g")]


def test_a_macro_without_parameters_is_no_definition() -> None:
    assert analyse(b"#define m (g(x))\n#define n g(x)\n", "net/some.c", "").definitions == ()


def test_a_local_with_several_values_has_each_of_them() -> None:
    text = "int f(struct a *a, int b)\n{\n\tint (*c)(void) = b ? g : h;\n\n\tif (b)\n\t\tc = a->op;\n\treturn c();\n}\n"
    assert _sites(text) == [("f", 7, "address", "g"), ("f", 7, "address", "h"), ("f", 7, "member", "a.op")]


@pytest.mark.parametrize("expression", ["(u16)((l ^ 3) | 4)", "(__force __be32)(l ^ 2)", "(foo_t)(l)"])
def test_a_cast_before_parentheses_is_no_call(expression: str) -> None:
    assert analyse(f"int f(int l)\n{{\n\treturn {expression};\n}}\n".encode(), "net/some.c", "").sites == ()
