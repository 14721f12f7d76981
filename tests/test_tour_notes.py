"""The reader's own notes: kept on one statement, listed, shown, forgotten; refused with what to type."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from referencing import Registry, Resource
from trees import KERNEL, small_tree

from explorer import resources
from explorer.errors import TourError
from explorer.pattern import Pattern
from explorer.tour import notes

Explorer = Callable[..., tuple[int, str, str]]
NIT = "dev_queue_xmit_nit@net/core/dev.c"


@pytest.fixture
def tree(tmp_path: Path) -> str:
    return str(small_tree(tmp_path / "linux-6.1"))


def line_of(text: str) -> int:
    return next(number for number, line in enumerate((KERNEL / "out.c").read_text().splitlines(), 1) if text in line)


def test_a_note_is_kept_listed_and_forgotten(explorer: Explorer, tree: str) -> None:
    assert "no note is kept yet" in explorer("note")[1]
    status, out, _ = explorer("note", "--from", tree, "dev_queue_xmit_nit;goto again", "Twice at most.")
    place = f"v6.1.7:net/core/dev.c:{line_of('goto again')}"
    assert (status, out) == (0, f"mine-1  {NIT};goto again  {place}\n  Twice at most.\n")
    assert explorer("note")[1] == f"mine-1  {NIT};goto again\n  Twice at most.\n"
    assert explorer("note", "--from", tree)[1] == out
    assert explorer("note", "--remove", "mine-1")[:2] == (0, "mine-1 is forgotten: Twice at most.\n")
    assert "no note is kept yet" in explorer("note")[1]


def test_a_tour_shows_it_on_every_version(explorer: Explorer, tree: str, tmp_path: Path) -> None:
    explorer("note", "--from", tree, "dev_queue_xmit_nit;last->func(*", "Remember this.")
    later = small_tree(tmp_path / "linux-6.12", "6.12.3")
    source = later / "net/core/dev.c"
    source.write_text("\n\n\n" + source.read_text())
    for place, moved in ((tree, 0), (str(later), 3)):
        pages = json.loads(explorer("tour", "transmit", "--from", place, "-f", "json")[1])["walk"]["pages"]
        rows = [row for page in pages for row in page["remarks"] if row["text"] == "Remember this."]
        assert [(row["outcome"], row["location"]["line"]) for row in rows] == [
            ("placed", line_of("last->func(") + moved)
        ]
    out = explorer("tour", "v3.4", "transmit", "--offline")[1]
    assert "Your note  not looked for, the function is at net/core/dev.c:1645\nRemember this." in out


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (
            ["dev_queue_xmit_nit;last->funk(skb, dev, last)", "T"],
            1,
            "nearest are:\n  net/core/dev.c:62  dev_queue_xmit",
        ),
        (["dev_queue_xmit_nit;last->funk(skb, dev, last)", "T"], 1, "behind the ;, or add --anyway"),
        (["netif_receive_skb;deliver_skb(skb, *)", "T"], 1, "several statements of netif_receive_skb@net/core/dev.c"),
        (["netif_receive_skb;deliver_skb(skb, *)", "T"], 1, "narrow it with --within or --under"),
        (["dev_queue_xmit_nit", "T"], 1, "write FUNC;STATEMENT"),
        (["dev_queue_xmit_nti;goto again", "T"], 1, "near it: dev_queue_xmit_nit"),
        (["dev_queue_xmit_nit;goto again"], 2, "a note is a statement and a text"),
        (["dev_queue_xmit_nit;goto again", " "], 1, "is empty"),
        (["--remove", "mine-9"], 1, "there is no note 'mine-9' of yours; there are none yet"),
    ],
)
def test_what_is_wrong_says_what_to_type(
    words: list[str], status: int, said: str, explorer: Explorer, tree: str
) -> None:
    source = [] if words[0] == "--remove" else ["--from", tree]
    got, _, err = explorer("note", *source, *words)
    assert (got, said in err) == (status, True), err
    assert notes.listed() == ()


def test_without_text_it_is_refused_unless_told_otherwise(explorer: Explorer) -> None:
    words = ("note", "v3.4", "--offline", "packet_rcv;kfree_skb(skb)", "A drop.")
    assert "--anyway keeps the note unchecked" in explorer(*words)[2]
    assert explorer(*words, "--anyway")[1].startswith("mine-1  packet_rcv@net/packet/af_packet.c;kfree_skb(skb)  v3.4:")


def test_one_that_fits_nothing_is_kept_when_told(explorer: Explorer, tree: str) -> None:
    status, out, _ = explorer("note", "--from", tree, "--anyway", f"{NIT};kfree_skb(skb)", "Not here.")
    assert (status, "missing" in out) == (0, True)


def test_it_is_narrowed_by_what_it_stands_in(explorer: Explorer, tree: str) -> None:
    words = ("note", "--from", tree, "netif_receive_skb;deliver_skb(skb, ptype)", "Taps.")
    out = explorer(*words, "--within", "list_for_each_entry_rcu(ptype, &ptype_all, list)")[1]
    assert f":{line_of('deliver_skb(skb, ptype);')}\n" in out


def test_ids_are_not_given_twice_and_one_of_several_is_forgotten() -> None:
    for match in ("a", "b", "c"):
        notes.add(Pattern(NIT.partition("@")[0], "net/core/dev.c", match), match)
    other = notes.add(Pattern("packet_rcv", "net/packet/af_packet.c", "d"), "d")
    assert notes.remove("mine-2").note.text == "b"
    assert [(note.id, note.text) for step in notes.listed() for note in step.notes] == [
        ("mine-1", "a"),
        ("mine-3", "c"),
        (other.id, "d"),
    ]
    assert notes.add(Pattern("packet_rcv", "net/packet/af_packet.c", "e"), "e").id == "mine-5"


def _kept(*matches: str) -> Path:
    """The file of as many notes."""
    for match in matches:
        notes.add(Pattern(NIT.partition("@")[0], "net/core/dev.c", match), match)
    (place,) = (resources.user_dir() / "steps").glob("*.toml")
    return place


def _said() -> set[tuple[str, str, str]]:
    return {(note.id, note.title, note.text) for step in notes.listed() for note in step.notes}


@pytest.mark.parametrize("matches", [("a",), ("a", "b", "c")])
def test_what_was_removed_comes_back_as_it_was_written(matches: tuple[str, ...]) -> None:
    place = _kept(*matches)
    place.write_text(place.read_text().replace('text = "a"', 'text = "a"  # why'))
    before, rows = _said(), sorted(place.read_text().split("\n"))
    gone = notes.remove("mine-1")
    assert gone.note.text == "a"
    assert "mine-1" not in {name for name, _, _ in _said()}
    assert notes.put_back(gone) == gone.note
    assert _said() == before
    assert [row for row in sorted(place.read_text().split("\n")) if row] == [row for row in rows if row]


def test_what_comes_back_leaves_a_newer_note_its_id() -> None:
    _kept("a")
    gone = notes.remove("mine-1")
    _kept("b")
    assert notes.put_back(gone).id == "mine-2"
    assert {(name, text) for name, _, text in _said()} == {("mine-1", "b"), ("mine-2", "a")}


def test_a_note_says_something_else_on_its_statement() -> None:
    _kept("a", "b")
    assert notes.change("mine-1", 'Two "lines",\n\none note.', "Better").text == "a"
    assert ("mine-1", "Better", 'Two "lines",\n\none note.') in _said()
    assert [note.anchors[0].match for step in notes.listed() for note in step.notes] == ["a", "b"]
    with pytest.raises(TourError, match="is empty"):
        notes.change("mine-2", "", "Nothing")
    with pytest.raises(TourError, match="there is no note 'mine-9' of yours"):
        notes.change("mine-9", "text", "title")
    assert ("mine-2", "Your note", "b") in _said()


def test_a_note_of_another_hand_is_changed_only_there() -> None:
    place = _kept("a")
    place.write_text(place.read_text().replace("[[notes]]", '[[notes]]\nsince = "v3.4"'))
    before = place.read_text()
    with pytest.raises(TourError, match="written by another hand; change the note mine-1 there"):
        notes.change("mine-1", "text", "title")
    assert place.read_text() == before


def test_a_file_of_another_hand_is_left_as_it_is() -> None:
    for match in ("a", "b"):
        notes.add(Pattern(NIT.partition("@")[0], "net/core/dev.c", match), match)
    (place,) = (resources.user_dir() / "steps").glob("*.toml")
    place.write_text(place.read_text().replace("[[notes]]", "[[ notes ]]", 1))
    with pytest.raises(TourError, match="written by another hand"):
        notes.remove("mine-1")
    assert len(notes.listed()[0].notes) == 2


def test_json_is_what_the_schema_promises(explorer: Explorer, tree: str) -> None:
    explorer("note", "--from", tree, "dev_queue_xmit_nit;goto again", "Twice at most.")
    folder = resources.data_path("schemas")
    schemas = {place.name: json.loads(place.read_text()) for place in folder.glob("*.json")}
    registry = Registry().with_resources([(name, Resource.from_contents(each)) for name, each in schemas.items()])
    for more in ((), ("--from", tree)):
        content = json.loads(explorer("note", *more, "-f", "json")[1])
        jsonschema.Draft202012Validator(schemas["notes.schema.json"], registry=registry).validate(content)
