"""The statements of a function, each up to its body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from explorer.syntax.dialect import COMMENT, STRING
from explorer.syntax.unit import FunctionNode, Unit

__all__ = ["Statement", "squeeze", "statements"]

_COMMENT_OR_BLANK = re.compile(
    rf"({STRING.decode()})|{COMMENT.decode()}|^[ \t]*#(?:\\\n|[^\n])*+|[^\S\n]+|\n", re.S | re.M
)
_BODIES = {
    "if_statement": "consequence",
    "while_statement": "body",
    "for_statement": "body",
    "switch_statement": "body",
    "do_statement": "body",
}


_SIMPLE = frozenset(("expression_statement", "declaration", "return_statement", "goto_statement"))


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement without its body: its text less blanks and comments, and its first and last line.

    `within` are the statements it stands in the body of, outermost first; the other arm of `if(x)` is `if(x)else`.
    """

    text: str
    first: int
    last: int
    conditions: tuple[str, ...]
    within: tuple[str, ...] = ()


def statements(unit: Unit, function: FunctionNode) -> tuple[Statement, ...]:
    """The statements of a function in the order of the text, declarations and labels among them."""
    return tuple(_statements(unit, function.node.child_by_field_name("body")))


def squeeze(text: str) -> str:
    """C text without blanks, comments and preprocessor lines; strings stay as they are."""
    return _COMMENT_OR_BLANK.sub(lambda found: found[1] or "", text)


def _statements(unit: Unit, block: Any) -> Iterator[Statement]:
    pending: list[tuple[Any, tuple[str, ...]]] = [(block, ())] if block is not None else []
    while pending:
        node, within = pending.pop()
        if node.type.endswith("_statement") or node.type == "declaration":
            if (end := _head_end(node)) > node.start_byte:
                statement = _statement(unit, node.start_byte, end, within)
                yield statement
                within = (*within, statement.text)
        elif node.type == "else_clause":
            within = (*within[:-1], within[-1] + "else")
        if not _is_closed(unit, node):
            pending.extend((child, within) for child in reversed(node.named_children))


def _is_closed(unit: Unit, node: Any) -> bool:
    """Whether a node has no statement in it: an expression has one only in braces."""
    simple = node.type in _SIMPLE or node.type.endswith("_expression")
    return simple and b"{" not in unit.code[node.start_byte : node.end_byte]


def _head_end(node: Any) -> int:
    if node.type == "compound_statement":
        return int(node.start_byte)
    if node.type in _BODIES:
        body = node.child_by_field_name(_BODIES[node.type])
        return int(body.start_byte if body is not None else node.end_byte)
    if node.type in ("case_statement", "labeled_statement"):
        return int(next((child.end_byte for child in node.children if child.type == ":"), node.end_byte))
    return int(node.end_byte)


def _statement(unit: Unit, start: int, end: int, within: tuple[str, ...]) -> Statement:
    raw = unit.text[start:end].rstrip()
    return Statement(
        squeeze(raw.decode("latin-1")).removesuffix(";"),
        unit.line(start),
        unit.line(start + len(raw) - 1),
        unit.conditions.at(start),
        within,
    )
