"""Let gcc judge `explorer graph --all -f json`: what do we say that is not so, and what is so that we do not say?

    python benchmarks/truth.py TREE DUMP...

TREE is a configured source tree of a kernel, each DUMP what benchmarks/cgtruth.cc wrote when a file of it was compiled
(its head says how). Dumps of several configurations may be given: what one of them confirms is confirmed. Only lines
that the compiler saw are judged, for nobody can confirm what #if leaves out. Each figure counts what agrees; what does
not is listed below it with its cause.

    P      of our edges from function to function, by name: those the compiler has too. Once with macros that we take
           for functions counted as wrong, once with them set aside
    R      of the compiler's edges: those we have. Once where the callee's name is written in the body of the caller,
           once where a macro of the same file may write it; what only a macro of a header writes is not asked for
    site   of our edges that are right: call sites whose line is the compiler's too

The JSON does not tell which pointer calls are unresolved, nor what is stored in members nobody calls: these are taken
from the graph and the facts it is written from.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from explorer import kernel
from explorer.graph import name_of
from explorer.graph.index import Index
from explorer.views.jgf import jgf

Row = dict[str, Any]


class Verdict(NamedTuple):
    """One thing judged; `cause` is empty where both agree."""

    what: str
    file: str
    line: int
    cause: str = ""


class Compiler:
    """What the dumps say of some files."""

    def __init__(self, dumps: Iterable[Path], files: Iterable[str]) -> None:
        self.lines: dict[str, set[int]] = {file: set() for file in files}
        self.macros: set[str] = set()
        self.functions: dict[tuple[str, str, int], Row] = {}
        self.calls: dict[tuple[str, str, str], list[Row]] = {}
        self.pointers: dict[tuple[str, str, int, str], Row] = {}
        self.stores: dict[tuple[str, int, str], Row] = {}
        for dump in dumps:
            self._read(map(json.loads, dump.read_text().splitlines()))

    def _read(self, rows: Iterable[Row]) -> None:
        here: Row = {}
        for row in rows:
            row |= {key: row[key].removeprefix("./") for key in ("file", "sfile") if key in row}
            kind, file = row["t"], row.get("file", "")
            if kind == "function":
                here = row
            if kind == "macros":
                self.macros.update(row["names"])
            elif file in self.lines and (kind not in ("call", "pointer") or within(row["line"], file, here)):
                self._keep(kind, file, row | {"body": here})

    def _keep(self, kind: str, file: str, row: Row) -> None:
        if kind == "lines":
            self.lines[file].update(row["lines"])
        elif kind == "function":
            self.functions.setdefault((file, row["name"], row["line"]), row)
        elif kind == "call":
            self.calls.setdefault((file, row["caller"], row["callee"]), []).append(row)
        elif kind == "pointer":
            self.pointers.setdefault((file, row["caller"], row["line"], holder(row)), row)
        elif row["kind"] == "member":
            self.stores.setdefault((file, row["line"], row["function"]), row)


def within(line: int, file: str, function: Row) -> bool:
    return function.get("file") == file and function["line"] <= line <= function["last"]


def holder(row: Row) -> str:
    """What holds the pointer: struct.field, or nothing where it is a variable."""
    return f"{row['struct']}.{row['field']}" if row["kind"] == "member" else ""


def writer(row: Row) -> str:
    """The macros a place is written in, the outermost first."""
    return " > ".join(row["macros"]) or "plain text"


def in_body(row: Row) -> bool:
    """Whether the callee's name is written in the body of the caller."""
    return within(row["sline"], row["sfile"], row["body"])


