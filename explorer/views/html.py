"""A graph as one HTML file that asks for nothing: how sure we are, the picture, and every route as a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from explorer import __version__
from explorer.graph import Call, CallGraph, FileInfo, Route, name_of
from explorer.tour.words import Words
from explorer.views.layout import heading, listed
from explorer.views.shared import escaped
from explorer.views.svg import DARK, LIGHT, svg
from explorer.views.text import trust

__all__ = ["html"]

_CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def html(graph: CallGraph, routes: Sequence[Route], title: str = "") -> str:
    """Write a page; it works without JavaScript, on a narrow screen, in the dark and on paper."""
    words = title or heading(routes, "How a frame reaches a packet socket", Words())
    return "\n".join(_page(graph, routes, f"{words} in Linux {graph.version}")) + "\n"


def _page(graph: CallGraph, routes: Sequence[Route], title: str) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_CSP}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{escaped(title)}</title>\n<style>{_style()}</style>\n</head>\n<body>\n<header>"
    yield f"<h1>{escaped(title)}</h1>"
    yield f'<p class="trust"><strong>Linux {escaped(str(graph.version))}</strong> {escaped(trust(graph))}</p>'
    links = [f'<li><a href="#{_id(number)}">{escaped(route.title)}</a></li>' for number, route in enumerate(routes)]
    links += ['<li><a href="#files">Files, blob ids and origins</a></li>'] if graph.files else []
    yield f'<nav aria-label="On this page"><ul>{" ".join(links)}</ul></nav>\n</header>\n<main>'
    yield '<section class="picture" aria-label="Picture" tabindex="0">'
    yield svg(graph, routes, "picture")
    yield "</section>"
    for number, route in enumerate(routes):
        yield from _route(route, number)
    yield from _files(graph.files)
    yield f"</main>\n<footer><p>Read by packet-path-explorer {__version__}.</p></footer>\n</body>\n</html>"


def _files(files: Sequence[FileInfo]) -> Iterator[str]:
    """How sure we are of each file, with its blob id and origin."""
    if not files:
        return
    yield '<section class="files" aria-labelledby="files" tabindex="0">\n<h2 id="files">Files</h2>\n<table>'
    yield "<thead><tr><th>File</th><th>Verified by</th><th>Blob and origin</th></tr></thead>\n<tbody>"
    for info in files:
        yield (
            f'<tr><th scope="row">{escaped(info.path)}</th><td>{escaped(_verified(info))}</td>'
            f"<td><code>{escaped(info.blob)}</code><br>{_origin(info.origin)}</td></tr>"
        )
    yield "</tbody>\n</table>\n</section>"


def _verified(info: FileInfo) -> str:
    errors = f"{info.errors} places did not parse" if info.errors else ""
    return "; ".join(filter(None, (info.verified, info.remark, errors)))


def _origin(origin: str) -> str:
    return (
        f'<a href="{escaped(origin)}">{escaped(origin)}</a>'
        if origin.startswith(("https://", "http://"))
        else escaped(origin)
    )


def _route(route: Route, number: int) -> Iterator[str]:
    rail = f' class="{route.rail}"' if route.rail in ("transmit", "receive", "register") else ""
    yield f'<section{rail} aria-labelledby="{_id(number)}">'
    yield f'<h2 id="{_id(number)}">{escaped(route.title)}</h2>\n<ol>'
    for _, group in groupby(route.calls, key=lambda call: (call.caller, call.kind, call.via, call.conditions)):
        calls = list(group)
        if calls[0].kind == "pointer":
            yield _pointer(calls, route)
        else:
            yield from (_call(list(sites)) for _, sites in groupby(calls, key=lambda call: call.callee))
    yield "</ol>\n</section>"


def _call(sites: Sequence[Call]) -> str:
    """Call sites of one function in another, or a hand-over."""
    call = sites[0]
    ends = f"{_name(call.caller)} {_arrow(call)} {_name(call.callee)}"
    if call.kind == "deferred" and call.evidence:
        taken = listed([f"{place.path}:{place.line}" for place in call.evidence.registrations])
        over = f"<p>by {escaped(call.via)}; taken at {escaped(taken)}</p>"
        return f"<li>{ends} {_place(sites)}{_under(call)}{over}</li>"
    return f"<li>{ends} {_place(sites)}{_under(call)}</li>"


def _pointer(calls: Sequence[Call], route: Route) -> str:
    """What one pointer reaches: each function with the lists it is on and the places that store it."""
    call = calls[0]
    targets = []
    for callee, group in groupby(sorted(calls, key=lambda call: call.callee), key=lambda call: call.callee):
        evidence = next(group).evidence
        why = []
        if evidence and evidence.lists:
            names = [f"<span>{escaped(name)}</span>" for name in evidence.lists_on(route.functions)]
            why.append(f"on {listed(names)}")
        if evidence:
            places = listed([f"{place.path}:{place.line}" for place in evidence.registrations])
            why.append(f"{evidence.how} {escaped(places)}".rstrip())
        targets.append(f"<li>{': '.join(filter(None, (_name(callee), '; '.join(why))))}</li>")
    head = f"{_name(call.caller)} {_arrow(call)} <code>{escaped(call.via)}</code> {_place(calls)}{_under(call)}"
    return f"<li>{head}<ul>{''.join(targets)}</ul></li>"


def _arrow(call: Call) -> str:
    words = {"pointer": "calls through", "deferred": "hands over to", "macro": "uses the macro"}
    return f'<span class="kind">{words.get(call.kind, "calls")}</span>'


def _name(key: str) -> str:
    return f"<code>{escaped(name_of(key))}</code>"


def _place(calls: Sequence[Call]) -> str:
    lines = listed([str(line) for line in dict.fromkeys(call.location.line for call in calls)])
    return f'<span class="place">{escaped(calls[0].location.path)}:{lines}</span>'


def _under(call: Call) -> str:
    return f' <span class="if">if {escaped(" and ".join(call.conditions))}</span>' if call.conditions else ""


def _id(number: int) -> str:
    return f"route-{number + 1}"


def _style() -> str:
    return (
        f":root{{{_colours(LIGHT)}}}@media screen and (prefers-color-scheme:dark){{:root{{{_colours(DARK)}}}}}" + _STYLE
    )


def _colours(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in colours.items())


_STYLE = """
*{box-sizing:border-box}
body{margin:0 auto;max-width:816px;padding:16px}
body{background:var(--paper);color:var(--ink);font:15px/22px system-ui,sans-serif;overflow-wrap:anywhere}
h1{margin:8px 0;font-size:24px;line-height:32px}
h2{margin:32px 0 8px;padding-left:8px;border-left:3px solid var(--line);font-size:17px;line-height:24px}
.transmit h2{border-color:var(--transmit)}
.receive h2{border-color:var(--receive)}
.register h2{border-color:var(--register)}
code{font:13px/19px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
a{color:var(--transmit-ink)}
.trust{margin:8px 0;padding:8px;border:1px solid var(--rule);border-radius:4px}
.trust,nav,table,.place,li ul,li p{font-size:13px;line-height:19px}
nav ul{margin:8px 0;padding:0}
nav li{display:inline;margin-right:12px}
.picture{margin:24px 0;overflow-x:auto}
.picture svg{display:block;max-width:100%;min-width:640px;height:auto;margin:0 auto}
ol{padding-left:32px}
ol>li{margin:4px 0}
li ul{padding-left:16px;list-style:none}
li p{margin:0}
.kind,.place,li ul,li p,footer,thead{color:var(--quiet)}
li ul code{color:var(--ink)}
li li span{white-space:nowrap}
.if{display:inline-block;padding:0 4px;border:1px solid var(--rule);border-radius:4px;font-size:12px;line-height:16px}
.files{overflow-x:auto}
table{border-collapse:collapse}
th,td{padding:3px 12px 3px 0;border-top:1px solid var(--rule);text-align:left;vertical-align:top;font-weight:400}
td code{font-size:11px}
:focus-visible{outline:2px solid var(--transmit);outline-offset:2px}
@media print{
@page{size:A4;margin:14mm}
@page picture{size:A4;margin:5mm}
body{max-width:none;padding:0;font-size:10pt;line-height:14pt}
nav li{display:block}
.picture{page:picture;break-before:page;break-after:page;margin:0;overflow:visible}
.picture svg{width:100%;min-width:0;max-height:286mm}
h2{break-after:avoid}
ol>li,tr{break-inside:avoid}
.files{overflow:visible}
}
"""
