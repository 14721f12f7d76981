"""Addresses of functions put in members, and the members that structs have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from explorer.syntax.expressions import Scopes, alternatives, argument, struct_of
from explorer.syntax.unit import Unit, is_pointer_to_function, named
from explorer.syntax.values import Store, Struct

__all__ = ["globals_of", "stores", "structs"]

_SETTERS = frozenset("WRITE_ONCE rcu_assign_pointer RCU_INIT_POINTER smp_store_release xchg".split())
_CONSTANT = re.compile(r"\b(?!__)[A-Z][A-Z0-9_]{2,}\b")


def stores(unit: Unit, scopes: Scopes) -> Iterator[Store]:
    """Every `member = function`, by assignment, ternary, WRITE_ONCE or initialiser."""
    for node in unit.nodes.get("assignment", ()):
        yield from _assigned(unit, scopes, node.child_by_field_name("left"), node.child_by_field_name("right"))
    for name, node in unit.calls:
        if name in _SETTERS and (left := argument(node, 0)) is not None and (right := argument(node, 1)) is not None:
            yield from _assigned(unit, scopes, left, right)
    for declaration in dict.fromkeys(unit.nodes.get("initialised", ())):
        yield from _initialised(unit, declaration)
    for literal in unit.nodes.get("literal", ()):
        kind, value = literal.child_by_field_name("type"), literal.child_by_field_name("value")
        if struct := struct_of(unit, kind.child_by_field_name("type")):
            yield from _pairs(unit, value, struct, "", unit.enclosing(literal.start_byte))


def _assigned(unit: Unit, scopes: Scopes, left: Any, right: Any) -> Iterator[Store]:
    function = unit.enclosing(left.start_byte)
    if function < 0 or left.type != "field_expression":
        return
    scope = scopes[function]
    values = [(node, unit.of(node)) for node in _functions(unit, right)]
    values = [(node, name) for node, name in values if name not in scope.types]
    if not values and _copies(unit, left, right):
        values = [(right, scope.path(right))]
    path = scope.path(left) if values else ""
    for node, value in values if path else ():
        at = node.start_byte
        yield Store(path, value, unit.line(at), function, "", (), unit.conditions.at(at))


def _copies(unit: Unit, left: Any, right: Any) -> bool:
    """Whether a member is copied to one of the same name, as `sch->enqueue = ops->enqueue` does with an operation."""
    fields = [node.child_by_field_name("field") for node in (left, right) if node.type == "field_expression"]
    return len(fields) == 2 and unit.of(fields[0]) == unit.of(fields[1])


def _functions(unit: Unit, node: Any) -> Iterator[Any]:
    """The identifiers, bare or behind &, that an expression may give; a constant in capitals is none."""
    for arm in alternatives(node):
        while arm.type == "cast_expression" and arm.child_by_field_name("type").child_by_field_name("declarator"):
            arm = arm.child_by_field_name("value")  # (void *)f
        inner = arm.child_by_field_name("argument") if arm.type == "pointer_expression" else arm
        if inner is not None and inner.type == "identifier" and not unit.of(inner).isupper():
            yield inner


def _initialised(unit: Unit, declaration: Any) -> Iterator[Store]:
    struct = struct_of(unit, declaration.child_by_field_name("type"))
    for declarator in declaration.children_by_field_name("declarator") if struct else ():
        value = declarator.child_by_field_name("value") if declarator.type == "init_declarator" else None
        if value is not None and value.type == "initializer_list" and (name := named(declarator)) is not None:
            yield from _pairs(unit, value, struct, unit.of(name), unit.enclosing(declaration.start_byte))


def _pairs(unit: Unit, initializer: Any, path: str, variable: str, definition: int) -> Iterator[Store]:
    for element in initializer.named_children:
        if element.type == "initializer_list":  # of an array of structs
            yield from _pairs(unit, element, path, variable, definition)
    pairs = [pair for pair in initializer.named_children if pair.type == "initializer_pair"]
    members = [(path + _member(unit, pair), pair.child_by_field_name("value")) for pair in pairs]
    constants = tuple(
        (member.rpartition(".")[2], found[0])
        for member, value in members
        if value is not None
        and value.type in ("identifier", "call_expression")
        and (found := _CONSTANT.search(unit.of(value)))
    )
    for member, value in members:
        if value is None:
            continue
        if value.type == "initializer_list":
            yield from _pairs(unit, value, member, variable, definition)
        for function in _functions(unit, value):
            at = function.start_byte
            where = (unit.line(at), definition, variable, constants, unit.conditions.at(at))
            yield Store(member, unit.of(function), *where)


def _member(unit: Unit, pair: Any) -> str:
    """`.member` of a designator; an array's index adds nothing."""
    designators = pair.children_by_field_name("designator")
    words = [unit.of(node).lstrip(".") for node in designators if node.type != "subscript_designator"]
    return "".join(f".{word}" for word in words)


def structs(unit: Unit) -> Iterator[Struct]:
    """The structs a file defines, with the members that lead on or can be called; an anonymous one is flattened."""
    for node in unit.nodes.get("struct", ()):
        members = dict(_members(unit, node.child_by_field_name("body")))
        if members:
            yield Struct(unit.of(node.child_by_field_name("name")), tuple(members.items()))


def _members(unit: Unit, body: Any) -> Iterator[tuple[str, str]]:
    for field in body.named_children:
        kind = field.child_by_field_name("type") if field.type == "field_declaration" else None
        if kind is None:
            continue
        declarators = field.children_by_field_name("declarator")
        inner = kind.child_by_field_name("body") if kind.type in ("struct_specifier", "union_specifier") else None
        if inner is not None and not declarators:
            yield from _members(unit, inner)
        struct = struct_of(unit, kind)
        for declarator in declarators:
            name = named(declarator)
            if name is None:
                continue
            if is_pointer_to_function(declarator):
                yield unit.of(name), "()"
            elif struct:
                yield unit.of(name), struct + "*" * (declarator.type == "pointer_declarator")


def globals_of(unit: Unit) -> dict[str, str]:
    """The global variables of a file that are structs or point to one, with the struct's name."""
    found: dict[str, str] = {}
    for declaration in unit.nodes.get("global", ()):
        if struct := struct_of(unit, declaration.child_by_field_name("type")):
            for declarator in declaration.children_by_field_name("declarator"):
                name = named(declarator)
                if name is not None and "(" not in unit.of(declarator).partition("=")[0]:
                    found[unit.of(name)] = struct
    return found
