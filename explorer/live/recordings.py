"""What was recorded of real runs: data/recordings/*.jsonl, keyed by scenario and by the exact text of a cell."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
from collections.abc import Container, Iterable
from dataclasses import asdict
from functools import cache
from pathlib import Path

from explorer import __version__, resources
from explorer.errors import DataError
from explorer.live.runs import outcome_of
from explorer.scenario import Outcome, Recording, Scenario, said

__all__ = [
    "cell_key",
    "digest",
    "every",
    "find",
    "keep",
    "made",
    "merge",
    "outcomes",
    "place_of",
    "read",
    "scenario_key",
    "shown_as",
]


def place_of(kind: str) -> Path:
    """The file of a kind: scenario, cell, or draw (a scenario drawn at random)."""
    return resources.data_path("recordings", f"{kind}s.jsonl")


def digest(text: str) -> str:
    """What identifies a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def scenario_key(scenario: Scenario) -> str:
    """A scenario's id and a digest of what it does: its words may be edited, and the recording still fits."""
    parts = (scenario.devices, scenario.taps, scenario.actions)
    done = json.dumps([[said(row) for row in part] for part in parts], sort_keys=True)
    return f"{scenario.id}:{digest(done)}"


def cell_key(text: str) -> str:
    """The digest of a cell's exact text, less the newline at its end."""
    return digest(text.rstrip("\n"))


def find(kind: str, key: str) -> Recording | None:
    """The recording of the newest kernel."""
    found = every(kind, key)
    return found[-1] if found else None


def every(kind: str, key: str) -> tuple[Recording, ...]:
    """The recordings of a key, the newest kernel's last."""
    return _shelf(kind).get(key, ())


def outcomes(scenario: Scenario, kind: str = "scenario") -> tuple[tuple[Outcome, Recording], ...]:
    """What was recorded of a scenario as it is now, the newest kernel's last."""
    found = _shelf(kind).get(scenario_key(scenario), ())
    return tuple((outcome_of(json.loads(row.content)), row) for row in found)


def shown_as(recording: Recording) -> str:
    """How a recording is announced: never as live."""
    return f"recorded on Linux {recording.kernel}, {recording.date}"


def made(kind: str, key: str, kernel: str, content: object) -> Recording:
    """A recording made now, of what JSON can say."""
    today, told = datetime.date.today().isoformat(), json.dumps(content, sort_keys=True)
    return Recording(kind, key, kernel, today, f"explorer {__version__}", told)


def keep(key: str, kernel: str, content: object) -> None:
    """Append the recording of a cell to the file that EXPLORER_RECORD names, if it does: see recorder.notebooks."""
    if place := os.environ.get("EXPLORER_RECORD"):
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(_line(made("cell", key, kernel, content)))


def merge(place: Path, recordings: Iterable[Recording], keys: Container[str] | None = None) -> None:
    """Put recordings into a file, each in the place of an older one of the same key and kernel.

    With `keys`, whatever has another key is dropped: nobody will ask for it again.
    """
    rows = {(row.key, row.kernel): row for row in (*read(place), *recordings) if keys is None or row.key in keys}
    if rows or place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("".join(_line(rows[key]) for key in sorted(rows, key=_order)), encoding="ascii")
    _shelf.cache_clear()


def read(place: Path) -> tuple[Recording, ...]:
    """The recordings of a file; DataError names the line that is none."""
    rows = []
    lines = place.read_text(encoding="utf-8").splitlines() if place.exists() else []
    for number, line in enumerate(lines, 1):
        try:
            rows.append(Recording(**json.loads(line)))
        except (ValueError, TypeError) as error:
            raise DataError(f"{place.name}, line {number}: {error}") from error
    return tuple(rows)


@cache
def _shelf(kind: str) -> dict[str, tuple[Recording, ...]]:
    """The recordings of a kind by key; a file is sorted by kernel, the newest last."""
    shelf: dict[str, tuple[Recording, ...]] = {}
    for row in read(place_of(kind)):
        shelf[row.key] = (*shelf.get(row.key, ()), row)
    return shelf


def _line(recording: Recording) -> str:
    return json.dumps(asdict(recording)) + "\n"


def _order(row: tuple[str, str]) -> tuple[str, list[int]]:
    key, kernel = row
    return key, [int(number) for number in re.findall(r"\d+", kernel)]
