"""A trace walked function by function: pages with each call on its line, in a release of our own and in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ipywidgets import Widget
from trees import small_tree

from explorer import kernel
from explorer.errors import TourError
from explorer.notebook.widget import Explorer
from explorer.trace import Frame, Taken, Trace, trace
from explorer.trace.pages import walked

DEV = "net/core/dev.c"


@pytest.fixture
def taken(tmp_path: Path) -> Taken:
    """A frame that a kernel of our own sent: one call has a line, one is inlined, one has neither line nor place."""
    opened = kernel.open(None, str(small_tree(tmp_path)), offline=True)
    (call,) = (each for each in opened.graph.callees("dev_hard_start_xmit") if "dev_queue_xmit_nit@" in each.callee)
    (deep,) = (each for each in opened.graph.callees("dev_queue_xmit_nit") if "deliver_skb@" in each.callee)
    chain = (
        Frame("sock_sendmsg", 0x12),
        Frame("dev_hard_start_xmit", 0x20, path=DEV, line=call.location.line),
        Frame("dev_queue_xmit_nit", 0x10, path=DEV, line=deep.location.line),
        Frame("deliver_skb", inlined=True),
        Frame("packet_rcv"),
    )
    return Taken(Trace("own", "6.1.7", "uml", (chain,)), opened, "as it ran now")


def test_each_function_that_was_read_is_a_page_in_the_order_it_ran(taken: Taken) -> None:
    walk = walked(taken)
    assert [page.title for page in walk.pages] == [
        "dev_hard_start_xmit",
        "dev_queue_xmit_nit",
        "deliver_skb",
        "packet_rcv",
    ]
    assert walk.title == "The real path of own"
    assert walk.text.startswith("as it ran now: ")
    assert all(page.trust[0] == "as it ran now" for page in walk.pages)


def test_a_call_stands_on_its_line_and_says_how_sure_it_is(taken: Taken) -> None:
    first, second, third, last = walked(taken).pages
    (note,) = first.remarks
    assert first.excerpt
    assert "dev_queue_xmit_nit(" in first.excerpt.text.split("\n")[note.first - first.excerpt.first]
    assert (note.title, note.outcome) == ("1. dev_queue_xmit_nit", "placed")
    assert note.text == "Seen at dev_hard_start_xmit+0x20; the line is exact; a call of the graph."
    assert second.remarks[0].text == "Inlined; the line is exact; a call of the graph."
    assert third.remarks[0].text.startswith("Seen; the line is inferred; a call through ")
    assert last.remarks == ()
    assert last.words[0].startswith(f"From deliver_skb at {DEV}:")


def test_a_walk_of_another_run_has_another_id(taken: Taken) -> None:
    (chain,) = taken.trace.chains
    other = replace(taken, trace=replace(taken.trace, chains=(chain[:3],)))
    assert walked(taken).id != walked(other).id
    assert walked(taken).id.startswith("trace own ")


@pytest.fixture
def widget(taken: Taken) -> Iterator[Explorer]:
    yield Explorer(trace=taken)
    Widget.close_all()


def test_the_widget_walks_it_in_its_own_release(widget: Explorer) -> None:
    assert (widget.version, widget.tour, widget.versions) == ("v6.1.7", "trace own", ["v6.1.7"])
    assert widget.page["title"] == "dev_hard_start_xmit"
    assert widget.page["trust"][0] == "as it ran now"
    assert ["dev_hard_start_xmit@net/core/dev.c", "dev_queue_xmit_nit@net/core/dev.c", "seen"] in widget.trace
    widget.step = 3
    assert widget.page["title"] == "deliver_skb"
    with pytest.raises(TourError, match=r"the trace own is of v6\.1\.7"):
        widget.version = "v3.4"


def test_a_tour_and_the_trace_follow_one_another(
    widget: Explorer, taken: Taken, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "own"))
    widget.tour = "transmit"
    assert widget.page["title"] != "packet_rcv"
    widget.tour = "trace own"
    widget.step = 4
    (function,) = taken.kernel.graph.definitions[widget.selected]
    widget.add_note("Mine.", line=function.last - 2)
    assert (widget.tour, widget.page["title"]) == ("trace own", "packet_rcv")


def test_a_recording_is_walked_without_text() -> None:
    walk = walked(trace("two-taps", "v6.12.117"))
    names = [page.title for page in walk.pages]
    assert names.index("packet_snd") < names.index("xmit_one") < names.index("dev_queue_xmit_nit")
    assert all(page.trust[0].startswith("recorded on Linux v6.12.117") for page in walk.pages)
    assert "0 unexplained" in walk.text
