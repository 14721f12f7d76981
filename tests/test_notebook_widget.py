"""The widget's Python half: traits that lead and follow, pages, and HTML for viewers without scripts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ipywidgets import Widget
from traitlets import TraitError
from widgets import DELIVER, NIT, lines

from explorer.errors import FunctionNotFoundError, TourError, VersionError
from explorer.notebook.plain import plain
from explorer.notebook.widget import Explorer


def from_front(widget: Explorer, **state: Any) -> None:
    """What a message of the front end does."""
    widget.set_state(state)


def test_it_begins_with_a_step_of_a_tour() -> None:
    widget = Explorer(version="v2.6.36", tour="transmit", step=2)
    assert (widget.version, widget.tour, widget.step) == ("v2.6.36", "transmit", 2)
    assert widget.selected == widget.chart["steps"][1]["function"]
    assert widget.page["title"] == widget.chart["steps"][1]["title"]
    Widget.close_all()


def test_a_step_selects_its_function_and_a_function_its_step(widget: Explorer) -> None:
    widget.step = NIT
    assert widget.selected == "dev_queue_xmit_nit@net/core/dev.c"
    assert widget.page["title"] == "dev_queue_xmit_nit"
    widget.selected = "deliver_skb"
    assert (widget.selected, widget.step) == ("deliver_skb@net/core/dev.c", DELIVER)


def test_the_front_end_leads_as_python_does(widget: Explorer) -> None:
    seen: list[str] = []
    widget.observe(lambda change: seen.append(change["new"]["title"]), "page")
    from_front(widget, step=NIT)
    from_front(widget, selected="deliver_skb@net/core/dev.c")
    from_front(widget, version="v6.6")
    assert seen == ["dev_queue_xmit_nit", "deliver_skb", "deliver_skb"]
    assert widget.chart["title"].endswith("Linux v6.6")


def test_where_step_and_function_change_together_the_function_leads(widget: Explorer) -> None:
    from_front(widget, step=3, selected="deliver_skb@net/core/dev.c", line=0)
    assert (widget.step, widget.page["title"]) == (DELIVER, "deliver_skb")
    from_front(widget, version="v6.6", step=NIT, selected="dev_queue_xmit_nit@net/core/dev.c")
    assert (widget.page["title"], widget.page["version"]) == ("dev_queue_xmit_nit", "v6.6")


def test_a_page_is_sent_ahead_and_is_the_one_that_is_shown_later(widget: Explorer) -> None:
    for step, key in ((DELIVER, "deliver_skb@net/core/dev.c"), (0, "tpacket_rcv@net/packet/af_packet.c")):
        ahead = widget._ahead([step, key])
        widget.selected = key
        assert ahead == {"page": widget.page, "beside": {}}
    widget.compare = "v6.6"
    assert widget._ahead([0, widget.selected])["page"]["edition"] == widget.page["edition"] != ahead["page"]["edition"]


@pytest.mark.parametrize(
    "asked",
    [[7, "deliver_skb@net/core/dev.c"], [99, "deliver_skb@net/core/dev.c"], [-1, ""], [0, "nothing"], ["8"], None],
)
def test_nothing_is_sent_of_a_place_that_is_not_there(widget: Explorer, asked: Any) -> None:
    assert widget._ahead(asked) == {}


def test_a_cell_that_looks_at_a_function_gets_its_page_in_its_own_release(widget: Explorer) -> None:
    page = widget._look({"version": "v2.6.36", "function": "tpacket_rcv@net/packet/af_packet.c"})
    assert (page["version"], page["title"], page["function"]) == (
        "v2.6.36",
        "tpacket_rcv",
        "tpacket_rcv@net/packet/af_packet.c",
    )
    assert (widget.version, widget.page["title"]) == ("v3.4", widget.chart["steps"][0]["title"])
    for version, key in (("v0.1", "packet_rcv@net/packet/af_packet.c"), ("v3.4", "nothing"), ("v3.4", ""), (3, None)):
        assert widget._look({"version": version, "function": key}) == {}


def test_an_edition_is_of_a_version_a_text_and_the_notes(told: Explorer) -> None:
    editions = {told.page["edition"]}
    told.add_note("Here.", line=lines(told, "return")[0])
    editions.add(told.page["edition"])
    told.version = "v3.4"
    editions.add(told.page["edition"])
    told.tour = "deliver"
    assert len(editions | {told.page["edition"]}) == 4


def test_a_function_beside_the_tour_has_a_page_and_leaves_the_step(widget: Explorer) -> None:
    widget.step = 3
    widget.selected = "tpacket_rcv"
    assert (widget.step, widget.page["title"]) == (3, "tpacket_rcv")
    assert widget.page["apart"]
    widget.version = "v2.6.36"
    assert widget.selected == "tpacket_rcv@net/packet/af_packet.c"


def test_what_no_step_tells_of_has_a_page_too(widget: Explorer) -> None:
    widget.selected = "dev_add_pack"
    assert widget.page["place"].startswith("net/core/dev.c:")
    widget.selected = "netif_receive_skb"
    assert widget.page["title"] == "netif_receive_skb"


def test_another_release_keeps_the_step_by_what_it_tells(widget: Explorer) -> None:
    widget.step = NIT
    widget.version = "v6.6"
    assert widget.page["title"] == "dev_queue_xmit_nit"
    assert widget.step != NIT
    widget.selected = "xmit_one"
    widget.version = "v3.4"  # where dev_hard_start_xmit does what xmit_one does
    assert widget.page["title"] == "dev_hard_start_xmit"


def test_a_step_out_of_range_is_the_last(widget: Explorer) -> None:
    widget.step = 99
    assert widget.step == len(widget.chart["steps"])
    widget.step = -1
    assert widget.step == 1


def test_what_is_not_there_is_refused_and_nothing_changes(widget: Explorer) -> None:
    before = widget.page
    with pytest.raises(FunctionNotFoundError):
        widget.selected = "no_such_function"
    with pytest.raises(VersionError):
        widget.version = "three"
    with pytest.raises(TourError):
        widget.tour = "nowhere"
    assert (widget.version, widget.step, widget.page) == ("v3.4", 1, before)


def test_another_tour_begins_at_its_first_step(widget: Explorer) -> None:
    widget.step = 3
    widget.tour = "deliver"
    assert widget.step == 1
    assert widget.selected == widget.chart["steps"][0]["function"]


def test_without_text_it_says_what_brings_it(widget: Explorer) -> None:
    assert "`explorer fetch v3.4` brings text" in widget.page["lacking"]
    assert not widget.page["lines"]


def test_every_box_of_the_picture_can_be_selected(widget: Explorer) -> None:
    for key in set(re.findall(r'data-function="([^"]+)"', widget.chart["svg"])):
        widget.selected = key
        assert widget.page["title"] == key.partition("@")[0]
        assert widget.page["place"]


def test_with_text_lines_have_the_files_numbers(told: Explorer) -> None:
    assert told.page["place"] == f"net/core/dev.c:{told.page['first']}"
    assert plain(told.page["lines"][0]) == "int struck(struct sk_buff *skb)"
    assert not told.page["lacking"]


def test_two_widgets_share_no_id() -> None:
    ids = [set(re.findall(r' id="([^"]+)"', Explorer("v3.4").chart["svg"])) for _ in range(2)]
    assert ids[0]
    assert not ids[0] & ids[1]
    Widget.close_all()


def test_the_picture_can_be_saved(widget: Explorer, tmp_path: Path) -> None:
    place = widget.save(tmp_path / "map.svg")
    assert place.read_text().startswith("<svg ")
    assert 'data-function="deliver_skb@net/core/dev.c"' in place.read_text()


def test_another_release_stands_beside(widget: Explorer) -> None:
    widget.step = NIT
    widget.compare = "v6.6"
    assert (widget.beside["version"], widget.beside["page"]["title"]) == ("v6.6", "dev_queue_xmit_nit")
    assert widget.beside["functions"]["handle_ing"] == "gone"
    assert ("dev_hard_start_xmit", "dev_queue_xmit_nit") in widget.beside["gone"]
    widget.selected = "packet_set_ring"
    assert widget.beside["page"]["title"] == "packet_set_ring"
    widget.compare = ""
    assert widget.beside == {}
    with pytest.raises(VersionError):
        widget.compare = "three"


def test_what_another_release_does_not_have_is_said(widget: Explorer) -> None:
    widget.selected = "handle_ing"
    widget.compare = "v6.6"
    assert widget.beside["page"]["title"] == "sch_handle_ingress"  # a step names both
    widget.selected = "__napi_gro_receive"
    assert (widget.beside["change"], widget.beside["page"]) == ("gone", {})


def test_the_picture_can_show_every_call_and_macro(widget: Explorer) -> None:
    before = widget.chart["svg"]
    widget.selected = "dev_queue_xmit_nit"
    assert widget.chart["svg"] == before
    widget.all_edges = True
    assert 'data-function="skb_clone' not in before
    assert "skb_clone" in widget.chart["svg"]
    widget.macros = True
    assert "list_for_each_entry_rcu" in widget.chart["svg"]
    widget.selected = "dev_hard_start_xmit"
    assert "list_for_each_entry_rcu" not in widget.chart["svg"]
    widget.all_edges = widget.macros = False
    assert widget.chart["svg"] == before


def test_a_trace_names_functions_of_the_release(widget: Explorer) -> None:
    widget.trace = [("deliver_skb", "packet_rcv", "seen"), ["elsewhere", "packet_rcv", "unexpected"]]
    assert widget.trace == [
        ["deliver_skb@net/core/dev.c", "packet_rcv@net/packet/af_packet.c", "seen"],
        ["elsewhere", "packet_rcv@net/packet/af_packet.c", "unexpected"],
    ]
    with pytest.raises(TraitError, match="caller, callee and one of seen"):
        widget.trace = [("deliver_skb", "packet_rcv", "perhaps")]


def test_a_line_is_chosen_and_forgotten_with_its_function(told: Explorer) -> None:
    told.line = lines(told, "return")[0]
    assert str(told.location) == f"v6.1.7:net/core/dev.c:{told.line}"
    told.line = 1
    assert told.line == 0
    told.line = lines(told, "return")[0]
    told.selected = "deliver_skb"
    assert told.line == 0
    assert str(told.location) == f"v6.1.7:{told.page['place']}"
