"""Call sites: by name, through a member, through a local that came from one, in the body of a macro."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from explorer.syntax.dialect import Directive
from explorer.syntax.expressions import Scopes, alternatives, argument
from explorer.syntax.unit import Unit
from explorer.syntax.values import Definition, Site

__all__ = ["Calls", "macros"]

_NOT_CALLS = frozenset("typeof __typeof__ __typeof defined asm __asm__ __attribute__ if while for switch return sizeof _Static_assert".split())
_DEFINE = re.compile(r"(\w+)\(([^)]*)\)")
_USE = re.compile(r"(?<![\w.>])([A-Za-z_]\w*)\s*\(")
_COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.S)
# What stands where a variable is declared: `rx_handler_func_t *rx_handler;`, `int (*okfn)(...)`.
_DECLARED = re.compile(rb"(?:\w[ \t]+\**|\(\*)([A-Za-z_]\w*)(?=\)?[ \t]*[;=,)(])")


class Calls:
    """The call sites of a parsed file."""

    def __init__(self, unit: Unit, scopes: Scopes) -> None:
        self._unit = unit
        self._scopes = scopes
        self._defined = {function.definition.name for function in unit.functions}

    def __iter__(self) -> Iterator[Site]:
        yield from self._of_functions()
        for offset, name in self._unit.prepared.macros:
            if (caller := self._unit.enclosing(offset)) >= 0:
                yield self._site(caller, offset, "call", name)

    def _of_functions(self) -> Iterator[Site]:
        unit = self._unit
        variables = {found[1].decode("latin-1") for found in _DECLARED.finditer(unit.code)} - self._defined
        for call in sorted(unit.nodes.get("call", ()), key=lambda node: node.start_byte):
            function = call.child_by_field_name("function")
            offset = function.start_byte
            caller = unit.enclosing(offset)
            if caller < 0:
                continue
            if function.type == "identifier":
                name = unit.of(function)
                if name in variables and name in self._scopes[caller].types:
                    yield from self._through_local(caller, offset, name)
                elif name.startswith("INDIRECT_CALL_"):
                    yield from self._indirect(caller, call, name)
                elif name not in _NOT_CALLS:
                    yield self._site(caller, offset, "call", name)
            else:
                yield from self._through(caller, function)

    def _site(self, caller: int, offset: int, kind: str, target: str, hints: tuple[str, ...] = ()) -> Site:
        return Site(caller, self._unit.line(offset), kind, target, hints, self._unit.conditions.at(offset))

    def _through(self, caller: int, node: Any, hints: tuple[str, ...] = ()) -> Iterator[Site]:
        """A call of an expression: `a->b(...)`, `(*fn)(...)`, `READ_ONCE(po->xmit)(skb)`."""
        while node.type in ("parenthesized_expression", "pointer_expression"):
            node = node.child_by_field_name("argument") or node.named_child(0)
        if node.type == "identifier":
            yield from self._through_local(caller, node.start_byte, self._unit.of(node), hints)
            return
        if node.type == "call_expression":
            first = argument(node, 0)
            if first is None or first.type != "field_expression":
                return  # guard(rcu)(): the inner call is listed by itself
            node = first
        path = self._scopes[caller].path(node)
        field = node.child_by_field_name("field") or node
        yield self._site(caller, field.start_byte, "member" if "." in path else "unknown", path or self._unit.of(node), hints)

    def _through_local(self, caller: int, offset: int, name: str, hints: tuple[str, ...] = ()) -> Iterator[Site]:
        scope = self._scopes[caller]
        if name not in scope.types:  # (fn)(...) of a function or a global pointer
            yield self._site(caller, offset, "call", name, hints)
            return
        found = set()
        for node in scope.assigned(name):
            path = scope.path(node)
            if node.type in ("identifier", "pointer_expression") and path.startswith("=") and "." not in path:
                found.add(("address", path[1:]))
            elif "." in path:
                found.add(("member", path))
        for kind, target in sorted(found) or [("unknown", name)]:
            yield self._site(caller, offset, kind, target, hints)

    def _indirect(self, caller: int, call: Any, name: str) -> Iterator[Site]:
        """INDIRECT_CALL_INET(pt_prev->func, ipv6_rcv, ip_rcv, skb) calls the pointer, and names likely targets."""
        yield self._site(caller, call.start_byte, "call", name)
        number = 1 if name.endswith("_1") else int(name[-1]) if name[-1].isdigit() else 2
        rows = [argument(call, index) for index in range(number + 1)]
        hints = [self._unit.of(row) for row in rows[1:] if row is not None and row.type == "identifier"]
        for node in alternatives(rows[0]) if rows[0] is not None else ():
            yield from self._through(caller, node, tuple(hints))


def macros(unit: Unit, first_index: int) -> tuple[list[Definition], list[Site]]:
    """The function-like macros a file defines and what their bodies call; indices count on from `first_index`."""
    definitions: list[Definition] = []
    sites: list[Site] = []
    for line in unit.prepared.directives:
        head = _DEFINE.match(line.text) if line.word == "define" else None
        if head is None:
            continue
        conditions = unit.conditions.at(line.offset)
        at, last = unit.line(line.offset), unit.line(line.end)
        sites += _uses(unit, line, head, first_index + len(definitions), conditions)
        definitions.append(Definition(head[1], "macro", at, at, last, "", "", conditions))
    return definitions, sites


def _uses(unit: Unit, line: Directive, head: re.Match[str], caller: int, conditions: tuple[str, ...]) -> Iterator[Site]:
    body = _COMMENT_OR_STRING.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), line.text)
    parameters = {name.strip(" .\\\n\t") for name in head[2].split(",")}
    top = unit.line(line.offset)
    for use in _USE.finditer(body, head.end()):
        if use[1] not in parameters and use[1] not in _NOT_CALLS and use[1] != head[1]:
            yield Site(caller, top + body.count("\n", 0, use.start()), "call", use[1], (), conditions)
