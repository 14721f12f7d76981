"""What a text claims: quotes of C in fences, and functions and call sites at a file and line.

A claim takes the version and the file that were last spoken of. A place that names nothing but a line claims nothing.
A notebook's cells of code are read for their comments and strings alone (cells.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from explorer.errors import SourceError, VersionError
from explorer.quotes.cells import cells
from explorer.sources.open import path_files
from explorer.sources.values import LIMIT, too_large
from explorer.version import Version

__all__ = ["Claim", "read_claims"]

_MOST = 2000  # claims of one file
_LONGEST = 2000  # characters of a line that are looked at
_QUOTED = 400  # lines of one quote
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})\s*([\w+-]*)", re.ASCII)
_NUMBERED = re.compile(r"\s*(\d{1,6})[:|]?(?:[ \t](.*))?")
_CUT = re.compile(r"\s*(?:/\*)?\s*(?:\.\.\.+|…)\s*(?:\*/)?\s*")
_VERSION = re.compile(
    r"(?:(?<![\w.])[vV]|(?<![A-Za-z])(?:[Ll]inux|[Kk]ernel|内核)[-+ /]{0,2}[vV]?)"
    r"(\d{1,2}(?:\.\d{1,3}){1,3}(?:-rc\d{1,2})?)"
)
_TOP = "net|drivers|include|kernel|lib|mm|fs|arch|block|init|ipc|security|sound|virt|crypto|tools"
_PLACE = re.compile(
    rf"((?:(?:{_TOP})/(?:[\w-]{{1,40}}/){{0,8}})?[\w-]{{1,40}}\.[chS])(?![\w/])(?:\?[\w=.;&%-]{{0,80}})?"
    r"(?:(?::|#L|#n|#|[`, (]{1,3}(?:at )?line |[`, ]{0,2}第 ?)(\d{1,6}))?",
    re.ASCII,
)
_AT = re.compile(r"(?:\bat (?:line )?|\bline |\bL|(?<=\w):|在第? ?|第 ?)(\d{2,6})(?!\w|\.\d)")
_CODE = re.compile(r"`([^`]{1,120})`|([A-Za-z_]\w*(?:(?:->|\.)\w+)*)(?=\()|\b([A-Za-z]\w*_\w+|__\w+)\b", re.ASCII)
_NAME = re.compile(r"((?:->|\.)?[A-Za-z_]\w*)\s*(?:\(|$)", re.ASCII)
_ITS_CALL = re.compile(r"\b(?:its|the) calls?\b[^.;]{0,20}$|(?:它的|其)调用[^。]{0,10}$")


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim: that `name` (a function, or `.member` of a pointer call) or the lines `code` stand at `line` of `path`.

    `where` is the line of the text that claims it; what the text leaves open is None, empty or 0. `call` where only a
    call is meant.
    """

    where: str
    version: Version | None
    path: str
    line: int
    name: str = ""
    call: bool = False
    code: tuple[str, ...] = ()


def read_claims(place: Path) -> tuple[Claim, ...]:
    """The claims of a Markdown file or a notebook; SourceError if it is too large or no text."""
    with place.open("rb") as file:
        raw = file.read(LIMIT + 1)
    if len(raw) > LIMIT:
        raise too_large(str(place), place.stat().st_size)
    try:
        text = raw.decode("utf-8")
        parts = cells(text, place.name) if place.suffix == ".ipynb" else [(place.name, text)]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise SourceError(f"{place} cannot be read as text: {error}") from error
    found = _Reader()
    for name, part in parts:
        found.read(name, part.splitlines())
    return tuple(found.claims[:_MOST])


