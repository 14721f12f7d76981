"""Traces that were recorded: data/recordings/traces.jsonl, by scenario and kernel."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from explorer.errors import DataError
from explorer.live import recordings
from explorer.scenario import Recording, Scenario
from explorer.trace.lines import Place, placed
from explorer.trace.values import Chain, Frame, Trace
from explorer.version import Version

__all__ = ["content", "find", "kernels", "trace_of"]

_FRAME = re.compile(r"([\w.]+)(?:\+0x([0-9a-f]+))?(?: \[(\w+)\])?")
_PLACE = re.compile(r"([\w.]+)@([\w./-]*):(\d+)")


def content(trace: Trace) -> dict[str, Any]:
    """A trace as its recording keeps it: a chain is a line, and each frame whose line is known has its places once."""
    chains, lines = [], {}
    for chain in trace.chains:
        kept = [frame for frame in chain if not frame.inlined]
        chains.append(" > ".join(map(str, kept)))
        for frame, places in zip(kept, _places(chain), strict=True):
            if any(place.line for place in places):
                lines[str(frame)] = " > ".join(f"{place.function}@{place.path}:{place.line}" for place in places)
    return {"means": trace.means, "chains": chains, "lines": lines, "watched": list(trace.watched)}


def _places(chain: Chain) -> Iterator[list[Frame]]:
    """A frame with those inlined into it, for each that was on the stack."""
    starts = [number for number, frame in enumerate(chain) if not frame.inlined]
    for start, end in pairwise([*starts, len(chain)]):
        yield [*chain[start:end]]


def trace_of(recording: Recording) -> Trace:
    """The trace that a recording keeps."""
    row = json.loads(recording.content)
    lines = {name: tuple(_place(text) for text in line.split(" > ")) for name, line in row["lines"].items()}
    chains = tuple(
        tuple(frame for text in line.split(" > ") for frame in placed(_frame(text), lines.get(text, ())))
        for line in row["chains"]
    )
    return Trace(recording.key.partition(":")[0], recording.kernel, row["means"], chains, tuple(row["watched"]))


def _frame(text: str) -> Frame:
    found = _FRAME.fullmatch(text)
    if not found:
        raise DataError(f"data/recordings/traces.jsonl: {text!r} is no frame")
    return Frame(found[1], int(found[2] or "0", 16), found[3] or "")


def _place(text: str) -> Place:
    found = _PLACE.fullmatch(text)
    if not found:
        raise DataError(f"data/recordings/traces.jsonl: {text!r} is no place")
    return Place(found[1], found[2], int(found[3]))


def find(scenario: Scenario, version: Version | None = None) -> tuple[Trace, Recording] | None:
    """What was recorded of a scenario as it is now, on that version, or on the newest kernel."""
    rows = recordings.every("trace", recordings.scenario_key(scenario))
    rows = tuple(row for row in rows if version is None or Version.parse(row.kernel) == version)
    return (trace_of(rows[-1]), rows[-1]) if rows else None


def kernels(scenario: Scenario) -> tuple[str, ...]:
    """The kernels that a scenario was recorded on."""
    return tuple(row.kernel for row in recordings.every("trace", recordings.scenario_key(scenario)))
