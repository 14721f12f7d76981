"""Addresses of a kernel to functions: by its own table, and with the lines that a table of lines gives."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from explorer.trace.lines import Lines, placed
from explorer.trace.values import Chain, Frame, bare

__all__ = ["Symbols"]

_LONGEST = 1 << 16  # bytes of a function


class Symbols:
    """Names by address, from the text of /proc/kallsyms."""

    def __init__(self, text: str) -> None:
        rows = []
        for line in text.splitlines():
            words = line.split()
            if len(words) >= 3 and words[1] in "tTwW" and int(words[0], 16):
                rows.append((int(words[0], 16), words[2], words[3].strip("[]") if len(words) > 3 else ""))
        rows.sort()
        self._rows = rows
        self._starts = [row[0] for row in rows]

    @property
    def hidden(self) -> bool:
        """Whether there is no address, which is what a reader without the right gets."""
        return not self._rows

    def named(self, names: Iterable[str]) -> dict[int, str]:
        """The addresses of functions and of their compiler's copies."""
        wanted = set(names)
        return {start: bare(name) for start, name, _ in self._rows if bare(name) in wanted and ".cold" not in name}

    def frame(self, address: int, returns: bool = True) -> Frame | None:
        """The function that an address is in; where it returns to may stand behind the function's last call."""
        at = bisect(self._starts, address - returns) - 1
        if at < 0 or address - self._starts[at] > _LONGEST:
            return None
        start, name, module = self._rows[at]
        return Frame(bare(name), address - start, module)

    def chain(self, addresses: Sequence[int], lines: Lines | None = None) -> Chain:
        """The functions of a stack, whose innermost address, where its function begins, is its first.

        With lines, each frame that called has its own, and the functions inlined there stand behind it.
        """
        found = [self.frame(address, returns=number > 0) for number, address in enumerate(addresses)]
        places = [(), *((lines or {}).get(address, ()) for address in addresses[1:])]
        rows = zip(reversed(found), reversed(places), strict=True)
        return tuple(_whole([each for frame, row in rows if frame for each in placed(frame, row)]))


def _whole(frames: list[Frame]) -> Iterator[Frame]:
    """Without the head of a function that was inlined alone, and calls the rest of it."""
    for frame, after in pairwise([*frames, None]):
        if frame and not (after and frame.inlined and frame.function == after.function):
            yield frame
