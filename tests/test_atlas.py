import json
import lzma
from pathlib import Path

import pytest
from trees import KERNEL

from explorer import atlas, facts, kernel
from explorer.errors import DataError
from explorer.facts import analyse
from explorer.sources import blob_id
from explorer.version import Version


def _facts(name: str, path: str, more: str = "") -> facts.FileFacts:
    text = (KERNEL / name).read_bytes() + more.encode()
    return analyse(text, path, blob_id(text))


@pytest.fixture
def shelf(tmp_path: Path) -> atlas.Atlas:
    out, tap = _facts("out.c", "net/core/dev.c"), _facts("tap.c", "net/packet/af_packet.c")
    later = _facts("tap.c", "net/packet/af_packet.c", "\nint more;\n")
    releases = {Version.parse("v9.1"): ("sure", (out, later)), Version.parse("v9.0"): ("less so", (out, tap))}
    atlas.build(tmp_path, releases)
    return atlas.Atlas(tmp_path)


def test_a_release_is_read_as_it_was_written(shelf: atlas.Atlas) -> None:
    release = shelf.release(Version.parse("v9.0"))
    assert release is not None
    assert release.how == "less so"
    assert shelf.facts(release) == (_facts("out.c", "net/core/dev.c"), _facts("tap.c", "net/packet/af_packet.c"))


def test_releases_that_share_a_file_share_its_facts(shelf: atlas.Atlas, tmp_path: Path) -> None:
    index = json.loads((tmp_path / "index.json").read_text())
    blobs = [blob for pack in index["packs"].values() for blob in pack["blobs"]]
    assert len(blobs) == len(set(blobs)) == 3


def test_releases_are_listed_oldest_first(shelf: atlas.Atlas) -> None:
    assert [str(release.version) for release in shelf.releases()] == ["v9.0", "v9.1"]


def test_a_missing_atlas_is_an_empty_one(tmp_path: Path) -> None:
    assert atlas.Atlas(tmp_path / "none").releases() == ()


def test_an_atlas_of_another_format_is_not_read(shelf: atlas.Atlas, tmp_path: Path) -> None:
    index = json.loads((tmp_path / "index.json").read_text())
    (tmp_path / "index.json").write_text(json.dumps(index | {"format": facts.FORMAT + 1}))
    assert atlas.Atlas(tmp_path).releases() == ()


@pytest.mark.parametrize("content", [b"no xz", lzma.compress(b"[]"), b""])
def test_a_damaged_pack_is_an_error_that_names_it(content: bytes, shelf: atlas.Atlas, tmp_path: Path) -> None:
    for pack in tmp_path.glob("*.xz"):
        pack.write_bytes(content)
    release = shelf.release(Version.parse("v9.0"))
    assert release is not None
    with pytest.raises(DataError, match=r"\.jsonl\.xz"):
        shelf.facts(release)


def test_the_shipped_atlas_has_the_releases_people_ask_for() -> None:
    known = set(map(str, atlas.known()))
    assert {"v2.6.36", "v3.4", "v4.19.95", "v6.1.192", "v6.12.117", "v6.19"} <= known


@pytest.mark.parametrize(("version", "line"), [("v2.6.36", 1505), ("v3.4", 1645)])
def test_where_the_founding_note_and_v3_4_have_dev_queue_xmit_nit(version: str, line: int) -> None:
    opened = kernel.open(Version.parse(version), offline=True)
    (definition,) = opened.function("dev_queue_xmit_nit")
    assert (definition.file, definition.line) == ("net/core/dev.c", line)
