"""A notebook's cells as Markdown, line for line: prose as it stands, of code what is in its comments and strings."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Sequence

__all__ = ["cells"]

_SPOKEN = re.compile(
    r"""(?P<quotes>\"\"\"|''')(?P<long>(?:\\.|.)*?)(?:(?P=quotes)|\Z)"""
    r"""|(?P<f>\b[rR]?[fF][rR]?)?(?P<quote>["'])(?P<short>(?:\\.|(?!(?P=quote))[^\n])*?)(?:(?P=quote)|$)"""
    r"""|\#(?P<comment>[^\n]*)""",
    re.DOTALL | re.MULTILINE,
)
_FIELD = re.compile(r"\{[^{}]*\}")
_PROSE = re.compile(r"%%(?:markdown|md|latex|html)\b|%%(?:write)?file\s+\S+\.(?:md|rst|txt)\s*$", re.MULTILINE)
_C = (";", "{", "}")


def cells(text: str, name: str) -> list[tuple[str, str]]:
    """The cells of a notebook that may claim something, each with what to call it; ValueError and such if none."""
    found = enumerate(json.loads(text)["cells"], 1)
    return [(f"{name}, cell {number}", _read(cell["cell_type"], "".join(cell["source"]))) for number, cell in found]


def _read(kind: str, source: str) -> str:
    return _spoken(source) if kind == "code" and not _PROSE.match(source) else source


def _spoken(source: str) -> str:
    """Comments and strings on the lines they stand on, the rest blank."""
    lines = [""] * (source.count("\n") + 1)
    for found in _SPOKEN.finditer(source):
        first = source.count("\n", 0, found.start())
        short = _FIELD.sub("", found["short"] or "") if found["f"] else found["short"]
        said = found["long"] or short or (found["comment"] or "").removeprefix(" ")
        for number, line in enumerate(_fenced(_dedented(said.split("\n"))), first):
            lines[number] = f"{lines[number]} {line}" if lines[number] else line
    return "\n".join(lines)


def _dedented(said: Sequence[str]) -> list[str]:
    """A string's lines without the margin of the code it stands in."""
    return [said[0].lstrip(), *textwrap.dedent("\n".join(said[1:])).split("\n")] if len(said) > 1 else [*said]


def _fenced(said: list[str]) -> Iterable[str]:
    """A string's lines; where it is C and nothing else, its first and last, which are empty, become fences."""
    inner = [line.rstrip() for line in said[1:-1] if line.strip()]
    c = sum(line.endswith(_C) for line in inner) * 2 > len(inner) and not said[0].strip() and not said[-1].strip()
    return ("```c", *said[1:-1], "```") if c else said
