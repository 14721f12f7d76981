"""text, JSON Graph Format, dot, mermaid and GraphML of a small graph of our own."""

from __future__ import annotations

import json
import shutil
import subprocess
from xml.etree import ElementTree

import networkx
import pytest

from explorer.graph import Call, CallGraph, Evidence, FileInfo, Function, Route
from explorer.version import Location, Version
from explorer.views.dot import dot
from explorer.views.graphml import graphml
from explorer.views.jgf import jgf
from explorer.views.mermaid import mermaid
from explorer.views.text import Glyphs, functions, plain, routes_text, trust

V = Version.parse("v9.1")
DEV, TAP = "net/core/dev.c", "net/packet/af_packet.c"
HOSTILE = '"><script>alert(1)</script>'


def place(path: str, line: int) -> Location:
    return Location(V, path, line)


def function(name: str, path: str, line: int, conditions: tuple[str, ...] = ()) -> Function:
    return Function(name, path, line, line, line + 9, "function", "global", conditions)


TAPS = (("ptype_all", f"nit@{DEV}"), ("ptype_base", f"receive@{DEV}"))
THROUGH = Evidence("packet_type", "func", TAPS, place(DEV, 21), (place(TAP, 70), place(TAP, 75)))
QUEUE = Evidence("", "", (("the queue", f"rcv@{TAP}"),), place(TAP, 53), (place(TAP, 62),))
CALLS = (
    Call(f"xmit@{DEV}", f"nit@{DEV}", place(DEV, 31), "call", conditions=("CONFIG_X",), first=30),
    Call(f"xmit@{DEV}", f"nit@{DEV}", place(DEV, 33), "call", conditions=("CONFIG_X",), first=30),
    Call(f"nit@{DEV}", f"rcv@{TAP}", place(DEV, 21), "pointer", "packet_type.func", THROUGH, first=20),
    Call(f"xmit@{DEV}", "likely", place(DEV, 32), "macro", first=30),
    Call(f"rcv@{TAP}", f"recvmsg@{TAP}", place(TAP, 53), "deferred", "the queue", QUEUE, first=50),
)
GRAPH = CallGraph(
    V,
    (
        function("xmit", DEV, 30),
        function("nit", DEV, 20),
        function("nit", DEV, 40, ("!CONFIG_X",)),
        function("rcv", TAP, 50),
        function("recvmsg", TAP, 60),
        Function("likely", "", 0, 0, 0, "macro", ""),
    ),
    CALLS,
    (FileInfo(DEV, "a" * 40, "a tree", "known blob"), FileInfo(TAP, "b" * 40, "a tree", "shape only", errors=2)),
)
ROUTE = Route("transmit", "out", "transmit", (*CALLS[:3], CALLS[4]))


def text(width: int, glyphs: Glyphs | None = None, numbered: bool = False) -> str:
    return plain(routes_text(GRAPH, [ROUTE], glyphs or Glyphs(), width, numbered))


def test_text_tells_line_reason_condition_and_queue() -> None:
    assert text(78) == (
        "transmit  out\n"
        "  xmit                                                       net/core/dev.c:30\n"
        "  └─ nit  [CONFIG_X]                                     net/core/dev.c:31, 33\n"
        "     └─ ╌▸ packet_type.func  on ptype_all                    net/core/dev.c:21\n"
        "        └─ rcv                         stored at net/packet/af_packet.c:70, 75\n"
        "           └─ ⋯▸ recvmsg  over the queue             net/packet/af_packet.c:53\n"
        "\n"
    )


def test_text_names_only_the_lists_walked_on_the_route() -> None:
    assert "ptype_base" not in text(100)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, text(width).splitlines())) <= width


def test_where_the_locale_has_no_box_drawing_the_tree_is_ascii() -> None:
    assert text(80, Glyphs.ascii()).isascii()


def test_steps_are_numbered_when_asked_for() -> None:
    assert [line.split()[0] for line in text(100, numbered=True).splitlines()[1:-1]] == ["1", "2", "3", "4", "5"]


def test_every_call_site_of_every_function_is_listed() -> None:
    assert plain(functions(GRAPH, Glyphs())).count("\n  ") == len(CALLS)


def test_trust_counts_what_was_verified_and_what_did_not_parse() -> None:
    assert trust(GRAPH) == "2 files (1 known blob; 1 shape only); 2 places did not parse"


def test_jgf_has_an_edge_a_call_site_and_a_node_a_function() -> None:
    content = json.loads(jgf(GRAPH, [ROUTE]))["graph"]
    assert len(content["edges"]) == 4
    assert list(content["nodes"]) == [f"xmit@{DEV}", f"nit@{DEV}", f"rcv@{TAP}", f"recvmsg@{TAP}"]
    assert content["metadata"]["routes"] == [{"id": "transmit", "title": "out", "edges": [0, 1, 2, 3]}]
    assert content["edges"][2]["metadata"]["evidence"] == {
        "struct": "packet_type",
        "field": "func",
        "list": ["ptype_all", "ptype_base"],
        "dispatch": f"{DEV}:21",
        "registrations": [f"{TAP}:70", f"{TAP}:75"],
    }


def test_jgf_lists_both_definitions_that_an_if_gives() -> None:
    rows = json.loads(jgf(GRAPH))["graph"]["nodes"][f"nit@{DEV}"]["metadata"]["definitions"]
    assert [(row["line"], row["conditions"]) for row in rows] == [(20, []), (40, ["!CONFIG_X"])]


def test_jgf_puts_each_node_and_edge_on_its_own_line() -> None:
    written = jgf(GRAPH)
    assert sum(
        line.startswith(('{"source"', '[{"source"', '"edges": [{"source"')) for line in written.splitlines()
    ) == len(CALLS)


@pytest.mark.parametrize("name", [HOSTILE, 'a"b', "a\\b", "a}}, {b", '}}, "x": {', "名字"])
def test_every_writer_escapes_what_a_name_may_hold(name: str) -> None:
    call = Call(f"{name}@{DEV}", f"nit@{DEV}", place(DEV, 1), "pointer", f"{name}.func", THROUGH)
    graph = CallGraph(V, (function(name, DEV, 1), function("nit", DEV, 20)), (call,))
    route = Route("x", "y", "", (call,))
    assert json.loads(jgf(graph, [route]))["graph"]["edges"][0]["source"] == f"{name}@{DEV}"
    assert next(iter(networkx.parse_graphml(graphml(graph, [route])).nodes)) == f"{name}@{DEV}"
    assert "<script>" not in mermaid(graph, [route])
    assert dot(graph, [route]).count("\n") == 5


def test_graphml_is_read_by_networkx() -> None:
    graph = networkx.parse_graphml(graphml(GRAPH))
    assert (len(graph.nodes), len(graph.edges)) == (5, 5)
    assert ElementTree.fromstring(graphml(GRAPH)).tag.endswith("graphml")


@pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed: apt-get install graphviz")
def test_dot_is_read_by_graphviz() -> None:
    done = subprocess.run(["dot", "-Tplain"], input=dot(GRAPH), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_graph_is_a_networkx_graph_and_a_frame() -> None:
    assert GRAPH.to_networkx().number_of_edges() == len(CALLS)
    assert list(GRAPH.to_frame()["kind"]) == [call.kind for call in CALLS]
