import pytest

from explorer import resources
from explorer.errors import FunctionNotFoundError, NoRouteError
from explorer.graph import Call, CallGraph, Function, Route, name_of, route_between, routes
from explorer.version import Location, Version

_VERSION = Version.parse("v6.1")
_SIGNS = {"->": "call", "=>": "pointer", "~>": "deferred", "#>": "macro"}


def _graph(text: str) -> CallGraph:
    """A graph written as `a->b a=>c`: calls, pointer calls (=>), hand-overs (~>) and macro uses (#>)."""
    calls = []
    for line, word in enumerate(text.split(), 1):
        sign = next(sign for sign in _SIGNS if sign in word)
        caller, callee = word.split(sign)
        calls.append(Call(f"{caller}@a.c", f"{callee}@a.c", Location(_VERSION, "a.c", line), _SIGNS[sign]))
    names = dict.fromkeys(key for call in calls for key in (call.caller, call.callee))
    functions = [Function(name_of(key), "a.c", 0, 0, 0, "function", "global") for key in names]
    return CallGraph(_VERSION, tuple(functions), tuple(calls))


def _written(route: Route) -> str:
    signs = {kind: sign for sign, kind in _SIGNS.items()}
    return " ".join(f"{name_of(call.caller)}{signs[call.kind]}{name_of(call.callee)}" for call in route.calls)


@pytest.mark.parametrize(
    ("graph", "route"),
    [
        ("a->b b->z", "a->b b->z"),
        ("a->b b=>z", "a->b b=>z"),
        ("a->b b->z a->c", "a->b b->z"),  # c leads nowhere
        ("a->b a->c b->z c->z", "a->b b->z a->c c->z"),  # each way to its end, then the next
        ("a->b a->b b->z", "a->b b->z a->b"),  # two call sites are two calls
        ("a->b c->b a->c b->z", "a->b b->z a->c c->b"),  # what is behind b is listed once
        ("a->b b->a b->z", "a->b b->z"),  # no way back
        ("a->a a->z", "a->z"),  # a function that calls itself
        ("a->b b->c c->b c->z", "a->b b->c c->z"),  # a cycle on the way
        ("a->b b->c c->b a->z", "a->z"),  # a cycle that does not lead on
        ("a->b b->c c->b b->z", "a->b b->z"),  # one that leads on by going back only
        ("a->z z->b b->z", "a->z"),  # an end is an end
        ("a->b b#>z a->z", "a->z"),  # a macro is no step
    ],
)
def test_every_path_in_the_order_a_reader_walks_it(graph: str, route: str) -> None:
    assert _written(route_between(_graph(graph), "a", "z")) == route


def test_a_hand_over_is_crossed_when_asked() -> None:
    graph = _graph("a->b b~>c c->z")
    assert _written(route_between(graph, "a", "z", deferred=True)) == "a->b b~>c c->z"
    with pytest.raises(NoRouteError, match="of 2 functions reached; paths are cut at hand-overs") as caught:
        route_between(graph, "a", "z")
    assert set(caught.value.reached) == {"a", "b"}


def test_no_path_says_so_without_a_hint_that_was_followed() -> None:
    with pytest.raises(NoRouteError) as caught:
        route_between(_graph("a->b z->a"), "a", "z", deferred=True)
    assert "hand-overs" not in str(caught.value)


def test_an_unknown_function_names_what_is_near() -> None:
    with pytest.raises(FunctionNotFoundError, match="near it: packet_rcv"):
        route_between(_graph("a->packet_rcv"), "a", "packet_rvc")


@pytest.fixture
def legs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """The legs of the one route that data/routes.toml has in a test."""
    rows: list[dict[str, object]] = []
    data = {"routes": [{"id": "way", "title": "", "rail": "", "legs": rows}]}
    monkeypatch.setattr(resources, "data", lambda name: data)
    return rows


@pytest.mark.parametrize(
    ("graph", "rows", "route"),
    [
        ("a->b b->z", [{"from": ["a"], "to": ["z"]}], "a->b b->z"),
        ("a->b b->z", [{"from": ["older", "a"], "to": ["z", "newer"]}], "a->b b->z"),
        ("a->b b->z a->z", [{"from": ["a"], "to": ["z"], "avoid": ["b"]}], "a->z"),
        ("a->y y->z", [{"from": ["a"], "to": ["y", "z"]}], "a->y"),
        ("a->b b->c c->z", [{"from": ["a"], "to": ["c"]}, {"from": ["c"], "to": ["z"]}], "a->b b->c c->z"),
        ("a->b b~>c c->z", [{"from": ["a"], "to": ["b"]}, {"from": ["c"], "to": ["z"]}], "a->b b~>c c->z"),
        ("a->b c->z", [{"from": ["a"], "to": ["b"]}, {"from": ["c"], "to": ["z"]}], "a->b"),
        (
            "a->b b->c c->d d~>p c~>q b~>r a~>s p->z q->z r->z s->z",
            [{"from": ["a"], "to": ["d"]}, {"from": ["p", "q", "r", "s"], "to": ["z"]}],
            "a->b b->c c->d a~>s b~>r c~>q d~>p p->z q->z r->z s->z",
        ),
        ("a->b c->z", [{"from": ["a", "b", "c"], "to": ["b", "z"]}], "c->z"),
        ("a->b b->z", [{"from": ["a"], "to": ["older", "a"]}, {"from": ["b"], "to": ["z"]}], "b->z"),
        ("a->b", [{"from": ["b"], "to": ["a"]}], None),
        ("a->b b->z", [{"from": ["x"], "to": ["z"]}], None),
    ],
)
def test_the_legs_of_a_named_route(
    graph: str, rows: list[dict[str, object]], route: str | None, legs: list[dict[str, object]]
) -> None:
    legs.extend(rows)
    assert [_written(found) for found in routes(_graph(graph))] == ([route] if route else [])


def test_a_route_that_joins_another_stops_where_it_meets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"id": "main", "title": "", "rail": "", "legs": [{"from": ["a"], "to": ["z"]}]},
        {"id": "side", "title": "", "rail": "", "joins": "main", "legs": [{"from": ["s"]}]},
    ]
    monkeypatch.setattr(resources, "data", lambda name: {"routes": rows})
    found = routes(_graph("a->b b->z s->t t->b t->u"))
    assert [_written(route) for route in found] == ["a->b b->z", "s->t t->b"]


def test_the_functions_of_a_route_are_in_its_order() -> None:
    route = route_between(_graph("a->b a->c b->z c->z"), "a", "z")
    assert [name_of(key) for key in route.functions] == ["a", "b", "z", "c"]
