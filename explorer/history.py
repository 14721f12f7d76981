"""Between which releases the path changed, over all that the atlas knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from explorer import atlas, kernel
from explorer.errors import FunctionNotFoundError
from explorer.graph import Route, ShapeChange, around, reshaped
from explorer.kernel import Kernel
from explorer.version import Version

__all__ = ["History", "Turn", "history", "trunk"]


@dataclass(frozen=True, slots=True)
class Turn:
    """What changed between two releases; `branch` where the later one is a stable release of the earlier."""

    before: Version
    after: Version
    changes: tuple[ShapeChange, ...]
    branch: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """The turns of the path, oldest first, and the releases that were compared; `function` is empty for the routes."""

    function: str
    versions: tuple[Version, ...]
    turns: tuple[Turn, ...]


def history(function: str = "", since: Version | None = None, every: bool = False) -> History:
    """How the named routes, or the callers and callees of a function, changed from release to release.

    Each series is told of by the first of its releases that the atlas has, and candidates only where `every` asks for
    them. A later stable release is compared with the first of its series. FunctionNotFoundError if no release has the
    function.
    """
    pairs = trunk([version for version in atlas.known() if since is None or version >= since], every)
    opened: dict[Version, Kernel] = {}
    turns = []
    for before, after in pairs:
        opened = {each: opened.get(each) or kernel.open(each, offline=True) for each in (before, after)}
        sides = list(opened.values())
        routes = [_routes(side, function) for side in sides]
        if changes := reshaped(sides[0].graph, sides[1].graph, *routes):
            turns.append(Turn(before, after, changes, _series(before) == _series(after) and before.rc is None))
    versions = tuple(dict.fromkeys(each for pair in pairs for each in pair))
    if function and not turns:
        _found(versions, function)
    return History(function, versions, tuple(turns))


def trunk(known: Sequence[Version], every: bool = False) -> tuple[tuple[Version, Version], ...]:
    """Which releases are compared with which: each series with the one before, a stable release with its own series."""
    return tuple(_pairs([version for version in known if every or version.rc is None]))


def _pairs(known: Sequence[Version]) -> Iterator[tuple[Version, Version]]:
    last: Version | None = None
    for version in known:
        stable = last is not None and last.rc is None and _series(last) == _series(version)
        if last is not None:
            yield last, version
        last = last if stable else version


def _series(version: Version) -> tuple[int, ...]:
    return version.numbers[: 3 if version.numbers[0] == 2 else 2]


def _routes(side: Kernel, function: str) -> tuple[Route, ...]:
    if not function:
        return side.routes
    try:
        return (around(side.graph, [function]),)
    except FunctionNotFoundError:
        return ()


def _found(versions: Sequence[Version], function: str) -> None:
    """FunctionNotFoundError unless one of some releases has the function; the newest is asked first."""
    for version in reversed(versions):
        try:
            kernel.open(version, offline=True).graph.find(function)
            return
        except FunctionNotFoundError as error:
            last = error
    raise FunctionNotFoundError(f"no function {function} in any release of the atlas", last.near)
