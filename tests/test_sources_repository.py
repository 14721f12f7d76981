"""repository.py: tags of a real git repository, and repositories that somebody else made."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import DEV_C, RELEASES, makefile, run_git, write_tree

from explorer.errors import NotInVersionError, PathError, SourceError, UnverifiedError, VersionError
from explorer.sources.repository import Repository, git_directory
from explorer.version import Version

PATH = "net/core/dev.c"
V6_1 = Version.parse("v6.1")


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A repository without commits."""
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    run_git(tmp_path, "init", "-q", "-b", "master")
    return tmp_path


def commit(work: Path, files: dict[str, bytes]) -> Path:
    write_tree(work, files)
    run_git(work, "add", "-A")
    run_git(work, "commit", "-qm", "files")
    return work


@pytest.mark.parametrize("bare", [False, True])
def test_tags(git_repo: Path, tmp_path: Path, bare: bool) -> None:
    place = git_repo
    if bare:
        run_git(tmp_path, "clone", "-q", "--bare", str(git_repo), "linux.git")
        place = tmp_path / "linux.git"
    assert git_directory(place)
    repository = Repository(place)
    for tag in ("v6.1-rc1", "v6.1", "v6.1.192"):
        version = repository.version(Version.parse(tag))
        found = repository.read_many(version, [PATH, "net/none.c", "net/core"[:3] + "/packet/af_packet.c"])
        expected = {path: RELEASES[tag][path] for path in (PATH, "net/packet/af_packet.c") if path in RELEASES[tag]}
        assert {path: file.text for path, file in found.items()} == expected
        assert found[PATH].origin.verified == "git object"
        assert found[PATH].origin.url == f"git -C {place} show {tag}:{PATH}"


def test_nothing_asked(git_repo: Path) -> None:
    assert Repository(git_repo).read_many(V6_1, []) == {}


def test_head_speaks_for_itself(git_repo: Path) -> None:
    assert str(Repository(git_repo).version(None)) == "v6.1.192"


def test_work_tree_is_not_read(fresh: Path) -> None:
    commit(fresh, {"Makefile": makefile("6", "1", "0"), PATH: DEV_C})
    (fresh / PATH).write_bytes(b"int changed;\n")
    file = Repository(fresh).read(V6_1, PATH)
    assert (file.text, file.origin.remark) == (DEV_C, "HEAD, for there is no tag v6.1")


def test_tag_is_missing(git_repo: Path) -> None:
    repository = Repository(git_repo)
    with pytest.raises(
        NotInVersionError, match=r"v6\.0 is not a tag of .*; nearest there: v2\.6\.36, v6\.1-rc1, v6\.1; HEAD is"
    ):
        repository.version(Version.parse("v6.0"))
    with pytest.raises(NotInVersionError, match=r"v6\.0 is not a tag"):
        repository.read(Version.parse("v6.0"), PATH)
    with pytest.raises(NotInVersionError, match=r"\(v6\.1\) has no net/none\.c"):
        repository.read(V6_1, "net/none.c")


def test_a_branch_is_no_tag(git_repo: Path) -> None:
    run_git(git_repo, "branch", "-f", "v7.0")
    with pytest.raises(NotInVersionError):
        Repository(git_repo).version(Version.parse("v7.0"))


def test_empty_repository(fresh: Path) -> None:
    with pytest.raises(VersionError, match="has no Makefile at HEAD"):
        Repository(fresh).version(None)
    with pytest.raises(NotInVersionError, match="no tag that names a release"):
        Repository(fresh).version(V6_1)


def test_what_is_no_file(fresh: Path) -> None:
    (fresh / "net/core").mkdir(parents=True)
    (fresh / PATH).symlink_to("/etc/passwd")
    commit(fresh, {"Makefile": makefile("6", "1", "0"), "net/big.c": bytes((4 << 20) + 1)})
    for path, says in (
        (PATH, "not a regular file"),
        ("net/core", "not a regular file"),
        ("net/big.c", "has 4194305 bytes"),
    ):
        with pytest.raises(SourceError, match=says):
            Repository(fresh).read(V6_1, path)


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "-x", "net/*.c", "net/core/dev.c\nHEAD", ":(top)x"])
def test_hostile_paths(git_repo: Path, path: str) -> None:
    with pytest.raises(PathError):
        Repository(git_repo).read(V6_1, path)


def test_nothing_of_the_repository_runs(fresh: Path) -> None:
    commit(fresh, {"Makefile": makefile("6", "1", "0"), PATH: DEV_C})
    mark = fresh / "ran"
    hook = fresh / "hook"
    hook.write_text(f"#!/bin/sh\ntouch {mark}\n")
    hook.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "alias.ls-tree", "filter.x.smudge", "core.editor"):
        run_git(fresh, "config", key, f"!{hook}" if key.startswith("alias") else str(hook))
    (fresh / ".git/info/attributes").write_text("* filter=x diff=x\n")
    assert Repository(fresh).read(V6_1, PATH).text == DEV_C
    assert not mark.exists()


def test_replaced_objects_are_not_followed(fresh: Path) -> None:
    commit(fresh, {"Makefile": makefile("6", "1", "0"), PATH: DEV_C, "other.c": b"int other;\n"})
    run_git(
        fresh, "replace", *(run_git(fresh, "rev-parse", f"HEAD:{path}").decode().strip() for path in (PATH, "other.c"))
    )
    assert Repository(fresh).read(V6_1, PATH).text == DEV_C


def test_missing_object(fresh: Path) -> None:
    commit(fresh, {"Makefile": makefile("6", "1", "0"), PATH: DEV_C})
    blob = run_git(fresh, "rev-parse", f"HEAD:{PATH}").decode().strip()
    (fresh / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(SourceError, match=r"could not get|missing|unable"):
        Repository(fresh).read(V6_1, PATH)


def test_damaged_object(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(fresh, {"Makefile": makefile("6", "1", "0"), PATH: DEV_C})
    monkeypatch.setattr("explorer.sources.repository.blob_id", lambda text: "0" * 40)
    with pytest.raises(UnverifiedError, match="git fsck"):
        Repository(fresh).read(V6_1, PATH)


def test_no_git(git_repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SourceError, match="git is needed"):
        Repository(git_repo).version(V6_1)


def test_linked_work_tree(git_repo: Path, tmp_path: Path) -> None:
    run_git(git_repo, "worktree", "add", "-q", "--detach", str(tmp_path / "linked"), "v6.1")
    assert Repository(tmp_path / "linked").read(V6_1, PATH).text == DEV_C