class _Reader:
    """A text read from top to bottom; what was last spoken of is what is meant."""

    def __init__(self) -> None:
        self.claims: list[Claim] = []
        self._version: Version | None = None
        self._path = ""
        self._name = ""
        self._above = (0, 0)  # the line number a place was named in, and the line it names

    def read(self, name: str, lines: list[str]) -> None:
        number = 0
        while number < len(lines) and len(self.claims) < _MOST:
            line = lines[number][:_LONGEST]
            if fence := _FENCE.match(line):
                end = _closing(lines, number + 1, fence[1])
                self._fence(name, fence[2].lower(), number + 1, lines[number + 1 : end])
                number = end
            else:
                self._prose(f"{name}:{number + 1}", number, line)
            number += 1
        self._above = (0, 0)

    def _fence(self, name: str, language: str, first: int, lines: list[str]) -> None:
        if language not in ("c", "h", "cpp", "") or not (language or _looks_like_c(lines)):
            for number, line in enumerate(lines, first):
                self._prose(f"{name}:{number + 1}", number, line[:_LONGEST])
            return
        near, named = self._above
        at = named if near and first - near <= 3 else 0
        for offset, piece in _pieces(lines[:_QUOTED]):
            code, start = _unnumbered(piece)
            if len("".join("".join(code).split())) > 5:
                where = f"{name}:{first + offset + 1}"
                self.claims.append(Claim(where, self._version, self._path if at else "", start or at, code=code))
            at = 0

    def _prose(self, where: str, number: int, line: str) -> None:
        marks = _apart([*_PLACE.finditer(line), *_AT.finditer(line)])
        end = 0
        for mark, following in zip(marks, [*(each.start() for each in marks[1:]), len(line)], strict=False):
            self._speaks_of(line[end : mark.end()])
            place = mark.re is _PLACE
            if place:
                self._path = _tidy(mark[1])
            if at := int(mark[2 if place else 1] or 0):
                after = line[mark.end() : following] if place else ""
                self._claim(where, at, line[end : mark.start()], after)
                self._above = (number + 1, at)
            end = mark.end()
        self._speaks_of(line[end:])

    def _claim(self, where: str, line: int, before: str, after: str) -> None:
        call = _ITS_CALL.search(before) is not None
        name = self._name if call else _named(before, last=True) or _named(after, last=False)
        if name:
            self._name = name
            self.claims.append(Claim(where, self._version, self._path, line, name, call))

    def _speaks_of(self, text: str) -> None:
        for found in _VERSION.finditer(text):
            try:
                self._version = Version.parse(found[1])
            except VersionError:
                continue


def _apart(found: Iterable[re.Match[str]]) -> list[re.Match[str]]:
    """Matches in the order of the text, without those that another one covers."""
    kept: list[re.Match[str]] = []
    for mark in sorted(found, key=lambda each: (each.start(), -each.end())):
        if not kept or mark.start() >= kept[-1].end():
            kept.append(mark)
    return kept


def _closing(lines: list[str], start: int, fence: str) -> int:
    rows = (number for number in range(start, len(lines)) if lines[number].strip().startswith(fence))
    return next(rows, len(lines))


def _looks_like_c(lines: Iterable[str]) -> bool:
    return any(line.rstrip().endswith((";", "{")) for line in lines) and not any(
        line.startswith("$ ") for line in lines
    )


def _pieces(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """The parts of a quote between its ellipses, each with where it begins."""
    start = 0
    for number, line in enumerate([*lines, "..."]):
        if _CUT.fullmatch(line):
            if piece := lines[start:number]:
                yield start, piece
            start = number + 1


def _unnumbered(lines: list[str]) -> tuple[tuple[str, ...], int]:
    """The lines without the numbers some mirrors put before them, and the first of those numbers."""
    told = [(line, _NUMBERED.fullmatch(line)) for line in lines if line.strip()]
    numbers = [int(found[1]) for _, found in told if found]
    if len(numbers) == len(told) and numbers == sorted(set(numbers)) and numbers:
        return tuple(found[2] or "" for _, found in told if found), numbers[0]
    return tuple(line for line, _ in told), 0


def _named(text: str, last: bool) -> str:
    """The function, or member of a pointer call, that a text names nearest to its end, or to its beginning."""
    found = [found[1] or found[2] or found[3] for found in _CODE.finditer(text)]
    for words in reversed(found) if last else found:
        if name := _NAME.search(words.replace("->", ".")):
            return name[1]
    return ""


def _tidy(path: str) -> str:
    """The path in the kernel's tree that a text means, where it names a file by its last part only."""
    known = [each for each in path_files() if each.endswith(f"/{path}")] if "/" not in path else []
    return known[0] if len(known) == 1 else path
