"""A page for viewers that run no scripts and know no styles: plain HTML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from explorer.views.fragments import prose
from explorer.views.shared import escaped

__all__ = ["html", "looked", "plain"]


def html(shown: dict[str, Any], chart: dict[str, Any] | None = None) -> str:
    """Picture and steps, if there is a chart, source with its numbers, each note below its lines."""
    return "\n".join(["<section>", *(_charted(shown, chart) if chart else ()), *_html(shown), "</section>"])


def looked(shown: dict[str, Any], function: str) -> str:
    """The page of a function FUNC@SRC; the front end finds it by its class, and knows by the rest what it is."""
    of = f'data-version="{escaped(shown["version"])}" data-function="{escaped(function)}"'
    return f'<div class="xp-look" {of}>{html(shown)}</div>'


def _charted(shown: dict[str, Any], chart: dict[str, Any]) -> Iterator[str]:
    yield f"<h3>{escaped(chart['title'])}</h3>\n<div>{chart['svg']}</div>\n<ol>"
    for step in chart["steps"]:
        name = f"<code>{escaped(step['title'])}</code>"
        now = f"<strong>{name}</strong>" if step["title"] == shown["title"] else name
        yield f"<li>{now} {escaped(step['summary'])}</li>"
    yield "</ol>"


def _html(shown: dict[str, Any]) -> Iterator[str]:
    yield f"<h4><code>{escaped(shown['title'])}</code> {_linked(shown['place'], shown['link'])}</h4>"
    yield f"<p><small>{prose(' · '.join(shown['trust']))}</small></p>"
    yield from (f"<p>{prose(text)}</p>" for text in shown["words"])
    yield from _source(shown)
    if shown["lacking"]:
        yield f"<p><em>{prose(shown['lacking'])}</em></p>"
    yield from map(_aside, shown["apart"])
    if shown["absent"]:
        yield f"<p><small>Not in this version: {escaped(shown['absent'])}.</small></p>"


def _source(shown: dict[str, Any]) -> Iterator[str]:
    """Source in pieces, cut behind the last line of each note."""
    notes = shown["notes"]
    on = {number for note in notes for number in range(note["first"], note["last"] + 1)}
    folds = {last: last - first + 1 for first, last in shown["folded"]}
    folded = {number for last, count in folds.items() for number in range(last - count + 1, last + 1)}
    rows: list[str] = []
    for number, line in enumerate(shown["lines"], shown["first"]):
        if number in folds:
            rows.append(f"      … {folds[number]} lines …")
        elif number not in folded:
            rows.append(f"{number:>6} {'▌' if number in on else ' '} {escaped(plain(line).expandtabs(8))}")
        if here := [note for note in notes if note["last"] == number]:
            yield f"<pre>{chr(10).join(rows)}</pre>"
            yield from map(_aside, here)
            rows = []
    if rows:
        yield f"<pre>{chr(10).join(rows)}</pre>"


def plain(line: str | list[Any]) -> str:
    """The text of a line as the front end gets it."""
    return line if isinstance(line, str) else "".join(part if isinstance(part, str) else part[0] for part in line)


def _aside(note: dict[str, Any]) -> str:
    sure = f" ({escaped(note['sure'])})" if note["sure"] else ""
    text = "".join(f"<p>{prose(part)}</p>" for part in note["text"])
    head = f"<strong>{escaped(note['title'])}</strong>{sure} {_linked(note['place'], note['link'])}"
    return f"<blockquote>{head}{text}</blockquote>"


def _linked(place: str, address: str) -> str:
    shown = f"<code>{escaped(place)}</code>" if place else ""
    return f'<a href="{escaped(address)}">{shown}</a>' if shown and address.startswith("https://") else shown
