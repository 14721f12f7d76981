"""Call sites: by name, through a member, through a local that came from one, in the body of a macro."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from explorer.syntax.dialect import COMMENT, STRING, Directive
from explorer.syntax.expressions import Scopes, alternatives, argument
from explorer.syntax.unit import Unit, is_pointer_to_function, named
from explorer.syntax.values import Definition, Site

__all__ = ["Calls", "macros"]

_NOT_CALLS = frozenset(
    "typeof __typeof__ __typeof defined asm __asm__ __attribute__ if while for switch return sizeof "
    "_Static_assert".split()
)
_DEFINE = re.compile(r"(\w+)\(([^)]*)\)")
_USE = re.compile(r"(?<![\w.>])([A-Za-z_]\w*)\s*\(")
_COMMENT_OR_STRING = re.compile((COMMENT + b"|" + STRING).decode(), re.S)
# What may be a variable: `rx_handler_func_t *rx_handler;`, `int (*okfn)(...)`, the parameter `int okfn(...)`.
_DECLARED = re.compile(rb"[ \t*]([A-Za-z_]\w*+)(?=[ \t]*+[;=,)])|[,(]\s*+(?:\w++[\s*]++)++([A-Za-z_]\w*+)\(")


class Calls:
    """The call sites of a parsed file."""

    def __init__(self, unit: Unit, scopes: Scopes) -> None:
        self._unit = unit
        self._scopes = scopes
        self._functions = {function.definition.name for function in unit.functions}
        # Pointers at file level that are declared and called like functions: `int (*br_handle_frame_hook)(...)`.
        self._hooks = {
            unit.of(name)
            for declaration in unit.nodes.get("global", ())
            for declarator in declaration.children_by_field_name("declarator")
            if is_pointer_to_function(declarator) and (name := named(declarator)) is not None
        }

    def __iter__(self) -> Iterator[Site]:
        yield from self._of_functions()
        for offset, name in self._unit.prepared.macros:
            if (caller := self._unit.enclosing(offset)) >= 0:
                yield self._site(caller, offset, "macro", name)

    def _of_functions(self) -> Iterator[Site]:
        unit = self._unit
        variables = {(one or other).decode("latin-1") for one, other in set(_DECLARED.findall(unit.code))}
        for name, call in unit.calls:
            offset = call.start_byte
            caller = unit.enclosing(offset)
            if caller < 0:
                continue
            if name:
                if name in self._hooks or (name in variables and name in self._scopes[caller].types):
                    yield from self._through_local(caller, offset, name)
                elif name.startswith("INDIRECT_CALL_"):
                    yield from self._indirect(caller, call, name)
                elif name not in _NOT_CALLS:
                    yield self._site(caller, offset, "call", name)
            else:
                yield from self._through(caller, call.child_by_field_name("function"))

    def _site(self, caller: int, offset: int, kind: str, target: str, hints: tuple[str, ...] = ()) -> Site:
        return Site(caller, self._unit.line(offset), kind, target, hints, self._unit.conditions.at(offset))

    def _through(self, caller: int, node: Any, hints: tuple[str, ...] = ()) -> Iterator[Site]:
        """A call of an expression: `a->b(...)`, `(*fn)(...)`, `READ_ONCE(po->xmit)(skb)`."""
        outer = node.type, node.named_child_count and node.named_child(0).type
        while node.type in ("parenthesized_expression", "pointer_expression"):
            node = node.child_by_field_name("argument") or node.named_child(0)
        if node.type == "identifier":
            name = self._unit.of(node)
            if outer != ("parenthesized_expression", "identifier") or self._can_be_called(caller, name):
                yield from self._through_local(caller, node.start_byte, name, hints)
            return
        if node.type == "call_expression":
            first = argument(node, 0)
            if first is None or first.type != "field_expression":
                return  # guard(rcu)(): the inner call is listed by itself
            node = first
        path = self._scopes[caller].path(node)
        field = node.child_by_field_name("field") or node
        kind = "member" if "." in path else "unknown"
        yield self._site(caller, field.start_byte, kind, path or self._unit.of(node), hints)

    def _can_be_called(self, caller: int, name: str) -> bool:
        """Whether (name)(...) is a call of what this file knows as a function or a variable, and not a cast."""
        return name in self._hooks or name in self._scopes[caller].types or name in self._functions

    def _through_local(self, caller: int, offset: int, name: str, hints: tuple[str, ...] = ()) -> Iterator[Site]:
        scope = self._scopes[caller]
        if name not in scope.types:  # (fn)(...) of a function or a global pointer
            yield self._site(caller, offset, "unknown" if name in self._hooks else "call", name, hints)
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
    at, last = unit.line(line.offset), 0
    for use in _USE.finditer(body, head.end()):
        at, last = at + body.count("\n", last, use.start()), use.start()
        if use[1] not in parameters and use[1] not in _NOT_CALLS and use[1] != head[1]:
            yield Site(caller, at, "call", use[1], (), conditions)
