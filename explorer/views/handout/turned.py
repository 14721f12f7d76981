"""Lines of C on paper: blanks for tabs, and a line that is too long turned into rows, as an editor turns it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from explorer.views.terminal import untabbed

__all__ = ["Run", "turned"]

_COLUMNS = 80  # of C, which paper has room for beside its notes
_ENDS = " (,"  # what a row may end with
_DEEPER = 4  # columns that a turned row stands behind the first

Run = tuple[str, str]  # how it is shown, and the text


def turned(line: Iterable[Run]) -> Iterator[tuple[int, list[Run]]]:
    """The rows of a line, each with the columns it is moved in: none for the first, which has its own blanks."""
    runs = list(untabbed(line))
    words = "".join(text for _, text in runs)
    start = len(words) - len(words.lstrip())
    deep = min(start + _DEEPER, _COLUMNS // 2)
    end = _cut(words, start, _COLUMNS)
    if end < len(words) <= start + _COLUMNS - deep and (end <= start or words[end - 1] not in _ENDS):
        end = start  # a word that is too long only where it stands
    yield 0, _between(runs, 0, end) if end != start else []
    while end < len(words):
        begin, end = end, _cut(words, end, end + _COLUMNS - deep)
        yield deep, _between(runs, begin, end)


def _cut(words: str, first: int, last: int) -> int:
    """Where a row ends that begins at `first` and has room up to `last`: not soon, and behind a blank if it can."""
    if len(words) <= last:
        return len(words)
    soon = first + (last - first) // 3
    return next((at + 1 for mark in _ENDS if (at := words.rfind(mark, soon, last)) >= 0), last)


def _between(runs: Iterable[Run], begin: int, end: int) -> list[Run]:
    """The runs, or parts of runs, between two columns."""
    found, column = [], 0
    for kind, text in runs:
        if part := text[max(begin - column, 0) : max(end - column, 0)]:
            found.append((kind, part))
        column += len(text)
    return found
