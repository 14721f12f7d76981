"""From where the text is to an answer, through the command line: a real cgit, git, a tarball of the real kernel."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import GIT_ROOM, run_git
from trees import small_tree

from explorer import atlas, kernel
from explorer.cli.app import run
from explorer.version import Version

TARBALL = Path("/usr/src/linux-source-6.1.tar.xz")
Answer = Callable[..., dict]


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Answer:
    def call(*words: str) -> dict:
        monkeypatch.setattr(sys, "argv", ["explorer", *words, "-f", "json"])
        status = run()
        out, err = capsys.readouterr()
        assert status == 0, err
        return json.loads(out)

    return call


@pytest.mark.server
def test_from_a_real_cgit_whose_etag_proves_the_bytes(answer: Answer, servers: dict[str, str]) -> None:
    url = f"{servers['smart']}/{GIT_ROOM}/torvalds/linux.git"
    files = answer("graph", "v6.1", "--all", "--from", url)["graph"]["metadata"]["files"]
    assert {row["verified"] for row in files.values()} == {"blob id told"}
    assert (
        "packet_rcv@net/packet/af_packet.c"
        in answer("graph", "v6.1", "--all", "--from", url, "--offline")["graph"]["nodes"]
    )


def test_from_a_git_repository_with_tags(answer: Answer, tmp_path: Path) -> None:
    tree = small_tree(tmp_path / "linux")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "x"), ("tag", "v6.1.7")):
        run_git(tree, *words)
    graph = answer("graph", "v6.1.7", "--from", str(tree))["graph"]
    assert graph["metadata"]["version"] == "v6.1.7"
    assert {row["verified"] for row in graph["metadata"]["files"].values()} == {"git object"}


@pytest.mark.kernel
@pytest.mark.skipif(not TARBALL.exists(), reason=f"{TARBALL.name} is not there: apt-get install linux-source-6.1")
def test_the_real_kernel_from_its_tarball_is_the_kernel_of_the_atlas(answer: Answer) -> None:
    version = Version.parse(answer("graph", "--from", str(TARBALL))["graph"]["metadata"]["version"])
    text = kernel.open(version, str(TARBALL))
    assert text.has_text
    if version not in atlas.known():
        pytest.skip(f"the atlas does not have {version}, which {TARBALL.name} is by now")
    facts = kernel.open(version, offline=True)
    assert facts.graph == text.graph
    assert facts.routes == text.routes
    assert sum(info.errors for info in text.graph.files) == 0
