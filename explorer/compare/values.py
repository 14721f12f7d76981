"""What differs between two releases, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from explorer.version import Location, Version

__all__ = ["CallChange", "Change", "Difference", "FunctionChange", "Line", "NoteChange", "RouteChange"]


class Change(StrEnum):
    """What became of something from one release to another; LOST where a note could not be located in one of them."""

    SAME = "same"
    MOVED = "moved"
    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"
    LOST = "not located"


@dataclass(frozen=True, slots=True)
class CallChange:
    """The call sites of one function in another; `lost` and `gained` are conditions, and lists that lead to it."""

    caller: str
    callee: str
    kind: str
    via: str
    change: Change
    before: tuple[Location, ...]
    after: tuple[Location, ...]
    lost: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RouteChange:
    """A route, and every call on it in either release."""

    id: str
    title: str
    calls: tuple[CallChange, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a function in both releases, with its numbers; 0 and no text where there is none."""

    change: Change
    before: int
    after: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class NoteChange:
    """A note in both releases, with the first line of its statement; None where it stands on none."""

    id: str
    title: str
    change: Change
    before: Location | None
    after: Location | None


@dataclass(frozen=True, slots=True)
class FunctionChange:
    """A function in both releases; `read` where texts were compared. What is in it is told where it was asked for."""

    name: str
    change: Change
    read: bool
    before: Location | None
    after: Location | None
    calls: tuple[CallChange, ...] = ()
    lines: tuple[Line, ...] = ()
    notes: tuple[NoteChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs from one release to another."""

    before: Version
    after: Version
    routes: tuple[RouteChange, ...]
    functions: tuple[FunctionChange, ...]
