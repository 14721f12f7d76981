"""What a file of C says, as plain values without its text.

A *path* names where a pointer is kept: ``packet_type.func`` is member func of a struct packet_type, whatever variable
led there; ``=ptype_all`` is a global variable; ``dev_net().ptype_all`` starts at what a function returns. Members are
followed by name; which struct owns the last one is known once the headers are read (graph).
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Definition", "Head", "ListUse", "Site", "Store", "Struct"]


class Definition(NamedTuple):
    """A function or a function-like macro; `first` to `last` are its lines, `line` the one its name stands on."""

    name: str
    kind: str  # function | macro
    line: int
    first: int
    last: int
    linkage: str  # global | static | static inline | extern inline; empty for a macro
    returns: str  # the struct a function returns or points to, else empty
    conditions: tuple[str, ...]


class Site(NamedTuple):
    """A place where a definition (by index) calls or uses something.

    `kind`: ``call`` by name; ``macro`` by name where it stands as no function can; ``member`` through the path
    `target`; ``address`` through a local that holds the function `target`; ``unknown`` where the pointer came from
    elsewhere. `hints` are the functions an INDIRECT_CALL_ names.
    """

    caller: int
    line: int
    kind: str
    target: str
    hints: tuple[str, ...]
    conditions: tuple[str, ...]


class Store(NamedTuple):
    """A function's address put in a member: by assignment, ternary or initialiser.

    A `value` with a dot is a path: the member is a copy of that other one. `definition` is the index of the function
    that does it, -1 for a static initialiser, whose variable is `variable` and whose other members set to a constant
    are `constants`.
    """

    path: str
    value: str
    line: int
    definition: int
    variable: str
    constants: tuple[tuple[str, str], ...]
    conditions: tuple[str, ...]


class Head(NamedTuple):
    """A list head: its path, and the test of the element under which it is chosen, (member, constant, equal)."""

    path: str
    guard: tuple[str, str, bool] | None


class ListUse(NamedTuple):
    """A definition walks a list, or puts an element on one; `element` is the struct on the list."""

    definition: int
    line: int
    role: str  # walk | add
    element: str
    heads: tuple[Head, ...]


class Struct(NamedTuple):
    """A struct and its members that are structs (``sk_buff``) or point to one (``sk_buff*``) or a function (``()``)."""

    name: str
    members: tuple[tuple[str, str], ...]
