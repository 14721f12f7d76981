"""What of a route is another between two releases: each kind of change once, and nothing where nothing did."""

from __future__ import annotations

from pathlib import Path

import pytest
from trees import small_tree

from explorer import kernel
from explorer.graph import ShapeChange, reshaped
from explorer.graph.values import name_of

DEV, TAP = "net/core/dev.c", "net/packet/af_packet.c"
HARD = "static int dev_hard_start_xmit(struct sk_buff *skb, struct net_device *dev)\n{\n\tdev_queue_xmit_nit(skb, dev);"
ONE = (
    "static int one(struct sk_buff *skb, struct net_device *dev)\n{\n\tdev_queue_xmit_nit(skb, dev);\n\treturn 0;\n}\n"
    + HARD.replace("dev_queue_xmit_nit(", "one(")
)
TAPS = "ptype_all, dev->taps"
WALK = "head = &dev->ptype_all;"


def changed(tmp_path: Path, *edits: tuple[str, str, str]) -> tuple[ShapeChange, ...]:
    before, after = small_tree(tmp_path / "a"), small_tree(tmp_path / "b", "6.2.0")
    for path, old, new in edits:
        text = (after / path).read_text()
        assert old in text
        (after / path).write_text(text.replace(old, new))
    one, two = (kernel.open(None, str(tree)) for tree in (before, after))
    return reshaped(one.graph, two.graph, one.routes, two.routes)


def told(changes: tuple[ShapeChange, ...]) -> list[tuple[str, str, str]]:
    return [(row.kind, name_of(row.function), name_of(row.other)) for row in changes]


def test_nothing_changed_where_only_lines_move(tmp_path: Path) -> None:
    assert changed(tmp_path, (DEV, "#include", "\n\n#include")) == ()


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            (DEV, HARD, ONE),
            [("joins", "one", ""), ("calls no more", "dev_hard_start_xmit", "dev_queue_xmit_nit")],
        ),
        ((DEV, "dev_hard_start_xmit", "dev_start_hard"), [("renamed", "dev_hard_start_xmit", "dev_start_hard")]),
        ((DEV, WALK, "head = &dev->taps;"), [("lists", "dev_queue_xmit_nit", TAPS), ("lists", "deliver_skb", TAPS)]),
        ((DEV, "\t\t\tdeliver_skb(skb, last);", "\t\t\t;"), [("leaves", "deliver_skb", "")]),
    ],
)
def test_a_change_is_told(edit: tuple[str, str, str], expected: list[tuple[str, str, str]], tmp_path: Path) -> None:
    assert set(told(changed(tmp_path, edit))) == set(expected)


def test_a_function_in_another_file_has_moved(tmp_path: Path) -> None:
    body = "int dev_queue_xmit(struct sk_buff *skb)\n{\n\treturn dev_hard_start_xmit(skb, skb->dev);\n}\n"
    header = "static inline " + body
    after = small_tree(tmp_path / "b", "6.2.0")
    (after / DEV).write_text((after / DEV).read_text().replace(body, "").replace("static int dev_hard", "int dev_hard"))
    (after / "include/linux").mkdir(parents=True)
    (after / "include/linux/netdevice.h").write_text(header)
    one, two = kernel.open(None, str(small_tree(tmp_path / "a"))), kernel.open(None, str(after))
    (change,) = reshaped(one.graph, two.graph, one.routes, two.routes)
    assert (change.kind, change.function, change.other) == (
        "moves",
        f"dev_queue_xmit@{DEV}",
        "dev_queue_xmit@include/linux/netdevice.h",
    )
    assert str(change).startswith("dev_queue_xmit moves from net/core/dev.c to include/linux/netdevice.h  v6.2:include")
    assert len(change.routes) > 1


def test_a_route_that_begins_is_one_change(tmp_path: Path) -> None:
    one = kernel.open(None, str(small_tree(tmp_path / "a")))
    (change,) = reshaped(one.graph, one.graph, one.routes[1:], one.routes)
    assert (change.kind, change.routes, str(change)) == (
        "begins",
        (one.routes[0].id,),
        f"route {one.routes[0].id} begins",
    )
    (change,) = reshaped(one.graph, one.graph, one.routes, one.routes[:-1])
    assert (change.kind, change.routes) == ("ends", (one.routes[-1].id,))
