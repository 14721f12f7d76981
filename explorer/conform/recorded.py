"""A kernel's answers to small scenarios, kept for machines that can ask none: data/recordings/draws.jsonl."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from explorer.conform.compare import Report, conform
from explorer.conform.draws import drawn
from explorer.errors import LiveError
from explorer.live import recordings
from explorer.live.process import Agent
from explorer.live.runs import run
from explorer.scenario import Outcome, Recording, Scenario

__all__ = ["argue", "made", "recorded"]

_KEPT, _MOST = 200, 1400  # recordings, and characters of one


def argue(count: int, seed: int = 0) -> tuple[Report, str]:
    """The model against the running kernel or, with the reason, against what was recorded of one."""
    try:
        agent = Agent()
    except LiveError as refused:
        known = {scenario: outcome for scenario, outcome, _ in recorded()}
        sources = {recordings.shown_as(row) for _, _, row in recorded()}
        return conform(known, known.__getitem__, f"the answers {' and '.join(sources)}", shrink=False), str(refused)
    with agent:
        scenarios = map(drawn, range(seed, seed + count))
        return conform(scenarios, lambda scenario: run(scenario, agent), f"Linux {agent.kernel}"), ""


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
