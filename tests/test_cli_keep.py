"""mirrors, bundle and atlas on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import AF_PACKET_C, DEV_C, makefile, run_git, write_tree
from mirror_stubs import stub

from explorer import atlas, resources
from explorer.cli.app import cli
from explorer.errors import DataError, ExplorerError
from explorer.sources import blob_id
from explorer.sources.listed import read_list
from explorer.version import Version

DEV, AF = "net/core/dev.c", "net/packet/af_packet.c"
TREE = {"Makefile": makefile("9", "1", "0"), DEV: DEV_C, AF: AF_PACKET_C}


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EXPLORER_CACHE", "EXPLORER_DATA", "EXPLORER_CONFIG"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    for name in ("EXPLORER_MIRRORS", "EXPLORER_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def said(*words: object) -> Result:
    return CliRunner().invoke(cli, [*map(str, words)], catch_exceptions=True)


def test_mirrors() -> None:
    text = said("mirrors").stdout
    assert " 1 kernel.org    cgit" in text
    assert "seen on a stub of its format only" in text
    assert "only with --from" in text
    rows = json.loads(said("mirrors", "-f", "json").stdout)
    assert (rows["kind"], rows["mirrors"][0]["name"], rows["mirrors"][0]["use"]) == ("mirrors", "kernel.org", "in turn")


def test_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    with stub({"v9.1": {DEV: DEV_C}}) as (base, _):
        monkeypatch.setenv("EXPLORER_MIRRORS", f"gitlab+{base}/gitlab/linux,gitee+http://127.0.0.1:9/x")
        text = said("mirrors", "--probe", "v9.1").stdout
        assert f"{len(DEV_C)} bytes  {blob_id(DEV_C)[:12]}  blob id told" in text
        assert "no answer" in text
        found = json.loads(said("mirrors", "--probe", "v9.1", "-f", "json").stdout)["mirrors"]
        assert [(row["answered"], row["verified"]) for row in found] == [(True, "blob id told"), (False, "")]
    assert isinstance(said("mirrors", "--probe", "nonsense").exception, ExplorerError)


def test_bundle(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "tree", TREE)
    assert "bytes in" in said("bundle", "v9.1", "-o", tmp_path / "c.zip", "--from", tree).stdout
    fetched = said("fetch", "v9.1", "--from", tmp_path / "c.zip", "-f", "json")
    assert [row["path"] for row in json.loads(fetched.stdout)["files"]] == [DEV, AF]
    assert said("bundle", "-o", tmp_path / "d.zip").exit_code == 2


def test_bundle_of_two_trees(tmp_path: Path) -> None:
    for name, minor in (("one", "1"), ("two", "2")):
        write_tree(tmp_path / name, TREE | {"Makefile": makefile("9", minor, "0")})
        assert said("fetch", "--from", tmp_path / name).exit_code == 0
    made = said("bundle", "v9.1", "v9.2", "--offline", "-o", tmp_path / "c.zip")
    assert f"v9.2: text from {tmp_path}/two/{DEV} and beside it, kept " in made.stderr
    for version in ("v9.1", "v9.2"):
        assert DEV in said("fetch", version, "--from", tmp_path / "c.zip").stdout


def test_atlas_of_ones_own(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "tree", TREE)
    assert said("atlas", "add", tree).exit_code == 0
    write_tree(tmp_path / "tree", {"Makefile": makefile("9", "2", "0")})
    assert "bytes in" in said("atlas", "add", tree).stdout
    rows = json.loads(said("atlas", "list", "-f", "json").stdout)["releases"]
    assert [row["version"] for row in rows][-2:] == ["v9.1", "v9.2"]
    assert "v9.2           2 files  one copy, not confirmed by a second" in said("atlas", "list").stdout
    assert said("graph", "v9.2", "--offline", "--all").exit_code == 0
    assert (resources.user_dir() / "atlas/index.json").exists()


def test_atlas_of_a_list(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "tree/linux-9", TREE)
    run_git(tmp_path / "tree", "init", "-q", "-b", "master")
    run_git(tmp_path / "tree", "add", "-A")
    run_git(tmp_path / "tree", "commit", "-qm", "import")
    (tmp_path / "list").write_text(
        "# ours\nversion\tplace\trevision\tfolder\thow sure\n"
        f"v9.1\ttree\tmaster\tlinux-9/\tone import, not confirmed\n\nv9.2\t{tree}\t\t\tofficial tag\n"
    )
    command = ("atlas", "build", "--list", tmp_path / "list", "--room", tmp_path, "-o", tmp_path / "out")
    blobs = tmp_path / "blobs.json"
    assert "bytes in" in said(*command, "--blobs", blobs).stdout
    built = atlas.Atlas(tmp_path / "out").releases()
    assert [(str(each.version), each.how) for each in built] == [
        ("v9.1", "one import, not confirmed"),
        ("v9.2", "official tag"),
    ]
    known = {"files": {DEV: blob_id(DEV_C), AF: blob_id(AF_PACKET_C)}, "why": "one import"}
    assert json.loads(blobs.read_bytes()) == {"v9.1": known, "v9.2": known | {"why": "official tag"}}
    blobs.write_text(json.dumps({"v9.1": known | {"files": {DEV: "0" * 40}}}))
    assert isinstance(said(*command, "--blobs", blobs).exception, DataError)
    assert said("atlas", "build", "-o", tmp_path / "out").exit_code == 2


@pytest.mark.parametrize("line", ["v9.1\tx", "nine\ta\tb\tc\td", "v9.1"])
def test_bad_list(tmp_path: Path, line: str) -> None:
    (tmp_path / "list").write_text(line + "\n")
    with pytest.raises(DataError, match="list"):
        read_list(tmp_path / "list", tmp_path)


def test_learn_keeps_how_a_release_is_known(tmp_path: Path) -> None:
    from explorer.facts import analyse

    rows = [analyse(text, path, blob_id(text)) for path, text in TREE.items() if path != "Makefile"]
    place, release = tmp_path / "blobs.json", Version.parse("v9.1")
    known = {"v9.1": {"files": {DEV: blob_id(DEV_C)}, "why": "two independent imports agree"}}
    place.write_text(json.dumps(known))
    atlas.learn(place, {release: ("one import", rows)})
    assert json.loads(place.read_bytes()) == known
    atlas.learn(place, {release: ("two independent imports agree", rows)})
    assert list(json.loads(place.read_bytes())["v9.1"]["files"]) == [DEV, AF]
