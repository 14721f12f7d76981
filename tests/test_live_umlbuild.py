"""A User Mode Linux made from a tree: what is refused; a tree of our own that make builds as it would a kernel."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from explorer import resources
from explorer.errors import LiveError
from explorer.live import umlbuild

VERSION = "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 7\nEXTRAVERSION =\n"
# What kbuild does, as far as it shows: a configuration, files that are compiled, a release, a program.
MAKEFILE = (
    VERSION
    + """
allnoconfig:
	@cp $(KCONFIG_ALLCONFIG) $(O)/.config
linux: $(O)/linux
$(O)/linux: net/core/dev.c
	@mkdir -p $(O)/include/config; echo 6.1.7 > $(O)/include/config/kernel.release
	@echo '  CC      net/core/dev.o'; echo '$(KCFLAGS)' > $(O)/flags
	@! grep -n broken net/core/dev.c || (echo 'net/core/dev.c:1:1: error: it is broken'; exit 1)
	@cp $< $@
"""
)
NOT_HERE = [name for name in umlbuild._TOOLS if not shutil.which(name)]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "linux"
    for name in ("arch/um", "net/core"):
        (root / name).mkdir(parents=True)
    (root / "Makefile").write_text(MAKEFILE)
    (root / "net/core/dev.c").write_text("one\n")
    return root


def test_what_is_no_tree_is_refused(tree: Path) -> None:
    tarball = tree / "linux-source-6.1.tar.xz"
    tarball.write_bytes(b"")
    with pytest.raises(LiveError, match=re.escape("unpack it (tar xf linux-source-6.1.tar.xz) and name the directory")):
        umlbuild.build(tarball, print)
    with pytest.raises(LiveError, match=r"net is no whole kernel tree.*apt-get install linux-source-6\.1"):
        umlbuild.build(tree / "net", print)
    (tree / "arch/um").rmdir()
    with pytest.raises(LiveError, match="no whole kernel tree"):
        umlbuild.build(tree, print)


def test_the_tools_that_are_not_here_are_named_with_their_packages(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: name not in ("gcc", "flex", "addr2line") or None)
    with pytest.raises(LiveError, match="made with gcc, addr2line, flex: apt-get install gcc libc6-dev binutils flex"):
        umlbuild.build(tree, print)


@pytest.mark.skipif(bool(NOT_HERE), reason=f"apt-get install {' '.join(NOT_HERE)}")
def test_it_is_made_once_and_again_where_the_tree_changed(tree: Path) -> None:
    said: list[str] = []
    found = umlbuild.build(tree, said.append)
    assert (found.release, found.lines, found.path.read_text()) == ("6.1.7", True, "one\n")
    assert len(said) == 1
    assert "which takes some minutes" in said[0]
    assert f"-ffile-prefix-map={tree}/=" in (found.path.parent / "flags").read_text()
    assert umlbuild.build(tree, said.append) == found
    assert len(said) == 1
    (tree / "net/core/dev.c").write_text("two\n")
    assert umlbuild.build(tree, said.append).path.read_text() == "two\n"


@pytest.mark.skipif(bool(NOT_HERE), reason=f"apt-get install {' '.join(NOT_HERE)}")
def test_what_the_compiler_says_is_the_error(tree: Path) -> None:
    (tree / "net/core/dev.c").write_text("broken\n")
    with pytest.raises(LiveError, match=r"could be made .*: net/core/dev.c:1:1: error: it is broken; .*/log has the"):
        umlbuild.build(tree, print)


def test_two_trees_are_made_in_two_places(tree: Path, tmp_path: Path) -> None:
    other = shutil.copytree(tree, tmp_path / "other")
    assert umlbuild.place_of(tree) != umlbuild.place_of(other)
    assert umlbuild.place_of(tree).name.startswith("v6.1.7-")


def test_the_configuration_has_what_a_trace_needs() -> None:
    rows = resources.data_path("uml.config").read_text().splitlines()
    assert all(re.fullmatch(r"(CONFIG_\w+=y|#.*)?", row) for row in rows)
    names = (
        "PACKET UNIX VETH VLAN_8021Q BRIDGE DUMMY HOSTFS FRAME_POINTER KALLSYMS NET_SCH_NETEM NET_CLS_BPF NET_CLS_ACT"
    )
    assert {f"CONFIG_{name}=y" for name in names.split()} <= set(rows)
    assert len(rows) == len(set(rows)) + rows.count("") - 1
