"""The marks in tests/kernel: what a fixture says must be found on a line, beside what was found there.

``/* call: htons; macro: min_t, max_t */`` on a line says that htons is called there and that two macros are used. Other
kinds: ``function`` and ``define`` where a definition's name stands; ``pointer: packet_type.func -> packet_rcv
[ptype_all], ip_rcv`` with the lists that carry it; ``unresolved`` with the path of a pointer that leads nowhere known;
``store: packet_type.func = packet_rcv``; ``copy`` of a member; ``walk`` and ``add`` of a list; ``if`` with the
conditions of all that is found on the line; ``no call`` where nothing may be found. A fixture that begins with
``/* complete`` has a mark for everything that is found in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from explorer.facts import FileFacts, analyse
from explorer.graph import join, name_of
from explorer.graph.index import Index
from explorer.syntax.values import Head
from explorer.version import Version

KERNEL = Path(__file__).parent / "kernel"
FIXTURES = sorted(KERNEL.glob("*.[ch]"))

_VERSION = Version.parse("v6.12")
_COMMENT = re.compile(r"/\*(.*?)\*/", re.S)
_MARK = re.compile(r"\s*(function|define|call|macro|pointer|unresolved|store|copy|walk|add|if):\s*(.*?)\s*")
_SHARED = re.compile(r"(.*?)\s*(->|=)\s*(.*)")
_COMMA = re.compile(r",\s*(?![^\[]*\])")

Found = tuple[int, str, str]  # line, kind of mark, what


def read(path: Path) -> FileFacts:
    """The facts of a fixture."""
    return analyse(path.read_bytes(), f"net/{path.name}", "0" * 40)


def is_complete(path: Path) -> bool:
    return path.read_text().startswith("/* complete")


def marked(path: Path) -> list[Found]:
    """What the marks of a fixture say, sorted."""
    text = path.read_text()
    found: list[Found] = []
    for comment in _COMMENT.finditer(text):
        line = text.count("\n", 0, comment.start()) + 1
        for part in comment[1].split(";"):
            if mark := _MARK.fullmatch(part):
                rows = [(line, mark[1], what) for what in _single(mark[1], mark[2])]
                found += [row for row in rows if mark[1] != "if" or row not in found]  # two marks may share conditions
    return sorted(found)


def silent_lines(path: Path) -> set[int]:
    """The lines marked ``no call``."""
    lines = enumerate(path.read_text().splitlines(), 1)
    return {number for number, line in lines if "/* no call */" in line}


def _single(kind: str, text: str) -> Iterator[str]:
    """One mark for each target of `a.b -> c, d`; a condition stays whole."""
    shared = _SHARED.fullmatch(text) if kind in ("pointer", "store", "copy") else None
    if shared is None:
        yield from _COMMA.split(text)
        return
    for what in _COMMA.split(shared[3]):
        yield f"{shared[1]} {shared[2]} {what}"


def found(facts: FileFacts) -> list[Found]:
    """What the analysis finds in a fixture, in the words of the marks, sorted."""
    return sorted([*_definitions(facts), *_calls(facts), *_stores(facts), *_lists(facts), *_conditions(facts)])


def _definitions(facts: FileFacts) -> Iterator[Found]:
    for row in facts.definitions:
        yield row.line, "function" if row.kind == "function" else "define", row.name


def _calls(facts: FileFacts) -> Iterator[Found]:
    graph = join(_VERSION, [facts])
    for call in graph.calls:
        name = name_of(call.callee)
        if call.kind == "pointer":
            lists = ", ".join(call.evidence.lists) if call.evidence else ""
            yield call.location.line, "pointer", f"{call.via} -> {name}" + f" [{lists}]" * bool(lists)
        elif call.kind != "deferred":
            yield call.location.line, call.kind, name
    for row in graph.unresolved:
        yield row.location.line, "unresolved", row.expression


def _stores(facts: FileFacts) -> Iterator[Found]:
    index = Index(_VERSION, [facts])
    for store in facts.stores:
        target = index.owner(store.path, facts.path)
        source = index.owner(store.value, facts.path) if "." in store.value else None
        if target is not None:
            value = f"{source.struct}.{source.field}" if source else store.value
            yield store.line, "copy" if source else "store", f"{target.struct}.{target.field} = {value}"


def _lists(facts: FileFacts) -> Iterator[Found]:
    index = Index(_VERSION, [facts])
    for use in facts.lists:
        for head in use.heads:
            yield use.line, use.role, index.list_name(head.path, facts.path) + _test(head)


def _test(head: Head) -> str:
    return f" if {head.guard[0]} {'=' if head.guard[2] else '!'}= {head.guard[1]}" if head.guard else ""


def _conditions(facts: FileFacts) -> set[Found]:
    rows = [*facts.sites, *facts.definitions, *facts.stores]
    return {(row.line, "if", condition) for row in rows for condition in row.conditions}
