import pytest

from explorer.facts import analyse
from explorer.syntax.values import Head

ALL, BASE = "=ptype_all", "=ptype_base"
_IS, _IS_NOT = ("type", "ETH_P_ALL", True), ("type", "ETH_P_ALL", False)


def _heads(body: str, before: str = "") -> list[Head]:
    """The heads on which `add` puts a struct packet_type, of which some function calls a member."""
    call = "int go(struct packet_type *pt)\n{\n\treturn pt->func();\n}\n"
    text = f"{before}\nvoid add(struct packet_type *pt)\n{{\n{body}\n}}\n{call}"
    return [head for use in analyse(text.encode(), "net/some.c", "").lists if use.role == "add" for head in use.heads]


@pytest.mark.parametrize(
    ("body", "guards"),
    [
        ("list_add(&pt->list, &ptype_all);", {ALL: None}),
        ("hlist_add_head_rcu(&pt->list, &ptype_all);", {ALL: None}),
        ("if (pt->type == ETH_P_ALL) list_add(&pt->list, &ptype_all);", {ALL: _IS}),
        ("if (pt->type != htons(ETH_P_ALL)) return;\nlist_add(&pt->list, &ptype_all);", {ALL: _IS}),
        ("if (pt->type == htons(ETH_P_ALL)) { g(); goto out; }\nlist_add(&pt->list, &ptype_base[1]);", {BASE: _IS_NOT}),
        ("if (pt->type == htons(ETH_P_ALL)) g();\nlist_add(&pt->list, &ptype_base[1]);", {BASE: None}),
        ("if (pt->dev) list_add(&pt->list, &ptype_all);", {ALL: None}),
        ("struct list_head *a, *b = &ptype_all; a = b; b = a; list_add(&pt->list, a);", {ALL: None}),
        ("list_add(&pt->list, pt->dev ? &ptype_all : ptype_base);", {ALL: None, BASE: None}),
        ("list_add(&pt->list, NULL);", {}),
        ("list_add(&other.list, &ptype_all);", {}),
        ("list_del(&pt->list);", {}),
    ],
)
def test_the_heads_and_the_test_they_are_under(body: str, guards: dict[str, object]) -> None:
    assert {head.path: head.guard for head in _heads(body)} == guards


@pytest.mark.parametrize(
    "returns",
    [
        "if (pt->type == htons(ETH_P_ALL)) return &ptype_all; else return &ptype_base[1];",
        "if (pt->type == htons(ETH_P_ALL)) return &ptype_all; return &ptype_base[1];",
        "if (pt->type == htons(ETH_P_ALL)) { if (!pt->dev) return NULL; return &ptype_all; } return &ptype_base[1];",
        "struct list_head *head = &ptype_base[1]; if (pt->type == htons(ETH_P_ALL)) return &ptype_all; return head;",
    ],
)
def test_a_function_that_chooses_the_head(returns: str) -> None:
    before = f"struct list_head *ptype_head(struct packet_type *pt)\n{{\n\t{returns}\n}}"
    heads = _heads("\tlist_add(&pt->list, ptype_head(pt));", before)
    assert {head.path for head in heads} == {ALL, BASE}
    assert Head(ALL, _IS) in heads


def test_a_head_through_several_functions() -> None:
    before = "void deep(struct packet_type *p, struct list_head *l)\n{\n\tlist_add(&p->list, l);\n}\n"
    before += "void deeper(struct packet_type *p, struct list_head *l)\n{\n\tdeeper(p, l);\n\tdeep(p, l);\n}\n"
    assert _heads("\tdeeper(pt, &ptype_all);", before) == [Head(ALL, None)]
