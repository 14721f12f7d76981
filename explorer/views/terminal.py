"""What text needs to stand in a terminal: columns counted, lines folded, source made harmless."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

__all__ = ["STYLES", "cells", "expanded", "folded", "padded", "paragraphs", "source", "untabbed"]

# Pygments' short names to what reads on light and dark terminals.
STYLES = {"k": "bold", "kt": "bold", "c": "dim", "cm": "dim", "c1": "dim", "cp": "magenta", "s": "green", "nf": "cyan"}

_WIDE = "\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60"
_CLOSING = "，。、；：？！）》」』】”’,.;:?!)"  # noqa: RUF001 - what does not begin a line, in Chinese too
_PIECE = re.compile(rf"\s+|[{_WIDE}][{_CLOSING}]*|[^\s{_WIDE}]+[{_CLOSING}]*")


def expanded(text: str, column: int) -> str:
    """Tabs to the kernel's eight columns; other control characters, which a terminal might obey, to U+FFFD."""
    out = ""
    for char in text:
        if char == "\t":
            out += " " * (8 - (column + len(out)) % 8)
        else:
            out += char if char.isprintable() else "\N{REPLACEMENT CHARACTER}"
    return out


def untabbed(line: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """A line of source, (kind, text) each, with blanks for its tabs."""
    column = 0
    for kind, text in line:
        wide = expanded(text, column)
        column += len(wide)
        yield kind, wide


def source(line: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """A line of source as (style, text)."""
    return ((STYLES.get(kind, ""), text) for kind, text in untabbed(line))


def cells(text: str) -> int:
    """The columns a text takes: two for what is Chinese, none for a combining mark."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def padded(text: str, width: int) -> str:
    """A text with blanks behind it, so many columns wide."""
    return text + " " * (width - cells(text))


def folded(text: str, width: int) -> Iterator[str]:
    """The lines of a paragraph, at most `width` columns each unless a word alone is longer."""
    line = ""
    for piece in _PIECE.findall(expanded(" ".join(text.split()), 0)):
        if line and cells(line + piece.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += piece if line or piece.strip() else ""
    if line.strip():
        yield line.rstrip()


def paragraphs(text: str, width: int) -> Iterator[str]:
    """The lines of a text whose paragraphs a blank line parts."""
    for number, part in enumerate(re.split(r"\n\s*\n", text.strip())):
        if number:
            yield ""
        yield from folded(part, width)
