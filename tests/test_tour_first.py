"""The first screen: places from the graph, claims from notes, nothing about a version written down."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import jsonschema
import pytest
from referencing import Registry, Resource
from trees import small_tree

from explorer import kernel, resources
from explorer.tour.first import First, claimed, first, pieces
from explorer.tour.load import load_step, tongue
from explorer.tour.values import digest
from explorer.version import Version
from explorer.views.first import first_lines
from explorer.views.terminal import cells
from explorer.views.text import Glyphs, plain

Explorer = Callable[..., tuple[int, str, str]]


@cache
def screen(version: str, lang: str = "en") -> First:
    return first(kernel.open(Version.parse(version), offline=True), lang)


def test_the_ways_are_those_of_the_version() -> None:
    old, new = screen("v3.4"), screen("v6.19")
    assert [(stop.name, stop.location.line) for stop in old.ways[0].stops] == [
        ("dev_queue_xmit", 2507),
        ("dev_hard_start_xmit", 2557),
        ("dev_queue_xmit_nit", 2196),
    ]
    assert (old.ways[0].via, old.ways[0].dispatch.line, old.ways[0].lists) == ("packet_type.func", 1692, ("ptype_all",))
    assert [stop.name for stop in new.ways[1].stops][-2:] == ["__netif_receive_skb_core", "deliver_skb"]
    assert new.ways[0].lists == ("net->ptype_all", "dev->ptype_all")
    assert [end.name for end in screen("v2.6.36").ends] == ["tpacket_rcv", "packet_rcv", "packet_rcv_spkt"]


@pytest.mark.parametrize(
    ("version", "lines"),
    [
        ("v2.6.12", [1045, 1079, None, None]),
        ("v2.6.36", [1505, 1546, 1938, 2214]),
        ("v3.4", [1645, 1692, 2178, 2557]),
    ],
)
def test_what_the_founding_note_told_is_compared(version: str, lines: list[int | None]) -> None:
    note = screen(version).founding
    assert [spot.then and spot.then.line for spot in note.spots] == [1505, 1546, 1938, 2214]
    assert [spot.now and spot.now.line for spot in note.spots] == lines
    assert (note.changes == ()) == (version == "v2.6.36")


def test_what_a_version_does_not_have_is_not_claimed() -> None:
    bypass = "xmit_one.qdisc-bypass"
    assert bypass not in [claim.note for claim in screen("v3.4").claims]
    assert bypass in [claim.note for claim in screen("v4.19.95").claims]


@pytest.mark.parametrize("name", claimed())
def test_every_claim_names_a_note(name: str) -> None:
    step, _, note = name.partition(".")
    assert note in [each.id for each in load_step(step).notes]


def test_all_of_it_is_said_in_chinese() -> None:
    said = tongue("zh", "", "first")
    assert [text for _, title, text in pieces() if digest(title, text) not in said.said] == []
    assert said.stale({digest(title, text) for _, title, text in pieces()}) == ()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [60, 80, 130, 200])
@pytest.mark.parametrize("version", ["v2.6.12", "v3.4", "v6.19"])
def test_no_line_is_longer_than_the_terminal(version: str, width: int, lang: str) -> None:
    text = plain(first_lines(screen(version, lang), Glyphs(), width))
    assert max(map(cells, text.splitlines())) <= max(width, 88)  # names and places are not folded
    assert "{" not in text


def test_the_two_ways_stand_side_by_side_where_there_is_room() -> None:
    wide, narrow = (plain(first_lines(screen("v3.4"), Glyphs(), width)).splitlines() for width in (160, 80))
    assert any("A frame that is sent" in line and "A frame that is received" in line for line in wide)
    assert not any("A frame that is sent" in line and "A frame that is received" in line for line in narrow)


def test_it_is_what_one_sees_first(explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "running", lambda: Version.parse("v3.4"))
    bare = explorer()
    assert bare[0] == 0
    assert bare[1].startswith("How a frame reaches a packet socket, Linux v3.4\n")
    assert explorer("tour", "v3.4", "--offline")[1] == bare[1]
    assert explorer("tour")[1].startswith("transmit  ")


def test_json_is_what_the_schema_promises(explorer: Explorer, tmp_path: Path) -> None:
    folder = resources.data_path("schemas")
    schemas = {place.name: json.loads(place.read_text()) for place in folder.glob("*.json")}
    registry = Registry().with_resources([(name, Resource.from_contents(each)) for name, each in schemas.items()])
    for words in (("v6.19", "--offline"), ("v2.6.12", "--offline"), ("--from", str(small_tree(tmp_path)))):
        content = json.loads(explorer("tour", *words, "-f", "json")[1])
        jsonschema.Draft202012Validator(schemas["first.schema.json"], registry=registry).validate(content)
