"""The routes of each release, beside those that readers wrote down from its text without this program.

tests/data/expected_routes.json has for each release and route its edges: caller, callee, file, line, kind, conditions.
"""

import json
from functools import cache
from pathlib import Path

import pytest

from explorer import kernel
from explorer.errors import SourceError
from explorer.graph import Call, name_of
from explorer.version import Version

pytestmark = pytest.mark.kernel

Edge = tuple[str, str, str, int, str, tuple[str, ...]]
_EXPECTED = json.loads((Path(__file__).parent / "data" / "expected_routes.json").read_text())
_NO_ROUTE = "receive-vlan"  # edges that the graph has; no named route of ours ends where they do


@cache
def _kernel(version: str) -> kernel.Kernel:
    try:
        return kernel.open(Version.parse(version), None, offline=True)
    except SourceError as error:
        pytest.skip(f"no {version} in the atlas: {error}")


def _edge(call: Call) -> Edge:
    ends = name_of(call.caller), name_of(call.callee)
    return *ends, call.location.path, call.location.line, call.kind, call.conditions


def _expected(version: str, route: str) -> set[Edge]:
    return {(*edge, tuple(conditions)) for *edge, conditions in _EXPECTED[version].get(route, ())}


@pytest.mark.parametrize(
    ("version", "route"),
    [(version, route) for version, routes in _EXPECTED.items() for route in routes if route != _NO_ROUTE],
)
def test_a_route_has_the_edges_a_reader_found(version: str, route: str) -> None:
    calls = {row.id: row.calls for row in _kernel(version).routes}.get(route, ())
    puts = {call.caller for call in calls if call.kind == "deferred"}
    expected = _expected(version, route)
    assert {_edge(call) for call in calls if call.kind != "deferred" and call.callee not in puts} <= expected
    assert {_edge(call) for call in calls if call.kind != "deferred"} >= expected


@pytest.mark.parametrize("version", _EXPECTED)
def test_a_release_has_no_route_that_no_reader_found(version: str) -> None:
    assert {row.id for row in _kernel(version).routes} <= set(_EXPECTED[version])


@pytest.mark.parametrize("version", [version for version, routes in _EXPECTED.items() if _NO_ROUTE in routes])
def test_the_graph_has_the_edges_of_vlan_receive(version: str) -> None:
    assert _expected(version, _NO_ROUTE) - set(map(_edge, _kernel(version).graph.calls)) == set()
