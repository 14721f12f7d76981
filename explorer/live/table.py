"""Frames as a table, in text and HTML; names that a hostile machine may have chosen are escaped."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import overload

from explorer.scenario import Row, Tap
from explorer.tour.words import Words

__all__ = ["Frames", "ethertype", "hexdump", "listens", "printable", "table"]

_ETHERTYPES = {
    0x0003: "ETH_P_ALL",
    0x0004: "ETH_P_802_2",
    0x0800: "ETH_P_IP",
    0x0806: "ETH_P_ARP",
    0x8100: "ETH_P_8021Q",
    0x86DD: "ETH_P_IPV6",
    0x88A8: "ETH_P_8021AD",
    0x88B5: "experimental 1",
    0x88B6: "experimental 2",
}
_MOST = 200  # lines of a table that nobody asked to see whole
_COLUMNS = ("tap", "pkttype", "protocol", "device", "length")


class Frames(Sequence[Row]):
    """What taps got, in order, and where: shown as a table."""

    def __init__(self, rows: Sequence[Row], source: str) -> None:
        self.rows = tuple(rows)
        self.source = source  # "live on Linux 6.12", or recorded, and when

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Frames: ...
    def __getitem__(self, index: int | slice) -> Row | Frames:
        found = self.rows[index]
        return found if isinstance(found, Row) else Frames(found, self.source)

    def __len__(self) -> int:
        return len(self.rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frames) and self.rows == other.rows

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "\n".join([self._headline, *table(self.rows, most=_MOST)])

    def _repr_html_(self) -> str:
        lines = "".join(_html_row("td", [*_cells(row), _times(count)]) for row, count in _runs(self.rows)[:_MOST])
        return (
            f"<table><caption>{html.escape(self._headline)}</caption>{_html_row('th', [*_COLUMNS, ''])}{lines}</table>"
        )

    @property
    def _headline(self) -> str:
        return printable(", ".join(filter(None, (_frames(len(self)), self.source))))

    def hex(self) -> str:
        """Every frame with its bytes."""
        return "\n".join(table(self.rows, dump=True))


def table(rows: Sequence[Row], dump: bool = False, tap: bool = True, most: int | None = None) -> Iterator[str]:
    """A line for each run of equal frames, its columns aligned, with or without the tap; with `dump` the bytes below.

    `most` is how many lines are shown before the rest is only counted.
    """
    runs = _runs(rows)
    shown = runs[:most]
    cells = [_cells(row)[not tap :] for row, _ in shown]
    wide = [max(map(len, column)) for column in zip(*cells, strict=True)]
    apart = _apart([row for row, _ in shown], cells)
    for (row, count), each, byte in zip(shown, cells, apart, strict=True):
        *words, length = zip(each, wide, strict=True)
        line = [*(text.ljust(size) for text, size in words), length[0].rjust(length[1]), byte, _times(count)]
        yield "  ".join(line).rstrip()
        if row.aux:
            yield "  " + " ".join(f"{name}={value}" for name, value in row.aux)
        if dump:
            yield from (f"  {line}" for line in hexdump(row.data))
    if left := sum(count for _, count in runs[len(shown) :]):
        yield f"and {_frames(left)} more"


def hexdump(data: str) -> Iterator[str]:
    """Hexadecimal digits, sixteen bytes a line, with what is printable ASCII."""
    content = bytes.fromhex(data)
    for place in range(0, len(content), 16):
        part = content[place : place + 16]
        words = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        yield f"{place:04x}  {part.hex(' '):47}  {words}"


def ethertype(number: int) -> str:
    """An ethertype, with its name in if_ether.h if it is one of those met here."""
    return f"0x{number:04x} {_ETHERTYPES.get(number, '')}".rstrip()


def listens(tap: Tap, say: Words | None = None) -> str:
    """A tap in a line: what it listens to, and how."""
    say = say or Words()
    words = [ethertype(tap.protocol), tap.device or say("every device"), tap.type]
    words += [f"ring V{tap.ring}"] * bool(tap.ring) + [f"fanout {tap.fanout}"] * bool(tap.fanout)
    words += [say("ignores outgoing")] * tap.ignore_outgoing + [say("filter")] * bool(tap.filter)
    return printable(f"{tap.name}: {say(', ').join(words)}")


def printable(text: str, keep: str = "") -> str:
    """A text in which what a terminal might obey, or could not print, is written as an escape."""
    return "".join(char if char.isprintable() or char in keep else ascii(char)[1:-1] for char in text)


def _cells(row: Row) -> tuple[str, ...]:
    return printable(row.tap), row.pkttype or "-", ethertype(row.protocol), printable(row.device), str(row.length)


def _apart(rows: Sequence[Row], cells: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Where lines would read alike, the first byte in which their frames differ."""
    for row, each in zip(rows, cells, strict=True):
        alike = [bytes.fromhex(other.data) for other, its in zip(rows, cells, strict=True) if its == each]
        place = next((place for place, column in enumerate(zip(*alike, strict=False)) if len(set(column)) > 1), None)
        yield "" if place is None else f"byte {place}: {row.data[2 * place : 2 * place + 2]}"


def _html_row(cell: str, texts: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{cell}>{html.escape(text)}</{cell}>" for text in texts) + "</tr>"


def _runs(rows: Sequence[Row]) -> list[tuple[Row, int]]:
    """Frames, and how many equal ones came in a row."""
    return [(row, len(list(same))) for row, same in groupby(rows)]


def _times(count: int) -> str:
    return f"{count} times" if count > 1 else ""


def _frames(count: int) -> str:
    return f"{count or 'no'} frame{'s' * (count != 1)}"
