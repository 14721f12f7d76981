"""A trace over the graph: what is explained, and how; what was recorded of real kernels is explained without rest."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import graphs
import pytest

from explorer import kernel, scenario
from explorer.graph import Call, CallGraph
from explorer.live import recordings
from explorer.trace import Frame, Overlay, Trace, overlay
from explorer.trace.recorded import content, find, trace_of
from explorer.trace.values import bare, longest, watched
from explorer.version import Version

RECORDED = ("v6.1.192", "v6.12.117")
WANTED = (
    "two-taps lo-twice own-sender pfifo-fast ring-tpacket-v3 ring-tpacket-v2 fanout-lb spkt spkt-sender qdisc-bypass "
    "vlan-device dgram-cooked"
).split()


def chain(text: str) -> tuple[Frame, ...]:
    return tuple(Frame(name) for name in text.split(" > "))


def joined(*texts: str, seen: tuple[str, ...] = (), graph: CallGraph = graphs.GRAPH) -> Overlay:
    return overlay(Trace("own", "3.4", "import", tuple(map(chain, texts)), seen), graph, graphs.ROUTES)


@pytest.mark.parametrize(
    ("text", "outcome", "through"),
    [
        ("dev_queue_xmit > dev_hard_start_xmit", "call", ()),
        ("deliver_skb > packet_rcv", "pointer", ()),
        ("dev_queue_xmit > dev_queue_xmit_nit", "through", ("dev_hard_start_xmit",)),
        ("packet_bind > dev_add_pack", "through", ("packet_do_bind",)),
        ("dev_hard_start_xmit > packet_rcv", "through", ("dev_queue_xmit_nit",)),
        ("packet_rcv > dev_queue_xmit", "unexplained", ()),
        ("packet_rcv > sock_def_readable", "outside", ()),
        ("__sock_sendmsg > packet_sendmsg", "outside", ()),
        ("do_softirq > net_rx_action", "outside", ()),
        ("deliver_skb > ip_rcv", "pointer", ()),
    ],
)
def test_a_pair_of_frames_is_explained_by_the_graph(text: str, outcome: str, through: tuple[str, ...]) -> None:
    (link,) = joined(text).links
    assert (link.outcome, link.through) == (outcome, through)


def test_where_paths_differ_each_is_named() -> None:
    pairs = [("a@x.c", "b@x.c"), ("b@x.c", "d@x.c"), ("a@x.c", "c@x.c"), ("c@x.c", "d@x.c")]
    graph, route = graphs.graph_of(pairs)
    made = overlay(Trace("own", "3.4", "import", (chain("a > d"),)), graph, [route])
    assert made.links[0].through == ("b|c",)
    assert made.seen == 0  # which of the two it was, nobody saw


def test_what_was_watched_cannot_have_run_unseen_unless_it_can_be_inlined() -> None:
    pairs = [("a@x.c", "b@x.c"), ("b@x.c", "c@x.c")]
    graph, route = graphs.graph_of(pairs)
    trace = Trace("own", "3.4", "ftrace", (chain("a > c"),), ("a", "b", "c"))
    assert overlay(trace, graph, [route]).links[0].outcome == "unexplained"
    static = tuple(replace(row, linkage="static") for row in graph.functions)
    assert overlay(trace, replace(graph, functions=static), [route]).links[0].outcome == "through"


def test_a_softirq_is_no_contradiction() -> None:
    made = joined("dev_queue_xmit > process_backlog > netif_receive_skb")
    assert [link.outcome for link in made.links] == ["handed", "call"]


def test_a_hand_over_is_seen_where_both_ends_ran() -> None:
    edge = ("packet_rcv@net/packet/af_packet.c", "packet_recvmsg@net/packet/af_packet.c")
    assert dict(joined("deliver_skb > packet_rcv", "packet_recvmsg").edges)[edge]
    assert not dict(joined("deliver_skb > packet_rcv").edges)[edge]


def test_the_edges_that_every_path_shares_are_seen() -> None:
    made = joined("dev_queue_xmit > dev_queue_xmit_nit")
    assert made.seen == 1  # dev_hard_start_xmit calls dev_queue_xmit_nit, with a qdisc and without
    assert str(made) == f"1 of {len(made.edges)} edges of the routes seen, 0 unexplained"
    assert {row[2] for row in made.rows} == {"seen", "unseen"}
    assert joined("packet_rcv > dev_queue_xmit").rows[-1][2] == "unexpected"


def test_a_line_is_inferred_where_there_is_one_call_site() -> None:
    (first, _), *_ = joined("dev_queue_xmit > dev_hard_start_xmit").trace.chains
    (call,) = [each for each in graphs.GRAPH.callees("dev_queue_xmit") if "dev_hard" in each.callee]
    assert (first.path, first.line, first.inferred) == (graphs.DEV, call.location.line, True)
    told = replace(call, location=graphs.at(graphs.DEV, 99))
    two = replace(graphs.GRAPH, calls=(*graphs.GRAPH.calls, told))
    (first, _), *_ = joined("dev_queue_xmit > dev_hard_start_xmit", graph=two).trace.chains
    assert (first.line, first.inferred) == (0, False)


def test_a_line_that_was_seen_is_kept() -> None:
    frames = (Frame("dev_queue_xmit", path=graphs.DEV, line=7), Frame("dev_hard_start_xmit"))
    made = overlay(Trace("own", "3.4", "import", (frames,)), graphs.GRAPH, graphs.ROUTES)
    assert (made.trace.chains[0][0].line, made.trace.chains[0][0].inferred) == (7, False)


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("packet_rcv", "packet_rcv"),
        ("__netif_receive_skb_core.constprop.0", "__netif_receive_skb_core"),
        ("x.isra.0.part.3.cold", "x"),
        ("dev_queue_xmit.llvm.123", "dev_queue_xmit"),
        ("a.part", "a"),
    ],
)
def test_a_compilers_copy_is_the_function(name: str, own: str) -> None:
    assert bare(name) == own


def test_a_chain_that_goes_on_is_told_once() -> None:
    chains = [chain("a"), chain("a > b"), chain("a > b > c"), chain("a > d"), chain("a > b > c"), ()]
    assert longest(chains) == (chain("a > b > c"), chain("a > d"))


def test_a_trace_is_kept_and_read_again() -> None:
    frames = (Frame("a", 31, "veth"), Frame("b"))
    trace = Trace("two-taps", "v6.12.117", "ftrace", (frames, (Frame("c"),)), ("a", "b"))
    key = recordings.scenario_key(scenario.load("two-taps"))
    assert trace_of(recordings.made("trace", key, "v6.12.117", content(trace))) == trace


@cache
def kernel_of(version: str) -> kernel.Kernel:
    return kernel.open(Version.parse(version), offline=True)


@pytest.mark.parametrize("version", RECORDED)
@pytest.mark.parametrize("name", WANTED)
def test_what_a_real_kernel_did_is_explained(name: str, version: str) -> None:
    opened = kernel_of(version)
    found = find(scenario.load(name), opened.version)
    assert found, "make traces"
    made = overlay(found[0], opened.graph, opened.routes)
    assert not made.unexplained
    assert made.seen > 10
    assert {"packet_rcv", "tpacket_rcv", "packet_rcv_spkt", "packet_rcv_fanout"} & set(found[0].functions)


@pytest.mark.parametrize("version", RECORDED)
@pytest.mark.parametrize("name", WANTED)
def test_each_line_that_a_real_kernel_calls_on_is_a_calls(name: str, version: str) -> None:
    """Of what was read: the debug symbols' line of a call is the line of one in the graph, macros' uses included."""
    opened = kernel_of(version)
    found = find(scenario.load(name), opened.version)
    assert found
    made = overlay(found[0], opened.graph, opened.routes)
    assert made.lines[0] == made.lines[1] > 15
    calls = {(call.location.path, call.location.line) for call in opened.graph.calls}
    read = {info.path for info in opened.graph.files}
    places = {(frame.path, frame.line) for chain in found[0].chains for frame in chain if frame.path in read}
    assert len(places) > 15
    assert not places - calls


@pytest.mark.parametrize("version", RECORDED)
def test_a_graph_that_lacks_an_edge_is_found_out(version: str) -> None:
    """Without the one edge that explains a pair, the pair is unexplained, or its line is no call's."""
    opened = kernel_of(version)
    found = find(scenario.load("pfifo-fast"), opened.version)
    assert found
    made = overlay(found[0], opened.graph, opened.routes)
    direct = [link for link in made.links if link.outcome == "call" and "@" in link.callee]
    assert len(direct) > 12
    for link in direct:
        kept = tuple(call for call in opened.graph.calls if not _is(call, link.caller, link.callee))
        poorer = overlay(found[0], CallGraph(opened.version, opened.graph.functions, kept), opened.routes)
        assert poorer.unexplained or poorer.lines[0] < poorer.lines[1], link


def _is(call: Call, caller: str, callee: str) -> bool:
    return (call.caller, call.callee) == (caller, callee)


def test_the_functions_to_watch_are_those_of_the_routes() -> None:
    names = watched(graphs.ROUTES)
    assert {"dev_queue_xmit", "packet_rcv", "process_backlog", "veth_xmit", "net_rx_action"} <= set(names)
