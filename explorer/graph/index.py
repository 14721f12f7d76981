"""What several files know together: names, structs, lists, stored functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from explorer import resources
from explorer.facts import FileFacts
from explorer.syntax.values import Definition, ListUse, Store
from explorer.version import Version

__all__ = ["Index", "Owner", "Stored"]

# Names in capitals that are functions all the same.
_FUNCTIONS_IN_CAPITALS = frozenset(
    "ERR_PTR PTR_ERR IS_ERR IS_ERR_OR_NULL PTR_ERR_OR_ZERO ERR_CAST INIT_LIST_HEAD INIT_HLIST_NODE SOCKET_I".split()
)
# What people call the struct that a list head is a member of.
_SPOKEN = {"net_device": "dev"}


class Owner(NamedTuple):
    """Whose member a path ends in; `container` is STRUCT.MEMBER where that struct is itself embedded in another."""

    struct: str
    field: str
    container: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A store with the file it stands in and the owner of the member."""

    facts: FileFacts
    store: Store
    owner: Owner


class Index:
    """The facts of the files of one version, looked up by name."""

    def __init__(self, version: Version, files: Iterable[FileFacts]) -> None:
        self.files = tuple(files)
        self._version = version
        self._resolved: dict[tuple[str, str], tuple[str, str]] = {}
        self._local = {facts.path: _by_name(facts) for facts in self.files}
        self._structs = {struct.name: dict(struct.members) for facts in self.files for struct in facts.structs}
        self._globals = {facts.path: dict(facts.globals) for facts in self.files}

    @cached_property
    def _shared(self) -> dict[str, list[tuple[int, str]]]:
        """Names that other files can call, with the paths that define them, the likeliest first."""
        found: dict[str, list[tuple[int, str]]] = {}
        for facts in self.files:
            header = facts.path.endswith(".h")
            for name, definitions in self._local[facts.path].items():
                ranks = [
                    2 if definition.kind == "macro" else 1 if header else 0
                    for definition in definitions
                    if header or definition.linkage == "global"
                ]
                if ranks:
                    found.setdefault(name, []).append((min(ranks), facts.path))
        return {name: sorted(places) for name, places in found.items()}

    @cached_property
    def _macros(self) -> frozenset[str]:
        """Function-like macros of headers that are not read, as far as this version has them.

        A line of data/macros.txt is a name, and the release from which on it was seen to be a macro.
        """
        rows = (line.split() for line in resources.data_path("macros.txt").read_text("ascii").splitlines())
        return frozenset(name for name, *since in rows if not since or Version.parse(since[0]) <= self._version)

    def is_function_pointer(self, owner: Owner) -> bool:
        """Whether a member is declared as a pointer to a function."""
        return self._structs.get(owner.struct, {}).get(owner.field) == "()"

    def resolve(self, name: str, path: str) -> tuple[str, str]:
        """The id a name means in a file, and its kind: function, macro or external."""
        found = self._resolved.get((name, path))
        if found is None:
            found = self._resolved[name, path] = self._resolve(name, path)
        return found

    def _resolve(self, name: str, path: str) -> tuple[str, str]:
        if name in self._local.get(path, ()):
            place = path
        elif name in self._shared:
            place = self._shared[name][0][1]
        else:
            capital = name.isupper() and name not in _FUNCTIONS_IN_CAPITALS
            return name, "macro" if capital or name in self._macros else "external"
        kinds = {definition.kind for definition in self._local[place][name]}
        return f"{name}@{place}", "function" if "function" in kinds else "macro"

    def owner(self, path: str, file: str) -> Owner | None:
        """Follow the members of a path; None where a struct on the way is not in the files read."""
        base, *members = path.split(".")
        struct = self._base(base, file)
        container = ""
        for member in members[:-1]:
            kind = self._structs.get(struct, {}).get(member, "")
            container = "" if kind.endswith("*") else f"{struct}.{member}"
            struct = kind.rstrip("*")
        return Owner(struct, members[-1], container) if struct and struct != "()" and members else None

    def _base(self, base: str, file: str) -> str:
        if base.endswith("()"):
            return self._returns.get(base[:-2], "")
        if base.startswith("="):
            return self._globals.get(file, {}).get(base[1:]) or self._all_globals.get(base[1:], "")
        return base

    @cached_property
    def _returns(self) -> dict[str, str]:
        return {row.name: row.returns for facts in self.files for row in facts.definitions if row.returns}

    @cached_property
    def _all_globals(self) -> dict[str, str]:
        return {name: struct for rows in self._globals.values() for name, struct in rows.items()}

    def list_name(self, path: str, file: str) -> str:
        """What people call a list: ptype_all, dev->ptype_all, net_hotdata.ptype_all."""
        if path.startswith("="):
            return path[1:]
        owner = self.owner(path, file)
        if owner is None:
            return path
        return f"{_SPOKEN.get(owner.struct, owner.struct)}->{owner.field}"

    @cached_property
    def stores(self) -> dict[tuple[str, str], list[Stored]]:
        """Stores of functions by (struct, member); a member copied from another has that one's stores too."""
        found: dict[tuple[str, str], list[Stored]] = {}
        copies: list[tuple[Owner, Owner]] = []
        for facts in self.files:
            for store in facts.stores:
                owner = self.owner(store.path, facts.path)
                if owner is None:
                    continue
                if "." in store.value:
                    if source := self.owner(store.value, facts.path):
                        copies.append((owner, source))
                else:
                    found.setdefault(owner[:2], []).append(Stored(facts, store, owner))
        originals = {key: list(rows) for key, rows in found.items()}
        for target, source in copies:
            if source[:2] != target[:2]:
                found.setdefault(target[:2], []).extend(originals.get(source[:2], ()))
        return found

    def uses(self, role: str) -> Iterator[tuple[FileFacts, ListUse]]:
        """The list uses of a role in every file."""
        return ((facts, use) for facts in self.files for use in facts.lists if use.role == role)


def _by_name(facts: FileFacts) -> dict[str, list[Definition]]:
    found: dict[str, list[Definition]] = {}
    for definition in facts.definitions:
        found.setdefault(definition.name, []).append(definition)
    return found
