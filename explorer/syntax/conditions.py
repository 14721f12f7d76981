"""The #if conditions that stand around each line, outermost first."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import chain, islice

from explorer.syntax.dialect import LEVELS, Directive

__all__ = ["Conditions"]

_DEFINED = re.compile(r"defined\s*\(?\s*(\w+)\s*\)?")
_NAME = re.compile(r"\w+(?:\(\w+\))?")


class Conditions:
    """Which #if arms an offset stands in.

    `CONFIG_X` is ``#ifdef CONFIG_X``, `!CONFIG_X` its #else or an ``#ifndef``, any other expression stands as written.
    """

    def __init__(self, directives: Sequence[Directive]) -> None:
        self._offsets: list[int] = [0]
        self._arms: list[tuple[str, ...]] = [()]
        stack: list[list[str]] = []
        guard = _include_guard(directives)
        for line in directives:
            if line.word in ("if", "ifdef", "ifndef"):
                stack.append([] if line is guard else [_condition(line)])
            elif line.word in ("elif", "else") and stack and stack[-1]:
                stack[-1][-1] = _negated(stack[-1][-1])
                if line.word == "elif":
                    stack[-1].append(_condition(line))
            elif line.word == "endif" and stack:
                stack.pop()
            else:
                continue
            if len(stack) > LEVELS:
                continue
            self._offsets.append(line.offset)
            self._arms.append(tuple(islice(chain.from_iterable(stack), LEVELS)))

    def at(self, offset: int) -> tuple[str, ...]:
        """The conditions at a byte offset of the file."""
        return self._arms[bisect_right(self._offsets, offset) - 1]


def _include_guard(directives: Sequence[Directive]) -> Directive | None:
    if len(directives) < 2 or directives[0].word != "ifndef" or directives[1].word != "define":
        return None
    return directives[0] if directives[1].text.split()[:1] == [directives[0].text] else None


def _condition(line: Directive) -> str:
    text = " ".join(line.text.replace("\\\n", " ").split())
    if line.word in ("if", "elif"):
        alone = _DEFINED.fullmatch(text.lstrip("!"))
        return "!" * text.startswith("!") + alone[1] if alone else text
    return "!" * (line.word == "ifndef") + text


def _negated(condition: str) -> str:
    if condition.startswith("!") and _NAME.fullmatch(condition[1:]):
        return condition[1:]
    return "!" + condition if _NAME.fullmatch(condition) else f"!({condition})"
