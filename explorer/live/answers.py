"""What is shown for a scenario: the running kernel's outcome or, where it has none, a recorded one that says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from explorer.errors import LiveError
from explorer.live import recordings
from explorer.live.process import Agent
from explorer.live.runs import run
from explorer.scenario import Outcome, Row, Scenario

__all__ = ["Answer", "answers"]


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome and where it is from; `reason` says why it is not this kernel's, `remark` how it compares."""

    scenario: Scenario
    outcome: Outcome
    live: bool
    source: str
    reason: str = ""
    remark: str = ""


def answers(scenarios: Iterable[Scenario]) -> Iterator[Answer]:
    """One answer for each; a kernel that refuses, for all or for one, is answered by the recordings."""
    try:
        agent = Agent()
    except LiveError as refused:
        yield from (_recorded(scenario, str(refused)) for scenario in scenarios)
        return
    with agent:
        for scenario in scenarios:
            yield _live(scenario, run(scenario, agent), agent.kernel)


def _live(scenario: Scenario, outcome: Outcome, kernel: str) -> Answer:
    if outcome.refused:
        return _recorded(scenario, outcome.refused)
    return Answer(scenario, outcome, True, f"live on Linux {kernel}", remark=_compared(scenario, outcome))


def _recorded(scenario: Scenario, reason: str) -> Answer:
    found = recordings.outcomes(scenario)
    if not found:
        outcome = Outcome(scenario.id, (), refused=reason)
        return Answer(scenario, outcome, False, "nothing is recorded of this scenario as it is now", reason)
    outcome, recording = found[-1]
    return Answer(scenario, outcome, False, recordings.shown_as(recording), reason)


def _compared(scenario: Scenario, outcome: Outcome) -> str:
    """Whether a recording, of whatever kernel, has the same frames."""
    known = recordings.outcomes(scenario)
    here = _seen(outcome.settled(scenario))
    same = [recording.kernel for recorded, recording in known if _seen(recorded.settled(scenario)) == here]
    if same:
        return f"the same as recorded on Linux {', '.join(same)}"
    return f"unlike what is recorded on Linux {', '.join(row.kernel for _, row in known)}" if known else ""


def _seen(outcome: Outcome) -> list[tuple[str, str, int, str, int]]:
    return [_brief(row) for row in outcome.rows]


def _brief(row: Row) -> tuple[str, str, int, str, int]:
    return row.tap, row.pkttype, row.protocol, row.device, row.length