class Judge:
    """The graph of a tree beside what the compiler says, of some of the files at a time."""

    def __init__(self, tree: Path, dumps: Iterable[Path]) -> None:
        opened = kernel.open(None, str(tree))
        self.graph = json.loads(jgf(opened.graph))["graph"]
        self.unresolved = opened.graph.unresolved
        self.facts = opened.facts
        self.index = Index(opened.version, opened.facts)
        self.truth = Compiler(dumps, self.graph["metadata"]["files"])

    def edges(self, files: Collection[str], *kinds: str) -> Iterator[tuple[str, str, str, Row]]:
        """Our edges whose caller is a function and whose line the compiler saw: file, caller, callee, metadata."""
        nodes = self.graph["nodes"]
        for edge in self.graph["edges"]:
            where = edge["metadata"]
            if (
                edge["relation"] in kinds
                and where["file"] in files
                and where["line"] in self.truth.lines[where["file"]]
            ):
                rows = nodes[edge["source"]]["metadata"]["definitions"]
                if any(row["kind"] == "function" and row["first"] == where["definition"] for row in rows):
                    yield where["file"], name_of(edge["source"]), name_of(edge["target"]), where

    def precision(self, files: Collection[str], aside: bool) -> Iterator[Verdict]:
        for (file, caller, callee), line in self._first(files).items():
            macro = callee in self.truth.macros
            cause = "is a macro" if macro else "the line is compiled, the call is not"
            found = (file, caller, callee) in self.truth.calls
            if found or not (macro and aside):
                yield Verdict(f"{caller} -> {callee}", file, line, "" if found else cause)

    def _first(self, files: Collection[str]) -> dict[tuple[str, str, str], int]:
        found: dict[tuple[str, str, str], int] = {}
        for file, caller, callee, where in self.edges(files, "call"):
            found.setdefault((file, caller, callee), where["line"])
        return found

    def recall(self, files: Collection[str], in_file: bool) -> Iterator[Verdict]:
        ours: dict[tuple[str, str, str], set[str]] = {}
        for kind in ("call", "pointer", "macro"):
            for file, caller, callee, _ in self.edges(files, kind):
                ours.setdefault((file, caller, callee), set()).add(kind)
        for key, rows in self.truth.calls.items():
            written = [row for row in rows if in_body(row) or (in_file and row["sfile"] == key[0])]
            if key[0] in files and written:
                kinds, row = ours.get(key, set()), written[0]
                cause = "we take it for a macro" if kinds else f"written in {writer(row)}"
                yield Verdict(f"{key[1]} -> {key[2]}", key[0], row["line"], "" if kinds - {"macro"} else cause)

    def sites(self, files: Collection[str]) -> Iterator[Verdict]:
        for file, caller, callee, where in self.edges(files, "call"):
            if rows := self.truth.calls.get((file, caller, callee)):
                lines = {row[key] for row in rows for key in ("line", "sline")}
                cause = "" if where["line"] in lines else f"the compiler has {sorted(lines)}"
                yield Verdict(f"{caller} -> {callee}", file, where["line"], cause)

    def macros(self, files: Collection[str]) -> Iterator[Verdict]:
        for file, caller, name, where in self.edges(files, "macro"):
            known = name in self.truth.macros and (file, caller, name) not in self.truth.calls
            cause = "" if known else "is no macro here"
            yield Verdict(f"{caller} -> {name}", file, where["line"], cause)

    def pointers(self, files: Collection[str]) -> Iterator[Verdict]:
        for (file, caller, line, member), row in self.truth.pointers.items():
            if file in files:
                cause = "" if (file, caller, line) in self._listed else f"not listed; written in {writer(row)}"
                yield Verdict(f"{caller} calls {member or row['name']}", file, line, cause)

    def members(self, files: Collection[str]) -> Iterator[Verdict]:
        for (file, caller, line, member), _ in self.truth.pointers.items():
            if member and file in files and (listed := self._listed.get((file, caller, line))):
                cause = "" if member in listed else f"we say {', '.join(sorted(listed))}"
                yield Verdict(f"{caller} calls {member}", file, line, cause)

    @cached_property
    def _listed(self) -> dict[tuple[str, str, int], set[str]]:
        """Our pointer calls, with struct.field; an unresolved one may be no more than a variable's name."""
        found: dict[tuple[str, str, int], set[str]] = {}
        for file, caller, _, where in self.edges(self.truth.lines, "pointer"):
            found.setdefault((file, caller, where["line"]), set()).add(where.get("via", ""))
        for row in self.unresolved:
            key = (row.location.path, name_of(row.caller), row.location.line)
            found.setdefault(key, set()).add(self._owned(row.expression, row.location.path))
        return found

    def _owned(self, path: str, file: str) -> str:
        """The struct.field a path ends in, the path itself where a struct on the way is not read."""
        owner = self.index.owner(path, file)
        return f"{owner.struct}.{owner.field}" if owner else path

    def stores(self, files: Collection[str]) -> Iterator[Verdict]:
        rows = [(facts.path, store) for facts in self.facts for store in facts.stores]
        ours = {(path, store.line, store.value): self._owned(store.path, path) for path, store in rows}
        for (file, line, function), row in self.truth.stores.items():
            if file in files:
                said = ours.get((file, line, function), "")
                cause = f"we say {said or 'nothing'}; written in {writer(row)}"
                yield Verdict(f"{holder(row)} = {function}", file, line, "" if said == holder(row) else cause)

    def functions(self, files: Collection[str]) -> Iterator[Verdict]:
        rows = [(facts.path, row) for facts in self.facts for row in facts.definitions if row.kind == "function"]
        ours = {(path, row.name, row.line): row.last for path, row in rows}
        for (file, name, line), row in self.truth.functions.items():
            if file in files:
                last = ours.pop((file, name, line), None)
                cause = f"we say {last}; written in {writer(row)}"
                yield Verdict(f"{name} ends at {row['last']}", file, line, "" if last == row["last"] else cause)
        for file, name, line in ours:
            if file in files and line in self.truth.lines[file]:
                yield Verdict(name, file, line, "unknown to the compiler")


def report(judge: Judge, files: Collection[str]) -> None:
    figures = {
        "P, macros for functions are wrong": judge.precision(files, aside=False),
        "P, macros set aside": judge.precision(files, aside=True),
        "R, written in the caller": judge.recall(files, in_file=False),
        "R, written in the file": judge.recall(files, in_file=True),
        "site, on the line": judge.sites(files),
        "macro uses": judge.macros(files),
        "pointer calls listed": judge.pointers(files),
        "pointer calls, struct.field": judge.members(files),
        "stores of functions": judge.stores(files),
        "functions, name and last line": judge.functions(files),
    }
    print(", ".join(sorted(files)))
    told: set[Verdict] = set()
    for title, verdicts in figures.items():
        rows = list(verdicts)
        wrong = sorted({row for row in rows if row.cause}, key=lambda row: (row.file, row.line))
        good = sum(not row.cause for row in rows)
        print(f"\n{title:36}{good:6} of {len(rows):5}  {good / len(rows) if rows else 1:.4f}")
        for row in wrong:
            if row not in told:
                print(f"    {row.file}:{row.line}: {row.what}: {row.cause}")
        told.update(wrong)


def main(tree: Path, dumps: list[Path]) -> None:
    judge = Judge(tree, dumps)
    seen = [file for file, lines in judge.truth.lines.items() if lines]
    units = [file for file in seen if file.endswith(".c")]
    report(judge, units)
    print()
    report(judge, [file for file in seen if file not in units])


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), [Path(dump) for dump in sys.argv[2:]])
