"""A kernel's answers to small scenarios, kept for machines that can ask none: data/recordings/draws.jsonl."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from explorer.conform.draws import drawn
from explorer.live import recordings
from explorer.live.process import Agent
from explorer.live.runs import run
from explorer.scenario import Outcome, Recording, Scenario

__all__ = ["made", "recorded"]

_KEPT, _MOST = 200, 1400  # recordings, and characters of one


def recorded() -> Iterator[tuple[Scenario, Outcome, Recording]]:
    """What was recorded, the smallest scenarios first."""
    rows = recordings.read(recordings.place_of("draw"))
    scenarios = [drawn(int(row.key.partition(":")[0].partition("-")[2])) for row in rows]
    for scenario in sorted(scenarios, key=lambda each: (len(each.actions), len(each.taps), len(repr(each)))):
        for outcome, row in recordings.outcomes(scenario, "draw"):
            yield scenario, outcome, row


def made() -> list[Recording]:
    """What this kernel answers to the first scenarios that have short answers and no bridge, which talks by itself."""
    found: list[Recording] = []
    number = 0
    with Agent() as agent:
        while len(found) < _KEPT:
            scenario = drawn(number)
            number += 1
            if any(device.kind == "bridge" for device in scenario.devices):
                continue
            outcome = run(scenario, agent)
            row = recordings.made("draw", recordings.scenario_key(scenario), agent.kernel, asdict(outcome))
            if outcome.rows and len(row.content) < _MOST:
                found.append(row)
    return found
