"""Which features of the model a release has, by the facts that its graph and its text show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.graph import name_of
from explorer.model.features import Features, facts

if TYPE_CHECKING:
    from explorer.kernel import Kernel

__all__ = ["features_of", "undecided"]


def features_of(kernel: Kernel) -> Features:
    """The features that a release's facts decide; what only its text, or only a trial, decides is as in the newest."""
    return Features(**_decided(kernel))


def undecided(kernel: Kernel) -> tuple[str, ...]:
    """The features that the release's text would decide, and is not at hand."""
    known = _decided(kernel)
    return tuple(name for name, pairs in facts().items() if name not in known and pairs[0][0] != "trial")


def _decided(kernel: Kernel) -> dict[str, Any]:
    decided: dict[str, Any] = {}
    for name, pairs in facts().items():
        seen = [_seen(kernel, function, what) for function, what in pairs]
        if True in seen or None not in seen:
            decided[name] = True in seen
    return decided


def _seen(kernel: Kernel, function: str, what: str) -> bool | None:
    """Whether a fact is seen in a function of a release; None if that cannot be told here."""
    callees = [(name, call.location.line) for name, call in _callees(kernel, function)]
    if function == "trial":
        return None
    if what.startswith("-> "):
        return any(name == what[3:] for name, _ in callees)
    first, between, other = what.partition(" before ")
    if between:
        lines = dict(reversed(callees))
        return first in lines and other in lines and lines[first] < lines[other]
    return _written(kernel, function, what)


def _callees(kernel: Kernel, function: str) -> list[tuple[str, Any]]:
    graph = kernel.graph
    return [(name_of(call.callee), call) for key in graph.known([function]) for call in graph.callees(key)]


def _written(kernel: Kernel, function: str, match: str) -> bool | None:
    """Whether a statement is written in a function; None where there is no text."""
    if not kernel.has_text:
        return None
    from explorer.pattern import Pattern  # the grammar is loaded for text alone
    from explorer.syntax.unit import Unit

    files = {row.file for key in kernel.graph.known([function]) for row in kernel.graph.definitions[key] if row.file}
    pattern = Pattern(function, "", match)
    return any(pattern.find(Unit(kernel.texts[file].text)) for file in files)
