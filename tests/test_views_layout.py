"""Pictures as geometry: nothing overlaps, nothing is left out, and the same graph gives the same picture."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise

import pytest
from graphs import GRAPH, ROUTES, graph_of

from explorer import atlas, kernel
from explorer.errors import GraphError
from explorer.graph import Route, name_of
from explorer.version import Version
from explorer.views.lanes import LIMIT, lanes
from explorer.views.layout import Band, Edge, Picture, Point, overlap, text_width
from explorer.views.routemap import routemap
from explorer.views.wires import Rect, Wire, Wires


def _random(seed: int, count: int, edges: int) -> Picture:
    """A graph as kernels have them: shallow, in a few files, with a cycle now and then."""
    luck = random.Random(seed)
    names = [f"f{number}@dir/file{number % 5}.c" for number in range(count)]
    pairs = [(luck.choice(names[: count // 3 + 1]), luck.choice(names)) for _ in range(edges)]
    graph, route = graph_of(pairs)
    return lanes(graph, [route])


def _on(edge: Edge) -> Iterator[Point]:
    """Points along an edge as it is drawn."""
    for (ax, ay), (bx, by) in pairwise(edge.points):
        for part in (number / 20 for number in range(1, 20)):
            ease = 3 * part**2 - 2 * part**3 if edge.bend else part
            along = 3 * part * (1 - part) / 2 + part**3 if edge.bend else part
            x, y = (ease, along) if edge.bend == "down" else (along, ease)
            yield ax + (bx - ax) * x, ay + (by - ay) * y


def check(picture: Picture) -> None:
    """No box covers another, no label a box or a label, no edge runs through a box, and all is inside."""
    boxes = [box for box in picture.boxes if not box.parent]
    shapes = [*boxes, *picture.labels]
    assert not [(one, two) for one, two in combinations(shapes, 2) if overlap(one, two)]
    page = Band("", 0, 0, picture.width, picture.height)
    for shape in shapes:
        assert page.x <= shape.x
        assert shape.x + shape.w <= page.w
        assert shape.y + shape.h <= page.h
    inner = [(box, replace(box, x=box.x + 1, y=box.y + 1, w=box.w - 2, h=box.h - 2)) for box in boxes]
    for edge in picture.edges:
        for x, y in _on(edge):
            spot = Band("", x, y, 0.1, 0.1)
            assert not [box.id for box, inside in inner if overlap(spot, inside)], edge
    parents = {box.id: box for box in picture.boxes}
    for box in picture.boxes:
        if box.parent:
            outer = parents[box.parent]
            assert outer.y <= box.y
            assert box.y + box.h <= outer.y + outer.h
        assert text_width(box.name) <= box.w


def test_every_function_of_the_routes_is_on_the_map() -> None:
    picture = routemap(GRAPH, ROUTES)
    check(picture)
    drawn = [box.id for box in picture.boxes]
    assert {key for route in ROUTES for key in route.functions} <= set(drawn)
    assert len(drawn) == len(set(drawn))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.id)
def test_a_single_route_is_a_map_too(route: Route) -> None:
    picture = routemap(GRAPH, [route])
    check(picture)
    assert set(route.functions) <= {box.id for box in picture.boxes}


def test_transmit_goes_down_and_receive_comes_up() -> None:
    place = {box.name: box.y for box in routemap(GRAPH, ROUTES).boxes}
    down = ["packet_sendmsg", "dev_queue_xmit", "dev_hard_start_xmit", "dev_queue_xmit_nit"]
    up = ["netif_rx_ni", "netif_rx", "process_backlog", "netif_receive_skb", "deliver_skb", "ptype_all", "packet_rcv"]
    assert [place[name] for name in down] == sorted(place[name] for name in down)
    assert [place[name] for name in up] == sorted((place[name] for name in up), reverse=True)
    assert place["packet_recvmsg"] < place["packet_rcv"]


def test_lists_stand_between_dispatch_and_handlers() -> None:
    picture = routemap(GRAPH, ROUTES)
    lists = {box.name: box.parent for box in picture.boxes if box.id.startswith("list:")}
    assert lists == {"ptype_all": "lists:out", "ptype_base": "lists:in"}
    pointers = {(name_of(edge.source), name_of(edge.target)) for edge in picture.edges if edge.kind == "pointer"}
    assert ("dev_queue_xmit_nit", "lists:out") in pointers
    assert ("deliver_skb", "lists") in pointers
    assert ("lists:in", "ip_rcv") in pointers
    assert not any(source == "deliver_skb" and target.endswith("packet_rcv") for source, target in pointers)


def test_every_call_of_the_routes_is_told_by_an_edge() -> None:
    picture = routemap(GRAPH, ROUTES)
    told = "\n".join(shape.tip for shape in (*picture.edges, *picture.boxes))
    for route in ROUTES:
        for call in route.calls:
            place = f"{call.location.path}:{call.location.line}"
            if call.kind == "pointer":
                assert f"{name_of(call.caller)} → {call.via}, called at {place}" in told
                assert f"{name_of(call.callee)} (stored at" in told
            else:
                assert f"{name_of(call.caller)} → {name_of(call.callee)}: " in told
                assert place in told


def test_words_stand_once_and_the_legend_has_what_is_there() -> None:
    picture = routemap(GRAPH, ROUTES)
    words = [label.text for label in picture.labels]
    assert words.count("packet_type.func") == 1
    assert "softnet_data's backlog" in words
    assert [kind for kind, _, _ in picture.legend if kind != "rail"] == ["call", "pointer", "deferred"]
    assert [kind for kind, _, _ in routemap(GRAPH, ROUTES[-1:]).legend] == ["rail", "call"]


def test_a_condition_is_a_tag() -> None:
    tags = {box.name: box.tag for box in routemap(GRAPH, ROUTES).boxes}
    assert tags["handle_ing"].startswith("#if")
    assert not tags["netif_receive_skb"]


@pytest.mark.parametrize("version", atlas.known()[:: max(len(atlas.known()) // 5, 1)], ids=str)
def test_real_releases_do_not_overlap(version: Version) -> None:
    release = kernel.open(version, offline=True)
    picture = routemap(release.graph, release.routes)
    check(picture)
    drawn = [box.id for box in picture.boxes if "@" in box.id]
    assert len(drawn) == len(set(drawn)), "a function is drawn twice"
    assert {key for route in release.routes for key in route.functions} <= {box.id for box in picture.boxes}


@pytest.mark.parametrize(("count", "edges"), [(2, 1), (12, 30), (60, 90), (150, 180)])
def test_lanes_do_not_overlap(count: int, edges: int) -> None:
    for seed in range(3):
        check(_random(seed, count, edges))


def test_lanes_have_one_lane_a_file_and_callers_first() -> None:
    graph, route = graph_of([("a@x.c", "b@y.c"), ("b@y.c", "c@x.c"), ("c@x.c", "a@x.c"), ("a@x.c", "ext")])
    picture = lanes(graph, [route])
    assert {band.text for band in picture.bands} == {"x.c", "y.c", "definition not read"}
    place = {box.name: box.y for box in picture.boxes}
    assert place["a"] < place["b"] < place["c"]
    assert len(picture.edges) == 4
    back = next(edge for edge in picture.edges if edge.source == "c@x.c")
    assert back.points[0][1] > back.points[-1][1]


def test_a_function_that_calls_itself_is_drawn_once() -> None:
    graph, route = graph_of([("a@x.c", "a@x.c"), ("a@x.c", "b@x.c")])
    picture = lanes(graph, [route])
    assert len(picture.boxes) == 2
    assert len(picture.edges) == 1


def test_lanes_are_bounded() -> None:
    with pytest.raises(GraphError, match=r"--depth N or --to FUNC.*-f dot or -f graphml"):
        _random(1, 3000, 9000)
    with pytest.raises(GraphError, match="no call to draw"):
        lanes(GRAPH, [Route("none", "nothing", "", ())])
    assert _random(1, LIMIT, 4 * LIMIT).boxes


def test_a_deep_graph_is_no_deep_recursion() -> None:
    names = [f"f{number}@x.c" for number in range(LIMIT)]
    graph, route = graph_of(list(pairwise(names)))
    assert len(lanes(graph, [route]).boxes) == LIMIT


def test_the_same_graph_gives_the_same_picture() -> None:
    assert routemap(GRAPH, ROUTES) == routemap(GRAPH, ROUTES)
    assert _random(7, 40, 90) == _random(7, 40, 90)


def test_a_wire_goes_round_a_box_and_runs_straight_where_it_can() -> None:
    sides = (0.0, 0.0, 0.0, 0.0)
    boxes = {"a": Rect(5, 5, 9, 8), "b": Rect(5, 30, 9, 33), "between": Rect(4, 15, 10, 20)}
    plane = Wires(40, 40, boxes, boxes)
    assert len(plane.route(Wire("a", "between", "call", sides, sides))) == 2
    assert len(plane.route(Wire("a", "b", "call", sides, sides))) > 2
