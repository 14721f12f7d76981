"""Values as pieces of HTML for a notebook: the map, highlighted source, tables; plain where styles are stripped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from explorer.excerpt import Excerpt, coloured, runs
from explorer.graph import Call, CallGraph, Function, Route, name_of, routes
from explorer.kernel import Kernel
from explorer.tour.values import Step
from explorer.trace import Taken
from explorer.views.shared import escaped
from explorer.views.terminal import untabbed
from explorer.views.text import trust

__all__ = [
    "excerpt_html",
    "function_html",
    "graph_html",
    "kernel_html",
    "prose",
    "route_html",
    "step_html",
    "trace_html",
]

# JupyterLab's own colours by the first letters of Pygments' short names; what stands behind is for everywhere else.
_COLOURS = {
    "k": "var(--jp-mirror-editor-keyword-color, #7a3e9d)",
    "c": "var(--jp-mirror-editor-comment-color, #4d6b4a)",
    "s": "var(--jp-mirror-editor-string-color, #9a3412)",
    "m": "var(--jp-mirror-editor-number-color, #0b6b75)",
}
_ARROWS = {"pointer": "calls through", "deferred": "hands over to", "macro": "uses the macro"}


def kernel_html(kernel: Kernel, prefix: str) -> str:
    """A release: its graph, and what a reader should know of where it came from."""
    note = f"<p><small>{escaped(kernel.note)}</small></p>" if kernel.note else ""
    return graph_html(kernel.graph, prefix) + note


def graph_html(graph: CallGraph, prefix: str) -> str:
    """How much there is in a graph and how sure we are of it, and the map of its named routes."""
    from explorer.views.svg import svg

    counts = Counter(call.kind for call in graph.calls)
    known = {"call": "calls", "pointer": "calls through pointers", "deferred": "hand-overs", "macro": "uses of macros"}
    told = ", ".join(f"{counts[kind]} {words}" for kind, words in known.items() if counts[kind])
    named = routes(graph)
    picture = f"<div>{svg(graph, named, prefix)}</div>" if named else ""
    head = f"<strong>Linux {escaped(str(graph.version))}</strong>: {len(graph.functions)} definitions, {told}"
    return f"<p>{head}<br><small>{escaped(trust(graph))}</small></p>{picture}"


def trace_html(taken: Taken, prefix: str) -> str:
    """A trace: where it is from, what ran below what, and the route map with what ran."""
    from explorer.views.svg import svg
    from explorer.views.text import Glyphs, plain
    from explorer.views.trace import trace_text

    joined, kernel = taken.joined, taken.kernel
    style = "strong" if taken.recorded else "span"
    head = f"<strong>{escaped(taken.trace.scenario)}</strong> <{style}>{escaped(taken.source)}</{style}>"
    graph = f"<small>{escaped('; '.join(filter(None, (f'the graph is of {kernel.version}', kernel.note))))}</small>"
    picture = svg(kernel.graph, kernel.routes, prefix, trace=joined)
    return f"<p>{head}<br>{graph}</p><pre>{escaped(plain(trace_text(joined, Glyphs())))}</pre><div>{picture}</div>"


def route_html(route: Route, graph: CallGraph | None = None, prefix: str = "") -> str:
    """The calls of a route in order, each with its place; below its picture, if there is a graph that knows them."""
    from explorer.views.svg import svg

    head = f"<p><strong>{escaped(route.id)}</strong> {escaped(route.title)}</p>"
    calls = _table(("", "from", "", "to", "by", "at"), _calls(route.calls))
    if graph is None:
        return head + calls
    picture = svg(graph, (route,), prefix)
    return f"{head}<div>{picture}</div><details><summary>{len(route.calls)} calls</summary>{calls}</details>"


def _calls(calls: Sequence[Call]) -> Iterator[tuple[str, ...]]:
    for number, call in enumerate(calls, 1):
        ways = [call.via, *(f"if {each}" for each in call.conditions)]
        place = f"{call.location.path}:{call.location.line}"
        ends = (_code(name_of(call.caller)), escaped(_ARROWS.get(call.kind, "calls")), _code(name_of(call.callee)))
        yield str(number), *ends, escaped(", ".join(filter(None, ways))), _code(place)


def function_html(function: Function, excerpt: Excerpt | None = None) -> str:
    """Where a definition stands and when it is compiled, and its source where it is at hand."""
    under = f", if {escaped(' and '.join(function.conditions))}" if function.conditions else ""
    where = f"{function.file}:{function.first}" if function.file else "not in the files read"
    lines = f", lines {function.first} to {function.last}" if function.file else ""
    said = f"{escaped(' '.join(filter(None, (function.linkage, function.kind))))}{lines}{under}"
    head = f"<p><strong>{_code(function.name)}</strong> {_code(where)}<br><small>{said}</small></p>"
    return head + (excerpt_html(excerpt) if excerpt else "")


def excerpt_html(excerpt: Excerpt) -> str:
    """Source with the file's own numbers, coloured where colours are shown."""
    place = f"{excerpt.version}:{excerpt.function.file}:{excerpt.function.line}"
    origin = f"{excerpt.origin.url}, {excerpt.origin.verified}"
    rows = [f"{number:>6}  {''.join(_tokens(line))}" for number, line in enumerate(excerpt.lines, excerpt.first)]
    return f"<p>{_code(place)}<br><small>{escaped(origin)}</small></p><pre>{chr(10).join(rows)}</pre>"


def _tokens(line: Iterable[tuple[str, str]]) -> Iterator[str]:
    for colour, text in untabbed(runs(line, lambda kind: _COLOURS.get(kind[:1], ""))):
        yield f'<span style="color: {colour}">{escaped(text)}</span>' if colour else escaped(text)


def step_html(step: Step) -> str:
    """What a step says, and the newest form of the statement that each note stands on."""
    names = ", ".join(_code(name) for name in step.functions)
    notes = "".join(
        f"<dt><strong>{escaped(note.title)}</strong></dt><dd>{_statement(note.anchors[0].match)}{prose(note.text)}</dd>"
        for note in step.notes
    )
    return f"<p><strong>{escaped(step.id)}</strong> {prose(step.summary)}<br><small>{names}</small></p><dl>{notes}</dl>"


def _statement(text: str) -> str:
    return f"<pre>{chr(10).join(''.join(_tokens(line)) for line in coloured(text))}</pre>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells are HTML."""
    top = "".join(f"<th>{escaped(cell)}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _code(text: str) -> str:
    return f"<code>{escaped(text)}</code>"


def prose(text: str) -> str:
    """A paragraph, in which `...` is what a reader types."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped(" ".join(text.split())))
