"""A handout as one HTML file that asks for nothing: it reads without a script, folds and steps with one, and prints."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from pathlib import Path

from explorer import __version__, views
from explorer.handout import Asked, Handout
from explorer.tour.pages import Walk
from explorer.tour.words import Words
from explorer.views.handout.markup import linked, name, prose, quoted, text
from explorer.views.handout.pieces import labelled, licence, origin, sureness
from explorer.views.handout.steps import Steps
from explorer.views.svg import DARK, LIGHT, Place, svg

__all__ = ["html", "title"]

_SOURCE = {
    "keyword": ("#7a3e9d", "#cfa6ea"), "comment": ("#4d6b4a", "#9bbd96"), "string": ("#9a3412", "#f5a570"),
}  # fmt: skip
_HEAD = 60  # characters of either side of the running head
_ROOM = {"a4": (194.0, 236.0), "letter": (199.0, 218.0)}  # mm that a page of its own leaves for the picture
_LANGUAGES = {"zh": "zh-Hans"}


def html(handout: Handout, paper: str = "") -> str:
    """Write the file; for a `paper`, a4 or letter, without what only a screen can do."""
    return "\n".join(_Writer(handout, paper).lines()) + "\n"


def title(handout: Handout) -> str:
    """What a handout is called: as its tour, or what all tours are about."""
    say = Words(handout.lang)
    about = handout.walks[0].title if len(handout.walks) == 1 else say("How a frame reaches a packet socket")
    return about + say(" (the teacher's copy)") * handout.answers


class _Writer:
    def __init__(self, handout: Handout, paper: str) -> None:
        self._handout = handout
        self._paper = paper
        self._say = Words(handout.lang)
        self._steps = Steps(handout, paper)
        self._above = 2 if len(handout.walks) == 1 else 3  # the level of a step's heading

    def lines(self) -> Iterator[str]:
        yield from self._head()
        yield f'<a class="skip" href="#content">{text(self._say("Skip to the content"))}</a>'
        yield from self._front()
        yield '<main id="content" tabindex="-1">'
        yield from self._map()
        for number, walk in enumerate(self._handout.walks):
            yield from self._walk(number, walk)
        yield from self._questions()
        yield from self._words()
        yield "</main>"
        yield from self._back()

    def _head(self) -> Iterator[str]:
        handout = self._handout
        style = _style(handout, self._paper)
        called = f"{title(handout)}, Linux {handout.version}"
        lang = _LANGUAGES.get(handout.lang, handout.lang)
        yield f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">'
        if not self._paper:
            styles = " ".join(map(_hash, (style, *self._drawn_styles())))
            policy = f"default-src 'none'; style-src {styles}; script-src {_hash(_static('js'))}"
            yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
        yield '<meta name="color-scheme" content="light dark">'
        yield f'<meta name="generator" content="packet-path-explorer {__version__}">'
        yield f"<title>{text(called)}</title>\n<style>{style}</style>\n</head>"
        yield '<body class="paper">' if self._paper else "<body>"

    def _front(self) -> Iterator[str]:
        handout, say = self._handout, self._say
        yield f"<header>\n<p class=release>Linux {text(str(handout.version))}</p>\n<h1>{text(title(handout))}</h1>"
        if handout.other:
            yield f"<p class=beside>{text(say('Compared with {version}', version=handout.other))}</p>"
        if len(handout.walks) == 1:
            yield f"<div class=lead>{prose(handout.walks[0].text)}</div>"
        yield from self._contents()
        yield from self._sources()
        yield "</header>"

    def _contents(self) -> Iterator[str]:
        say = self._say
        several = " several" * (len(self._handout.walks) > 1)
        yield f'<nav class="contents{several}" aria-label="{quoted(say("Contents"))}">\n<ol>'
        yield f'<li><a href="#map">{text(say("The route map"))}</a></li>'
        for number, walk in enumerate(self._handout.walks):
            rows = "".join(self._entry(walk, step) for step in range(len(walk.pages)))
            if len(self._handout.walks) == 1:
                yield rows
            else:
                head = f"<a href=#{self._steps.tour(number)}>{text(walk.title)}</a>"
                yield f"<li><span class=number>{number + 1}</span> {head}\n<ol>{rows}</ol></li>"
        if self._handout.questions:
            yield f'<li><a href="#questions">{text(say("Questions"))}</a></li>'
        if self._handout.words:
            yield f'<li><a href="#words">{text(say("Words"))}</a></li>'
        yield "</ol>\n</nav>"

    def _entry(self, walk: Walk, step: int) -> str:
        page = walk.pages[step]
        number = f"<span class=number>{self._handout.number(walk, step)}</span>"
        return f"<li>{number} <a href=#{self._steps.step(walk, step)}>{name(page.title)}</a></li>"

    def _sources(self) -> Iterator[str]:
        """Where the source is from, how it was verified, and under which licence it is printed."""
        handout, say = self._handout, self._say
        yield f'<section class="sources" aria-label="{quoted(say("Where the source is from"))}">'
        yield prose(licence(handout))
        if len(handout.walks) > 1 and not self._paper:
            yield prose(say("More than {count} lines without a note are left out here.", count=handout.longest))
        heads = "".join(f'<th scope="col">{text(say(each))}</th>' for each in ("File", "Verified", "Blob", "From"))
        yield f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>"
        for info in handout.files:
            sure = "; ".join(map(say, sureness(info).split("; ")))
            yield f'<tr><th scope="row">{name(info.path)}</th><td>{text(sure)}</td><td>{name(info.blob[:12])}</td>'
            yield f"<td>{_from(origin(info))}</td></tr>"
        yield "</tbody>\n</table>\n</section>"

    @cache  # noqa: B019 - as long as the page is written
    def _picture(self) -> str:
        handout = self._handout
        place: Place = "paper" if self._paper else "page"
        return svg(handout.graph, handout.routes, "routes", self._steps.links, lang=handout.lang, place=place)

    def _drawn_styles(self) -> list[str]:
        """The style that the picture has of its own."""
        return [part.partition("</style>")[0] for part in self._picture().split("<style>")[1:]]

    def _map(self) -> Iterator[str]:
        say = self._say
        yield '<section class="map" aria-labelledby="map">'
        yield f'<h2 id="map">{text(say("The route map"))}</h2>'
        yield f"<p>{text(say('What is sent goes down on the left, what is received comes up on the right.'))}</p>"
        style = f' style="width:{_fitting(self._picture(), self._paper):.1f}mm"' if self._paper else ""
        yield f'<div class="picture"{style}>{self._picture()}</div>\n</section>'

    def _walk(self, number: int, walk: Walk) -> Iterator[str]:
        say = self._say
        alone = len(self._handout.walks) == 1
        if not alone:
            yield f'<section class="tour" aria-labelledby="{self._steps.tour(number)}">'
            heading = f"<span class=number>{number + 1}</span> {text(walk.title)}"
            yield f'<h2 id="{self._steps.tour(number)}">{heading}</h2>'
            yield f"<div class=lead>{prose(walk.text)}</div>"
        if walk.absent:
            names = say(", ").join(map(name, walk.absent))
            yield f"<p class=absent>{labelled(text(say('Functions not in this version:')), names)}</p>"
        change = self._handout.changes[number] if self._handout.changes else None
        for step in range(len(walk.pages)):
            yield from self._steps.section(walk, step, self._above, change.pairs[step] if change else None)
        if change and change.new:
            yield from self._steps.new(change, self._above)
        if not alone:
            yield "</section>"

    def _questions(self) -> Iterator[str]:
        handout, say = self._handout, self._say
        if not handout.questions:
            return
        yield '<section class="questions" aria-labelledby="questions">'
        yield f'<h2 id="questions">{text(say("Questions"))}</h2>\n<ol>'
        yield from chain.from_iterable(map(self._question, handout.questions))
        yield "</ol>\n</section>"

    def _words(self) -> Iterator[str]:
        if not self._handout.words:
            return
        yield '<section class="glossary" aria-labelledby="words">'
        yield f'<h2 id="words">{text(self._say("Words"))}</h2>\n<dl>'
        yield from (f"<div><dt>{text(word)}<dd>{text(meaning)}</div>" for word, meaning in self._handout.words)
        yield "</dl>\n</section>"

    def _question(self, asked: Asked) -> Iterator[str]:
        say = self._say
        yield f"<li>\n<p class=ask>{text(asked.ask)}</p>"
        if self._handout.answers:
            yield "".join(f"<div class=answer>{prose(each)}</div>" for each in asked.texts)
        elif self._paper:
            yield "<div class=room></div>"
        live = name(f"explorer live {asked.scenario}")
        see = labelled(text(say("See it happen:")), live) if asked.scenario else ""
        where = labelled(text(say("Look at")), self._where(asked.notes))
        yield f"<p class=where>{say('. ').join(filter(None, (where, see)))}</p>\n</li>"

    def _where(self, notes: Sequence[str]) -> str:
        """The steps that notes stand at, with the notes' titles in the teacher's copy only, for they answer."""
        anchors = dict.fromkeys(map(self._steps.note_at, notes))
        return self._say("; ").join(f"<a href=#{anchor}>{shown}</a>" for anchor, shown in anchors)

    def _back(self) -> Iterator[str]:
        say = self._say
        made = say("Made by packet-path-explorer {version}.", version=__version__)
        yield f"<footer><p>{text(made)}</p></footer>"
        if not self._paper:
            yield self._bar()
            yield f"<script>{_static('js')}</script>"
        yield "</body>\n</html>"

    def _bar(self) -> str:
        """What a script makes of use; nothing without one."""
        say = self._say
        buttons = "".join(
            f'<button type="button" id="{key}" title="{hint}">{text(say(words))}</button>'
            for key, hint, words in (
                ("previous", "p", "Previous"),
                ("next", "n", "Next"),
                ("unfold", "u", "Unfold all"),
            )
        )
        fold = quoted(say("Fold all"))
        return (
            f'<nav class="bar" hidden aria-label="{quoted(say("Steps"))}" data-fold="{fold}">{buttons}'
            f'<a href="#map">{text(say("The route map"))}</a><span id="where" role="status"></span></nav>'
        )


def _fitting(picture: str, paper: str) -> float:
    """How wide a picture may be, in mm, that is to share its page with its heading only."""
    width, height = map(float, re.findall(r'\b(?:width|height)="([\d.]+)"', picture)[:2])
    most = _ROOM[paper]
    return min(most[0], most[1] * width / height)


def _from(place: str) -> str:
    return linked(place, place) if place.startswith("http") else text(place)


@cache
def _static(suffix: str) -> str:
    return (Path(views.__file__).parent / "static" / f"handout.{suffix}").read_text("utf-8")


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _style(handout: Handout, paper: str) -> str:
    """The style sheet, its colours before it, the words of the running head behind it."""
    light = LIGHT | {key: pair[0] for key, pair in _SOURCE.items()}
    dark = DARK | {key: pair[1] for key, pair in _SOURCE.items()}
    say = Words(handout.lang)
    sure = dict.fromkeys(say(info.verified) for info in handout.files)
    places = dict.fromkeys(origin(info) for info in handout.files)
    parts = [f"Linux {handout.version}", *sure][:2] + [say("from {place}", place=place) for place in places][:1]
    heads = f"@top-left{{content:{_quoted(title(handout))}}}@top-right{{content:{_quoted(' · '.join(parts))}}}"
    return (
        f":root{{{_colours(light)}}}@media screen and (prefers-color-scheme:dark){{:root{{{_colours(dark)}}}}}"
        f"{_static('css')}@page{{size:{paper or 'a4'};{heads}}}"
    )


def _colours(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in colours.items())


def _quoted(words: str) -> str:
    """A CSS string, in which nothing ends the string or the style; of a running head, which has one line."""
    words = words if len(words) <= _HEAD else f"{words[: _HEAD - 1]}…"
    return '"' + "".join(char if char.isalnum() or char in " .,·…-" else f"\\{ord(char):06x}" for char in words) + '"'
