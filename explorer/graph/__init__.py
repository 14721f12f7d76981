"""CallGraph, the join of FileFacts: calls, macro uses, pointer calls with evidence, hand-overs; routes, their shape."""

from __future__ import annotations

from explorer.graph.join import join
from explorer.graph.routes import Route, around, route_between, routes
from explorer.graph.shape import ShapeChange, reshaped
from explorer.graph.values import Call, CallGraph, Evidence, FileInfo, Function, Unresolved, name_of

__all__ = [
    "Call",
    "CallGraph",
    "Evidence",
    "FileInfo",
    "Function",
    "Route",
    "ShapeChange",
    "Unresolved",
    "around",
    "join",
    "name_of",
    "reshaped",
    "route_between",
    "routes",
]
