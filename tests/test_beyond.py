"""Routes that leave the files of data/files.toml, over a tree and over mirrors with an Elixir."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from mirror_stubs import stub
from trees import KERNEL, small_tree

from explorer import kernel
from explorer.beyond import route_beyond
from explorer.errors import FunctionNotFoundError, NoRouteError, SourceError
from explorer.graph import name_of, route_between
from explorer.kernel import Kernel
from explorer.sources.catalogue import Mirror
from explorer.sources.local import Tree
from explorer.sources.mirrors import Mirrors
from explorer.sources.values import Source

_FILES = {"net/way/way.c": "beyond.c", "net/way/out.c": "beyond_out.c"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    place = small_tree(tmp_path / "linux")
    for path, name in _FILES.items():
        (place / path).parent.mkdir(exist_ok=True)
        (place / path).write_text((KERNEL / name).read_text())
    return place


@pytest.fixture
def opened(tree: Path) -> Kernel:
    return kernel.open(None, str(tree))


def _walked(opened: Kernel, source: Source, start: str = "way_send", end: str = "packet_rcv") -> str:
    route = route_beyond(opened, source, start, end)[1]
    signs: Callable[[str], str] = {"call": "->", "pointer": "=>"}.__getitem__
    return " ".join(f"{name_of(c.caller)}{signs(c.kind)}{name_of(c.callee)}" for c in route.calls)


_WAY = "way_send=>way_output way_output=>way_finish way_finish->dev_queue_xmit dev_queue_xmit->dev_hard_start_xmit"


def test_over_a_tree(opened: Kernel, tree: Path) -> None:
    assert _walked(opened, Tree(tree)).startswith(_WAY)


def test_over_an_elixir(opened: Kernel, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    files = {path: (tree / path).read_bytes() for path in (*_FILES, "net/core/dev.c", "net/packet/af_packet.c")}
    with stub({"v6.1.7": files}) as (base, handler):
        monkeypatch.setattr("explorer.sources.identifiers._SPACING", 0)
        elixir = Mirror("elixir", "elixir", f"{base}/linux", f"{base}/linux")
        cgit = Mirror("cgit", "cgit", f"{base}/cgit", f"{base}/cgit")
        assert _walked(opened, Mirrors([cgit, elixir])).startswith(_WAY)
    assert [line for line in handler.asked if "/api/ident/linux/way_send?" in line]


def test_a_way_much_longer_than_the_shortest_is_left_out(opened: Kernel, tree: Path) -> None:
    graph, route = route_beyond(opened, Tree(tree), "way_send", "packet_rcv")
    left_out = set(route_between(graph, "way_send", "packet_rcv").functions) - set(route.functions)
    assert sorted(map(name_of, left_out)) == ["way_about", "way_again", "way_reset", "way_round"]


def test_what_was_given_as_an_argument_says_where(opened: Kernel, tree: Path) -> None:
    graph, _ = route_beyond(opened, Tree(tree), "way_send", "packet_rcv")
    (call,) = graph.callers("way_finish")
    assert (call.via, call.location.line, call.evidence and call.evidence.how) == ("NF_HOOK_COND", 12, "given at")


@pytest.mark.parametrize(
    ("start", "end", "error", "said"),
    [
        (
            "way_sned",
            "packet_rcv",
            FunctionNotFoundError,
            "way_sned .*nor was a definition found elsewhere",
        ),
        ("way_send", "packet_rvc", FunctionNotFoundError, "near it: packet_rcv.*nor was"),
        ("packet_rcv", "way_send", NoRouteError, "no path from packet_rcv to way_send in v6.1.7, of 3 files read"),
        ("way/../x", "packet_rcv", SourceError, "not a C identifier"),
    ],
)
def test_what_is_not_found(opened: Kernel, tree: Path, start: str, end: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        route_beyond(opened, Tree(tree), start, end)
