"""Scenarios as data: read, checked, described by a schema."""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict
from typing import Any

import jsonschema
import pytest

from explorer import atlas, kernel, resources
from explorer.errors import DataError
from explorer.rehearse import rehearse
from explorer.scenario import Outcome, Recording, Row, fanout_args, load, parse, scenarios


def schema(name: str) -> Any:
    return json.loads(resources.data_path("schemas", f"{name}.schema.json").read_text())


def test_there_are_enough_scenarios() -> None:
    assert len(scenarios()) >= 25


@pytest.mark.parametrize("name", scenarios())
def test_a_scenario_is_what_its_schema_says(name: str) -> None:
    jsonschema.validate(tomllib.loads(resources.data_path("scenarios", f"{name}.toml").read_text()), schema("scenario"))
    scenario = load(name)
    assert scenario.title[0].isupper()
    assert scenario.expect.strip().endswith(".")


@pytest.mark.parametrize("name", scenarios())
def test_an_outcome_is_what_its_schema_says(name: str) -> None:
    jsonschema.validate(json.loads(json.dumps(asdict(rehearse(load(name))))), schema("outcome"))


def test_a_recording_is_what_its_schema_says() -> None:
    row = Recording("scenario", "0" * 64, "6.12.117", "2026-01-01", "explorer 1", "{}")
    jsonschema.validate(asdict(row), schema("recording"))


def test_the_steps_are_functions_of_some_release() -> None:
    graphs = [kernel.open(version, offline=True).graph for version in atlas.known()[-8:]]
    known = {key.partition("@")[0] for graph in graphs for key in graph.definitions}
    unread = {"eth_type_trans"}  # of a file that is not read
    assert {step for name in scenarios() for step in load(name).steps} <= known | unread


TAP = {"name": "a"}
FAR = {"name": "v0", "kind": "veth", "peer": "v1", "peer_netns": "there"}
SEND = {"do": "send", "device": "lo", "frame": "00*12 88b5 70*46"}


def table(**changes: object) -> dict[str, object]:
    return {"title": "T", "expect": "E.", "taps": [TAP], "actions": [SEND], **changes}


@pytest.mark.parametrize(
    ("fanout", "args"),
    [("7:hash", (7, 0, 0)), ("0:lb,uniqueid", (0, 0x2001, 0)), ("8:9,max=2,rollover", (8, 0x1009, 2))],
)
def test_a_group_in_words_is_what_setsockopt_takes(fanout: str, args: tuple[int, int, int]) -> None:
    assert fanout_args(fanout) == args


def test_a_byte_can_be_repeated() -> None:
    (action,) = parse(table(), "x", "x.toml").actions
    assert action.frame == "00" * 12 + "88b5" + "70" * 46


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"taps": [{"nam": "a"}]}, "Tap has no 'nam'"),
        ({"taps": [{"name": 1}]}, "name of Tap is a str"),
        ({"taps": [TAP, TAP]}, "two taps have one name"),
        ({"taps": [{"name": "a", "type": "cooked"}]}, "type 'cooked' is none of 'raw', 'dgram', 'packet'"),
        ({"taps": [{"name": "a", "device": "v0"}]}, "device 'v0' is none of"),
        ({"taps": [{"name": "a", "fanout": "7:best"}]}, "best"),
        ({"taps": [{"name": "a", "fanout": "7:lb,most=2"}]}, "most=2"),
        ({"taps": [{"name": "a", "ring": 4}]}, "ring 4 is none of"),
        ({"actions": [{"do": "join", "by": "a", "fanout": "x:lb"}]}, "invalid literal"),
        ({"actions": [{"do": "jump"}]}, "do 'jump' is none of"),
        ({"actions": [{"do": "close", "by": "b"}]}, "by 'b' is none of"),
        ({"actions": [{"do": "send", "frame": "0x12"}]}, "non-hexadecimal"),
        ({"devices": [{"name": "v0", "kind": "tun"}]}, "kind 'tun' is none of"),
        ({"devices": [FAR], "taps": [{"name": "a", "device": "v1"}]}, "netns '' is none of 'there'"),
        ({"devices": [FAR], "taps": [{"name": "a", "netns": "moon"}]}, "netns 'moon' is none of '', '', 'there'"),
        ({"devices": [FAR], "actions": [SEND | {"by": "a", "device": "v1"}]}, "netns '' is none of 'there'"),
        ({"actions": [SEND | {"gso_size": 1000}]}, "a frame of IPv4 and TCP"),
        ({"title": 1}, "title of Scenario is a str"),
    ],
)
def test_an_error_says_file_and_what_is_wrong(changes: dict[str, object], says: str) -> None:
    with pytest.raises(DataError, match=r"^x\.toml: ") as raised:
        parse(table(**changes), "x", "x.toml")
    assert says in str(raised.value)


def test_an_unknown_scenario_is_told_with_those_near_it() -> None:
    with pytest.raises(DataError, match="near it: two-taps"):
        load("two-tap")


def test_macs_and_peers_are_in_the_order_made() -> None:
    scenario = load("bridge-broadcast")
    assert scenario.macs == {"v0": "02:00:00:00:00:0a", "v1": "02:00:00:00:00:0b", "br0": "02:00:00:00:00:0c"}
    assert scenario.peers == {"v0": "v1", "v1": "v0"}


def test_members_of_a_hash_group_may_change_places() -> None:
    scenario = load("fanout-hash")
    row = Row("one", "HOST", 0x800, "v1", 62)
    one = Outcome("fanout-hash", (row,), (("one", 1, 0), ("two", 0, 0)))
    two = Outcome("fanout-hash", (Row("two", "HOST", 0x800, "v1", 62),), (("one", 0, 0), ("two", 1, 0)))
    assert one != two
    assert one.settled(scenario) == two.settled(scenario)
