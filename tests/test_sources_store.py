"""store.py: what was put is what is got, whatever happens in between."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import AF_PACKET_C, DEV_C

from explorer.errors import PathError, StoreError, VersionError
from explorer.sources import Origin, SourceFile, Store
from explorer.version import Version

PATH = "net/core/dev.c"
V6_1, V6_2 = Version.parse("v6.1"), Version.parse("v6.2")
SHELF = "0123456789abcdef"


def source_file(text: bytes = DEV_C, version: Version = V6_1, path: str = PATH, sure: str = "shape only") -> SourceFile:
    return SourceFile(version, path, text, Origin("here", "http://here/", sure, "a remark"))


def objects(store: Store) -> list[Path]:
    return [place for place in (store.root / "objects").rglob("*") if place.is_file()]


def test_put_and_get(store: Store) -> None:
    assert store.get(V6_1, PATH) is None
    store.put(source_file())
    assert store.get(V6_1, PATH) == source_file()
    assert store.get(V6_2, PATH) is None
    assert [(ref.path, ref.size, ref.source) for ref in store.files(V6_1)] == [(PATH, len(DEV_C), "here")]


def test_a_later_file_takes_the_place(store: Store) -> None:
    store.put(source_file())
    store.put(source_file(AF_PACKET_C))
    assert store.get(V6_1, PATH) == source_file(AF_PACKET_C)


def test_shelves_are_apart(store: Store) -> None:
    theirs = source_file(DEV_C + b"int patch;\n")
    store.put(theirs, SHELF)
    assert store.get(V6_1, PATH) is None
    store.put(source_file())
    assert (store.get(V6_1, PATH), store.get(V6_1, PATH, SHELF)) == (source_file(), theirs)
    assert (store.shelved(SHELF), store.shelved("f" * 16)) == (V6_1, None)
    assert [ref.shelf for ref in store.files(V6_1)] == ["", SHELF]
    assert store.versions() == (V6_1,)


def test_a_known_blob_is_the_release(store: Store) -> None:
    store.put(source_file(sure="known blob"), SHELF)
    assert store.get(V6_1, PATH) == store.get(V6_1, PATH, SHELF) == source_file(sure="known blob")


def test_versions_remove_clear(store: Store) -> None:
    store.put(source_file(version=V6_2))
    store.put(source_file(AF_PACKET_C))
    store.put(source_file(AF_PACKET_C), SHELF)
    assert store.versions() == (V6_1, V6_2)
    before = store.size()
    store.remove(V6_1)
    assert store.versions() == (V6_2,)
    assert len(objects(store)) == 1
    assert store.size() < before
    store.clear()
    assert store.versions() == ()
    assert store.size() == 0
    assert store.gc() == 0


@pytest.mark.parametrize("damage", [b"", b"int other;\n", DEV_C[:-1], DEV_C * 2])
def test_damage_is_absence(store: Store, damage: bytes) -> None:
    store.put(source_file())
    objects(store)[0].write_bytes(damage)
    with pytest.warns(UserWarning, match="net/core/dev.c of v6.1 is damaged"):
        assert store.get(V6_1, PATH) is None
    assert objects(store) == []
    store.put(source_file())
    assert store.get(V6_1, PATH) == source_file()


def test_put_repairs(store: Store) -> None:
    store.put(source_file())
    objects(store)[0].write_bytes(b"damage")
    store.put(source_file())
    assert store.get(V6_1, PATH) == source_file()


def changed(**values: object) -> bytes:
    ref = {
        "version": "v6.1",
        "path": PATH,
        "shelf": "",
        "blob": source_file().blob,
        "sha256": "",
        "size": 1,
        "time": "",
    }
    return json.dumps(ref | dict.fromkeys(("source", "url", "verified", "remark"), "") | values).encode()


@pytest.mark.parametrize(
    "ref",
    [
        b"",
        b"[]",
        b"\xff",
        b"{}",
        b"[" * 100_000,
        changed(blob="../../../../etc/passwd"),
        changed(blob=None),
        changed(size="1"),
        changed(size=True),
        changed(path="../x"),
        changed(path="net/other.c"),
        changed(version="v6.2"),
        changed(version="../.."),
        changed(shelf=SHELF),
        changed(more=1),
    ],
)
def test_refs_that_are_not_believed(store: Store, ref: bytes) -> None:
    store.put(source_file())
    (store.root / "refs/v6.1/net/core/dev.c.json").write_bytes(ref)
    assert store.get(V6_1, PATH) is None
    assert store.files(V6_1) == store.versions() == ()
    assert store.gc() > 0
    assert store.size() == 0


@pytest.mark.parametrize("path", ["../x", "/etc/x", "net/../../x", "a\0b", "a\nb", ".x", "x/", "x" * 300])
def test_hostile_paths(store: Store, path: str) -> None:
    with pytest.raises(PathError):
        store.get(V6_1, path)
    with pytest.raises(PathError):
        store.put(replace(source_file(), path=path))


def test_hostile_versions_and_shelves(store: Store) -> None:
    for version in (Version((6, 1), suffix="/../../x"), Version((6, 1), suffix="@" + SHELF), Version((), suffix="..")):
        with pytest.raises(VersionError):
            store.get(version, PATH)
        with pytest.raises(VersionError):
            store.put(source_file(version=version))
    with pytest.raises(StoreError):
        store.put(source_file(), "../../x")


def test_foreign_files_are_not_refs(store: Store) -> None:
    for place in ("refs/notes/x.json", "refs/v6.1@no/x.json", "refs/x.json", "refs/v6.1/.x.json"):
        (store.root / place).parent.mkdir(parents=True, exist_ok=True)
        (store.root / place).write_text("{}")
    assert store.versions() == store.files(V6_1) == ()


HEAD = """
import sys
from pathlib import Path
from explorer.errors import StoreError
from explorer.sources import Origin, SourceFile, Store
from explorer.version import Version
V, store = Version.parse("v6.1"), Store(Path(sys.argv[1]))
def put(text, path="net/core/dev.c"):
    store.put(SourceFile(V, path, text, Origin("here", "", "shape only")))
