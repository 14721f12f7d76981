"""A trace over the graph: what ran below what, where each call stands, and how many of the routes' edges were seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from explorer.trace.overlay import Link, Overlay
from explorer.trace.tree import Node, between, told, trees, walk
from explorer.views.text import Glyphs, Line

if TYPE_CHECKING:
    from explorer.kernel import Kernel

__all__ = ["step_text", "steps_of", "trace_json", "trace_text"]

_STYLES = {"handed": "cyan", "outside": "dim", "unexplained": "bold red"}
_AROUND = 3  # lines of C above and below a call


def trace_text(joined: Overlay, glyphs: Glyphs, width: int = 100) -> Iterator[Line]:
    """A function stands below the one that called it, and is indented where that called several."""
    for root in trees(joined):
        yield from _Lines(joined, glyphs, width).below(root, "", "")
        yield ()
    yield (("bold", str(joined)),)
    agree, exact = joined.lines
    if exact:
        yield (("bold", f"{agree} of {exact} calls stand on the line where the source has them"),)
    for words in _legend(joined):
        yield (("dim", words),)
    for link in joined.unexplained:
        yield (("bold red", f"unexplained: {link.caller} > {link.callee}"),)


def _legend(joined: Overlay) -> Iterator[str]:
    """What the signs mean, of those that are there."""
    frames = [frame for chain in joined.trace.chains for frame in chain]
    if any(frame.inferred for frame in frames):
        yield "~ the line is inferred: there is one such call in the source"
    if any(frame.inlined for frame in frames):
        yield "inlined: a part of the function above, as the compiler's line tables say"
    if any(frame.through for frame in frames):
        yield "by way of: inlined, or left by its last call, so it is not on the stack"
    if any(link.outcome == "handed" for link in joined.links):
        yield "softirq: it takes from a queue, on top of whatever runs"


class _Lines:
    def __init__(self, joined: Overlay, glyphs: Glyphs, width: int) -> None:
        self._joined = joined
        self._glyphs = glyphs
        self._width = width

    def below(self, node: Node, head: str, tail: str) -> Iterator[Line]:
        """A node and what follows it; `head` stands before it and `tail` before the rest."""
        run = _run(node)
        if len(run) > 2:
            yield from self._line(
                head, run[0], f" {self._glyphs.fold} {run[-1].frame.function}", f"{len(run)} functions"
            )
            node = run[-1]
        else:
            yield from self._line(head, node)
        for number, child in enumerate(node.children):
            last = number == len(node.children) - 1
            if len(node.children) == 1:
                yield from self.below(child, tail, tail)
            else:
                sign = self._glyphs.last if last else self._glyphs.branch
                yield from self.below(child, tail + sign, tail + ("   " if last else self._glyphs.down))

    def _line(self, head: str, node: Node, more: str = "", remark: str = "") -> Iterator[Line]:
        outcome = node.link.outcome if node.link else ""
        sign = {"pointer": self._glyphs.pointer, "handed": self._glyphs.deferred}.get(outcome, "")
        label = node.frame.function + f" [{node.frame.module}]" * bool(node.frame.module) + more
        words = f"  {remark}" if (remark := remark or _remark(node)) else ""
        place = _place(node)
        space = self._width - sum(map(len, (head, sign, label, words, place)))
        style = _STYLES.get(outcome, "bold" if outcome == "pointer" else "")
        line = (("dim", head + sign), (style, label), ("cyan", words))
        if place and space < 2:
            yield (("", " " * max(self._width - len(place), 0)), ("dim", place))
            yield line
        else:
            yield (*line, ("", " " * space), ("dim", place)) if place else line


def _run(node: Node) -> list[Node]:
    """A node and those below it that follow one another, as long as none of them is in a file that was read."""
    found = [node]
    while _outside(found[-1]) and len(found[-1].children) == 1 and _outside(found[-1].children[0]):
        found.append(found[-1].children[0])
    return found


def _outside(node: Node) -> bool:
    """Whether a function's body was not read: nothing leads to it, or leaves it, that the graph knows."""
    links = [node.link, *(child.link for child in node.children)]
    return all(link is None or link.outcome == "outside" for link in links) and not _known(node)


