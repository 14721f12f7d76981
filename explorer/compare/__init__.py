"""Two releases side by side: what of the routes, of a function, of its notes moved, changed, is new, is gone."""

from __future__ import annotations

from explorer.compare.pages import beside, compare_function, counterpart, page_of
from explorer.compare.releases import compare
from explorer.compare.values import CallChange, Change, Difference, FunctionChange, Line, NoteChange, RouteChange
from explorer.compare.walks import Pair, Told, WalkChange, compare_walks

__all__ = [
    "CallChange",
    "Change",
    "Difference",
    "FunctionChange",
    "Line",
    "NoteChange",
    "Pair",
    "RouteChange",
    "Told",
    "WalkChange",
    "beside",
    "compare",
    "compare_function",
    "compare_walks",
    "counterpart",
    "page_of",
]
