"""The join of FileFacts into a CallGraph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from explorer.facts import FileFacts, handovers
from explorer.graph.index import Index, Owner, Stored
from explorer.graph.lists import Carriers, Walks
from explorer.graph.values import Call, CallGraph, Evidence, FileInfo, Function, Unresolved
from explorer.syntax.values import Site
from explorer.version import Location, Version

__all__ = ["join"]


def join(version: Version, files: Iterable[FileFacts], infos: Sequence[FileInfo] = ()) -> CallGraph:
    """Make the call graph of the files of one version."""
    return _Join(version, Index(version, files)).graph(tuple(infos))


class _Join:
    def __init__(self, version: Version, index: Index) -> None:
        self._version = version
        self._index = index
        self._carriers = Carriers(index)
        self._unresolved: list[Unresolved] = []

    def graph(self, infos: tuple[FileInfo, ...]) -> CallGraph:
        calls = [call for facts in self._index.files for call in self._calls(facts)]
        deferred, lost = self._handovers()
        calls += deferred
        functions = [*self._functions(), *self._externals(calls)]
        return CallGraph(self._version, tuple(functions), tuple(calls), infos, tuple(self._unresolved), lost)

    def _functions(self) -> Iterator[Function]:
        for facts in self._index.files:
            for row in sorted(facts.definitions, key=lambda row: row.first):
                yield Function(
                    row.name, facts.path, row.line, row.first, row.last, row.kind, row.linkage, row.conditions
                )

    def _externals(self, calls: Iterable[Call]) -> Iterator[Function]:
        macros = {call.callee for call in calls if call.kind == "macro"}
        for name in sorted({call.callee for call in calls if "@" not in call.callee}):
            yield Function(name, "", 0, 0, 0, "macro" if name in macros else "external", "")

    def _calls(self, facts: FileFacts) -> Iterator[Call]:
        """The calls of a file, site by site."""
        names = [f"{row.name}@{facts.path}" for row in facts.definitions]
        for site in facts.sites:
            caller, name = facts.definitions[site.caller], names[site.caller]
            location = Location(self._version, facts.path, site.line)
            if site.kind in ("call", "macro"):
                callee, kind = self._index.resolve(site.target, facts.path)
                macro = "macro" in (kind, site.kind, caller.kind)
                kind = "macro" if macro else "call"
                yield Call(name, callee, location, kind, "", None, site.conditions, caller.first)
                continue
            found = False
            for callee, via, evidence in self._targets(facts, site, location):
                found = True
                yield Call(name, callee, location, "pointer", via, evidence, site.conditions, caller.first)
            if not found:
                self._unresolved.append(Unresolved(name, location, site.target, self._reason(facts, site)))

    def _targets(self, facts: FileFacts, site: Site, location: Location) -> Iterator[tuple[str, str, Evidence | None]]:
        """Whom a pointer call reaches: (id, struct.member, why)."""
        if site.kind == "address":
            yield self._index.resolve(site.target, facts.path)[0], "a local", None
        owner = self._index.owner(site.target, facts.path) if site.kind == "member" else None
        walked = self._carriers.carries(owner.struct, facts, site.caller) if owner and not owner.container else ()
        variable = site.target.partition(".")[0][1:] if site.target.startswith("=") else ""
        reached = self._stored(owner, walked, variable) if owner else {}
        struct, field = owner[:2] if owner else ("", site.target.rpartition(".")[2])
        for hint in site.hints:  # which the macro compares the pointer with, whatever struct it is kept in
            reached.setdefault(self._index.resolve(hint, facts.path)[0], ([], []))
        for target, (accepted, rows) in reached.items():
            lists = tuple(row for row in walked if row in accepted)
            places = tuple(sorted({Location(self._version, row.facts.path, row.store.line) for row in rows}))
            yield target, f"{struct}.{field}".lstrip("."), Evidence(struct, field, lists, location, places)

    def _stored(
        self, owner: Owner, walked: Walks, variable: str
    ) -> dict[str, tuple[list[tuple[str, str]], list[Stored]]]:
        """The functions stored in a member that can be met where the lists are walked: id to lists and stores."""
        reached: dict[str, tuple[list[tuple[str, str]], list[Stored]]] = {}
        for row in self._index.stores.get(owner[:2], []):
            if owner.container and row.owner.container != owner.container and not _anywhere(row):
                continue
            if variable and row.store.variable not in ("", variable):
                continue  # inet_dgram_ops.ioctl() calls what that very variable was initialised with
            lists = self._carriers.accepted(row, walked)
            target, kind = self._index.resolve(row.store.value, row.facts.path)
            is_function = kind == "function" or row.store.definition < 0 or self._index.is_function_pointer(owner)
            if is_function and (lists or not walked):
                accepted, rows = reached.setdefault(target, ([], []))
                accepted.extend(lists)
                rows.append(row)
        return reached

    def _reason(self, facts: FileFacts, site: Site) -> str:
        if site.kind != "member":
            return "a parameter or a variable that the calling function puts no function or member in"
        owner = self._index.owner(site.target, facts.path)
        if owner is None:
            return "the struct of the member is not in the files read"
        return f"no function is stored to {owner.struct}.{owner.field} in the files read"

    def _handovers(self) -> tuple[list[Call], tuple[str, ...]]:
        calls: list[Call] = []
        lost: list[str] = []
        for row in handovers():
            ends: dict[str, list[tuple[str, int, Location]]] = {"put": [], "take": []}
            for facts in self._index.files:
                for mark in facts.marks:
                    if mark.id == row["id"]:
                        definition = facts.definitions[mark.definition]
                        place = Location(self._version, facts.path, mark.line)
                        ends[mark.role].append((f"{definition.name}@{facts.path}", definition.first, place))
            if not (ends["put"] and ends["take"]):
                lost.append(row["id"])
            for caller, first, put in ends["put"]:
                for callee in dict.fromkeys(end[0] for end in ends["take"]):
                    taken = tuple(end[2] for end in ends["take"] if end[0] == callee)
                    evidence = Evidence("", "", ((row["queue"], caller),), put, taken)
                    calls.append(Call(caller, callee, put, "deferred", row["queue"], evidence, (), first))
        return calls, tuple(lost)


def _anywhere(row: Stored) -> bool:
    """Whether a store goes through a pointer, which may point into any container; a static variable is in none."""
    return not row.owner.container and row.store.definition >= 0
