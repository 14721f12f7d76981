"""The small parts of a handout's HTML: text that stays text, prose, links, lines of C."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import groupby

from explorer.excerpt import Excerpt
from explorer.views.handout.pieces import paragraphs
from explorer.views.terminal import expanded

__all__ = ["Lines", "linked", "name", "prose", "text"]

# What has no glyph and might command a reader's eye: controls, marks of direction, what no document may hold.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff]"
)


def text(words: str) -> str:
    """Words of others: never markup, and all of them seen."""
    return escape(_UNSEEN.sub("\N{REPLACEMENT CHARACTER}", words), quote=True)


def prose(words: str) -> str:
    """Paragraphs, in which `...` is what a reader types."""
    return "".join(f"<p>{_coded(part)}</p>" for part in paragraphs(words))


def _coded(words: str) -> str:
    """A paragraph; a member's name is not broken behind its hyphen."""
    shown = re.sub(r"\w+(?:-&gt;\w+)+", r'<span class="whole">\g<0></span>', text(words))
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", shown)


def name(words: str) -> str:
    """A name of the source."""
    return f"<code>{text(words)}</code>"


def linked(shown: str, address: str, note: bool = False) -> str:
    """A place in the source, as a link where there is an address; on paper a footnote tells it."""
    if not address.startswith(("https://", "http://")):
        return name(shown)
    foot = f'<span class="foot">{text(address)}</span>' if note else ""
    return f'<a href="{text(address)}">{name(shown)}</a>{foot}'


class Lines:
    """The lines of an excerpt as list items; calls of functions that have a step lead there.

    For `paper` tabs are blanks and the list counts by itself, as its printer knows neither tab stops nor `start`.
    """

    def __init__(
        self,
        excerpt: Excerpt,
        paper: bool,
        on: Iterable[int] = (),
        links: Mapping[tuple[int, str], str] | None = None,
    ) -> None:
        self._excerpt = excerpt
        self._paper = paper
        self._on = set(on)
        self._links = links or {}

    def list(self, numbers: range) -> str:
        """Some of the lines, with the file's own numbers."""
        style = f' style="counter-reset:list-item {numbers[0] - 1}"' if self._paper else ""
        return f'<ol start="{numbers[0]}"{style}>{"".join(map(self._line, numbers))}</ol>'

    def _line(self, number: int) -> str:
        on = ' class="on"' if number in self._on else ""
        return f"<li{on}>{''.join(self._tokens(number))}"  # an end tag may be left out: a tenth of the file

    def _tokens(self, number: int) -> Iterator[str]:
        column = 0
        row = self._excerpt.lines[number - self._excerpt.first]
        for kind, group in groupby(zip(_kinds(row), row, strict=True), key=lambda each: each[0]):
            parts = [words for _, (_, words) in group]
            for words in ["".join(parts)] if kind else parts:
                wide = expanded(words, column) if self._paper else words
                column += len(wide)
                yield self._token(number, kind, wide)

    def _token(self, number: int, kind: str, words: str) -> str:
        if step := self._links.get((number, words)):
            return f'<a href="#{step}">{text(words)}</a>'
        tag = _TAGS.get(kind, "")
        return f"<{tag}>{text(words)}</{tag.partition(' ')[0]}>" if tag and words.strip() else text(words)


_TAGS = {"k": "b", "c": "i", "m": 'span class="m"', "s": 'span class="s"'}


def _kinds(row: Iterable[tuple[str, str]]) -> Iterator[str]:
    """How each token is shown, by Pygments' short names: keyword, comment, macro, string; blanks as what was before."""
    kind = ""
    for short, words in row:
        if words.strip():
            kind = "m" if short.startswith("cp") else short[:1] if short[:1] in ("k", "c", "s") else ""
        yield kind
