import pytest

from explorer.facts import analyse
from explorer.syntax.values import Store


def _stores(text: str) -> tuple[Store, ...]:
    return analyse(text.encode(), "net/some.c", "").stores


@pytest.mark.parametrize(
    ("statement", "stored"),
    [
        ("a->b = g;", [("a.b", "g")]),
        ("a->b = &g;", [("a.b", "g")]),
        ("a->b.c = g;", [("a.b.c", "g")]),
        ("a->b[1] = g;", []),
        ("a[0].b = g;", [("a.b", "g")]),
        ("(*a).b = (g);", [("a.b", "g")]),
        ("a->b = (void *)g;", [("a.b", "g")]),
        ("a->b = (int)g;", []),
        ("a->b = n ? g : h;", [("a.b", "g"), ("a.b", "h")]),
        ("a->b = n ? g : NULL;", [("a.b", "g")]),
        ("WRITE_ONCE(a->b, n ? g : h);", [("a.b", "g"), ("a.b", "h")]),
        ("rcu_assign_pointer(a->b, g);", [("a.b", "g")]),
        ("a->b = other->b;", [("a.b", "other.b")]),
        ("a->b = other->c;", []),
        ("a->b += other->b;", []),
        ("*a = (struct a){ .b = g };", [("a.b", "g")]),
        ("a->b = n;", []),
        ("a->b = g(1);", []),
        ("n = g;", []),
    ],
)
def test_a_function_put_in_a_member(statement: str, stored: list[tuple[str, str]]) -> None:
    rows = _stores(f"void f(struct a *a, struct other *other, int n)\n{{\n\t{statement}\n}}\n")
    assert [(row.path, row.value) for row in rows] == stored
    assert all((row.line, row.definition, row.variable) == (3, 0, "") for row in rows)


def test_an_initialiser_says_its_variable_and_its_constants() -> None:
    (row,) = _stores("static struct packet_type t = {\n\t.type = htons(ETH_P_IP),\n\t.n = 1,\n\t.func = ip_rcv,\n};\n")
    constants = (("type", "ETH_P_IP"),)
    assert row == Store("packet_type.func", "ip_rcv", 4, -1, "t", constants, ())


def test_initialisers_in_initialisers() -> None:
    text = "struct a t[] = { [0] = { .b = { .c = g } }, [1].d = h, { .e = i } };\n"
    assert sorted((row.path, row.value) for row in _stores(text)) == [("a.b.c", "g"), ("a.d", "h"), ("a.e", "i")]


def test_an_initialiser_in_a_function_says_which() -> None:
    (row,) = _stores("void f(void)\n{\n\tstruct a t = { .b = g };\n\tk(&t);\n}\n")
    assert row == Store("a.b", "g", 3, 0, "t", (), ())


@pytest.mark.parametrize(
    ("members", "known"),
    [
        ("int b;", ()),
        ("struct x b;", (("b", "x"),)),
        ("const struct x *b, c;", (("b", "x*"), ("c", "x"))),
        ("int (*b)(int), c;", (("b", "()"),)),
        ("union { struct { struct x *b; }; struct y c; };", (("b", "x*"), ("c", "y"))),
        ("struct x { int d; } b;", (("b", "x"),)),
    ],
)
def test_the_members_of_a_struct(members: str, known: tuple[tuple[str, str], ...]) -> None:
    rows = analyse(f"struct a {{ {members} struct last *z; }};".encode(), "net/some.h", "").structs
    assert {row.name: row.members for row in rows}["a"] == (*known, ("z", "last*"))


def test_the_variables_of_a_file() -> None:
    text = "struct a b, *c;\nextern struct d e;\nstruct f g(void);\nint h;\nstatic struct i j[] = { 1 };\n"
    assert analyse(text.encode(), "net/some.c", "").globals == (("b", "a"), ("c", "a"), ("e", "d"), ("j", "i"))
