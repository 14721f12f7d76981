"""What a tap got, in a line."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from explorer.scenario import Row


def shown(rows: Sequence[Row]) -> str:
    """Type, protocol, device, length of each frame (and how many bytes were kept), equal ones counted."""
    cells = [_cell(row) for row in rows]
    return ", ".join(f"{cell} x{count}" if (count := len(list(run))) > 1 else cell for cell, run in groupby(cells))


def _cell(row: Row) -> str:
    kept = len(row.data) // 2
    cut = f"/{kept}" if kept != row.length else ""
    return f"{row.pkttype or '-'} {row.protocol:04x} {row.device} {row.length}{cut}"
