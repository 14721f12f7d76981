"""Traces that were recorded: data/recordings/traces.jsonl, by scenario and kernel."""

from __future__ import annotations

import json
import re
from typing import Any

from explorer.errors import DataError
from explorer.live import recordings
from explorer.scenario import Recording, Scenario
from explorer.trace.values import Frame, Trace
from explorer.version import Version

__all__ = ["content", "find", "kernels", "trace_of"]

_FRAME = re.compile(r"([\w.]+)(?:\+0x([0-9a-f]+))?(?: \[(\w+)\])?")


def content(trace: Trace) -> dict[str, Any]:
    """A trace as its recording keeps it: a chain is a line."""
    chains = [" > ".join(map(str, chain)) for chain in trace.chains]
    return {"means": trace.means, "chains": chains, "watched": list(trace.watched)}


def trace_of(recording: Recording) -> Trace:
    """The trace that a recording keeps."""
    row = json.loads(recording.content)
    chains = tuple(tuple(map(_frame, line.split(" > "))) for line in row["chains"])
    return Trace(recording.key.partition(":")[0], recording.kernel, row["means"], chains, tuple(row["watched"]))


def _frame(text: str) -> Frame:
    found = _FRAME.fullmatch(text)
    if not found:
        raise DataError(f"data/recordings/traces.jsonl: {text!r} is no frame")
    return Frame(found[1], int(found[2] or "0", 16), found[3] or "")


def find(scenario: Scenario, version: Version | None = None) -> tuple[Trace, Recording] | None:
    """What was recorded of a scenario as it is now, on that version, or on the newest kernel."""
    rows = recordings.every("trace", recordings.scenario_key(scenario))
    rows = tuple(row for row in rows if version is None or Version.parse(row.kernel) == version)
    return (trace_of(rows[-1]), rows[-1]) if rows else None


def kernels(scenario: Scenario) -> tuple[str, ...]:
    """The kernels that a scenario was recorded on."""
    return tuple(row.kernel for row in recordings.every("trace", recordings.scenario_key(scenario)))
