"""CallGraph, the join of FileFacts: calls, macro uses, pointer calls with evidence, hand-overs; routes."""

from __future__ import annotations

from explorer.graph.compare import Change, compare
from explorer.graph.join import join
from explorer.graph.routes import Route, around, route_between, routes
from explorer.graph.values import Call, CallGraph, Evidence, FileInfo, Function, Unresolved, name_of

__all__ = [
    "Call",
    "CallGraph",
    "Change",
    "Evidence",
    "FileInfo",
    "Function",
    "Route",
    "Unresolved",
    "around",
    "compare",
    "join",
    "name_of",
    "route_between",
    "routes",
]
