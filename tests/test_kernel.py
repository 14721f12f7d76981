from pathlib import Path

import pytest
from trees import small_tree

from explorer import atlas, kernel
from explorer.errors import NotInVersionError, OfflineError, VersionError
from explorer.facts import FileFacts
from explorer.graph import CallGraph, name_of
from explorer.version import Version


def _edges(graph: CallGraph) -> set[tuple[str, str, int, str]]:
    return {(name_of(call.caller), name_of(call.callee), call.location.line, call.kind) for call in graph.calls}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return small_tree(tmp_path / "linux-6.1")


def test_a_tree_says_its_own_version(tree: Path) -> None:
    opened = kernel.open(None, str(tree))
    assert opened.version == Version.parse("v6.1.7")
    assert opened.has_text
    assert opened.note == ""


def test_another_version_asked_of_a_tree_is_an_error_that_says_what_to_type(tree: Path) -> None:
    with pytest.raises(VersionError, match=r"is v6\.1\.7, not v6\.1; type: .* v6\.1\.7 --from"):
        kernel.open(Version.parse("v6.1"), str(tree))


def test_the_routes_of_a_small_kernel(tree: Path) -> None:
    opened = kernel.open(None, str(tree))
    found = {route.id: [name_of(key) for key in route.functions] for route in opened.routes}
    assert set(found) == {"transmit", "receive", "inject", "register"}
    assert found["transmit"] == [
        "dev_queue_xmit",
        "dev_hard_start_xmit",
        "dev_queue_xmit_nit",
        "deliver_skb",
        "packet_rcv",
        "tpacket_rcv",
        "packet_recvmsg",
    ]
    assert ("packet_rcv", "packet_recvmsg", 16, "deferred") in _edges(opened.graph)


def test_text_and_atlas_of_one_release_give_equal_graphs(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))  # in which no tree's text was kept
    text = kernel.open(None, str(tree))
    atlas.build(tmp_path / "atlas", {text.version: ("our own", text.facts)})
    monkeypatch.setattr(atlas, "shelves", lambda: (atlas.Atlas(tmp_path / "atlas"),))
    facts = kernel.open(text.version, offline=True)
    assert not facts.has_text
    assert facts.note.startswith("facts without text, from the atlas (our own); `explorer fetch v6.1.7`")
    assert facts.graph == text.graph
    assert facts.routes == text.routes


def test_an_unknown_release_names_the_nearest() -> None:
    with pytest.raises(OfflineError, match=r"the atlas has no v3\.5 either, nearest are .*v3\.4\.39.*v3\.10\.4"):
        kernel.open(Version.parse("v3.5"), offline=True)


def test_an_excerpt_needs_text() -> None:
    opened = kernel.open(Version.parse("v3.4"), offline=True)
    (definition,) = opened.function("packet_rcv")
    with pytest.raises(NotInVersionError, match=r"`explorer fetch v3\.4` brings"):
        opened.excerpt(definition)


def test_an_excerpt_is_the_text_of_the_file(tree: Path) -> None:
    opened = kernel.open(None, str(tree))
    (definition,) = opened.function("packet_create")
    cut = opened.excerpt(definition)
    lines = (tree / "net/packet/af_packet.c").read_text().splitlines()
    assert cut.text.splitlines() == lines[definition.first - 1 : definition.last]
    assert str(cut.location(definition.line)) == f"v6.1.7:net/packet/af_packet.c:{definition.line}"


@pytest.mark.parametrize(
    ("asked", "found"),
    [("v3.4", "v3.4"), ("v3.4.7", "v3.4"), ("v4.1", "v3.18.20"), ("v2.6.11", "v2.6.12"), ("v99.0", "v6.19")],
)
def test_the_nearest_release_is_the_same_or_the_one_before(
    asked: str, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = tuple(map(Version.parse, ["v2.6.12", "v3.4", "v3.18.20", "v6.19"]))
    monkeypatch.setattr(atlas, "known", lambda: known)
    assert str(kernel.nearest(Version.parse(asked))) == found


def test_the_analysis_is_kept_and_read_again(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = kernel.open(None, str(tree))
    monkeypatch.setattr("explorer.facts.analyse", lambda *row: pytest.fail("analysed again"))
    again = kernel.open(None, str(tree))
    assert again.facts == first.facts
    assert all(isinstance(row, FileFacts) for row in again.facts)
