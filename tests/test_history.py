"""history and identify: over the atlas that is shipped, whose facts do not change."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from referencing import Registry, Resource
from trees import small_tree

from explorer import resources
from explorer.errors import FunctionNotFoundError
from explorer.graph.values import name_of
from explorer.history import history, trunk
from explorer.identify import identify
from explorer.version import Version

Explorer = Callable[..., tuple[int, str, str]]


def versions(text: str) -> list[Version]:
    return [Version.parse(word) for word in text.split()]


@pytest.mark.parametrize(
    ("known", "every", "pairs"),
    [
        ("v3.4 v3.10.4 v4.9", False, "v3.4>v3.10.4 v3.10.4>v4.9"),
        ("v3.4 v3.4.39 v3.4.40 v3.10.4", False, "v3.4>v3.4.39 v3.4>v3.4.40 v3.4>v3.10.4"),
        ("v2.6.12 v2.6.13-rc1 v2.6.13", False, "v2.6.12>v2.6.13"),
        ("v2.6.12 v2.6.13-rc1 v2.6.13", True, "v2.6.12>v2.6.13-rc1 v2.6.13-rc1>v2.6.13"),
        ("v2.6.36 v2.6.36.4 v2.6.37", False, "v2.6.36>v2.6.36.4 v2.6.36>v2.6.37"),
        ("v3.4", False, ""),
    ],
)
def test_a_stable_release_is_compared_with_its_own_series(known: str, every: bool, pairs: str) -> None:
    assert " ".join(f"{before}>{after}" for before, after in trunk(versions(known), every)) == pairs


def test_between_which_releases_a_function_joins() -> None:
    told = history("deliver_skb", Version.parse("v2.6.36"))
    joined = {
        name_of(change.function): f"{turn.before} {turn.after}"
        for turn in told.turns
        for change in turn.changes
        if change.kind == "joins"
    }
    assert joined["dev_queue_xmit_nit"] == "v2.6.37 v2.6.38"
    assert joined["packet_rcv_fanout"] == "v3.0 v3.1"
    assert joined["__netif_receive_skb_core"] == "v3.4 v3.10.4"
    assert [turn.branch for turn in told.turns] == [False] * len(told.turns)


def test_a_function_that_never_was_is_an_error() -> None:
    with pytest.raises(FunctionNotFoundError, match="no function deliver_skbb in any release"):
        history("deliver_skbb", Version.parse("v6.6"))


def test_a_file_is_known_by_its_blob(monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer import identify as room
    from explorer.sources.verify import known

    blob = known(Version.parse("v2.6.36"), "net/core/dev.c")
    assert blob
    monkeypatch.setattr(room, "blob_id", lambda text: blob.blob)
    found = identify(b"anything")
    assert (found.path, "v2.6.36" in map(str, found.exact), found.near) == ("net/core/dev.c", True, ())


SENDS = "int packet_direct_xmit(struct sk_buff *skb)\n{\n\treturn dev_direct_xmit(skb, packet_pick_tx_queue(skb));\n}\n"


def test_a_piece_of_a_file_is_known_by_what_it_says() -> None:
    found = identify(SENDS.encode())
    assert found.path == "net/packet/af_packet.c"
    assert [(row.same, row.of) for row in found.near[:1]] == [(3, 3)]
    assert Version.parse("v4.19.95") in {
        version for row in found.near for version in row.versions if row.same == row.of
    }


@pytest.mark.parametrize("text", ["", "int nobody(void) { return nothing(); }\n", "<html>\n"])
def test_what_is_like_no_release_is_nothing(text: str) -> None:
    found = identify(text.encode())
    assert (found.path, found.exact, found.near) == ("", (), ())


@pytest.fixture(autouse=True)
def columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_the_text_fits_its_width(explorer: Explorer) -> None:
    status, out, _ = explorer("history", "--since", "v6.6")
    assert status == 0
    assert "between v6.8 and v6.12.117" in out
    assert "  ~ dev_queue_xmit_nit finds taps on net_hotdata.ptype_all, dev->ptype_all\n" in out
    assert max(map(len, out.splitlines())) <= 80


def test_json_is_what_the_schemas_promise(explorer: Explorer, tmp_path: Path) -> None:
    folder = resources.data_path("schemas")
    schemas = {place.name: json.loads(place.read_text()) for place in folder.glob("*.json")}
    registry = Registry().with_resources([(name, Resource.from_contents(each)) for name, each in schemas.items()])
    near = tmp_path / "piece.c"
    near.write_text(SENDS)
    calls = {
        "history": ("history", "--since", "v6.6"),
        "identity": ("identify", str(small_tree(tmp_path / "tree") / "net/core/dev.c")),
    }
    for kind, words in {**calls, "identity ": ("identify", str(near))}.items():
        content = json.loads(explorer(*words, "-f", "json")[1])
        schema = schemas[f"{kind.strip()}.schema.json"]
        jsonschema.Draft202012Validator(schema, registry=registry).validate(content)


def test_a_file_too_large_is_refused(explorer: Explorer, tmp_path: Path) -> None:
    (tmp_path / "big.c").write_bytes(b"x" * ((4 << 20) + 1))
    status, _, err = explorer("identify", str(tmp_path / "big.c"))
    assert (status, "no file of the kernel's network path has over" in err) == (1, True)
