"""FileFacts: what one file says, without its text.

Facts are keyed by the file's blob id, so releases that share a file share its facts. The analysis cache in the user's
cache directory and the atlas in data/ are two stores of the same thing; a call graph is a join of some of them.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from explorer import resources
from explorer.sources.values import SourceFile
from explorer.syntax.values import Definition, Head, ListUse, Site, Store, Struct

__all__ = ["FORMAT", "FileFacts", "Mark", "analyse", "facts_of", "handovers", "loads"]

FORMAT = 1  # raise it when the meaning of a field changes: older caches and atlases are then not read


class Mark(NamedTuple):
    """A statement of data/handovers.toml, found: hand-over `id` has its `role` (put or take) in a definition."""

    id: str
    role: str
    definition: int
    line: int


class FileFacts(NamedTuple):
    """What one file says; the rows are those of `explorer.syntax.values`, functions before macros."""

    path: str
    blob: str
    lines: int
    errors: int  # ERROR and MISSING nodes the grammar was left with
    definitions: tuple[Definition, ...]
    sites: tuple[Site, ...]
    stores: tuple[Store, ...]
    lists: tuple[ListUse, ...]
    structs: tuple[Struct, ...]
    globals: tuple[tuple[str, str], ...]
    marks: tuple[Mark, ...]

    def dumps(self) -> bytes:
        """JSON: an array in the order of the fields."""
        return json.dumps(self, separators=(",", ":")).encode()


def loads(text: bytes) -> FileFacts:
    """Read what `FileFacts.dumps` wrote; ValueError or TypeError if it is something else."""
    path, blob, lines, errors, definitions, sites, stores, lists, structs, variables, marks = json.loads(text)
    return FileFacts(
        path,
        blob,
        lines,
        errors,
        tuple(Definition._make((*row, tuple(conditions))) for *row, conditions in definitions),
        tuple(Site._make((*row, tuple(hints), tuple(conditions))) for *row, hints, conditions in sites),
        tuple(Store._make((*row, _pairs(constants), tuple(conditions))) for *row, constants, conditions in stores),
        tuple(ListUse._make((*row, tuple(map(_head, heads)))) for *row, heads in lists),
        tuple(Struct(name, _pairs(members)) for name, members in structs),
        _pairs(variables),
        tuple(map(Mark._make, marks)),
    )


def _head(row: list[Any]) -> Head:
    return Head(row[0], tuple(row[1]) if row[1] else None)


def _pairs(rows: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((first, second) for first, second in rows)


def analyse(text: bytes, path: str, blob: str) -> FileFacts:
    """Read the facts from C text; what does not parse is counted, not raised."""
    from explorer.syntax.calls import Calls, macros
    from explorer.syntax.expressions import Scopes
    from explorer.syntax.lists import Lists
    from explorer.syntax.stores import globals_of, stores, structs
    from explorer.syntax.unit import Unit

    unit = Unit(text)
    scopes = Scopes(unit)
    functions = [function.definition for function in unit.functions]
    sites = list(Calls(unit, scopes))
    macro_definitions, macro_sites = macros(unit, len(functions))
    elements = frozenset(site.target.partition(".")[0] for site in sites if site.kind == "member")
    return FileFacts(
        path,
        blob,
        text.count(b"\n"),
        unit.errors,
        (*functions, *macro_definitions),
        tuple(sorted([*sites, *macro_sites], key=lambda site: (site.caller, site.line))),
        tuple(stores(unit, scopes)),
        tuple(Lists(unit, scopes, elements)),
        tuple(structs(unit)),
        tuple(sorted(globals_of(unit).items())),
        tuple(_marks(unit, path)),
    )


def handovers() -> list[dict[str, Any]]:
    """The rows of data/handovers.toml."""
    rows: Any = resources.data("handovers.toml")["handovers"]
    return list(rows)


def _marks(unit: Any, path: str) -> list[Mark]:
    from explorer.pattern import Pattern

    found: list[Mark] = []
    for row in handovers():
        for role in ("put", "take"):
            patterns = [pattern for text in row[role] if (pattern := Pattern.parse(text)).path == path]
            found += [
                Mark(row["id"], role, index, statement.first)
                for pattern in patterns
                for index, statement in pattern.find(unit)
            ]
    return found


def facts_of(file: SourceFile) -> FileFacts:
    """The facts of a source file: from the analysis cache if this analyser has seen the blob, else read and kept."""
    place = _cached(file)
    try:
        facts = loads(place.read_bytes())
        if (facts.blob, facts.path) == (file.blob, file.path):
            return facts
    except (OSError, ValueError, TypeError):
        pass  # absent, or written by another program: it is read anew
    facts = analyse(file.text, file.path, file.blob)
    _keep(place, facts.dumps())
    return facts


def _cached(file: SourceFile) -> Path:
    name = file.path.replace("/", "-")
    return resources.cache_dir() / "facts" / _analyser() / f"{file.blob}-{name}.json"


def _keep(place: Path, text: bytes) -> None:
    """Write a cache entry whole or not at all; a cache that cannot be written is no reason to fail."""
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        resources.write_whole(place, text)


@cache
def _analyser() -> str:
    """A digest of everything the facts depend on besides the text: this package's reading code, and its data."""
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for part in [
        package / "facts.py",
        package / "pattern.py",
        *sorted((package / "syntax").glob("*.py")),
        resources.data_path("handovers.toml"),
    ]:
        digest.update(part.read_bytes())
    return digest.hexdigest()[:16]
