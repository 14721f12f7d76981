"""Where a pointer in an expression came from: variables, members, returns."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from explorer.syntax.unit import FunctionNode, Unit, named

__all__ = ["Scope", "Scopes", "alternatives", "argument", "callee", "struct_of"]

# Calls that hand on what they are given: `rcu_dereference(dev->rx_handler)` is dev->rx_handler.
_WRAPPERS = frozenset(
    "READ_ONCE ACCESS_ONCE smp_load_acquire unlikely likely rcu_dereference rcu_dereference_bh rcu_dereference_raw "
    "rcu_dereference_rtnl rcu_dereference_check rcu_dereference_protected rcu_dereference_sched rcu_access_pointer "
    "rtnl_dereference this_cpu_ptr raw_cpu_ptr per_cpu per_cpu_ptr __get_cpu_var get_cpu_ptr this_cpu_read".split()
)
_CONTAINERS = frozenset(
    "container_of container_of_const list_entry list_first_entry list_first_or_null_rcu list_entry_rcu "
    "hlist_entry".split()
)
_TRANSPARENT = ("parenthesized_expression", "pointer_expression", "subscript_expression", "unary_expression")


class Scope:
    """The variables of one function."""

    def __init__(self, unit: Unit, function: FunctionNode) -> None:
        self.unit = unit
        self.function = function

    @cached_property
    def types(self) -> dict[str, str]:
        """Each local and parameter with the struct it is or points to, empty for any other type."""
        found: dict[str, str] = {}
        for node in self.unit.find(self.function.node, "declaration", "parameter_declaration"):
            struct = struct_of(self.unit, node.child_by_field_name("type"))
            for declarator in node.children_by_field_name("declarator"):
                if (name := named(declarator)) is not None:
                    found[self.unit.of(name)] = struct
        for name, offset in self.unit.list_heads:
            if self.function.start < offset < self.function.end:
                found[name] = "list_head"
        return found

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters in order; an unnamed one is empty."""
        node = self.function.node.child_by_field_name("declarator")
        while node is not None and node.type != "function_declarator":
            node = node.child_by_field_name("declarator")
        rows = node.child_by_field_name("parameters").named_children if node is not None else []
        names = (named(row.child_by_field_name("declarator")) for row in rows if row.type == "parameter_declaration")
        return tuple(self.unit.of(name) if name is not None else "" for name in names)

    @cached_property
    def _assigned(self) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for node in self.unit.find(self.function.node, "assignment_expression", "init_declarator"):
            left = node.child_by_field_name("left") or named(node.child_by_field_name("declarator"))
            right = node.child_by_field_name("right") or node.child_by_field_name("value")
            if left is not None and left.type == "identifier" and right is not None:
                found.setdefault(self.unit.of(left), []).append(right)
        return found

    def assigned(self, name: str) -> list[Any]:
        """The expressions assigned to a local, each arm of a ternary by itself."""
        return [arm for node in self._assigned.get(name, ()) for arm in alternatives(node)]

    def path(self, node: Any) -> str:
        """The path (see values) of an expression, empty where it starts at something that is no struct."""
        members: list[str] = []
        while node is not None:
            if node.type == "field_expression":
                members.append(self.unit.of(node.child_by_field_name("field")))
                node = node.child_by_field_name("argument")
            elif node.type in _TRANSPARENT:
                node = node.child_by_field_name("argument") or node.named_child(0)
            elif callee(self.unit, node) in _WRAPPERS:
                node = argument(node, 0)
            elif node.type == "cast_expression" and not _cast(self.unit, node):
                node = node.child_by_field_name("value")
            else:
                base = self._base(node)
                return ".".join([base, *reversed(members)]) if base else ""
        return ""

    def _base(self, node: Any) -> str:
        if node.type == "identifier":
            name = self.unit.of(node)
            return self.types.get(name, "=" + name)
        if node.type == "cast_expression":
            return _cast(self.unit, node)
        name = callee(self.unit, node)
        if name in _CONTAINERS and (second := argument(node, 1)) is not None:
            return self.unit.of(second).strip()
        return f"{name}()" if name else ""


class Scopes(dict[int, Scope]):
    """The scopes of a file's functions by index, made when asked for."""

    def __init__(self, unit: Unit) -> None:
        super().__init__()
        self._unit = unit

    def __missing__(self, index: int) -> Scope:
        scope = self[index] = Scope(self._unit, self._unit.functions[index])
        return scope


def callee(unit: Unit, call: Any) -> str:
    """The name a call calls, empty if it calls an expression, or is no call."""
    function = call.child_by_field_name("function") if call.type == "call_expression" else None
    return unit.of(function) if function is not None and function.type == "identifier" else ""


def argument(call: Any, index: int) -> Any | None:
    """The argument at an index, None if there are fewer."""
    arguments = call.child_by_field_name("arguments")
    return arguments.named_child(index) if arguments is not None and index < arguments.named_child_count else None


def alternatives(node: Any) -> Iterator[Any]:
    """The expressions a ternary may give, parentheses taken off; any other expression is its own."""
    pending = [node]
    while pending:
        node = pending.pop()
        if node.type == "parenthesized_expression" and node.named_child_count == 1:
            pending.append(node.named_child(0))
        elif node.type == "conditional_expression":
            arms = map(node.child_by_field_name, ("alternative", "consequence"))
            pending.extend(arm for arm in arms if arm is not None)
        else:
            yield node


def _cast(unit: Unit, node: Any) -> str:
    """The struct of `(struct x *)y`."""
    kind = node.child_by_field_name("type")
    return struct_of(unit, kind.child_by_field_name("type")) if kind is not None else ""


def struct_of(unit: Unit, node: Any) -> str:
    """The name of the struct or union a type node speaks of, empty for any other type."""
    if node is None or node.type not in ("struct_specifier", "union_specifier"):
        return ""
    name = node.child_by_field_name("name")
    return unit.of(name) if name is not None else ""
