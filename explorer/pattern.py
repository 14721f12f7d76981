"""Lazy patterns, in perf-probe's notation: ``FUNC@SRC;PATTERN`` names one statement.

Blanks and comments are ignored, ``*`` stands for anything, and the pattern covers the whole statement up to its body.
``?`` and ``[ ]`` are C here and stand for themselves. Two statements that read alike are told apart by what they stand
in: `within` covers an enclosing statement (``if (x)``, or ``if (x) else`` for its other arm), `under` is an #if arm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from explorer.errors import PatternError
from explorer.syntax.statements import Statement, squeeze, statements
from explorer.syntax.unit import Unit

__all__ = ["Pattern"]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A place in the kernel's text: a function, perhaps its file, and a statement in it."""

    function: str
    path: str
    match: str
    within: str = ""
    under: str = ""

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Read ``packet_rcv@net/packet/af_packet.c;res = run_filter*``; the file may be left out."""
        place, separator, match = text.partition(";")
        function, _, path = place.strip().partition("@")
        if not separator or not match.strip() or not function.isidentifier():
            raise PatternError(
                f"not a lazy pattern: {text!r}; write FUNC;STATEMENT, for example 'packet_rcv;res = run_filter*'"
            )
        return cls(function, path, match.strip())

    def fits(self, statement: Statement) -> bool:
        """Whether the pattern covers the statement."""
        return (
            _wanted(self.match).fullmatch(statement.text) is not None
            and (not self.within or any(map(_wanted(self.within).fullmatch, statement.within)))
            and (not self.under or squeeze(self.under) in map(squeeze, statement.conditions))
        )

    def among(self, rows: Iterable[Statement]) -> tuple[Statement, ...]:
        """Those of some statements that the pattern covers."""
        begins = _begins(self.match)
        return tuple(row for row in rows if row.text.startswith(begins) and self.fits(row))

    def find(self, unit: Unit) -> list[tuple[int, Statement]]:
        """Every (index of the function, statement) of a parsed file that the pattern covers."""
        return [
            (index, statement)
            for index, function in enumerate(unit.functions)
            if function.definition.name == self.function
            for statement in self.among(statements(unit, function))
        ]

    def __str__(self) -> str:
        return f"{self.function}{'@' * bool(self.path)}{self.path};{self.match}"


@lru_cache(4096)
def _wanted(match: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in squeeze(match).removesuffix(";").split("*")), re.S)


@lru_cache(4096)
def _begins(match: str) -> str:
    """What every statement that a pattern covers begins with: most are told apart by it."""
    return squeeze(match).removesuffix(";").partition("*")[0]
