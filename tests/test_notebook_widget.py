"""The widget's Python half: traits that lead and follow, pages, and HTML for viewers without scripts."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from ipywidgets import Widget
from traitlets import TraitError
from trees import small_tree

from explorer.errors import ExplorerError, FunctionNotFoundError, NotInVersionError, TourError, VersionError
from explorer.notebook.plain import plain
from explorer.notebook.widget import Explorer

NIT, DELIVER = 10, 11  # the steps of dev_queue_xmit_nit and deliver_skb in the first tour, v3.4

HOSTILE = """
int struck(struct sk_buff *skb)
{
	/* </pre></script><img src=x onerror=alert(1)> ]]> \x1b[31m */
	return "<svg onload=alert(2)>&amp;"[0];
}
"""


@pytest.fixture
def widget() -> Iterator[Explorer]:
    yield Explorer("v3.4")
    Widget.close_all()


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Explorer]:
    """A release of our own with its text."""
    tree = small_tree(tmp_path)
    place = tree / "net/core/dev.c"
    place.write_text(place.read_text() + HOSTILE)
    explorer = Explorer("v6.1.7", source=str(tree))
    explorer.selected = "struck"
    yield explorer
    Widget.close_all()


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


def test_a_page_is_sent_ahead_and_is_the_one_that_is_shown_later(widget: Explorer, own_notes: None) -> None:
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


def test_an_edition_is_of_a_version_a_text_and_the_notes(told: Explorer, own_notes: None) -> None:
    editions = {told.page["edition"]}
    told.add_note("Here.", line=_lines(told, "return")[0])
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


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag, *(name for name, _ in attrs if name.startswith("on"))}

    def handle_data(self, data: str) -> None:
        self.words += data


def test_a_viewer_without_scripts_sees_function_and_note(widget: Explorer) -> None:
    widget.step = NIT
    data, _ = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "<code>dev_queue_xmit_nit</code>" in data["text/html"]
    assert "A tap does not hear its own socket" in data["text/html"]
    assert "<code>explorer fetch v3.4</code>" in data["text/html"]


def test_hostile_source_is_text_everywhere(told: Explorer) -> None:
    parser = Tags()
    parser.feed(told._repr_mimebundle_()[0]["text/html"])
    assert "</pre></script><img src=x onerror=alert(1)>" in parser.words
    assert "<svg onload=alert(2)>&amp;" in parser.words
    assert not parser.seen & {"img", "script", "onerror", "onload"}
    assert "\x1b" not in parser.words


def test_the_picture_can_be_saved(widget: Explorer, tmp_path: Path) -> None:
    place = widget.save(tmp_path / "map.svg")
    assert place.read_text().startswith("<svg ")
    assert 'data-function="deliver_skb@net/core/dev.c"' in place.read_text()


def _converted(place: Path, code: str) -> str:
    """A notebook of one cell, run and made HTML without the state of widgets; the text a reader sees."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cell = {"cell_type": "code", "id": "c", "metadata": {}, "outputs": [], "execution_count": None, "source": code}
    notebook = {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (place / "it.ipynb").write_text(json.dumps(notebook))
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--execute", str(place / "it.ipynb")]
    stateless = "--ExecutePreprocessor.store_widget_state=False"
    subprocess.run([*command, stateless], check=True, capture_output=True)
    page = (place / "it.html").read_text()
    return re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.S)


def test_an_executed_copy_shows_source_and_note_without_scripts_and_styles(
    told: Explorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "own"))
    line = _lines(told, "return")[0]
    code = f"""from explorer.notebook.widget import Explorer
w = Explorer("v6.1.7", source={str(tmp_path)!r})
w.selected = "struck"
w.add_note("It says so itself.", "Why it returns", {line})
w"""
    page = _converted(tmp_path, code)
    tags = Tags()
    tags.feed(page)
    assert "Why it returns" in tags.words
    assert "It says so itself." in tags.words
    assert f"{line} ▌         return " in tags.words
    assert not tags.seen & {"onerror", "onload"}


def test_values_have_their_looks_once_the_room_is_imported(tmp_path: Path) -> None:
    code = "import explorer, explorer.notebook\nexplorer.open(explorer.Version.parse('v3.4'), offline=True)"
    page = _converted(tmp_path, code)
    assert "calls through pointers" in page
    assert 'data-function="packet_rcv@net/packet/af_packet.c"' in page


