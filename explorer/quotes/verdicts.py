"""Each claim against one release: exact, moved, changed, not found; from facts alone as far as they say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from explorer.errors import NotInVersionError, SourceError
from explorer.facts import FileFacts, facts_of
from explorer.kernel import Kernel
from explorer.quotes.claims import Claim
from explorer.sources.values import SourceFile
from explorer.version import Location, Version

__all__ = ["Outcome", "Read", "Verdict", "judged"]

Read = Callable[[Version, str], SourceFile]

_MOST = 4  # places that are named
_COMMON = 40  # places of a line that says nothing about where a quote is from
_LIKE = 0.4  # of a quote's letters; less is another text


class Outcome(StrEnum):
    """What became of a claim; UNREAD where nothing at hand can tell."""

    EXACT = "exact"
    MOVED = "moved"
    CHANGED = "changed"
    MISSING = "not found"
    UNREAD = "not compared"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A claim's outcome in a release: where it stands there, and what the nearest lines differ in."""

    outcome: Outcome
    places: tuple[Location, ...] = ()
    remark: str = ""


def judged(kernel: Kernel, claims: Sequence[Claim], read: Read | None = None) -> tuple[Verdict, ...]:
    """Every claim against a release, in order; `read` gives files that are not among those of a frame's path."""
    kernel, lacking = _widened(kernel, {claim.path for claim in claims if claim.path}, read)
    judge = _Judge(kernel)
    ask = {True: judge.quote, False: judge.mention}
    return tuple(lacking.get(claim.path) or ask[bool(claim.code)](claim) for claim in claims)


def _widened(kernel: Kernel, named: set[str], read: Read | None) -> tuple[Kernel, dict[str, Verdict]]:
    """The release with the files that are named as well, and what is to be said of those that could not be had."""
    lacking = {}
    for path in sorted(named - {facts.path for facts in kernel.facts}):
        try:
            if read is None:
                raise SourceError(f"{path} is not among the files read")
            file = read(kernel.version, path)
        except SourceError as error:
            outcome = Outcome.MISSING if isinstance(error, NotInVersionError) and error.path else Outcome.UNREAD
            lacking[path] = Verdict(outcome, (), str(error))
        else:
            kernel = replace(kernel, facts=(*kernel.facts, facts_of(file)), texts={**kernel.texts, path: file})
    return kernel, lacking


