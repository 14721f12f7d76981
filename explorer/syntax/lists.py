"""Lists that carry pointers: which list a function walks, and on which list it puts an element.

A list head is followed through locals, through the parameters of a function of the same file, and through what such a
function returns; so `deliver_ptype_list_skb(..., &ptype_base[...])` and `ptype_head(pt)` say which list is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from explorer.syntax.expressions import Scopes, alternatives, argument, callee
from explorer.syntax.unit import Unit
from explorer.syntax.values import Head, ListUse

__all__ = ["Lists"]

_ADD = re.compile(r"(?:__)?h?list_(?:bl_)?add(?:_\w+)?")
_WALK = re.compile(r"h?list_for_each_entry\w*")
_GUARD = re.compile(r"(\w+)\s*([!=])=\s*(?:\w+\()?\s*([A-Z][A-Z0-9_]{2,})")


class Lists:
    """The list uses of a parsed file, for elements of the structs named."""

    def __init__(self, unit: Unit, scopes: Scopes, elements: frozenset[str]) -> None:
        self._unit = unit
        self._elements = elements
        self._scopes = scopes
        self._index = {function.definition.name: index for index, function in enumerate(unit.functions)}

    def __iter__(self) -> Iterator[ListUse]:
        loops = {offset: name for offset, name in self._unit.prepared.macros if _WALK.fullmatch(name)}
        for node in self._unit.nodes.get("while", ()):
            if node.start_byte in loops and (use := self._walk(node)):
                yield use
        for name, call in self._unit.calls:
            if _ADD.fullmatch(name) and (use := self._add(call)):
                yield use

    def _walk(self, node: Any) -> ListUse | None:
        index = self._unit.enclosing(node.start_byte)
        arguments = _listed(node.child_by_field_name("condition"))
        if index < 0 or len(arguments) < 2:
            return None
        return self._use(index, node, "walk", self._scopes[index].path(arguments[0]), arguments[1])

    def _add(self, call: Any) -> ListUse | None:
        index = self._unit.enclosing(call.start_byte)
        new, head = argument(call, 0), argument(call, 1)
        if index < 0 or new is None or head is None:
            return None
        return self._use(index, call, "add", self._scopes[index].path(new).partition(".")[0], head)

    def _use(self, index: int, node: Any, role: str, element: str, head: Any) -> ListUse | None:
        if element not in self._elements:
            return None
        heads = tuple(dict.fromkeys(self._heads(index, head)))
        return ListUse(index, self._unit.line(node.start_byte), role, element, heads) if heads else None

    def _heads(self, index: int, head: Any) -> Iterator[Head]:
        """The list heads an expression in function `index` may be."""
        pending = [(index, head)]
        followed: set[tuple[int, str]] = set()
        while pending:
            index, node = pending.pop()
            arms = [(index, arm) for arm in alternatives(node)]
            if arms != [(index, node)]:
                pending.extend(reversed(arms))
                continue
            scope = self._scopes[index]
            source = self._index.get(callee(self._unit, node), -1), ""
            if node.type == "identifier" and self._unit.of(node) in scope.types:
                source = index, self._unit.of(node)
            if source[0] >= 0:
                if source not in followed:
                    followed.add(source)
                    pending.extend(reversed(list(self._sources(*source))))
            elif node.type != "call_expression" and (path := scope.path(node)) not in ("", "=NULL", "=false"):
                yield Head(path, _guard(self._unit, node, self._unit.functions[index].node))

    def _sources(self, index: int, name: str) -> Iterator[tuple[int, Any]]:
        """What a local or a parameter of a function holds; without a name, what the function returns."""
        scope = self._scopes[index]
        function = self._unit.functions[index]
        if not name:
            for statement in self._unit.find(function.node, "return_statement"):
                if statement.named_child_count:
                    yield index, statement.named_child(0)
        for node in scope.assigned(name):
            yield index, node
        if name in scope.parameters:
            position = scope.parameters.index(name)
            for caller, call in self._callers(function.definition.name):
                if (given := argument(call, position)) is not None:
                    yield caller, given

    def _callers(self, name: str) -> Iterable[tuple[int, Any]]:
        for called, call in self._unit.calls:
            if called == name and (index := self._unit.enclosing(call.start_byte)) >= 0:
                yield index, call


def _listed(condition: Any) -> list[Any]:
    """The arguments of a loop macro, which the grammar saw as `while (a, b, c)`."""
    found: list[Any] = []
    node = condition.named_child(0) if condition is not None and condition.named_child_count else None
    while node is not None and node.type == "comma_expression":
        found.append(node.child_by_field_name("left"))
        node = node.child_by_field_name("right")
    return found if node is None else [*found, node]


def _guard(unit: Unit, node: Any, top: Any) -> tuple[str, str, bool] | None:
    """The test of a member against a constant under which an expression is reached, `pt->type == htons(ETH_P_ALL)`."""
    child = node
    while child is not None and child.id != top.id:
        parent = child.parent
        if parent is not None and parent.type == "if_statement" and (test := _tested(unit, parent)):
            if child.id == _id(parent.child_by_field_name("consequence")):
                return test
            if child.id == _id(parent.child_by_field_name("alternative")):
                return test[0], test[1], not test[2]
        if parent is not None and parent.type == "compound_statement":
            for sibling in parent.named_children:
                if (
                    sibling.start_byte < child.start_byte
                    and sibling.type == "if_statement"
                    and _leaves(sibling)
                    and (test := _tested(unit, sibling))
                ):
                    return test[0], test[1], not test[2]
        child = parent
    return None


def _id(node: Any) -> int:
    return -1 if node is None else node.id


def _tested(unit: Unit, statement: Any) -> tuple[str, str, bool] | None:
    found = _GUARD.search(unit.of(statement.child_by_field_name("condition")))
    return (found[1], found[3], found[2] == "=") if found else None


def _leaves(statement: Any) -> bool:
    """Whether the body of an if without else always leaves the function."""
    body = statement.child_by_field_name("consequence")
    if body is not None and body.type == "compound_statement" and body.named_child_count:
        body = body.named_children[-1]
    return (
        body is not None
        and body.type in ("return_statement", "goto_statement")
        and statement.child_by_field_name("alternative") is None
    )
