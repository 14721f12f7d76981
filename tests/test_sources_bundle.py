"""bundle.py, bundling.py: what a class is given, and what somebody else might give it."""

from __future__ import annotations

import json
import stat
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import AF_PACKET_C, DEV_C, makefile, write_tree

from explorer.errors import ExplorerError, MirrorError, NotInVersionError, SourceError, UnverifiedError, VersionError
from explorer.sources import Origin, SourceFile, Store, blob_id, fetch, open_source, path_files, verify
from explorer.sources.bundle import Bundle
from explorer.sources.bundling import make, write
from explorer.sources.mirrors import Mirrors
from explorer.sources.open import stored
from explorer.sources.verify import KnownBlob
from explorer.version import Version

DEV, AF = "net/core/dev.c", "net/packet/af_packet.c"
V6_1, V6_2, NEVER = map(Version.parse, ("v6.1", "v6.2", "v9.9"))


def files(version: Version = V6_1) -> dict[str, SourceFile | None]:
    there = {DEV: DEV_C, AF: AF_PACKET_C}
    origin = Origin("kernel.org", "https://kernel.org/x", "blob id told")
    return {path: SourceFile(version, path, there[path], origin) if path in there else None for path in path_files()}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write(tmp_path / "class.zip", {V6_1: files(), V6_2: files(V6_2)}, [("notebooks/a.ipynb", b"{}")], b"GPL\n")
    return tmp_path / "class.zip"


def test_what_is_in_it(place: Path) -> None:
    with zipfile.ZipFile(place) as archive:
        names = archive.namelist()
        assert names[:3] == ["manifest.json", "README.txt", "LICENSE.txt"]
        assert {"v6.1/net/core/dev.c", "v6.2/net/core/dev.c", "notebooks/a.ipynb"} <= {*names}
        assert archive.read("v6.1/net/core/dev.c") == DEV_C
        assert b"GPL-2.0-only" in archive.read("README.txt")
        row = json.loads(archive.read("manifest.json"))["releases"]["v6.1"][DEV]
    assert row == {
        "blob": blob_id(DEV_C),
        "source": "kernel.org",
        "url": "https://kernel.org/x",
        "verified": "blob id told",
        "remark": "",
    }
    again = place.with_name("again.zip")
    write(again, {V6_1: files(), V6_2: files(V6_2)}, [("notebooks/a.ipynb", b"{}")], b"GPL\n")
    assert again.read_bytes() == place.read_bytes().replace(b"class.zip", b"again.zip") or again.stat().st_size


def test_read(place: Path, store: Store) -> None:
    source = open_source(str(place), store=store)
    assert isinstance(source, Bundle)
    with pytest.raises(VersionError, match=r"has v6\.1, v6\.2; say which"):
        source.version(None)
    with pytest.raises(NotInVersionError, match=r"v9\.9 is not in .*nearest there: v6\.1, v6\.2"):
        source.version(NEVER)
    found = fetch(source, V6_1, path_files(), store)
    assert {path: file.text for path, file in found.items()} == {DEV: DEV_C, AF: AF_PACKET_C}
    assert found[DEV].origin.verified == "shape only"
    assert found[DEV].origin.remark == "its maker said: blob id told, from kernel.org"
    with pytest.raises(SourceError, match=r"was made without net/other\.c of v6\.1"):
        source.read_many(V6_1, ["net/other.c"])
    assert store.versions() == ()


def test_known_blobs(place: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"v6.1": {DEV: KnownBlob(blob_id(DEV_C), "official tag"), AF: KnownBlob("0" * 40, "official tag")}}
    monkeypatch.setattr(verify, "_table", lambda: known)
    source = open_source(str(place), store=store)
    assert source.read(V6_1, DEV).origin.verified == "known blob"
    with pytest.raises(UnverifiedError, match=r"00000 .official tag"):
        source.read(V6_1, AF)