def _known(node: Node) -> bool:
    """Whether the graph has the function's definition: its id then names a file."""
    ids = [link.caller for child in node.children if (link := child.link)]
    ids += [node.link.callee] if node.link else []
    return any("@" in key for key in ids)


def _remark(node: Node) -> str:
    site, link = node.site, node.link
    words = ["inlined"] * node.frame.inlined
    words += [f"by way of {between(site.through)}"] if site and site.through else []
    if link and link.outcome == "handed":
        words.append("softirq")
    if link and link.outcome == "unexplained":
        words.append("not in the graph")
    return "  ".join(words)


def _place(node: Node) -> str:
    """Where the call stands, or which places it may be, or how far into the caller it is."""
    site = node.site
    if site is None:
        return ""
    if site.line:
        return f"{'~' * site.inferred}{site.path}:{site.line}"
    if node.link and node.link.calls:
        lines = list(dict.fromkeys(str(call.location.line) for call in node.link.calls))
        more = [f"{len(lines) - 2} others"] if len(lines) > 3 else []
        return f"{node.link.calls[0].location.path}:{' or '.join(lines[: 2 if more else 3] + more)}"
    return f"{site.function}+{site.offset:#x}" if site.offset else ""


def steps_of(joined: Overlay) -> list[Node]:
    """The calls to walk through, in order: those that leave or enter a file that was read."""
    return [node for node in walk(trees(joined)) if node.link and (_known(node) or node.link.outcome != "outside")]


def step_text(joined: Overlay, kernel: Kernel, node: Node, number: int, of: int) -> Iterator[Line]:
    """One call: who calls whom, how that is known, and the C around it where its text is at hand."""
    site, link = node.site, node.link
    if site is None or link is None:
        return
    yield (("bold", f"{number}/{of}  {site.function} > {node.frame.function}"), ("dim", f"  {_place(node)}"))
    yield (("", f"      {told(node)}"),)
    if site.line:
        yield from _source(joined, kernel, link, site.line)
    yield ()


def _source(joined: Overlay, kernel: Kernel, link: Link, line: int) -> Iterator[Line]:
    from explorer.views.terminal import source

    rows = [row for row in joined.graph.definitions.get(link.caller, ()) if row.first <= line <= row.last]
    if not rows or rows[0].file not in kernel.texts:
        yield (("dim", f"      the C is not at hand: explorer fetch {kernel.version}, or --from TREE"),)
        return
    excerpt = kernel.excerpt(rows[0])
    for number, tokens in enumerate(excerpt.lines, excerpt.first):
        if abs(number - line) <= _AROUND:
            mark = ("bold", ">") if number == line else ("", " ")
            yield (("dim", f"{number:>8} "), mark, ("", " "), *source(tokens))


def trace_json(joined: Overlay, source: str, recorded: bool) -> str:
    """The trace, each link with what the graph says to it, and each edge of the routes with whether it was seen."""
    from explorer.views.values import envelope

    trace = joined.trace
    frames: list[list[dict[str, Any]]] = [
        [
            {
                "function": frame.function,
                "module": frame.module,
                "offset": frame.offset,
                "path": frame.path,
                "line": frame.line,
                "inferred": frame.inferred,
                "through": list(frame.through),
                "inlined": frame.inlined,
            }
            for frame in chain
        ]
        for chain in trace.chains
    ]
    links = [
        {"caller": link.caller, "callee": link.callee, "outcome": link.outcome, "through": list(link.through)}
        for link in joined.links
    ]
    edges = [{"caller": caller, "callee": callee, "seen": seen} for (caller, callee), seen in joined.edges]
    return envelope(
        "trace",
        version=joined.graph.version,
        source=source,
        recorded=recorded,
        trace={"scenario": trace.scenario, "kernel": trace.kernel, "means": trace.means, "chains": frames},
        links=links,
        edges=edges,
        seen=joined.seen,
        unexplained=len(joined.unexplained),
    )
