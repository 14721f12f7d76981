"""A picture as SVG: one file that needs nothing, light and dark, with words on everything that is pointed at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import hypot
from typing import TYPE_CHECKING, Literal

from explorer.graph import CallGraph, Route
from explorer.views.layout import ROW, SIZE, Band, Box, Edge, Label, Picture, text_width
from explorer.views.shared import escaped

if TYPE_CHECKING:
    from explorer.trace import Overlay

__all__ = ["DARK", "LIGHT", "draw", "svg"]

_FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif"
LIGHT = {
    "paper": "#ffffff", "ink": "#1b1f24", "quiet": "#57606a", "line": "#8c959f", "rule": "#d0d7de", "wash": "#f3f5f7",
    "transmit": "#0072b2", "transmit-ink": "#0067a1", "transmit-wash": "#eef6fb",
    "receive": "#d55e00", "receive-ink": "#b34f00", "receive-wash": "#fdf3ec",
    "register": "#009e73", "register-ink": "#00795a", "register-wash": "#eef8f5",
    "tap": "#aa4499", "tap-ink": "#983c88", "tap-wash": "#faf1f8",
}  # fmt: skip
DARK = {
    "paper": "#111418", "ink": "#e6e9ec", "quiet": "#a2abb5", "line": "#7d8792", "rule": "#3a424b", "wash": "#1a1f25",
    "transmit": "#56b0e8", "transmit-ink": "#7cc3ef", "transmit-wash": "#12222e",
    "receive": "#f08c4a", "receive-ink": "#f5a570", "receive-wash": "#2b1d13",
    "register": "#3dbf95", "register-ink": "#5fd0ab", "register-wash": "#11251f",
    "tap": "#d883c6", "tap-ink": "#e4a2d6", "tap-wash": "#2a1927",
}  # fmt: skip
Place = Literal["anywhere", "page", "paper"]
_RAILS = ("transmit", "receive", "register", "tap")
_DASHES = {"pointer": "5 3", "deferred": "1.5 3.5"}


def svg(
    graph: CallGraph,
    routes: Sequence[Route],
    prefix: str = "",
    links: Mapping[str, str] | None = None,
    trace: Overlay | None = None,
    lang: str = "en",
    place: Place = "anywhere",
) -> str:
    """Draw routes: as the route map if all have a rail, else a lane for each file."""
    return draw(_picture(graph, routes, lang), prefix, links, trace, place)


def _picture(graph: CallGraph, routes: Sequence[Route], lang: str) -> Picture:
    from explorer.views import routemap

    if routes and all(route.rail in routemap.RAILS for route in routes):
        return routemap.routemap(graph, routes, lang)
    from explorer.views.lanes import lanes

    return lanes(graph, routes, lang)


def draw(
    picture: Picture,
    prefix: str = "",
    links: Mapping[str, str] | None = None,
    trace: Overlay | None = None,
    place: Place = "anywhere",
) -> str:
    """Write a picture; every id and class begins with `prefix`, so that several can stand in one page.

    `links` are addresses that functions FUNC@SRC lead to. What a trace does not show is faint. Anywhere it brings light
    and dark, and tells scripts what is what; in a `page` that has its colours as --names it asks for those; on `paper`
    it is light.
    """
    name = re.sub(r"^(?=[^A-Za-z])", "p", re.sub(r"[^A-Za-z0-9_-]", "-", prefix or "map"))
    return "\n".join(_Writer(picture, name, links or {}, trace, place).lines()) + "\n"


class _Writer:
    def __init__(
        self, picture: Picture, prefix: str, links: Mapping[str, str], trace: Overlay | None, place: Place
    ) -> None:
        self.picture = picture
        self.place = place
        self.trace = dict(trace.edges) if trace else {}
        self.traced = {key for edge in self.trace for key in edge}
        self.ran = trace.functions if trace else frozenset()
        self.prefix = prefix
        self.links = links
        self.keys = _keys(picture)
        self.height = self.keys[-1][1] + 16 if self.keys else picture.height

    def lines(self) -> Iterator[str]:
        picture, prefix = self.picture, self.prefix
        width, height = _n(picture.width), _n(self.height)
        role = "group" if self.links else "img"  # what is in an image cannot be followed
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" id="{prefix}" class="{prefix}" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" role="{role}" '
            f'aria-labelledby="{prefix}-title {prefix}-desc" '
            f'font-family="{escaped(_FONT)}" font-size="{_n(SIZE)}">'
        )
        yield f'<title id="{prefix}-title">{escaped(picture.title)}</title>'
        yield f'<desc id="{prefix}-desc">{escaped(picture.text)}</desc>'
        traced = f".{prefix} .seen .wire{{stroke-width:3}}.{prefix} .unseen{{opacity:.4}}" if self.trace else ""
        yield f"<style>{_style(prefix, self.place)}{traced}</style>"
        yield f'<rect class="paper" width="{width}" height="{height}"/>'
        yield from map(self._band, picture.bands)
        yield from (self._edge(edge) for edge in sorted(picture.edges, key=lambda edge: edge.strong))
        yield from map(self._box, picture.boxes)
        yield from map(self._label, picture.labels)
        yield from self._legend()
        yield "</svg>"

    def _band(self, band: Band) -> str:
        words = _words(band.text, band.x + 16, band.y + 16, "quiet")
        if band.kind == "user":
            words += _words(f"Linux {self.picture.version}", band.x + band.w - 16, band.y + 16, "quiet", "end")
        return f'<rect class="band" {_place(band)}/>{words}'

    def _edge(self, edge: Edge) -> str:
        strong = " strong" * edge.strong + self._seen(any(self.trace.get(call) for call in edge.calls))
        path = _soft(edge.points, edge.bend) if edge.bend else _rounded(edge.points)
        dash = f' stroke-dasharray="{_DASHES[edge.kind]}"' if edge.kind in _DASHES else ""
        told = self._data("calls", " ".join(key for call in edge.calls for key in call))
        return (
            f'<g class="edge {_rail(edge)} {edge.kind}{strong}"{told}><title>{escaped(edge.tip)}</title>'
            f'<path class="wire" d="{path}"{dash}/><path class="tip" d="{_head(edge)}"/></g>'
        )

    def _box(self, box: Box) -> str:
        strong = " strong" * box.strong + (self._seen(box.id in self.ran) if box.id in self.traced else "")
        key = self._data("function", box.id) if box.detail else ""
        tip = f"<title>{escaped(box.tip)}</title>" if box.tip else ""
        draw = _row if box.kind == "row" else _panel if box.kind in ("panel", "list", "lists") else _single
        shape = f'<g class="{box.kind} {_rail(box)}{strong}"{key}>{tip}{draw(box)}</g>'
        return f'<a href="{escaped(self.links[box.id])}">{shape}</a>' if box.id in self.links else shape

    def _data(self, name: str, value: str) -> str:
        """What a script finds a shape by, where there may be one."""
        return f' data-{name}="{escaped(value)}"' if self.place == "anywhere" else ""

    def _seen(self, seen: bool) -> str:
        """The class that tells what was seen from what was not, if there is a trace."""
        return (" seen" if seen else " unseen") * bool(self.trace)

    def _label(self, label: Label) -> str:
        back = f'<rect class="paper" {_place(label)}/>' if label.kind == "edge" else ""
        words = _words(label.text, label.x + 2, label.y + 11)
        if label.upright:
            x, y = _n(label.x + 11), _n(label.y + label.h - 2)
            words = f'<text transform="translate({x} {y}) rotate(-90)">{escaped(label.text)}</text>'
        return f'<g class="label {_rail(label)}">{back}{words}</g>'

    def _legend(self) -> Iterator[str]:
        for x, y, (kind, rail, words) in self.keys:
            if kind == "rail":
                yield f'<g class="{rail}"><rect class="shape" {_place(Band("", x, y - 6, 20, 12))} rx="3"/></g>'
            else:
                dash = f' stroke-dasharray="{_DASHES[kind]}"' if kind in _DASHES else ""
                yield f'<g class="{kind}"><path class="wire" d="M{_n(x)} {_n(y)}h20"{dash}/></g>'
            yield _words(words, x + 26, y + 4, "quiet")


def _row(box: Box) -> str:
    """A function in a panel: its name, and at the right its line with the tag of its condition before it."""
    end, below = box.x + box.w - 8, box.y + (12 if box.h <= ROW else 24)
    tag = _words(box.tag, end - text_width(box.detail) - 6, below, "tag", "end")
    name = _words(box.name, box.x + 8, box.y + 12)
    return f'<rect class="hit" {_place(box)}/>{name}{tag}{_words(box.detail, end, below, "quiet", "end")}'


def _panel(box: Box) -> str:
    return f'<rect class="shape" {_place(box)} rx="4"/>{_words(box.name, box.x + 8, box.y + 14, "quiet")}'


def _single(box: Box) -> str:
    """A function in a box of its own: its name, below it file and line, and the tag of its condition."""
    middle, below = box.x + box.w / 2, box.y + 26
    words = _words(box.name, middle, box.y + (13 if box.detail or box.tag else 20), "", "middle")
    if box.tag:
        words += _words(box.detail, box.x + 8, below, "quiet") + _words(box.tag, box.x + box.w - 8, below, "tag", "end")
    else:
        words += _words(box.detail, middle, below, "quiet", "middle")
    return f'<rect class="shape" {_place(box)} rx="4"/>{words}'


def _keys(picture: Picture) -> list[tuple[float, float, tuple[str, str, str]]]:
    """Where the parts of the legend stand, in as many lines as they need."""
    x, y = 16.0, picture.height + 20
    found = []
    for key in picture.legend:
        width = 26 + text_width(key[2])
        if x + width > picture.width - 8 and x > 16:
            x, y = 16.0, y + 20
        found.append((x, y, key))
        x += width + 14
    return found


def _style(prefix: str, place: Place) -> str:
    """Plain colours first, which every renderer knows; dark and JupyterLab's own on top; or those that the page has."""
    root = f".{prefix} "
    jp = '[data-jp-theme-light="{}"] ' + root
    fixed = (
        f"{root}.shape{{stroke-width:1}}{root}.strong .shape{{stroke-width:2}}{root}.wire{{stroke-width:1.25}}"
        f"{root}.strong .wire{{stroke-width:2.25}}{root}.wire{{fill:none}}{root}.hit{{fill:none;pointer-events:all}}"
    )
    if place != "anywhere":
        return fixed + _rules(LIGHT if place == "paper" else {name: f"var(--{name})" for name in LIGHT}, root)
    return (
        f"{fixed}{_rules(LIGHT, root)}@media screen and (prefers-color-scheme:dark){{{_rules(DARK, root)}}}"
        f"{_rules(LIGHT, jp.format('true'))}{_rules(DARK, jp.format('false'))}"
        f"[data-jp-theme-light] {root}.paper{{fill:var(--jp-layout-color0,transparent)}}"
    )