class _Judge:
    """A release as claims are compared with it."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    @cached_property
    def _spots(self) -> Mapping[str, tuple[list[tuple[str, int]], list[tuple[str, int]]]]:
        """By name, the places it is defined at, and those it is called, used or stored at."""
        found: dict[str, tuple[list[tuple[str, int]], list[tuple[str, int]]]] = {}
        for facts in self._kernel.facts:
            for row in facts.definitions:
                found.setdefault(row.name, ([], []))[0].extend(
                    (facts.path, line) for line in dict.fromkeys((row.line, row.first))
                )
            for name, line in _uses(facts):
                found.setdefault(name, ([], []))[1].append((facts.path, line))
        for name, spot in self._put():
            found.setdefault(name, ([], []))[1].append(spot)
        return found

    def _put(self) -> Iterator[tuple[str, tuple[str, int]]]:
        """Where a hand-over is put, by the functions that take it."""
        marks = [(facts, mark) for facts in self._kernel.facts for mark in facts.marks]
        for taker in (each for each in marks if each[1].role == "take"):
            for facts, mark in marks:
                if (mark.role, mark.id) == ("put", taker[1].id):
                    yield taker[0].definitions[taker[1].definition].name, (facts.path, mark.line)

    @cached_property
    def _lines(self) -> Mapping[str, list[str]]:
        texts = self._kernel.texts
        return {path: text.text.decode("utf-8", "replace").split("\n") for path, text in texts.items()}

    @cached_property
    def _index(self) -> Mapping[str, list[tuple[str, int]]]:
        found: dict[str, list[tuple[str, int]]] = {}
        for path, lines in self._lines.items():
            for number, line in enumerate(lines, 1):
                if squeezed := "".join(line.split()):
                    found.setdefault(squeezed, []).append((path, number))
        return found

    def _at(self, places: Iterable[tuple[str, int]]) -> tuple[Location, ...]:
        rows = [Location(self._kernel.version, path, line) for path, line in dict.fromkeys(places)]
        return tuple(rows[:_MOST])

    def mention(self, claim: Claim) -> Verdict:
        """Whether a name stands at a line."""
        defined, used = self._spots.get(claim.name, ([], []))
        meant = used if claim.call else [*defined, *used]
        here = [spot for spot in meant or self._words(claim) if claim.path in ("", spot[0])]
        if exact := [spot for spot in here if spot[1] == claim.line]:
            return Verdict(Outcome.EXACT, self._at(exact))
        if self._said_at(claim):
            return Verdict(Outcome.EXACT, self._at([(claim.path, claim.line)]))
        if moved := here or meant:
            return Verdict(Outcome.MOVED, self._at(moved))
        what = "nothing read says" if self._lines else "no function read is, calls or stores"
        return Verdict(Outcome.MISSING, (), f"{what} {claim.name.lstrip('.')}")

    def _words(self, claim: Claim) -> list[tuple[str, int]]:
        """The lines of the text that a name no fact is about stands on."""
        wanted = re.compile(rf"\b{re.escape(claim.name.lstrip('.'))}\b")
        rows = ((path, number, line) for path, lines in self._lines.items() for number, line in enumerate(lines, 1))
        return [(path, number) for path, number, line in rows if wanted.search(line)]

    def _said_at(self, claim: Claim) -> bool:
        lines = self._lines.get(claim.path, [])
        line = lines[claim.line - 1] if 0 < claim.line <= len(lines) else ""
        return not claim.call and re.search(rf"\b{re.escape(claim.name.lstrip('.'))}\b", line) is not None

    def quote(self, claim: Claim) -> Verdict:
        """Whether lines stand in a file, blanks and empty lines aside."""
        wanted = [squeezed for line in claim.code if (squeezed := "".join(line.split()))]
        starts = self._index.get(wanted[0], []) if wanted else []
        whole = [(path, at) for path, at in starts if self._follow(path, at, wanted)]
        if whole:
            here = [(path, at) for path, at in whole if claim.path in ("", path)] or whole
            exact = [spot for spot in here if not claim.line or _is_there(spot, claim)]
            return Verdict(Outcome.EXACT if exact else Outcome.MOVED, self._at(exact or here))
        if any(facts.path not in self._lines and claim.path in ("", facts.path) for facts in self._kernel.facts):
            return Verdict(Outcome.UNREAD, (), f"no text at hand; `explorer fetch {self._kernel.version}` brings it")
        return self._nearest(wanted, claim.code)

    def _follow(self, path: str, at: int, wanted: Sequence[str]) -> bool:
        """Whether the lines from `at` on are those, empty ones aside."""
        rows = ("".join(line.split()) for line in self._lines[path][at - 1 : at + 2 * len(wanted) + 8])
        return [row for row in rows if row][: len(wanted)] == [*wanted]

    def _nearest(self, wanted: Sequence[str], code: Sequence[str]) -> Verdict:
        """The place most of a quote's lines stand near, and the first line that is another there."""
        votes: Counter[tuple[str, int]] = Counter()
        for offset, line in enumerate(wanted):
            spots = self._index.get(line, [])
            for path, number in spots if len(spots) <= _COMMON else []:
                votes[path, (number - offset) // 8] += len(line)
        if not votes:
            return Verdict(Outcome.MISSING)
        (path, at), weight = votes.most_common(1)[0]
        if weight < _LIKE * sum(map(len, wanted)):
            return Verdict(Outcome.MISSING)
        first = max(at * 8, 1)
        near = {"".join(line.split()) for line in self._lines[path][first - 1 : first + len(wanted) + 16]}
        other = next((line.strip() for line in code if "".join(line.split()) not in near | {""}), "")
        remark = f"not there: {other[:80]}" if other else "in another order, or with other lines between"
        return Verdict(Outcome.CHANGED, self._at(self._first_of(wanted, path, first)), remark)

    def _first_of(self, wanted: Sequence[str], path: str, first: int) -> Iterator[tuple[str, int]]:
        """The first line from `first` on that the quote has, too."""
        lines = self._lines[path][first - 1 : first + len(wanted) + 16]
        numbers = (number for number, line in enumerate(lines, first) if "".join(line.split()) in wanted)
        yield path, next(numbers, first)


def _uses(facts: FileFacts) -> Iterator[tuple[str, int]]:
    for site in facts.sites:
        yield (f".{site.target.rpartition('.')[2]}" if site.kind == "member" else site.target), site.line
        yield from ((name, site.line) for name in site.hints)
    for store in facts.stores:
        yield store.value, store.line


def _is_there(spot: tuple[str, int], claim: Claim) -> bool:
    """Whether the line that is claimed is one of a quote's."""
    return claim.path in ("", spot[0]) and spot[1] <= claim.line < spot[1] + len(claim.code)
