"""One parsed file: its tree, its functions, its lines."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate
from operator import attrgetter
from typing import Any

from explorer.syntax.conditions import Conditions
from explorer.syntax.dialect import Prepared, prepare
from explorer.syntax.values import Definition

__all__ = ["FunctionNode", "Unit", "is_pointer_to_function", "named"]

# Every node type the analysis asks for, in one pass over the tree.
_QUERY = """
(function_definition) @function
(call_expression) @call
(assignment_expression left: (field_expression) operator: "=") @assignment
(declaration declarator: (init_declarator value: (initializer_list))) @initialised
(compound_literal_expression) @literal
(struct_specifier name: (type_identifier) body: (field_declaration_list)) @struct
(translation_unit (declaration) @global)
(while_statement) @while
(ERROR) @error
(MISSING) @error
"""
_DEEPEST = 1000  # nodes in nodes; a query of a tree with over 65535 does not end
_place = attrgetter("byte_range")


@cache
def _language() -> Any:
    import tree_sitter
    import tree_sitter_c

    return tree_sitter.Language(tree_sitter_c.language())


@cache
def _query(pattern: str) -> Any:
    from tree_sitter import Query

    return Query(_language(), pattern)


def _captures(node: Any, pattern: str) -> dict[str, list[Any]]:
    """The nodes a query captures, by name, in the order of the text: tree-sitter's own order varies."""
    from tree_sitter import QueryCursor

    cursor = QueryCursor(_query(pattern))
    cursor.set_max_start_depth(_DEEPEST)
    return {name: sorted(nodes, key=_place) for name, nodes in cursor.captures(node).items()}


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
        from tree_sitter import Parser

        self.text = text
        self.prepared: Prepared = prepare(text)
        self.code = self.prepared.code
        self.conditions = Conditions(self.prepared.directives)
        self.tree = Parser(_language()).parse(self.code)
        self.nodes: dict[str, list[Any]] = _captures(self.tree.root_node, _QUERY)
        self.errors = len(self.nodes.get("error", ())) + (not self.prepared.is_c)

    @cached_property
    def _line_starts(self) -> list[int]:
        return list(accumulate((len(line) + 1 for line in self.text.split(b"\n")), initial=0))

    def line(self, offset: int) -> int:
        """The line, from 1, of a byte offset."""
        return bisect_right(self._line_starts, offset)

    def of(self, node: Any) -> str:
        """The text of a node as the grammar saw it."""
        return self.code[node.start_byte : node.end_byte].decode("latin-1")

    def find(self, node: Any, *types: str) -> list[Any]:
        """The nodes of the given types below a node, in the order of the text."""
        pattern = " ".join(f"({kind}) @found" for kind in types)
        return _captures(node, pattern).get("found", [])

    @cached_property
    def calls(self) -> tuple[tuple[str, Any], ...]:
        """The call expressions, each with the name it calls, empty if it calls an expression."""
        nodes = self.nodes.get("call", [])
        functions = [node.child_by_field_name("function") for node in nodes]
        names = [self.of(function) if function.type == "identifier" else "" for function in functions]
        return tuple(zip(names, nodes, strict=True))

    @cached_property
    def list_heads(self) -> tuple[tuple[str, int], ...]:
        """The lists that LIST_HEAD(name); declares, and where."""
        calls = [call for name, call in self.calls if name.endswith("LIST_HEAD")]
        names = [call.child_by_field_name("arguments").named_child(0) for call in calls]
        return tuple((self.of(name), call.start_byte) for name, call in zip(names, calls, strict=True) if name)

    @cached_property
    def functions(self) -> tuple[FunctionNode, ...]:
        """The functions in the order of the file; what a parse error nested in another one is not one."""
        return tuple(self._functions())

    def _functions(self) -> Iterator[FunctionNode]:
        end = 0
        for node in self.nodes.get("function", ()):
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
        node = (
            inner if inner is not None else (node.named_child(0) if node.type == "parenthesized_declarator" else None)
        )
    return node


def is_pointer_to_function(declarator: Any) -> bool:
    """Whether a declarator is `(*name)(...)`, perhaps with a value."""
    if declarator.type == "init_declarator":
        declarator = declarator.child_by_field_name("declarator")
    inner = declarator.child_by_field_name("declarator")
    return declarator.type == "function_declarator" and inner is not None and inner.type == "parenthesized_declarator"


def _is_function(declarator: Any) -> bool:
    node = declarator
    while node is not None and node.type == "pointer_declarator":
        node = node.child_by_field_name("declarator")
    return node is not None and node.type == "function_declarator"


def _struct_of(head: bytes) -> str:
    """The struct in `static inline struct list_head *ptype_head`, empty for any other type."""
    words = head.replace(b"*", b" ").split()
    return words[words.index(b"struct") + 1].decode("latin-1") if b"struct" in words[:-1] else ""
