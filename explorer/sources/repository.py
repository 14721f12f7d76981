"""A git repository on the reader's disk: a release is what its tag says, whatever lies in the work tree.

git itself reads the objects. It is told to run nothing and ask nobody: no system or user configuration, no replaced
objects, no transport for a partial clone's missing ones.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import NotInVersionError, PathError, SourceError, UnverifiedError, VersionError
from explorer.sources import verify
from explorer.sources.local import Local, makefile_version
from explorer.sources.tags import nearest
from explorer.sources.values import LIMIT, Origin, SourceFile, blob_id, check_path, forget, is_path, too_large
from explorer.version import Version

if TYPE_CHECKING:
    from subprocess import CompletedProcess

__all__ = ["Repository", "git_directory", "run_git"]

_SECONDS = 120
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # for git before 2.44, which does not know the line above
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
}


def git_directory(place: Path) -> Path | None:
    """The git directory of a work tree or of a bare repository; None if `place` is neither."""
    if (place / ".git").exists():
        return place / ".git"
    bare = (place / "HEAD").is_file() and (place / "objects").is_dir() and (place / "refs").is_dir()
    return place if bare else None


class Repository(Local):
    """A repository, bare or with a work tree; where it has no tag for it, HEAD speaks for its own version."""

    def version(self, asked: Version | None) -> Version:
        """The tag asked for, or what HEAD's Makefile says; NotInVersionError names the nearest tags."""
        if asked is not None and self.has(asked):
            return asked
        own = makefile_version(self._makefile() or b"")
        if asked is None and own is None:
            raise VersionError(f"{self.name} has no Makefile at HEAD with its version; type a tag, for example v6.1")
        if own is not None and asked in (None, own, own.base):
            return own
        raise self._unknown(asked, own)

    def has(self, version: Version) -> bool:
        """Whether there is a tag for a release."""
        return self._resolve(f"refs/tags/{version}^{{tree}}") is not None

    def missing(self, version: Version, paths: Sequence[str]) -> list[str]:
        """The ids of those files of a tag that a partial clone does not have yet."""
        command = ("rev-list", "--objects", "--no-walk", "--missing=print", f"refs/tags/{version}", "--")
        listed = self._git(*command, *map(check_path, paths)).decode("utf-8", "replace")
        return [line[1:] for line in listed.splitlines() if line.startswith("?")]

    def grep(self, version: Version, words: Sequence[str], folder: str) -> list[str]:
        """The C files of a release's folder that have any of some words in them."""
        tree = f"refs/tags/{version}" if self.has(version) else "HEAD"
        any_of = [part for word in words for part in ("-e", word)]
        said = self._run(("grep", "-l", "-z", "-w", "-F", *any_of, tree, "--", folder), b"").stdout
        names = (line.decode("utf-8", "replace").removeprefix(f"{tree}:") for line in said.split(b"\0"))
        return [name for name in names if name.endswith((".c", ".h")) and is_path(name)]

    def read_many(
        self, version: Version, paths: Sequence[str], keep: Callable[[SourceFile], object] = forget
    ) -> dict[str, SourceFile]:
        """Those of `paths` that the release's tree has."""
        tree, revision, remark = self._resolve(f"refs/tags/{version}^{{tree}}"), str(version), ""
        if tree is None:
            own = makefile_version(self._makefile() or b"")
            if own != version:
                raise self._unknown(version, own)
            tree, revision, remark = self._resolve("HEAD^{tree}"), "HEAD", f"HEAD, for there is no tag {version}"
        return self._of_tree(version, tree or "", revision, remark, paths)

    def at(self, version: Version, revision: str, folder: str, paths: Sequence[str]) -> dict[str, SourceFile]:
        """Those of `paths` below a folder of any revision, which is said to be the release."""
        tree = self._resolve(f"{revision}:{folder.rstrip('/')}")
        if tree is None:
            raise NotInVersionError(f"{self.name} has no {revision}:{folder}", version)
        return self._of_tree(version, tree, revision, "", paths)

    def _of_tree(
        self, version: Version, tree: str, revision: str, remark: str, paths: Sequence[str]
    ) -> dict[str, SourceFile]:
        found = {}
        for path, blob, text in self._blobs(tree, paths):
            sure, said = verify.local(version, path, text, "git object")
            url = f"git -C {self.name} show {revision}:{path}"
            if len(blob) == 40 and blob_id(text) != blob:
                raise UnverifiedError(f"{url} gives blob id {blob_id(text)}, but it is {blob}: run git fsck there")
            found[path] = SourceFile(version, path, text, Origin("git", url, sure, verify.join(remark, said)))
        return found

    def _makefile(self) -> bytes | None:
        tree = self._resolve("HEAD^{tree}")
        return next((text for _, _, text in self._blobs(tree, ["Makefile"])), None) if tree else None

    def _unknown(self, asked: Version | None, own: Version | None) -> NotInVersionError:
        tags = self._git("for-each-ref", "--format=%(refname:strip=2)", "refs/tags").decode("utf-8", "replace").split()
        head = f"; HEAD is {own}, which needs no tag" if own else ""
        near = nearest(asked, tags) if asked else ""
        return NotInVersionError(f"{asked} is not a tag of {self.name}; {near}{head}", asked)

    def _resolve(self, tree: str) -> str | None:
        """The id of a tree, None if it is not there."""
        answer = self._run(("rev-parse", "--verify", "--quiet", "--end-of-options", tree), b"")
        return answer.stdout.decode("ascii").strip() if answer.returncode == 0 else None

    def _blobs(self, tree: str, paths: Sequence[str]) -> Iterator[tuple[str, str, bytes]]:
        """(path, blob id, bytes) of those of `paths` a tree has, by one `git cat-file --batch`."""
        names = [check_path(path) for path in paths]
        if not names:  # for ls-tree that means all
            return
        listed = self._git("ls-tree", "-z", "-l", "--full-tree", "--end-of-options", tree, "--", *names)
        entries = [entry.split(b"\t", 1) for entry in listed.split(b"\0") if entry]
        wanted = [(name.decode(), self._checked(name.decode(), *info.decode().split())) for info, name in entries]
        answer = self._git("cat-file", "--batch", stdin="".join(f"{blob}\n" for _, blob in wanted).encode())
        for path, blob in wanted:
            head, _, answer = answer.partition(b"\n")
            fields = head.split()
            if len(fields) != 3:
                raise SourceError(f"{path} is missing from {self.name}, though its tree names it: {head.decode()}")
            size = int(fields[2])
            yield path, blob, answer[:size]
            answer = answer[size + 1 :]

    def _checked(self, path: str, mode: str, kind: str, blob: str, size: str) -> str:
        """The blob id of a tree's entry, if it is a file that may be read."""
        if kind != "blob" or mode == "120000":
            raise PathError(f"{path} in {self.name} is not a regular file")
        if size.isdigit() and int(size) > LIMIT:
            raise too_large(f"{path} in {self.name}", int(size))
        return blob

    def _git(self, *command: str, stdin: bytes = b"") -> bytes:
        answer = self._run(command, stdin)
        if answer.returncode:
            said = answer.stderr.decode("utf-8", "replace").strip() or f"exit status {answer.returncode}"
            raise SourceError(f"git {command[0]} in {self.name}: {said}")
        return answer.stdout

    def _run(self, command: Sequence[str], stdin: bytes) -> CompletedProcess[bytes]:
        directory = git_directory(self.place) or self.place
        options = (f"--git-dir={directory.absolute()}", "-c", "safe.directory=*", "--no-pager", "--literal-pathspecs")
        return run_git(self.place, (*options, *command), stdin)


def run_git(
    place: Path,
    command: Sequence[str],
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    seconds: float = _SECONDS,
) -> CompletedProcess[bytes]:
    """Run git at a place, with nobody's configuration; SourceError where there is no git, or no answer in time."""
    import subprocess

    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        return subprocess.run(
            ["git", *command],
            input=stdin,
            capture_output=True,
            timeout=seconds,
            env=own | _ENVIRONMENT | dict(environment or {}),
            cwd=place,
            check=False,
        )
    except FileNotFoundError as error:
        raise SourceError(f"git is needed to read the repository {place}, and is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"git {command[0]} in {place} gave no answer in {seconds:.0f} s") from error
