"""What several writers need: which calls, which functions, how they are called, and words as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from explorer.graph import Call, CallGraph, Route, name_of

__all__ = ["edges_once", "escaped", "file_of", "nodes_of", "spoken"]


_UNWRITABLE = re.compile(r"[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escaped(text: str) -> str:
    """Text as HTML and SVG, without the control characters that they have no way to write."""
    return escape(_UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text), quote=True)


def edges_once(graph: CallGraph, routes: Sequence[Route]) -> list[Call]:
    """The calls of the routes, or of the whole graph, one for each caller, callee and kind."""
    calls = [call for route in routes for call in route.calls] if routes else graph.calls
    return list({(call.caller, call.callee, call.kind, call.via): call for call in reversed(calls)}.values())[::-1]


def nodes_of(calls: Iterable[Call]) -> list[str]:
    """The ids the calls speak of, in order."""
    return list(dict.fromkeys(key for call in calls for key in (call.caller, call.callee)))


def file_of(key: str) -> str:
    """The file of an id, empty for a function whose definition was not read."""
    return key.partition("@")[2]


def spoken(graph: CallGraph, key: str) -> str:
    """A function's name, with its file and line below it."""
    rows = graph.definitions.get(key, ())
    return (
        f"{name_of(key)}\n{rows[0].file.rpartition('/')[2]}:{rows[0].line}" if rows and rows[0].file else name_of(key)
    )