def _lines(widget: Explorer, text: str) -> list[int]:
    """The numbers of the lines with a text."""
    return [number for number, row in enumerate(widget.page["lines"], widget.page["first"]) if text in plain(row)]


def test_a_note_is_kept_at_its_statement_and_shown(told: Explorer, own_notes: None) -> None:
    told.selected = "dev_queue_xmit_nit"
    told.line = _lines(told, "if (head == ")[0]
    told.add_note("The second list.")
    (note,) = told.page["notes"]
    assert (note["title"], note["text"], note["first"], note["own"]) == (
        "Your note",
        ["The second list."],
        told.line,
        True,
    )


def test_two_statements_that_read_alike_are_told_apart_by_what_they_stand_in(told: Explorer, own_notes: None) -> None:
    told.selected = "netif_receive_skb"
    numbers = _lines(told, "deliver_skb")
    for number in numbers:
        told.add_note("Here.", f"line {number}", number)
    own = {(note["title"], note["first"]) for note in told.page["notes"] if note["own"]}
    assert own == {(f"line {number}", number) for number in numbers}


def _told(widget: Explorer) -> list[tuple[str, str]]:
    return [(note["title"], note["text"][0]) for note in (*widget.page["notes"], *widget.page["apart"]) if note["own"]]


def test_a_note_is_changed_and_removed_and_each_is_undone(told: Explorer, own_notes: None) -> None:
    name = told.add_note("First.", line=_lines(told, "return")[0]).id
    assert told.change_note(name, "Second.", "Better").text == "First."
    assert _told(told) == [("Better", "Second.")]
    assert told.undo_note().title == "Better"
    assert _told(told) == [("Your note", "First.")]
    told.remove_note(name)
    assert _told(told) == []
    told.undo_note()
    assert _told(told) == [("Your note", "First.")]
    with pytest.raises(ExplorerError, match="nothing was done"):
        told.undo_note()
    told.add_note("Another.", line=_lines(told, "return")[0])
    told.undo_note()
    assert _told(told) == [("Your note", "First.")]


def test_the_front_end_keeps_changes_removes_and_undoes(
    told: Explorer, own_notes: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(told, "send", sent.append)
    told.line = _lines(told, "return")[0]
    steps: list[tuple[dict[str, Any], str, bool]] = [
        ({"note": "", "title": "", "text": "Here."}, "Kept: Your note", True),
        ({"note": "mine-1", "title": "Better", "text": "There."}, "Changed: Better", True),
        ({"remove": "mine-1"}, "Removed: Better", True),
        ({"undo": True}, "Undone: Better", False),
    ]
    for message, done, undo in steps:
        told._asked(told, message, [])
        assert sent.pop() == {"done": done, "undo": undo}
    assert _told(told) == [("Better", "There.")]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"remove": "mine-7"}, "there is no note 'mine-7' of yours; there are none yet"),
        ({"undo": True}, "nothing was done to a note here that could be undone"),
        ({"text": " "}, "the note has no text yet"),
        ({}, "the note has no text yet"),
        (
            {"text": "There."},
            "no statement stands on line 0 of struck@net/core/dev.c in v6.1.7; choose a line with one",
        ),
    ],
)
def test_a_note_that_cannot_be_kept_is_refused_with_a_reason(
    told: Explorer, own_notes: None, message: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(told, "send", sent.append)
    told._asked(told, message, [])
    assert sent == [{"refused": said}]


def test_without_text_a_note_has_no_place(widget: Explorer) -> None:
    with pytest.raises(NotInVersionError, match=r"explorer fetch v3\.4"):
        widget.add_note("There.", line=1)


@pytest.fixture
def own_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty directory for the reader's notes."""
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "own"))


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
    told.line = _lines(told, "return")[0]
    assert str(told.location) == f"v6.1.7:net/core/dev.c:{told.line}"
    told.line = 1
    assert told.line == 0
    told.line = _lines(told, "return")[0]
    told.selected = "deliver_skb"
    assert told.line == 0
    assert str(told.location) == f"v6.1.7:{told.page['place']}"
