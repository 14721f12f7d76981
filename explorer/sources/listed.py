"""Releases on this machine that a list names: each a folder of a revision of a git repository, or a tree or tarball.

The list is a table with tabs: version, place, revision, folder, how sure it is that this is the release. Empty lines,
those that begin with #, and a first line that names the columns are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from explorer.errors import DataError, VersionError
from explorer.sources.open import open_source
from explorer.sources.repository import Repository
from explorer.sources.store import Store
from explorer.sources.values import SourceFile
from explorer.version import Version

__all__ = ["Listed", "read_list"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of a list."""

    version: Version
    place: Path
    revision: str
    folder: str
    how: str

    def files(self, paths: Sequence[str]) -> dict[str, SourceFile]:
        """Those of `paths` the release has; SourceError where it cannot be read."""
        if self.revision:
            return Repository(self.place).at(self.version, self.revision, self.folder, paths)
        return open_source(str(self.place), store=Store()).read_many(self.version, paths)


def read_list(file: Path, room: Path) -> tuple[Listed, ...]:
    """The lines of a list, places taken from `room` on; DataError names the line that is none."""
    try:
        return tuple(_lines(file.read_text("utf-8").splitlines(), room))
    except (ValueError, VersionError) as error:
        raise DataError(f"{file}: {error}") from error


def _lines(lines: Sequence[str], room: Path) -> Iterator[Listed]:
    for number, line in enumerate(lines, 1):
        if not line or line.startswith(("#", "version\t")):
            continue
        fields = line.split("\t")
        if len(fields) != 5:
            raise ValueError(
                f"line {number} has {len(fields)} of 5 columns: version, place, revision, folder, how sure"
            )
        version, place, revision, folder, how = fields
        yield Listed(Version.parse(version), room / place, revision, folder, how)
