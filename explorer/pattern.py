"""Lazy patterns, in perf-probe's notation: ``FUNC@SRC;PATTERN`` names one statement.

Blanks and comments are ignored, ``*`` stands for anything, and the pattern covers the whole statement up to its body.
``?`` and ``[ ]`` are C here and stand for themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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
        wanted = ".*".join(re.escape(part) for part in squeeze(self.match).removesuffix(";").split("*"))
        return re.fullmatch(wanted, statement.text, re.S) is not None

    def find(self, unit: Unit) -> list[tuple[int, Statement]]:
        """Every (index of the function, statement) of a parsed file that the pattern covers."""
        return [
            (index, statement)
            for index, function in enumerate(unit.functions)
            if function.definition.name == self.function
            for statement in statements(unit, function)
            if self.fits(statement)
        ]

    def __str__(self) -> str:
        return f"{self.function}{'@' * bool(self.path)}{self.path};{self.match}"
