"""open.py: what --from may name, and the files of a release through the store."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import AF_PACKET_C, DEV_C, GIT_ROOM, GRO_C, RELEASES, makefile, write_tree

from explorer.errors import MirrorError, NotInVersionError, OfflineError, PathError, SourceError, StoreError
from explorer.sources import Origin, Source, SourceFile, Store, blob_id, fetch, open_source, path_files, verify
from explorer.sources.local import Tree
from explorer.sources.mirrors import Mirrors
from explorer.sources.open import keep, stored
from explorer.sources.repository import Repository
from explorer.sources.tarball import Tarball
from explorer.sources.verify import KnownBlob
from explorer.version import Version

DEV, AF, GRO = "net/core/dev.c", "net/packet/af_packet.c", "net/core/gro.c"
V6_1 = Version.parse("v6.1")
TREE = {"Makefile": makefile("6", "1", "0"), DEV: DEV_C}


class Network:
    """A mirror in memory; `error` is what it raises instead of an answer."""

    name, shelf = "network", ""

    def __init__(self, files: dict[str, bytes], error: SourceError | None = None, fails: str = "") -> None:
        self.files, self.error, self.fails = files, error, fails
        self.asked: list[str] = []

    def version(self, asked: Version | None) -> Version:
        return asked or V6_1

    def read(self, version: Version, path: str) -> SourceFile:
        return self.read_many(version, [path])[path]

    def read_many(
        self, version: Version, paths: Sequence[str], keep: Callable[[SourceFile], object] = print
    ) -> dict[str, SourceFile]:
        self.asked += paths
        if self.error:
            raise self.error
        origin = Origin(self.name, "http://network/", "blob id told")
        found = {path: SourceFile(version, path, self.files[path], origin) for path in paths if path in self.files}
        if self.fails in found:
            for path in found.keys() - {self.fails}:
                keep(found[path])
            raise MirrorError("no network")
        return found


def test_path_files() -> None:
    assert path_files()[:2] == (DEV, AF)


def test_what_a_spec_is(tmp_path: Path, store: Store, git_repo: Path) -> None:
    tree = write_tree(tmp_path / "tree", TREE)
    with tarfile.open(tmp_path / "linux.tar.gz", "w:gz") as made:
        made.add(tree, "linux-6.1")
    specs: dict[str | None, type] = {
        None: Mirrors,
        "kernel.org": Mirrors,
        "http://127.0.0.1:8080/linux.git": Mirrors,
        str(tree): Tree,
        str(tmp_path / "linux.tar.gz"): Tarball,
        str(git_repo): Repository,
    }
    for spec, kind in specs.items():
        source: Source = open_source(spec, store=store)
        assert type(source) is kind
        assert spec in (None, source.name)
        assert (source.shelf is None) == (kind is not Mirrors)


def test_what_a_spec_is_not(tmp_path: Path, store: Store) -> None:
    (tmp_path / "text").write_text("no tarball\n")
    os.mkfifo(tmp_path / "fifo")
    says = {
        str(tmp_path): "is a directory, but no git repository and no kernel tree",
        str(tmp_path / "text"): "is neither a directory nor a tarball",
        str(tmp_path / "fifo"): "is neither a directory nor a tarball",
        str(tmp_path / "none"): "there is no mirror, file or directory",
        "kernel.rog": "there is no mirror, file or directory",
        "a\0b": "there is no mirror, file or directory",
        "": "names nothing",
    }
    for spec, why in says.items():
        with pytest.raises(SourceError, match=rf"(?s){why}.*--from takes a mirror's name \(kernel\.org"):
            open_source(spec, store=store)
    with pytest.raises(SourceError, match="not the address of a repository"):
        open_source("git://127.0.0.1/linux.git", store=store)


def test_fetch_through_the_store(store: Store) -> None:
    network = Network({DEV: DEV_C, AF: AF_PACKET_C})
    found = fetch(network, V6_1, [AF, DEV, AF], store)
    assert {path: file.text for path, file in found.items()} == {AF: AF_PACKET_C, DEV: DEV_C}
    assert list(found) == [AF, DEV]
    network.error = MirrorError("no network")
    assert fetch(network, V6_1, [AF, DEV], store) == found
    assert network.asked == [AF, DEV]


def test_what_a_release_does_not_have_is_asked_once(store: Store) -> None:
    network = Network({DEV: DEV_C})
    for _ in range(2):
        assert list(fetch(network, V6_1, [DEV, GRO], store)) == [DEV]
    assert network.asked == [DEV, GRO]
    assert list(fetch(network, V6_1, [DEV, GRO, AF], store)) == [DEV]
    assert network.asked == [DEV, GRO, AF]
    store.remove(V6_1)
    network.files[GRO] = AF_PACKET_C
    assert list(fetch(network, V6_1, [DEV, GRO], store)) == [DEV, GRO]


def test_absence_is_not_believed_against_a_known_blob(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network({DEV: DEV_C})
    fetch(network, V6_1, [DEV, GRO], store)
    network.files[GRO] = GRO_C
    monkeypatch.setattr(verify, "_table", lambda: {"v6.1": {GRO: KnownBlob(blob_id(GRO_C), "official tag")}})
    assert list(fetch(network, V6_1, [DEV, GRO], store)) == [DEV, GRO]


def test_one_of_many_fails(store: Store) -> None:
    """What came is kept, nothing is noted as complete, and only the rest is asked for again."""
    network = Network({DEV: DEV_C, AF: AF_PACKET_C, GRO: GRO_C}, fails=GRO)
    said = list[str]()
    assert list(fetch(network, V6_1, [DEV, GRO, AF], store, log=said.append)) == [DEV, AF]
    assert said == ["only what the store has of v6.1, 2 of 3 files: no network"]
    assert store.asked(V6_1) == {}
    network.fails, network.asked = "", []
    assert list(fetch(network, V6_1, [DEV, GRO, AF], store)) == [DEV, GRO, AF]
    assert network.asked == [GRO]
    assert store.asked(V6_1) == {DEV: blob_id(DEV_C), GRO: blob_id(GRO_C), AF: blob_id(AF_PACKET_C)}


def test_what_is_all_there_is_noted_as_complete(store: Store) -> None:
    """A fetch may be killed between its last file and the note."""
    origin = Origin("network", "", "blob id told")
    for path in path_files():
        store.put(SourceFile(V6_1, path, DEV_C, origin))
    assert stored(V6_1, store) is None
    fetch(Network({}), V6_1, path_files(), store, offline=True)
    assert stored(V6_1, store)


def test_stored_needs_a_completed_fetch(store: Store) -> None:
    network = Network({DEV: DEV_C, AF: AF_PACKET_C})
    fetch(network, V6_1, [DEV, AF], store)
    assert stored(V6_1, store) is None
    found = fetch(network, V6_1, path_files(), store)
    assert stored(V6_1, store) == found
    next(place for place in (store.root / "objects").rglob("*") if place.is_file()).unlink()
    assert stored(V6_1, store) is None


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"net/core/dev.c": 3}', b"\xff", b"[" * 100_000])
def test_damaged_note_of_what_was_asked(store: Store, damage: bytes) -> None:
    fetch(Network({DEV: DEV_C}), V6_1, path_files(), store)
    (store.root / "refs/v6.1/.asked").write_bytes(damage)
    assert stored(V6_1, store) is None
    assert store.gc() >= 0
    assert list(fetch(Network({DEV: DEV_C}), V6_1, path_files(), store)) == [DEV]
    assert stored(V6_1, store)
    store.gc()
    assert stored(V6_1, store)


def test_killed_in_the_middle(store: Store, faults: str) -> None:
    """A fetch that is killed after its first file is not taken for a whole one, and not asked for that file again."""
    code = (
        "import os, sys; from pathlib import Path; from explorer.sources import *\n"
        "from explorer.version import Version\n"
        "class Network:\n"
        "    name, shelf = 'network', ''\n"
        "    def read_many(self, version, paths, keep):\n"
        "        keep(SourceFile(version, paths[0], b'int x;\\n', Origin('network', '', 'blob id told')))\n"
        "        os.kill(os.getpid(), 9)\n"
        "fetch(Network(), Version.parse('v6.1'), path_files(), Store(Path(sys.argv[1])))"
    )
    assert subprocess.run([sys.executable, "-c", code, str(store.root)], check=False).returncode == -9
    assert stored(V6_1, store) is None
    network = Network({DEV: DEV_C, AF: AF_PACKET_C})
    fetch(network, V6_1, path_files(), store)
    assert DEV not in network.asked
    assert stored(V6_1, store)


def test_offline(store: Store) -> None:
    network, said = Network({DEV: DEV_C}), list[str]()
    with pytest.raises(OfflineError, match=r"net/core/dev\.c and 1 more of v6\.1"):
        fetch(network, V6_1, [DEV, GRO], store, offline=True)
    fetch(network, V6_1, [DEV], store)
    assert list(fetch(network, V6_1, [DEV, GRO], store, offline=True, log=said.append)) == [DEV]
    assert said[0].startswith("only what the store has of v6.1, 1 of 2 files")
    with pytest.raises(OfflineError):
        fetch(network, V6_1, [GRO], store, offline=True)
    assert network.asked == [DEV]


def test_no_network_but_enough_in_the_store(store: Store) -> None:
    network, said = Network({DEV: DEV_C}), list[str]()
    fetch(network, V6_1, [DEV], store)
    network.error = MirrorError("no answer")
    assert list(fetch(network, V6_1, [DEV, GRO], store, log=said.append)) == [DEV]
    assert said == ["only what the store has of v6.1, 1 of 2 files: no answer"]
    with pytest.raises(MirrorError):
        fetch(network, Version.parse("v6.2"), [DEV, GRO], store)


def test_too_little(store: Store) -> None:
    network = Network({GRO: AF_PACKET_C, "net/x.c": DEV_C})
    with pytest.raises(
        NotInVersionError, match=r"v6\.1 from network has no net/core/dev\.c or net/packet/af_packet\.c"
    ):
        fetch(network, V6_1, [DEV, AF, GRO], store)
    assert list(fetch(network, V6_1, [GRO], store)) == [GRO]
    with pytest.raises(NotInVersionError, match=r"has no net/y\.c"):
        fetch(network, V6_1, ["net/y.c"], store)
    with pytest.raises(PathError):
        fetch(network, V6_1, [DEV, "../x"], store)
    network.error = NotInVersionError("v6.1 is not a tag", V6_1)
    with pytest.raises(NotInVersionError, match="is not a tag"):
        fetch(network, V6_1, [DEV], store)


def test_not_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(Store, "put", full)
    said = list[str]()
    found = fetch(Network({DEV: DEV_C, AF: AF_PACKET_C}), V6_1, [DEV, AF], store, log=said.append)
    assert [file.origin.remark for file in found.values()] == ["not kept: the disk is full"] * 2
    assert said == ["not kept: the disk is full"]


def test_tarball_that_cannot_be_kept(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with tarfile.open(tmp_path / "linux.tar", "w") as made:
        made.add(write_tree(tmp_path / "tree", TREE), "linux-6.1")
    store.root.write_text("not a directory")
    source = open_source(str(tmp_path / "linux.tar"), store=store)
    found = fetch(source, source.version(None), path_files(), store)
    assert found[DEV].origin.remark.startswith("not kept: the store")


def test_what_was_learnt_since(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Network({DEV: b"int wrong;\n"})
    fetch(wrong, V6_1, [DEV], store)
    known = {"v6.1": {DEV: KnownBlob(blob_id(DEV_C), "official tag")}}
    monkeypatch.setattr(verify, "_table", lambda: known)
    assert fetch(Network({DEV: DEV_C}), V6_1, [DEV], store)[DEV].text == DEV_C


def test_a_tree_is_never_stored(tmp_path: Path, store: Store) -> None:
    source = open_source(str(write_tree(tmp_path / "tree", TREE)), store=store)
    assert list(fetch(source, source.version(None), path_files(), store, offline=True)) == [DEV]
    assert store.versions() == ()


def kept(tmp_path: Path, store: Store, name: str = "tree", files: dict[str, bytes] = TREE) -> dict[str, SourceFile]:
    """What `explorer fetch --from TREE` does."""
    tree = Tree(write_tree(tmp_path / name, files))
    found = fetch(tree, V6_1, path_files(), store)
    keep(tree, V6_1, found, path_files(), store, print)
    return found


def test_what_is_kept_of_a_tree_is_read_from_the_store_and_said(tmp_path: Path, store: Store) -> None:
    found, said = kept(tmp_path, store), list[str]()
    assert store.get(V6_1, DEV) is None
    assert stored(V6_1, store, said.append) == found
    assert [f"text from {tmp_path}/tree/{DEV}" in line for line in said] == [True]


def test_what_known_blobs_prove_of_a_tree_is_the_release(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "_table", lambda: {"v6.1": {DEV: KnownBlob(blob_id(DEV_C), "official tag")}})
    found, said = kept(tmp_path, store), list[str]()
    assert found[DEV].origin.verified == "known blob"
    assert (stored(V6_1, store, said.append), said) == (found, [])
    assert store.asked(V6_1)[GRO] is None


def test_a_tree_that_lacks_a_known_file_is_not_the_release(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {path: KnownBlob(blob_id(text), "official tag") for path, text in ((DEV, DEV_C), (GRO, GRO_C))}
    monkeypatch.setattr(verify, "_table", lambda: {"v6.1": known})
    kept(tmp_path, store)
    assert (store.asked(V6_1), stored(V6_1, store)) == ({}, None)


def test_of_two_trees_the_one_kept_last_is_read(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(["2026-01-02", "2026-01-01"])
    monkeypatch.setattr("explorer.sources.store._now", lambda: time)
    for name, text in (("new", b""), ("old", b"int patch;\n")):
        time = next(times)
        kept(tmp_path, store, name, TREE | {DEV: DEV_C + text})
    found = stored(V6_1, store)
    assert found
    assert found[DEV].text == DEV_C


@pytest.mark.server
def test_a_readers_mirror_has_its_own_shelf(servers: dict[str, str], store: Store) -> None:
    source = open_source(f"{servers['smart']}/{GIT_ROOM}/torvalds/linux.git", store=store)
    found = fetch(source, V6_1, path_files(), store)
    assert {path: file.text for path, file in found.items()} == {
        path: text for path, text in RELEASES["v6.1"].items() if path != "Makefile"
    }
    assert store.get(V6_1, DEV) is None
    assert fetch(source, V6_1, [DEV, AF], store, offline=True) == {path: found[path] for path in (DEV, AF)}


@pytest.mark.server
def test_two_processes_at_once(servers: dict[str, str], store: Store) -> None:
    url = f"{servers['smart']}/{GIT_ROOM}/torvalds/linux.git"
    code = (
        "import sys; from pathlib import Path; from explorer.sources import *; from explorer.version import Version\n"
        "store, v = Store(Path(sys.argv[1])), Version.parse('v6.1')\n"
        "print(len(fetch(open_source(sys.argv[2], store=store), v, path_files(), store)))"
    )
    command = [sys.executable, "-c", code, str(store.root), url]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    assert [process.communicate()[0] for process in processes] == [b"3\n", b"3\n"]
    assert len(store.files(V6_1)) == 3


def test_import_is_light() -> None:
    heavy = {
        "requests",
        "urllib3",
        "filelock",
        "lzma",
        "tarfile",
        "subprocess",
        "json",
        "concurrent.futures",
        "tomllib",
    }
    code = f"import sys; had = {{*sys.modules}}; import explorer.sources; print({heavy} & ({{*sys.modules}} - had))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"set()\n"


def test_equal_files_are_interchangeable() -> None:
    file = SourceFile(V6_1, DEV, DEV_C, Origin("here", "", "shape only"))
    assert file == replace(file)
    assert hash(file) == hash(replace(file))
