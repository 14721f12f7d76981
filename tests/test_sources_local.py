"""local.py: a source tree, and what may lie in its place."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from conftest import AF_PACKET_C, DEV_C, makefile, write_tree

from explorer.errors import NotInVersionError, PathError, SourceError, VersionError
from explorer.sources.local import Tree, makefile_version
from explorer.version import Version

PATH = "net/core/dev.c"
V6_1 = Version.parse("v6.1")
FILES = {"Makefile": makefile("6", "1", "190"), PATH: DEV_C}


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (makefile("6", "1", "190"), "v6.1.190"),
        (makefile("6", "1", "0"), "v6.1"),
        (makefile("2", "6", "36", " .1"), "v2.6.36.1"),
        (makefile("2", "6", "37", "-rc3"), "v2.6.37-rc3"),
        (makefile("3", "4", "39", " -imx"), "v3.4.39-imx"),
        (makefile("6", "1", "0", " -rc1-next"), "v6.1-rc1-next"),
        (makefile("6", "1", "5", " $(shell date)"), "v6.1.5"),
        (makefile("6", "1", "5", " # none"), "v6.1.5"),
        (makefile("6", "1", "5") + b"VERSION = 7\n", "v6.1.5"),
        (b"VERSION:=4\nPATCHLEVEL=19\nSUBLEVEL\t= 95\n", "v4.19.95"),
    ],
)
def test_makefile_version(text: bytes, version: str) -> None:
    assert str(makefile_version(text)) == version


@pytest.mark.parametrize(
    "text", [b"", b"all:\n\tcc\n", b"VERSION = six\nPATCHLEVEL = 1\n", os.urandom(500), makefile("..", "/", "")]
)
def test_no_version(text: bytes) -> None:
    assert makefile_version(text) is None


def test_own_version(tmp_path: Path) -> None:
    tree = Tree(write_tree(tmp_path, FILES))
    own = Version.parse("v6.1.190")
    assert tree.version(None) == tree.version(own) == own
    with pytest.raises(
        VersionError, match=rf"is v6\.1\.190, not v6\.1; type: explorer graph v6\.1\.190 --from {tmp_path}"
    ):
        tree.version(V6_1)
    file = tree.read(own, PATH)
    assert (file.text, file.origin.source, file.origin.verified, file.origin.remark) == (
        DEV_C,
        "tree",
        "shape only",
        "",
    )


def test_vendor_tree_answers_to_its_base(tmp_path: Path) -> None:
    tree = Tree(write_tree(tmp_path, {"Makefile": makefile("6", "1", "190", "-imx"), PATH: DEV_C}))
    own = tree.version(Version.parse("v6.1.190"))
    assert str(own) == "v6.1.190-imx"
    assert tree.read(own, PATH).origin.remark == "vendor tree (imx)"


def test_without_makefile(tmp_path: Path) -> None:
    tree = Tree(write_tree(tmp_path, {PATH: DEV_C}))
    with pytest.raises(VersionError, match="type it: explorer graph VERSION --from"):
        tree.version(None)
    assert tree.version(V6_1) == V6_1
    assert tree.read(V6_1, PATH).origin.remark == "version as asked: no Makefile says it"


def test_many(tmp_path: Path) -> None:
    tree = Tree(write_tree(tmp_path, FILES | {"net/packet/af_packet.c": AF_PACKET_C, "net/ipv4": b"a file\n"}))
    found = tree.read_many(V6_1, ["net/packet/af_packet.c", "net/none.c", "none/x.c", "net/ipv4/af_inet.c", PATH])
    assert {path: file.text for path, file in found.items()} == {"net/packet/af_packet.c": AF_PACKET_C, PATH: DEV_C}
    with pytest.raises(NotInVersionError, match=r"has no net/none\.c"):
        tree.read(V6_1, "net/none.c")


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "net/../../secret", "net/\x01dev.c", "./Makefile", "~/x"])
def test_hostile_paths(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret").write_text("no")
    with pytest.raises(PathError):
        Tree(write_tree(tmp_path / "tree", FILES)).read(V6_1, path)


def in_place_of_dev(root: Path) -> Path:
    place = write_tree(root, FILES) / PATH
    place.unlink()
    return place


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../outside", "real.c", "dev.c", "/dev/zero", "none"])
def test_symbolic_link(tmp_path: Path, target: str) -> None:
    (tmp_path / "outside").write_bytes(DEV_C)
    place = in_place_of_dev(tmp_path / "tree")
    (place.parent / "real.c").write_bytes(DEV_C)
    place.symlink_to(target)
    with pytest.raises(PathError, match="symbolic link"):
        Tree(tmp_path / "tree").read(V6_1, PATH)


def test_symbolic_link_on_the_way(tmp_path: Path) -> None:
    write_tree(tmp_path / "elsewhere", {"core/dev.c": DEV_C})
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/net").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PathError, match="tree/net is a symbolic link"):
        Tree(tmp_path / "tree").read(V6_1, PATH)


def test_fifo_directory_and_sparse_file(tmp_path: Path) -> None:
    place = in_place_of_dev(tmp_path)
    os.mkfifo(place)
    with pytest.raises(PathError, match="not a regular file"):
        Tree(tmp_path).read(V6_1, PATH)
    place.unlink()
    place.mkdir()
    with pytest.raises(PathError, match="not a regular file"):
        Tree(tmp_path).read(V6_1, PATH)
    place.rmdir()
    with place.open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(SourceError, match="has 1073741824 bytes"):
        Tree(tmp_path).read(V6_1, PATH)


def test_nothing_is_refused_for_what_it_says(tmp_path: Path) -> None:
    texts = [random.Random(1).randbytes(5000), b"", b"#if A\n", b"int x;\r\n", b"<html></html>"]
    for text in texts:
        file = Tree(write_tree(tmp_path, {PATH: text})).read(V6_1, PATH)
        assert file.text == text
        assert file.origin.verified == "shape only"
        assert file.origin.remark


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable(tmp_path: Path) -> None:
    (write_tree(tmp_path, FILES) / PATH).chmod(0)
    with pytest.raises(SourceError, match="Permission denied"):
        Tree(tmp_path).read(V6_1, PATH)


def test_tree_is_gone(tmp_path: Path) -> None:
    with pytest.raises(NotInVersionError):
        Tree(tmp_path / "gone").read(V6_1, PATH)
