"""Scenarios drawn at random: the same in every run, and the running kernel answers them as the model does."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from explorer.conform import Finding, conform, drawn
from explorer.errors import LiveError
from explorer.live import recordings
from explorer.model.features import Features
from explorer.rehearse import rehearse
from explorer.scenario import load, scenarios


def test_a_number_stands_for_a_scenario() -> None:
    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


def test_rare_things_are_drawn() -> None:
    seen: Counter[str] = Counter()
    for number in range(300):
        scenario = drawn(number)
        for tap in scenario.taps:
            seen.update([tap.type, f"ring {tap.ring}", f"fanout {tap.fanout.partition(':')[2]}", tap.filter[:10]])
        seen.update(f"{action.do} {action.bypass}" for action in scenario.actions)
        seen.update(device.kind for device in scenario.devices)
    wanted = {"packet", "ring 1", "ring 2", "ring 3", "fanout hash", "fanout lb", "fanout rollover", "close False"}
    assert wanted | {"send True", "bridge"} <= set(seen)


def test_a_difference_is_found() -> None:
    scenario = drawn(1)
    answer = rehearse(scenario)
    assert Finding(scenario, answer, answer).agrees
    assert not Finding(scenario, answer, replace(answer, refused="no")).agrees
    assert not Finding(scenario, answer, replace(answer, rows=answer.rows[1:])).agrees


# What only a trial, or the text, tells of the kernels that recordings are of.
TRIALS: dict[str, dict[str, Any]] = {
    "6.1": {"per_netns_lists": False, "fanout_ignore_outgoing": False, "small_head": 0},
    "6.18": {},
}


def recorded() -> list[tuple[str, str]]:
    """Scenario and kernel of every recording that is of a scenario as it is now."""
    return [(name, row.kernel) for name in scenarios() for _, row in recordings.outcomes(load(name))]


@pytest.mark.parametrize(("name", "kernel"), recorded())
def test_what_was_recorded_is_what_the_model_says(name: str, kernel: str) -> None:
    scenario, series = load(name), ".".join(kernel.split(".")[:2])
    if series not in TRIALS:
        pytest.skip(f"nothing was tried on {series}")
    outcome = next(outcome for outcome, row in recordings.outcomes(scenario) if row.kernel == kernel)
    model = rehearse(scenario, Features(**TRIALS[series]))
    assert Finding(scenario, model, outcome).agrees or outcome.refused


@pytest.mark.live
def test_the_running_kernel_agrees() -> None:
    from explorer.live.process import Agent
    from explorer.live.runs import run

    try:
        agent = Agent()
    except LiveError as error:
        pytest.skip(str(error))
    with agent:
        found = list(conform(60, 0, lambda scenario: run(scenario, agent)))
    # A bridge sends IGMP whenever it likes.
    quiet = [each for each in found if all(device.kind != "bridge" for device in each.scenario.devices)]
    assert [each.scenario.id for each in quiet if not each.agrees] == []
