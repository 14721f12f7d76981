"""data/reviewed.toml: who read a note against which text of its function, and when.

A pattern that fits does not prove the prose. A review is of words (the digest of title and text as shown) and of a
function's text less blanks and comments; where either changes it no longer holds.

    ["dev_queue_xmit_nit.own-sender"]
    "21acb1d5ed75.0f3c55d2a901" = "2026-01-31 A Name"
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from explorer import resources
from explorer.tour.placement import Ground
from explorer.tour.values import Placement, Step

__all__ = ["review", "sign"]


def review(ground: Ground, step: Step, placed: Placement) -> str:
    """Date and name of the one who read a placed note against just this text; empty if nobody did."""
    said = _reviews().get(f"{step.id}.{placed.note.id}", {})
    return str(said.get(_key(ground, placed), "")) if said else ""


def _key(ground: Ground, placed: Placement) -> str:
    """The two digests a review is filed under; empty where that of the text is not known."""
    body = ground.digest(placed.function) if placed.function and ground.kernel.has_text else placed.body
    return f"{placed.digest}.{body}" if body else ""


@cache
def _reviews() -> Mapping[str, Any]:
    return resources.data("reviewed.toml") if resources.data_path("reviewed.toml").is_file() else {}


def sign(place: Path, rows: Iterable[tuple[Ground, Step, Placement]], words: str) -> int:
    """Write into a file of reviews that placed notes were read, `words` being date and name; how many are new."""
    import tomllib

    known: dict[str, dict[str, str]] = tomllib.loads(place.read_text("utf-8")) if place.is_file() else {}
    new = 0
    for ground, step, placed in rows:
        notes = known.setdefault(f"{step.id}.{placed.note.id}", {})
        if (key := _key(ground, placed)) and key not in notes:
            notes[key] = words
            new += 1
    tables = (
        f'["{name}"]\n' + "".join(f'"{key}" = "{said}"\n' for key, said in sorted(rows.items()))
        for name, rows in sorted(known.items())
    )
    place.write_text(
        "# Who read which note against which text: see explorer/tour/review.py. Written by `explorer check --sign`.\n\n"
        + "\n".join(tables),
        "utf-8",
    )
    return new
