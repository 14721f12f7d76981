"""Functions, calls and their evidence."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from explorer.errors import AmbiguousFunctionError, FunctionNotFoundError
from explorer.version import Location, Version

__all__ = ["Call", "CallGraph", "Evidence", "FileInfo", "Function", "Unresolved", "name_of"]


@dataclass(frozen=True, slots=True)
class Function:
    """A definition of a function or a function-like macro, or a callee (`external`) whose definition was not read."""

    name: str
    file: str
    line: int
    first: int
    last: int
    kind: str  # function | macro | external
    linkage: str
    conditions: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """FUNC@SRC; a bare name if the definition was not read."""
        return f"{self.name}@{self.file}" if self.file else self.name

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a pointer call, or a hand-over, is there: facts of the source.

    A pointer call has the struct and member, the lists that carry it, each with the FUNC@SRC that walks it, the place
    that calls (`dispatch`) and the places that store the function (`registrations`). A hand-over has its queue and its
    two statements: `dispatch` puts, `registrations` take.
    """

    struct: str
    field: str
    walks: tuple[tuple[str, str], ...]
    dispatch: Location
    registrations: tuple[Location, ...]

    @property
    def lists(self) -> tuple[str, ...]:
        """The names of the lists, or of the queue."""
        return tuple(dict.fromkeys(name for name, _ in self.walks))

    @property
    def how(self) -> str:
        """How the pointer came to the function: stored at or given at the registrations, or as a macro names it."""
        if not self.registrations:
            return "named by an INDIRECT_CALL macro"
        return "stored at" if self.struct or self.walks else "given at"

    def lists_on(self, functions: Collection[str]) -> tuple[str, ...]:
        """The lists that some of these functions walk: on the way out deliver_skb finds a tap on fewer lists."""
        return tuple(dict.fromkeys(name for name, walker in self.walks if walker in functions)) or self.lists


@dataclass(frozen=True, slots=True)
class Call:
    """One call site and one target of it; `kind` is call, macro, pointer or deferred.

    `via` is the struct.member of a pointer call or the queue of a hand-over; `first` the first line of the calling
    definition, which tells two definitions of one name apart.
    """

    caller: str
    callee: str
    location: Location
    kind: str
    via: str = ""
    evidence: Evidence | None = None
    conditions: tuple[str, ...] = ()
    first: int = 0

    def __str__(self) -> str:
        via = f" ({self.via})" if self.via else ""
        return f"{name_of(self.caller)} -> {name_of(self.callee)}{via}  {self.location}"


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A call through a pointer whose targets are not known, and why."""

    caller: str
    location: Location
    expression: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file that was read: its blob id, where it came from, how that was verified, and what did not parse."""

    path: str
    blob: str
    origin: str
    verified: str
    remark: str = ""
    errors: int = 0


@dataclass(frozen=True)
class CallGraph:
    """Who calls whom in the files read of one version.

    `functions` has every definition, two for a name that #if gives two; `lost` names the hand-overs whose statements
    are not in the files.
    """

    version: Version
    functions: tuple[Function, ...]
    calls: tuple[Call, ...]
    files: tuple[FileInfo, ...] = field(default=(), compare=False)
    unresolved: tuple[Unresolved, ...] = ()
    lost: tuple[str, ...] = ()

    @cached_property
    def definitions(self) -> dict[str, tuple[Function, ...]]:
        """Each id with its definitions in the order of the file."""
        found: dict[str, list[Function]] = {}
        for function in self.functions:
            found.setdefault(function.id, []).append(function)
        return {key: tuple(value) for key, value in found.items()}

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for key in self.definitions:
            found.setdefault(name_of(key), []).append(key)
        return found

    @cached_property
    def _outgoing(self) -> dict[str, list[Call]]:
        return _grouped(self.calls, "caller")

    @cached_property
    def _incoming(self) -> dict[str, list[Call]]:
        return _grouped(self.calls, "callee")

    def callees(self, function: str) -> tuple[Call, ...]:
        """The calls a function makes, in the order of its text."""
        return tuple(self._outgoing.get(self.find(function), ()))

    def callers(self, function: str) -> tuple[Call, ...]:
        """The calls of a function."""
        return tuple(self._incoming.get(self.find(function), ()))

    def find(self, name: str) -> str:
        """The id of FUNC or FUNC@SRC; FunctionNotFoundError or AmbiguousFunctionError otherwise."""
        if name in self.definitions:
            return name
        ids = self._names.get(name_of(name), []) if "@" not in name else []
        read = [key for key in ids if "@" in key] or ids
        if len(read) == 1:
            return read[0]
        if read:
            listed = ", ".join(read)
            raise AmbiguousFunctionError(
                f"{self.version} has several functions named {name}; type one of {listed}", read
            )
        near = self.near(name)
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise FunctionNotFoundError(f"no function {name} in the files read of {self.version}{hint}", near)

    def near(self, name: str) -> list[str]:
        """The names that are spelt most like one."""
        import difflib

        return difflib.get_close_matches(name_of(name), self._names.keys() - {name_of(name)}, 3)

    def known(self, names: Iterable[str]) -> list[str]:
        """The ids of those names (FUNC or FUNC@SRC) that this version has."""
        return [
            key
            for name in names
            for key in ([name] if "@" in name else self._names.get(name, []))
            if key in self.definitions
        ]

    def read(self, name: str) -> bool:
        """Whether a definition of FUNC or FUNC@SRC stands in the files read."""
        return any("@" in key for key in self.known([name]))

    def to_networkx(self) -> Any:
        """A networkx.MultiDiGraph: ids are its nodes, one edge a call."""
        import networkx

        graph = networkx.MultiDiGraph(version=str(self.version))
        for key, definitions in self.definitions.items():
            graph.add_node(key, file=definitions[0].file, line=definitions[0].line, kind=definitions[0].kind)
        for call in self.calls:
            graph.add_edge(call.caller, call.callee, kind=call.kind, line=call.location.line, via=call.via)
        return graph

    def to_frame(self) -> Any:
        """A pandas.DataFrame with one row a call."""
        import pandas

        rows = [(c.caller, c.callee, c.kind, c.via, c.location.path, c.location.line) for c in self.calls]
        return pandas.DataFrame(rows, columns=["caller", "callee", "kind", "via", "file", "line"])


def name_of(key: str) -> str:
    """The function's name of an id."""
    return key.partition("@")[0]


def _grouped(calls: tuple[Call, ...], attribute: str) -> dict[str, list[Call]]:
    found: dict[str, list[Call]] = {}
    for call in calls:
        found.setdefault(getattr(call, attribute), []).append(call)
    return found
