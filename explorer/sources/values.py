"""SourceFile and what every source of text has in common."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from explorer.errors import PathError, SourceError
from explorer.version import Version

__all__ = [
    "LIMIT",
    "Log",
    "Origin",
    "Progress",
    "Source",
    "SourceFile",
    "blob_id",
    "check_path",
    "forget",
    "is_path",
    "too_large",
]

LIMIT = 4 << 20  # bytes of one file; the largest on the path has a tenth of that
Log = Callable[[str], None]
Progress = Callable[[int, int], None]  # bytes read so far, bytes in all

_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+,@-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.+,@-]*)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where bytes came from, and how sure we are of them.

    `source` is a mirror's name or one of tree, tarball, git; `url` what a reader could open or type; `verified` the
    best that was established: ``known blob`` (blobs.json), ``blob id told`` (by the mirror), ``git object``, ``two
    mirrors agree``, ``seen before``, ``shape only``, ``not exact`` (tabs expanded, patched); `remark` says what a
    reader should know (``differs from the blob seen before``, ``vendor tree``), else it is empty.
    """

    source: str
    url: str
    verified: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of one version: exact bytes, and where they are from."""

    version: Version
    path: str
    text: bytes
    origin: Origin

    @property
    def blob(self) -> str:
        """The git blob id of the bytes, 40 hex digits."""
        return blob_id(self.text)


class Source(Protocol):
    """Something that gives files of kernel versions: mirrors, a tree, a tarball, a git repository."""

    @property
    def name(self) -> str:
        """What a reader calls it: a mirror's name, a URL, a path."""
        ...

    @property
    def shelf(self) -> str | None:
        """Where the store keeps its answers (see store.py); None for a source that is read anew every time."""
        ...

    def version(self, asked: Version | None) -> Version:
        """The version it speaks of: the one asked for, or, for a tree, its own; VersionError where they differ."""
        ...

    def read(self, version: Version, path: str) -> SourceFile:
        """One file; NotInVersionError where the release has none, another SourceError where it cannot be had."""
        ...

    def read_many(
        self, version: Version, paths: Sequence[str], keep: Callable[[SourceFile], object] = ...
    ) -> dict[str, SourceFile]:
        """Those of `paths` that the release has; NotInVersionError if the source does not have the release.

        `keep` is told of each file as it comes, where they come one by one and any may fail.
        """
        ...


def forget(file: SourceFile) -> None:
    """Keep nothing."""


def blob_id(text: bytes) -> str:
    """The id git gives these bytes."""
    return hashlib.sha1(b"blob %d\0" % len(text) + text, usedforsecurity=False).hexdigest()


def is_path(path: str) -> bool:
    """Whether `path` can name a file in a kernel tree."""
    return len(path) <= 200 and _PATH.fullmatch(path) is not None


def check_path(path: str) -> str:
    """Return `path` if it can name a file in a kernel tree; PathError if it is absolute, climbs or hides characters."""
    if not is_path(path):
        raise PathError(f"not a path in a kernel tree: {path[:200]!r}; give it from the top, as net/core/dev.c")
    return path


def too_large(place: str, size: int) -> SourceError:
    """The error of a file that is over LIMIT bytes."""
    return SourceError(f"{place} has {size} bytes; no file of the kernel's network path has over {LIMIT}")
