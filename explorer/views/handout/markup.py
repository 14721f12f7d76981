"""The small parts of a handout's HTML: text that stays text, prose, links, lines of C.

Half of a handout would be markup. What HTML lets be left out is: quotes round a plain word, end tags that are implied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from explorer.excerpt import Excerpt, runs
from explorer.views.handout.pieces import paragraphs
from explorer.views.handout.turned import Run, turned

__all__ = ["Lines", "linked", "name", "prose", "quoted", "text"]

# What has no glyph and might command a reader's eye: controls, marks of direction, what no document may hold.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff]"
)

_WHOLE = re.compile(r"\w+(?:->\w+)+|(?<![^\s`])--?\w[\w-]*", re.ASCII)
_LONG = re.compile(r"\b[\w.]{24,}", re.ASCII)  # the margin of a page has no room for more in capitals
_JOINT = re.compile(r"(?<=[^\W_])[_.](?=[^\W_])", re.ASCII)


def text(words: str) -> str:
    """Words of others between tags: never markup, and all of them seen."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", words).replace("&", "&amp;").replace("<", "&lt;")


def quoted(words: str) -> str:
    """Words of others as an attribute's value, which stands in double quotes."""
    return text(words).replace('"', "&quot;")


def prose(words: str) -> str:
    """Paragraphs, in which `...` is what a reader types; what follows ends the last."""
    return "".join(f"<p>{_coded(part)}" for part in paragraphs(words))


def _coded(words: str) -> str:
    """A paragraph; no member or option is broken behind its hyphen, and a long name only between its parts."""
    shown = _WHOLE.sub(r"<span class=whole>\g<0></span>", text(words))
    shown = _LONG.sub(lambda long: _JOINT.sub(r"\g<0><wbr>", long[0]), shown)
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", shown)


def name(words: str) -> str:
    """A name of the source."""
    return f"<code>{text(words)}</code>"


def linked(shown: str, address: str, note: bool = False) -> str:
    """A place in the source, as a link where there is an address; on paper a footnote tells it."""
    if not address.startswith(("https://", "http://")):
        return name(shown)
    foot = f"<span class=foot>{text(address)}</span>" if note else ""
    return f'<a href="{quoted(address)}">{name(shown)}</a>{foot}'


class Lines:
    """The lines of an excerpt as list items; calls of functions that have a step lead there.

    For `paper` tabs are blanks, long lines are turned, and the list counts by itself: its printer knows no `start`.
    """

    def __init__(
        self,
        excerpt: Excerpt,
        paper: bool,
        on: Iterable[int] = (),
        links: Mapping[int, Mapping[str, str]] | None = None,
    ) -> None:
        self._excerpt = excerpt
        self._paper = paper
        self._on = set(on)
        self._links = links or {}

    def list(self, numbers: range) -> str:
        """Some of the lines, with the file's own numbers."""
        style = f' style="counter-reset:list-item {numbers[0] - 1}"' if self._paper else ""
        return f"<ol start={numbers[0]}{style}>{''.join(map(self._line, numbers))}</ol>"

    def _line(self, number: int) -> str:
        on = " class=on" if number in self._on else ""
        links = self._links.get(number, {})
        row = runs(self._excerpt.lines[number - self._excerpt.first], _tag, links)
        if not self._paper:
            return f"<li{on}>{_shown(row, links)}"
        (_, first), *more = turned(row)
        rest = "".join(
            f'<span class=turn style="padding-left:{deep}ch">{_shown(part, links)}</span>' for deep, part in more
        )
        return f"<li{on}>{_shown(first, links)}{rest}"


def _shown(row: Iterable[Run], links: Mapping[str, str]) -> str:
    return "".join(_run(tag, words, links) for tag, words in row)


def _run(tag: str, words: str, links: Mapping[str, str]) -> str:
    if words in links:
        return f"<a href=#{links[words]}>{text(words)}</a>"
    return f"<{tag}>{text(words)}</{tag.partition(' ')[0]}>" if tag and words.strip() else text(words)


def _tag(kind: str) -> str:
    """How a token is shown, by Pygments' short name: keyword, comment, string, macro."""
    return {"k": "b", "c": "i", "s": "span class=s"}.get(kind[:1], "") if kind[:2] != "cp" else "span class=m"
