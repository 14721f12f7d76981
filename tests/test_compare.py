"""Two releases side by side: what moved, changed, is new, is gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import jsonschema
import pytest
from trees import small_tree

from explorer import kernel, resources
from explorer.compare import Change, FunctionChange, compare, compare_function, counterpart
from explorer.errors import FunctionNotFoundError
from explorer.kernel import Kernel
from explorer.version import Version
from explorer.views.diff import difference_lines
from explorer.views.text import Glyphs, plain
from explorer.views.values import envelope

HEAD = "static void dev_queue_xmit_nit("
LOCALS = "\tstruct packet_type *ptype, *last = NULL;\n\tstruct list_head *head = &ptype_all;\n"
Edited = Callable[..., tuple[Kernel, Kernel]]


@pytest.fixture
def edited(tmp_path: Path) -> Edited:
    """A release of our own, and the next, in which `old` in its device layer became `new`."""

    def both(old: str = "", new: str = "") -> tuple[Kernel, Kernel]:
        before, after = (small_tree(tmp_path / version, version) for version in ("6.1.7", "6.1.8"))
        place = after / "net/core/dev.c"
        assert old in place.read_text()
        place.write_text(place.read_text().replace(old, new, 1))
        return kernel.open(None, str(before)), kernel.open(None, str(after))

    return both


@cache
def shipped(version: str) -> Kernel:
    return kernel.open(Version.parse(version), offline=True)


def only(before: Kernel, after: Kernel, function: str) -> FunctionChange:
    (found,) = compare_function(before, after, function).functions
    return found


def test_equal_releases_do_not_differ(edited: Edited) -> None:
    difference = compare(*edited())
    assert {each.change for each in difference.functions} == {Change.SAME}
    assert {call.change for route in difference.routes for call in route.calls} == {Change.SAME}


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (HEAD, f"\n\n{HEAD}", Change.MOVED),
        (LOCALS, LOCALS.replace("\n", " /* said */\n"), Change.SAME),
        (LOCALS, LOCALS.replace("*last = NULL", "*last"), Change.CHANGED),
    ],
)
def test_the_text_decides_what_changed(edited: Edited, old: str, new: str, change: Change) -> None:
    found = only(*edited(old, new), "dev_queue_xmit_nit")
    assert (found.change, found.read) == (change, True)


def test_lines_stand_beside_each_other_whatever_their_indentation(edited: Edited) -> None:
    old, new = "\thead = &dev->ptype_all;\n", "  head = &dev->ptype_all;\n\t\tagain += 1;\n"
    lines = only(*edited(old, new), "dev_queue_xmit_nit").lines
    assert [(line.old, line.new) for line in lines if line.change != Change.SAME] == [("", "\t\tagain += 1;")]
    gone = next(line for line in lines if line.change == Change.NEW)
    assert (gone.before, gone.after) == (0, next(line.after for line in lines if "head = &dev" in line.new) + 1)


def test_of_a_long_function_the_same_few_lines_differ(edited: Edited) -> None:
    many = "".join(f"\tskb->len += {number};\n" for number in range(1500))
    lines = only(*edited(LOCALS, f"{LOCALS}{many}"), "dev_queue_xmit_nit").lines
    changes = [line.change for line in lines]
    assert (changes.count(Change.NEW), changes.count(Change.GONE), changes.count(Change.CHANGED)) == (1500, 0, 0)


def test_a_call_that_was_lost_and_one_that_was_gained(edited: Edited) -> None:
    found = only(*edited("\t\t\tdeliver_skb(skb, last);", "\t\t\tshow(skb, last);"), "dev_queue_xmit_nit")
    changed = {call.callee: call.change for call in found.calls if call.change != Change.SAME}
    assert changed == {"show": Change.NEW, "deliver_skb": Change.GONE}


def test_a_route_tells_what_is_on_it_and_by_which_lists() -> None:
    routes = {route.id: route for route in compare(shipped("v3.4"), shipped("v6.6")).routes}
    calls = {(call.caller, call.callee): call for call in routes["transmit"].calls}
    assert calls["xmit_one", "dev_queue_xmit_nit"].change == Change.NEW
    assert calls["dev_hard_start_xmit", "dev_queue_xmit_nit"].change == Change.GONE
    handler = calls["dev_queue_xmit_nit", "packet_rcv"]
    assert (handler.change, handler.lost, handler.gained) == (Change.CHANGED, (), ("dev->ptype_all",))


def test_without_text_length_and_calls_decide_and_it_is_said() -> None:
    changes = {each.name: each for each in compare(shipped("v3.4"), shipped("v6.6")).functions}
    told = {name: (changes[name].change, changes[name].read) for name in ("dev_add_pack", "packet_rcv", "handle_ing")}
    assert told == {
        "dev_add_pack": (Change.MOVED, False),
        "packet_rcv": (Change.CHANGED, False),
        "handle_ing": (Change.GONE, True),
    }


def test_a_note_that_went_to_another_function_has_moved() -> None:
    notes = {note.id: note for note in only(shipped("v3.4"), shipped("v6.6"), "dev_hard_start_xmit").notes}
    driver = notes["xmit_one.driver"]
    assert (driver.change, driver.before and driver.before.line, driver.after and driver.after.line) == (
        Change.MOVED,
        2235,
        3573,
    )
    assert notes["xmit_one.qdisc-bypass"].change == Change.NEW
    assert notes["dev_hard_start_xmit.segments"].change == Change.CHANGED


def test_a_function_has_a_counterpart_by_name_or_by_step() -> None:
    assert counterpart(shipped("v3.4"), "dev_queue_xmit_nit@net/core/dev.c") == "dev_queue_xmit_nit@net/core/dev.c"
    assert counterpart(shipped("v3.4"), "xmit_one@net/core/dev.c") == "dev_hard_start_xmit@net/core/dev.c"
    assert counterpart(shipped("v3.4"), "nf_ingress@net/core/dev.c") == ""


def test_what_one_release_lacks_is_new_and_what_both_lack_is_refused() -> None:
    assert only(shipped("v3.4"), shipped("v6.6"), "nf_ingress").change == Change.NEW
    assert only(shipped("v6.6"), shipped("v3.4"), "nf_ingress").change == Change.GONE
    with pytest.raises(FunctionNotFoundError):
        compare_function(shipped("v3.4"), shipped("v6.6"), "no_such_function")


@pytest.mark.parametrize("function", ["", "dev_queue_xmit_nit"])
def test_json_is_what_its_schema_promises(function: str, edited: Edited) -> None:
    both = edited(LOCALS, "")
    document = json.loads(
        envelope("diff", difference=compare_function(*both, function) if function else compare(*both))
    )
    jsonschema.validate(document, json.loads(resources.data_path("schemas", "diff.schema.json").read_text()))
    assert document["difference"]["after"] == "v6.1.8"


def test_text_leaves_out_what_is_the_same(edited: Edited) -> None:
    said = plain(difference_lines(compare_function(*edited(LOCALS, ""), "dev_queue_xmit_nit"), Glyphs(), 100))
    assert "v6.1.7 to v6.1.8\n\n  changed  dev_queue_xmit_nit  net/core/dev.c:45" in said
    assert [row[16:].strip() for row in said.splitlines() if row[17:18] == "-"] == [
        "-         struct packet_type *ptype, *last = NULL;",
        "-         struct list_head *head = &ptype_all;",
    ]
    assert "lines" in said
    assert "net_stamp" not in said


def test_text_of_releases_tells_routes_and_functions() -> None:
    said = plain(difference_lines(compare(shipped("v3.4"), shipped("v6.6")), Glyphs(), 100))
    assert "  new      xmit_one -> dev_queue_xmit_nit  net/core/dev.c:3569" in said
    assert "  gone     handle_ing  net/core/dev.c:3076" in said