def test_environment(place: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class asks the bundle, and nobody else; what it had is in the store then."""
    monkeypatch.setenv("EXPLORER_BUNDLE", str(place))
    monkeypatch.setenv("EXPLORER_MIRRORS", "kernel.org")
    said: list[str] = []
    found = stored(V6_1, store, said.append)
    assert found is not None
    assert list(found) == [DEV, AF]
    assert stored(NEVER, store, said.append) is None
    assert said == [f"EXPLORER_BUNDLE: v9.9 is not in {place}; nearest there: v6.1, v6.2"]
    monkeypatch.delenv("EXPLORER_BUNDLE")
    assert stored(V6_1, store) == found
    assert isinstance(open_source(None, store=store), Mirrors)


def test_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    tree = {"Makefile": makefile("6", "1", "0"), DEV: DEV_C}
    source = str(write_tree(tmp_path / "tree", tree))
    size = make(tmp_path / "c.zip", [V6_1, V6_1], source, False, print)
    assert size == (tmp_path / "c.zip").stat().st_size
    with zipfile.ZipFile(tmp_path / "c.zip") as archive:
        assert b"GNU GENERAL PUBLIC LICENSE" in archive.read("LICENSE.txt")
        assert any(name.startswith("notebooks/") for name in archive.namelist())
    with pytest.raises(SourceError, match="cannot be written"):
        make(tmp_path / "none/c.zip", [V6_1], source, False, print)
    with pytest.raises(MirrorError):
        make(tmp_path / "d.zip", [V6_1], "git+http://127.0.0.1:9/x.git", False, print)


def made(place: Path, name: str, text: bytes, mode: int = 0o644 << 16) -> Path:
    """A bundle with one more member."""
    with zipfile.ZipFile(place, "a", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr, info.compress_type = mode, zipfile.ZIP_DEFLATED
        archive.writestr(info, text)
    return place


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("../outside", 0o644),
        ("v6.1/../../outside", 0o644),
        ("/etc/outside", 0o644),
        ("c:\\outside", 0o644),
        ("..\\outside", 0o644),
        ("~/outside", 0o644),
        ("link", stat.S_IFLNK | 0o777),
        ("fifo", stat.S_IFIFO | 0o644),
        ("device", stat.S_IFCHR | 0o644),
        ("v6.1/net/core/dev.c", 0o644),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_hostile_members(place: Path, store: Store, name: str, mode: int) -> None:
    source = open_source(str(made(place, name, b"/etc/passwd", mode << 16)), store=store)
    with pytest.raises(SourceError, match=r"leads elsewhere|no regular file|two members of one name"):
        source.read(V6_1, DEV)


def test_zip_bomb(tmp_path: Path) -> None:
    bomb = SourceFile(V6_1, DEV, b"\n" * (20 << 20), Origin("x", "", "shape only"))
    write(tmp_path / "bomb.zip", {V6_1: {DEV: bomb}}, [], b"")
    assert (tmp_path / "bomb.zip").stat().st_size < 1 << 20
    with pytest.raises(SourceError, match="no file of the kernel's network path"):
        Bundle(tmp_path / "bomb.zip").read(V6_1, DEV)


@pytest.mark.parametrize("offset", range(0, 1200, 40))
def test_cut_and_damaged(place: Path, offset: int) -> None:
    """However it is cut or changed, what is given is right."""
    whole = place.read_bytes()
    at = offset * len(whole) // 1200
    for content in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]):
        place.write_bytes(content)
        with suppress(ExplorerError):
            assert Bundle(place).read(V6_1, DEV).text == DEV_C


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"releases": 3}',
        b'{"releases": {"../x": {}}}',
        b'{"releases": {"v6.1": []}}',
        b'{"releases": {"v6.1": {"net/core/dev.c": 3}}}',
        b'{"releases": {"v6.1": {"net/core/dev.c": {"blob": 3, "source": "", "verified": ""}}}}',
        b'{"releases": {"v6.1": {"net/core/dev.c": {"blob": "0", "source": "", "verified": ""}}}}',
    ],
)
def test_manifests(tmp_path: Path, manifest: bytes) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("manifest.json", manifest)
        archive.writestr("v6.1/net/core/dev.c", DEV_C)
    with pytest.raises(SourceError, match=r"cannot be read|is not the one its manifest names"):
        Bundle(tmp_path / "x.zip").read(V6_1, DEV)
