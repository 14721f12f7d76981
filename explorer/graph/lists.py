"""Which lists carry a pointer from where it is registered to where it is called."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from explorer.facts import FileFacts
from explorer.graph.index import Index, Stored

__all__ = ["Carriers", "Walks"]

Walks = tuple[tuple[str, str], ...]  # a list, and the FUNC@SRC that walks it

_REACH = 3  # calls between a function that dispatches and one that walks the list for it


class Carriers:
    """Lists by the struct that is on them, as walked and as added to in the source."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._near: dict[str, list[tuple[set[int], set[int]]]] = {}

    @cached_property
    def _walks(self) -> dict[tuple[str, str, int], list[str]]:
        """List names by (struct, file, definition) that walks them."""
        found: dict[tuple[str, str, int], list[str]] = {}
        for facts, use in self._index.uses("walk"):
            names = [self._index.list_name(head.path, facts.path) for head in use.heads]
            found.setdefault((use.element, facts.path, use.definition), []).extend(names)
        return found

    @cached_property
    def _adds(self) -> dict[str, dict[str, set[tuple[str, str, bool] | None]]]:
        """For each struct, the lists it is put on, with the tests under which it is."""
        found: dict[str, dict[str, set[tuple[str, str, bool] | None]]] = {}
        for facts, use in self._index.uses("add"):
            for head in use.heads:
                name = self._index.list_name(head.path, facts.path)
                found.setdefault(use.element, {}).setdefault(name, set()).add(head.guard)
        return found

    def carries(self, struct: str, facts: FileFacts, definition: int) -> Walks:
        """The lists of `struct` that a dispatching function walks, or that its nearest callers or callees walk for it.

        Each list comes with the FUNC@SRC that walks it.
        """
        near = self._near.get(facts.path) or self._near.setdefault(facts.path, _neighbours(facts))
        seen, edge = {definition}, [definition]
        for _ in range(_REACH + 1):
            if found := [pair for row in edge for pair in self._walked(struct, facts, row, near)]:
                return tuple(sorted(dict.fromkeys(found), key=lambda pair: not self._is_narrow(struct, pair[0])))
            edge = sorted({other for row in edge for other in near[row][0] | near[row][1]} - seen)
            seen.update(edge)
        return ()

    def _walked(
        self, struct: str, facts: FileFacts, definition: int, near: list[tuple[set[int], set[int]]]
    ) -> Iterator[tuple[str, str]]:
        """What a function walks, and what the walkers it calls do."""
        if (struct, facts.path, definition) in self._walks:
            for row in [definition, *sorted(near[definition][1] - {definition})]:
                walker = f"{facts.definitions[row].name}@{facts.path}"
                yield from ((name, walker) for name in self._walks.get((struct, facts.path, row), ()))

    def _is_narrow(self, struct: str, name: str) -> bool:
        """Whether a list takes only elements of one constant: the lists of taps, which are walked first."""
        return any(guard and guard[2] for guard in self._adds.get(struct, {}).get(name, ()))

    def accepted(self, stored: Stored, walked: Walks) -> Walks:
        """Of the lists walked, those that an element with these constants can be on; all if the source says nothing."""
        adds = self._adds.get(stored.owner.struct)
        if not adds:
            return walked
        constants = dict(stored.store.constants)
        return tuple(row for row in walked if any(_fits(guard, constants) for guard in adds.get(row[0], {None})))


def _fits(guard: tuple[str, str, bool] | None, constants: dict[str, str]) -> bool:
    if guard is None or guard[0] not in constants:
        return True
    return (constants[guard[0]] == guard[1]) is guard[2]


def _neighbours(facts: FileFacts) -> list[tuple[set[int], set[int]]]:
    """For each definition of a file, those that call it and those it calls."""
    index: dict[str, list[int]] = {}
    for number, definition in enumerate(facts.definitions):
        index.setdefault(definition.name, []).append(number)
    near: list[tuple[set[int], set[int]]] = [(set(), set()) for _ in facts.definitions]
    for site in facts.sites:
        for callee in index.get(site.target, ()) if site.kind == "call" else ():
            near[site.caller][1].add(callee)
            near[callee][0].add(site.caller)
    return near
