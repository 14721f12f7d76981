"""A kernel source tree on the reader's disk, and what it has in common with a tarball and a repository.

A tree is what the reader says it is, patches and all: nothing in it is refused for what it says, and a file that
differs from the release is remarked on. What is no regular file inside the tree is refused: a symbolic link may lead
out of it, a FIFO never ends.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

from explorer.errors import NotInVersionError, PathError, SourceError, VersionError
from explorer.sources import verify
from explorer.sources.values import LIMIT, Origin, SourceFile, check_path, forget, too_large
from explorer.version import Version

__all__ = ["Local", "Tree", "makefile_version", "own_version", "read_regular"]

_SETTING = re.compile(r"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION)[ \t]*:?=[ \t]*([^\s#]*)", re.MULTILINE)


def makefile_version(text: bytes) -> Version | None:
    """The version a kernel's top Makefile gives; None if it gives none.

    2.6.36.1 is EXTRAVERSION = .1, v3.4-rc7 is EXTRAVERSION = -rc7; what a vendor appends becomes the suffix, if it can.
    """
    first = dict(reversed(_SETTING.findall(text.decode("ascii", "replace"))))
    numbers = ".".join(first[name] for name in ("VERSION", "PATCHLEVEL", "SUBLEVEL") if first.get(name))
    extra = first.get("EXTRAVERSION", "")
    for candidate in (numbers + extra, numbers):
        try:
            return Version.parse(candidate)
        except VersionError:
            continue
    return None


def own_version(name: str, makefile: bytes | None, asked: Version | None) -> Version:
    """The version of a tree, by its top Makefile; VersionError if another was asked for or none is known."""
    own = makefile_version(makefile) if makefile is not None else None
    if own is None:
        if asked is None:
            raise VersionError(
                f"{name} has no Makefile with its version; type it: explorer graph VERSION --from {name}"
            )
        return asked
    if asked in (None, own, own.base):
        return own
    raise VersionError(f"{name} is {own}, not {asked}; type: explorer graph {own} --from {name}")


class Local:
    """What tree, tarball and repository have in common: they are asked for many files, and know their own version."""

    shelf: str | None = None  # read anew every time

    def __init__(self, place: Path) -> None:
        self.place = place
        self.name = str(place)

    def version(self, asked: Version | None) -> Version:
        """Its own version, by its top Makefile; the one asked for if it has none."""
        return own_version(self.name, self._makefile(), asked)

    def read(self, version: Version, path: str) -> SourceFile:
        """One file; NotInVersionError if it is not there."""
        found = self.read_many(version, (path,))
        if path not in found:
            raise NotInVersionError(f"{self.name} ({version}) has no {path}", version, path)
        return found[path]

    def read_many(
        self, version: Version, paths: Sequence[str], keep: Callable[[SourceFile], object] = forget
    ) -> dict[str, SourceFile]:
        """Those of `paths` that are there."""
        raise NotImplementedError

    def _makefile(self) -> bytes | None:
        raise NotImplementedError

    def _unsaid(self) -> str:
        """What is remarked where the version is only the reader's word."""
        return "" if makefile_version(self._makefile() or b"") else "version as asked: no Makefile says it"


class Tree(Local):
    """A source tree; it need not hold more than the files that are read."""

    def read_many(
        self, version: Version, paths: Sequence[str], keep: Callable[[SourceFile], object] = forget
    ) -> dict[str, SourceFile]:
        """Those of `paths` that lie there; PathError if one is no regular file inside the tree."""
        unsaid, found = self._unsaid(), {}
        for path in paths:
            text = read_regular(self.place, check_path(path))
            if text is not None:
                sure, remark = verify.local(version, path, text)
                origin = Origin("tree", str(self.place / path), sure, verify.join(unsaid, remark))
                found[path] = SourceFile(version, path, text, origin)
        return found

    def _makefile(self) -> bytes | None:
        return read_regular(self.place, "Makefile")


def read_regular(root: Path, path: str) -> bytes | None:
    """The bytes of a regular file under `root`, reached without following a symbolic link; None if there is none.

    PathError if anything on the way is a link or the end is no regular file, SourceError if it is over LIMIT bytes or
    may not be read.
    """
    try:
        with os.fdopen(_open(root, path), "rb") as file:
            size = os.fstat(file.fileno()).st_size
            text = file.read(LIMIT + 1) if size <= LIMIT else b""
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise SourceError(f"{root / path} cannot be read: {error.strerror}") from error
    if max(size, len(text)) > LIMIT:
        raise too_large(str(root / path), max(size, len(text)))
    return text


def _open(root: Path, path: str) -> int:
    """Walk to the file by open directories, so that nothing can be put in the way meanwhile."""
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    parts = path.split("/")
    for depth, part in enumerate(parts, 1):
        folder = handle
        try:
            _check_kind(os.lstat(part, dir_fd=folder), root.joinpath(*parts[:depth]), last=depth == len(parts))
            handle = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        finally:
            os.close(folder)
    return handle


def _check_kind(info: os.stat_result, place: Path, last: bool) -> None:
    """Before it is opened, for to open a device may already do something."""
    if stat.S_ISLNK(info.st_mode):
        raise PathError(f"{place} is a symbolic link, which may lead out of the tree; put the file itself there")
    if last and not stat.S_ISREG(info.st_mode):
        raise PathError(f"{place} is not a regular file")
    if not last and not stat.S_ISDIR(info.st_mode):
        raise NotADirectoryError(place)
