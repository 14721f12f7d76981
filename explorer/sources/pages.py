"""The text of a kernel file out of the pages that Elixir, LXR and LXRng make of it.

A page is foreign text of any size and shape. So only the part between two known marks is read, and only if every tag in
it is a plain one: html.parser then has nothing to guess at, and takes no longer than the text is long.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from explorer.errors import UnverifiedError

__all__ = ["elixir", "lxr", "lxrng", "title"]

_PLAIN = re.compile(r"(?:[^<]|</?[a-zA-Z][^<>]{0,2000}>)*+")
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<>]{0,300})<", re.IGNORECASE)
_ELIXIR = '<div class="lxrcode">', '<td class="code">', "</pre>"
_LXRNG = '<div id="file_contents">', "<pre", "</pre></div>"
_LXR = '<pre class="filecontent"', ">", "</pre>"


def elixir(page: str) -> str:
    """The text on an Elixir page; it has lost carriage returns and a byte order mark. UnverifiedError if it is none."""
    return _text(_between(page, _ELIXIR), "")


def lxrng(page: str) -> str:
    """The text on an LXRng page, its tabs expanded; UnverifiedError if parts of it were left for later."""
    part = _between(page, _LXRNG)
    if 'class="pending"' in part:
        raise UnverifiedError("a page of LXRng that leaves parts of the file for a script to load")
    return _text(f"<pre{part}", "line")


def lxr(page: str) -> str:
    """The text on a page of LXR 2.x, its tabs expanded."""
    return _text(_between(page, _LXR).removeprefix("\n"), "fline")


def title(page: str) -> str:
    """What a page calls itself, in one line."""
    found = _TITLE.search(page[:20_000])
    return " ".join(found[1].split()) if found else ""


def _between(page: str, marks: tuple[str, str, str]) -> str:
    """What stands between the second mark after the first one, and the third."""
    begun, rest = "", page
    for mark in marks[:2]:
        _, begun, rest = rest.partition(mark)
    part, ended, _ = rest.partition(marks[2])
    if not (begun and ended):
        raise UnverifiedError(f"a web page without the file ({title(page)!r})")
    return part


def _text(part: str, numbers: str) -> str:
    if not _PLAIN.fullmatch(part):
        raise UnverifiedError("a web page with other markup than that of a file")
    reader = _Reader(numbers)
    reader.feed(part)
    reader.close()
    return "".join(reader.parts)


class _Reader(HTMLParser):
    """Everything but tags and the links of a class, which hold line numbers; LXR sets a blank behind those."""

    def __init__(self, numbers: str) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._numbers = numbers
        self._in_number = self._behind = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A line number begins."""
        self._in_number = tag == "a" and bool(self._numbers) and dict(attrs).get("class") == self._numbers

    def handle_endtag(self, tag: str) -> None:
        """A line number ends."""
        if tag == "a" and self._in_number:
            self._in_number, self._behind = False, self._numbers == "fline"

    def handle_data(self, data: str) -> None:
        """Text."""
        if not self._in_number:
            self.parts.append(data.removeprefix(" ") if self._behind else data)
            self._behind = False
