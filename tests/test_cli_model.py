"""The verb `model`: a tree, what each tap got, JSON by its schema."""

from __future__ import annotations

import json
from collections.abc import Callable

import jsonschema
import pytest

from explorer import resources

Explorer = Callable[..., tuple[int, str, str]]


def test_a_run_is_a_tree_and_then_the_taps(explorer: Explorer) -> None:
    status, out, err = explorer("model", "own-sender")
    assert (status, err) == (0, "")
    lines = [line.lstrip(" │├└─|`-").split("  ")[0] for line in out.splitlines()]
    wanted = [
        "send over v0 by sender",
        "packet_snd",
        "dev_queue_xmit_nit",
        "note own-sender",
        "veth_xmit",
    ]
    places = [lines.index(word) for word in wanted]
    assert places == sorted(places)
    assert "OUTGOING  0x88b5 experimental 1  v0  60" in out


def test_a_release_is_run_by_its_facts(explorer: Explorer) -> None:
    _, old, _ = explorer("model", "v3.4", "vlan-cooked", "--offline", "-f", "json")
    _, new, _ = explorer("model", "v6.12.117", "vlan-cooked", "--offline", "-f", "json")
    rows = [json.loads(out)["outcome"]["rows"][0] for out in (old, new)]
    assert [row["length"] for row in rows] == [50, 46]


def test_json_is_what_its_schema_says(explorer: Explorer) -> None:
    _, out, _ = explorer("model", "ring-tpacket-v2", "-f", "json")
    schema = json.loads(resources.data_path("schemas", "model.schema.json").read_text())
    jsonschema.validate(json.loads(out), schema)


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["model"], 2, "missing argument"),
        (["model", "v3.4"], 2, "name one scenario"),
        (["model", "two-tap"], 1, "error: there is no scenario 'two-tap'; near it: two-taps; "),
    ],
)
def test_misuse_says_what_to_type(explorer: Explorer, words: list[str], status: int, says: str) -> None:
    code, _, err = explorer(*words)
    assert code == status
    assert says in err
