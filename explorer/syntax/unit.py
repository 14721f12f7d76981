"""One parsed file: its tree, its functions, its lines."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from explorer.syntax.conditions import Conditions
from explorer.syntax.dialect import Prepared, prepare
from explorer.syntax.values import Definition

__all__ = ["FunctionNode", "Unit", "named"]

# Every node type the analysis asks for, in one pass over the tree.
_QUERY = """
(function_definition) @function
(call_expression) @call
(assignment_expression left: (field_expression)) @assignment
(struct_specifier name: (type_identifier) body: (field_declaration_list)) @struct
(translation_unit (declaration) @global)
(while_statement) @while
(ERROR) @error
(MISSING) @error
"""


@cache
def _language() -> Any:
    import tree_sitter
    import tree_sitter_c

    return tree_sitter.Language(tree_sitter_c.language())


@cache
def _query(pattern: str) -> Any:
    from tree_sitter import Query

    return Query(_language(), pattern)


@dataclass(frozen=True, slots=True)
class FunctionNode:
    """A function's definition and its node."""

    definition: Definition
    node: Any
    start: int
    end: int


class Unit:
    """A file of C made ready to be asked; offsets and lines are those of `text`."""

    def __init__(self, text: bytes) -> None:
        from tree_sitter import Parser, QueryCursor

        self.text = text
        self.prepared: Prepared = prepare(text)
        self.code = self.prepared.code
        self.conditions = Conditions(self.prepared.directives)
        self.tree = Parser(_language()).parse(self.code)
        self.nodes: dict[str, list[Any]] = QueryCursor(_query(_QUERY)).captures(self.tree.root_node)
        self.errors = len(self.nodes.get("error", ()))

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        find = self.text.find
        while (at := find(b"\n", starts[-1])) >= 0:
            starts.append(at + 1)
        return starts

    def line(self, offset: int) -> int:
        """The line, from 1, of a byte offset."""
        return bisect_right(self._line_starts, offset)

    def of(self, node: Any) -> str:
        """The text of a node as the grammar saw it."""
        return self.code[node.start_byte : node.end_byte].decode("latin-1")

    def find(self, node: Any, *types: str) -> list[Any]:
        """The nodes of the given types below a node, in the order of the text."""
        from tree_sitter import QueryCursor

        pattern = " ".join(f"({kind}) @found" for kind in types)
        found = QueryCursor(_query(pattern)).captures(node).get("found", [])
        return sorted(found, key=lambda node: node.start_byte)

    @cached_property
    def functions(self) -> tuple[FunctionNode, ...]:
        """The functions in the order of the file; what a parse error nested in another one is not one."""
        return tuple(self._functions())

    def _functions(self) -> Iterator[FunctionNode]:
        end = 0
        for node in sorted(self.nodes.get("function", ()), key=lambda node: node.start_byte):
            if node.start_byte < end or not (name := self._name(node)):
                continue
            end = node.end_byte
            text, offset = name
            head = self.code[node.start_byte : offset].split()
            words = [word for word in (b"static", b"extern") if word in head]
            inline = any(word in head for word in (b"inline", b"__inline__", b"__inline"))
            definition = Definition(
                text,
                "function",
                self.line(offset),
                self.line(node.start_byte),
                self.line(node.end_byte - 1),
                " ".join([word.decode() for word in words] + ["inline"] * inline) or "global",
                _struct_of(self.code[node.start_byte : offset]),
                self.conditions.at(node.start_byte),
            )
            yield FunctionNode(definition, node, node.start_byte, end)

    def _name(self, node: Any) -> tuple[str, int] | None:
        declarator = node.child_by_field_name("declarator")
        found = named(declarator) if declarator is not None else None
        if found is None or not _is_function(declarator):
            return None
        offset = found.start_byte
        return self.prepared.names.get(offset) or self.of(found), offset

    @cached_property
    def _starts(self) -> list[int]:
        return [function.start for function in self.functions]

    def enclosing(self, offset: int) -> int:
        """The index of the function an offset stands in, -1 if in none."""
        index = bisect_right(self._starts, offset) - 1
        return index if index >= 0 and offset < self.functions[index].end else -1


def named(declarator: Any) -> Any | None:
    """The identifier that a declarator declares, `*(*name[3])(int)` down to name."""
    node = declarator
    while node is not None and node.type not in ("identifier", "field_identifier", "type_identifier"):
        inner = node.child_by_field_name("declarator")
        node = inner if inner is not None else (node.named_child(0) if node.type == "parenthesized_declarator" else None)
    return node


def _is_function(declarator: Any) -> bool:
    node = declarator
    while node is not None and node.type == "pointer_declarator":
        node = node.child_by_field_name("declarator")
    return node is not None and node.type == "function_declarator"


def _struct_of(head: bytes) -> str:
    """The struct in `static inline struct list_head *ptype_head`, empty for any other type."""
    words = head.replace(b"*", b" ").split()
    return words[words.index(b"struct") + 1].decode("latin-1") if b"struct" in words[:-1] else ""
