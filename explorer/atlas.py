"""The atlas: facts of many releases without their text, shipped in data/atlas, and the user's own beside it.

index.json names for each release the blob of every file and how sure that is; packs hold facts by blob, so releases
that share a file share its facts. A pack is xz-compressed JSON lines of a few blobs of one path, which are much alike.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from explorer import facts, resources
from explorer.errors import DataError
from explorer.facts import FileFacts
from explorer.graph.values import FileInfo
from explorer.version import Version

__all__ = ["Atlas", "Release", "add", "build", "how_sure", "known", "learn", "shelves"]

_PER_PACK = 4  # blobs of one path that are compressed together: more cost little space less and some time more


@dataclass(frozen=True, slots=True)
class Release:
    """A release the atlas knows: the blob of each file, and how sure it is that those are the release's."""

    version: Version
    how: str
    files: tuple[tuple[str, str], ...]


class Atlas:
    """One directory of facts."""

    def __init__(self, place: Path) -> None:
        self._place = place

    @cached_property
    def _index(self) -> dict[str, Any]:
        try:
            index: dict[str, Any] = json.loads((self._place / "index.json").read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return {"releases": {}, "packs": {}}
        except (OSError, ValueError) as error:
            raise DataError(f"{self._place}/index.json: {error}; run `explorer atlas build` again") from error
        if index.get("format") != facts.FORMAT:
            return {"releases": {}, "packs": {}}  # of another version of this program: as good as absent
        return index

    def releases(self) -> tuple[Release, ...]:
        """Every release, oldest first."""
        rows = ((Version.parse(name), row) for name, row in self._index["releases"].items())
        return tuple(Release(version, row["how"], tuple(row["files"].items())) for version, row in sorted(rows))

    def release(self, version: Version) -> Release | None:
        """One release, None if it is not here."""
        row = self._index["releases"].get(str(version))
        return Release(version, row["how"], tuple(row["files"].items())) if row else None

    def facts(self, release: Release) -> tuple[FileFacts, ...]:
        """The facts of a release's files, in the order of data/files.toml."""
        return tuple(self.read(path, blob) for path, blob in release.files)

    def read(self, path: str, blob: str) -> FileFacts:
        """The facts of one file some release has; DataError if its pack is not what it was."""
        pack = self._packs[f"{path}:{blob}"]
        try:
            lines = lzma.decompress((self._place / pack).read_bytes()).splitlines()
            return next(
                row
                for row in map(facts.loads, (line for line in lines if blob.encode() in line[:200]))
                if row.blob == blob
            )
        except (OSError, lzma.LZMAError, StopIteration, ValueError, TypeError) as error:
            raise DataError(f"{self._place}/{pack}: {error!r}; install packet-path-explorer again") from error

    @cached_property
    def _packs(self) -> dict[str, str]:
        return {f"{row['path']}:{blob}": name for name, row in self._index["packs"].items() for blob in row["blobs"]}


def shelves() -> tuple[Atlas, ...]:
    """The atlases there are: the user's own before the one shipped."""
    return Atlas(resources.user_dir() / "atlas"), Atlas(resources.data_path("atlas"))


def known() -> tuple[Version, ...]:
    """Every version some atlas knows, oldest first."""
    return tuple(sorted({release.version for atlas in shelves() for release in atlas.releases()}))


def how_sure(infos: Iterable[FileInfo]) -> str:
    """How sure it is that files are the release's, in words for the index."""
    ways = {info.verified for info in infos if info.path.endswith(".c")}
    return "known blobs" if ways <= {"known blob"} else "one copy, not confirmed by a second"


def build(place: Path, releases: Mapping[Version, tuple[str, Sequence[FileFacts]]]) -> int:
    """Write an atlas of the releases, each with how sure it is and its facts; return its size in bytes."""
    place.mkdir(parents=True, exist_ok=True)
    packs: dict[str, dict[str, Any]] = {}
    for name, rows in _packed(releases[version] for version in sorted(releases)):
        text = b"\n".join(row.dumps() for row in rows)
        resources.write_whole(place / name, lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))
        packs[name] = {"path": rows[0].path, "blobs": [row.blob for row in rows]}
    index = {
        "format": facts.FORMAT,
        "releases": {
            str(version): {"how": how, "files": {row.path: row.blob for row in rows}}
            for version, (how, rows) in sorted(releases.items(), key=lambda item: item[0])
        },
        "packs": packs,
    }
    resources.write_whole(place / "index.json", json.dumps(index, indent=1).encode() + b"\n")
    for stale in {file.name for file in place.glob("*.jsonl.xz")} - set(packs):
        (place / stale).unlink()
    return sum(file.stat().st_size for file in place.iterdir())


def add(place: Path, releases: Mapping[Version, tuple[str, Sequence[FileFacts]]]) -> int:
    """Add releases to an atlas, in the place of what it had of them; return its size in bytes."""
    before = Atlas(place)
    kept = {release.version: (release.how, before.facts(release)) for release in before.releases()}
    return build(place, kept | dict(releases))


def learn(place: Path, releases: Mapping[Version, tuple[str, Sequence[FileFacts]]]) -> int:
    """Add the blob ids of releases to a table like data/blobs.json; return how many files it then knows.

    What stood there stays; DataError if a release is said to have another blob. Files are added to a release that is
    there only where it is known in just the same way.
    """
    table: dict[str, Any] = json.loads(place.read_bytes()) if place.exists() else {}
    for version, (how, rows) in releases.items():
        new = {"files": {}, "why": how.partition(",")[0]}
        entry = table.get(str(version), new)
        for row in rows:
            if entry["files"].get(row.path, row.blob) != row.blob:
                raise DataError(f"{place}: {row.path} of {version} is {entry['files'][row.path]}, not {row.blob}")
            if entry is new or entry["why"] == how:
                entry["files"][row.path] = row.blob
        table[str(version)] = entry
    lines = (
        f"{json.dumps(name)}: {json.dumps(table[name], sort_keys=True)}" for name in sorted(table, key=Version.parse)
    )
    resources.write_whole(place, ("{\n" + ",\n".join(lines) + "\n}\n").encode())
    return sum(len(entry["files"]) for entry in table.values())


def _packed(releases: Iterable[tuple[str, Sequence[FileFacts]]]) -> Iterator[tuple[str, list[FileFacts]]]:
    by_path: dict[str, dict[str, FileFacts]] = {}
    for _, rows in releases:
        for row in rows:
            by_path.setdefault(row.path, {})[row.blob] = row
    for path, blobs in by_path.items():
        rows = list(blobs.values())
        for number, start in enumerate(range(0, len(rows), _PER_PACK)):
            yield f"{path.replace('/', '-')}-{number:02}.jsonl.xz", rows[start : start + _PER_PACK]