def _rules(colour: dict[str, str], root: str) -> str:
    rules = [
        ("fill", "paper", ".paper"),  ("fill", "ink", "text"), ("fill", "quiet", ".quiet"), ("fill", "paper", ".shape"),
        ("stroke", "line", ".shape"), ("stroke", "line", ".wire"), ("fill", "line", ".tip"), ("fill", "wash", ".band"),
        ("stroke", "rule", ".macro .wire"), ("fill", "rule", ".macro .tip"),
    ]  # fmt: skip
    for rail in _RAILS:
        rules += [("stroke", rail, f".{rail} .shape"), ("stroke", rail, f".{rail} .wire")]
        rules += [
            ("fill", rail, f".{rail} .tip"),
            ("fill", f"{rail}-ink", f".label.{rail} text"),
            ("fill", f"{rail}-ink", f".{rail} .tag"),
        ]
        rules += [("fill", f"{rail}-wash", f".{rail}.strong .shape")]
    rules += [("fill", "tap-wash", ".lists .shape"), ("fill", "tap-wash", ".list .shape")]
    return "".join(f"{root}{selector}{{{what}:{colour[name]}}}" for what, name, selector in rules)


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _words(text: str, x: float, y: float, style: str = "", anchor: str = "") -> str:
    style = f' class="{style}"' if style else ""
    anchor = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text{style} x="{_n(x)}" y="{_n(y)}"{anchor}>{escaped(text)}</text>' if text else ""