"""


def program(code: str, place: Path) -> list[str]:
    return [sys.executable, "-c", HEAD + textwrap.dedent(code), str(place)]


def started(code: str, place: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(program(code, place), stdout=subprocess.PIPE)


def text_of(number: int) -> bytes:
    return b"int x%d;\n" % number * 20_000


def test_killed_while_writing(store: Store) -> None:
    """Whatever is there after kill -9 is whole, and gc leaves nothing else."""
    wanted = {text_of(number) for number in range(50)}
    for round_ in range(6):
        process = started(
            """
            for number in range(10_000):
                put(b"int x%d;\\n" % (number % 50) * 20_000)
                if number == 0: print("begun", flush=True)
            """,
            store.root,
        )
        assert process.stdout
        process.stdout.readline()
        time.sleep(0.003 * (round_ + 1))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        found = store.get(V6_1, PATH)
        assert found is not None
        assert found.text in wanted
    (store.root / "objects/ab").mkdir(exist_ok=True)
    (store.root / "objects/ab/.new-1-left").write_bytes(b"left")
    (store.root / "refs/v6.1/.new-1-left").write_bytes(b"left")
    store.gc()
    left = {place for place in store.root.rglob("*") if place.is_file() and place.name != "lock"}
    assert left == {store.root / "refs/v6.1/net/core/dev.c.json", *objects(store)}
    assert len(objects(store)) == 1


def test_two_writers_and_a_sweeper(store: Store) -> None:
    code = """
    for number in range(40):
        put(b"int x%d;\\n" % number * 2000, f"net/x{number}.c")
        assert store.get(V, f"net/x{number}.c") is not None
        if number % 10 == 0: store.gc()
    """
    processes = [started(code, store.root) for _ in range(2)]
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    assert len(store.files(V6_1)) == len(objects(store)) == 40


def mounted(setup: str, code: str, place: Path) -> None:
    """Run a program in a mount namespace of its own, after `setup` there; $0 is the place."""
    place.mkdir(exist_ok=True)
    unshare = [shutil.which("unshare") or "false", "-m", *([] if os.geteuid() == 0 else ["-r"]), "sh", "-c"]
    if subprocess.run([*unshare, setup, str(place)], capture_output=True, check=False).returncode:
        pytest.skip("no mount namespace can be made here")
    command = [*unshare, f'{setup} && exec "$@"', str(place), *program(code, place)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_read_only_store(store: Store) -> None:
    store.put(source_file())
    mounted(
        'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"',
        r"""
        before = store.get(V, "net/core/dev.c")
        assert before.text
        for change in (lambda: put(b"int other;\n"), store.gc, store.clear, lambda: store.remove(V)):
            try:
                change()
            except StoreError as error:
                assert "cannot be written: Read-only file system" in str(error), error
            else:
                raise SystemExit("it could be written")
        assert store.get(V, "net/core/dev.c") == before
        """,
        store.root,
    )


def test_full_disk(store: Store) -> None:
    mounted(
        'mount -t tmpfs -o size=256k none "$0"',
        r"""
        put(b"int first;\n")
        kept = 0
        try:
            for number in range(20):
                put(b"int x%d;\n" % number * 5000, f"net/x{number}.c")
                kept += 1
        except StoreError as error:
            assert "No space left on device" in str(error), error
        assert 0 < kept < 20
        assert store.get(V, "net/core/dev.c").text == b"int first;\n"
        for number in range(20):
            found = store.get(V, f"net/x{number}.c")
            assert (found is not None) == (number < kept)
            assert found is None or found.text == b"int x%d;\n" % number * 5000
        assert not list(store.root.rglob(".new-*"))
        """,
        store.root,
    )


def test_store_in_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    store = Store(tmp_path / "store")
    assert store.get(V6_1, PATH) is None
    assert store.versions() == ()
    with pytest.raises(StoreError, match="cannot be written"):
        store.put(source_file())


def test_a_git_repository_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "HEAD").write_text("ref: refs/heads/master\n")
    with pytest.raises(StoreError, match="is a git repository"):
        Store(tmp_path).clear()
