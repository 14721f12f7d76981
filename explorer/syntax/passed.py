"""Functions given as arguments to what calls them: NF_HOOK_COND(..., ip_finish_output, ...)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from explorer.syntax.unit import Unit

__all__ = ["Passed", "passed"]


class Passed(NamedTuple):
    """A bare name given as an argument by the definition with this index; some are variables, which call nothing."""

    caller: int
    line: int
    callee: str
    name: str
    conditions: tuple[str, ...]


def passed(unit: Unit, callees: Collection[str]) -> Iterator[Passed]:
    """The bare names that a file's functions give to some callees."""
    for callee, call in unit.calls:
        caller, arguments = unit.enclosing(call.start_byte), call.child_by_field_name("arguments")
        if callee in callees and caller >= 0 and arguments is not None:
            for node in arguments.named_children:
                if node.type == "identifier":
                    conditions = unit.conditions.at(node.start_byte)
                    yield Passed(caller, unit.line(node.start_byte), callee, unit.of(node), conditions)
