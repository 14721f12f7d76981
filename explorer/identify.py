"""Which version is this code? By git blob id where the very file is known, else by what it says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from explorer import atlas, facts
from explorer.facts import FileFacts
from explorer.sources.values import blob_id
from explorer.sources.verify import known_as
from explorer.version import Version

__all__ = ["Identity", "Likeness", "identify"]

_MOST = 5
_LEAST = 0.3  # of what a file says; less may be chance
_SPREAD = 3  # every so many releases of the atlas are asked which file of the kernel it may be


@dataclass(frozen=True, slots=True)
class Likeness:
    """Releases with the same file: how many things it says (functions by length, calls) are said by ours, too.

    `of` is how many things ours says, `theirs` how many the release's file does.
    """

    versions: tuple[Version, ...]
    same: int
    of: int
    theirs: int


@dataclass(frozen=True, slots=True)
class Identity:
    """What a file is: `path` in the kernel's tree, the releases whose file it is, or else the nearest, best first."""

    blob: str
    path: str
    exact: tuple[Version, ...]
    near: tuple[Likeness, ...]


def identify(text: bytes) -> Identity:
    """Say which release a file is of; all is empty where it is like none."""
    blob = blob_id(text)
    known = [(row.version, path) for row in _releases() for path, each in row.files if each == blob]
    if places := sorted({*known, *known_as(blob)}):
        return Identity(blob, places[0][1], tuple(dict.fromkeys(version for version, _ in places)), ())
    mine = _said(facts.analyse(text, "", blob))
    path = _path(mine)
    near = sorted(_near(mine, path), key=lambda row: (-row.same, row.theirs)) if path else []
    return Identity(blob, path, (), tuple(near[:_MOST]))


def _releases() -> list[atlas.Release]:
    return [release for shelf in atlas.shelves() for release in shelf.releases()]


def _said(row: FileFacts) -> frozenset[tuple[str, ...]]:
    """What a file says, wherever on its lines: its functions with their length, and their calls."""
    names = [each.name for each in row.definitions]
    sizes = [(each.name, str(each.last - each.first)) for each in row.definitions]
    return frozenset([*sizes, *((names[site.caller], site.kind, site.target) for site in row.sites)])


def _path(mine: frozenset[tuple[str, ...]]) -> str:
    """The file of the kernel that says most of the same, empty if none says any of it."""
    scores: dict[str, int] = {}
    for shelf in atlas.shelves():
        for release in [each for each in shelf.releases() if each.version.rc is None][::-_SPREAD]:
            for row in shelf.facts(release):
                scores[row.path] = max(scores.get(row.path, 0), len(mine & _said(row)))
    best = max(scores, key=lambda path: scores[path], default="")
    return best if scores.get(best, 0) >= _LEAST * len(mine) > 0 else ""


def _near(mine: frozenset[tuple[str, ...]], path: str) -> Iterable[Likeness]:
    for shelf in atlas.shelves():
        by_blob: dict[str, list[Version]] = {}
        for release in shelf.releases():
            if blob := dict(release.files).get(path):
                by_blob.setdefault(blob, []).append(release.version)
        for blob, versions in by_blob.items():
            theirs = _said(shelf.read(path, blob))
            yield Likeness(tuple(versions), len(mine & theirs), len(mine), len(theirs))