def _rail(shape: Box | Edge | Label) -> str:
    return shape.rail if shape.rail in _RAILS else "plain"


def _place(shape: Box | Band | Label) -> str:
    return f'x="{_n(shape.x)}" y="{_n(shape.y)}" width="{_n(shape.w)}" height="{_n(shape.h)}"'


def _rounded(points: Sequence[tuple[float, float]], radius: float = 6) -> str:
    """A polyline with round corners."""
    parts = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        reach = min(radius, _far(before, here) / 2, _far(here, after) / 2)
        (ax, ay), (bx, by) = _towards(here, before, reach), _towards(here, after, reach)
        parts.append(f"L{_n(ax)} {_n(ay)}Q{_n(here[0])} {_n(here[1])} {_n(bx)} {_n(by)}")
    return "".join((*parts, f"L{_n(points[-1][0])} {_n(points[-1][1])}"))


def _soft(points: Sequence[tuple[float, float]], bend: str) -> str:
    """From layer to layer in one sweep."""
    parts = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for (ax, ay), (bx, by) in pairwise(points):
        one, other = ((ax + bx) / 2, ay), ((ax + bx) / 2, by)
        if bend == "down":
            one, other = (ax, (ay + by) / 2), (bx, (ay + by) / 2)
        parts.append(f"C{_n(one[0])} {_n(one[1])} {_n(other[0])} {_n(other[1])} {_n(bx)} {_n(by)}")
    return "".join(parts)


def _head(edge: Edge) -> str:
    """A small arrow head at the end of a line."""
    (ax, ay), (bx, by) = edge.points[-2:]
    if edge.bend:
        ax, ay = (ax, by) if edge.bend == "across" else (bx, ay)
    length = _far((ax, ay), (bx, by)) or 1
    ux, uy = (bx - ax) / length, (by - ay) / length
    long, half = (8.0, 4.0) if edge.strong else (7.0, 3.0)
    x, y = bx - ux * long, by - uy * long
    return f"M{_n(bx)} {_n(by)}L{_n(x - uy * half)} {_n(y + ux * half)}L{_n(x + uy * half)} {_n(y - ux * half)}Z"


def _far(a: tuple[float, float], b: tuple[float, float]) -> float:
    return hypot(a[0] - b[0], a[1] - b[1])


def _towards(a: tuple[float, float], b: tuple[float, float], reach: float) -> tuple[float, float]:
    length = _far(a, b) or 1
    return a[0] + (b[0] - a[0]) * reach / length, a[1] + (b[1] - a[1]) * reach / length
