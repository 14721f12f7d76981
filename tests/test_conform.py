"""Scenarios drawn at random: the same in every run, and the running kernel answers them as the model does."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from explorer.conform import Finding, Report, conform, drawn, opened
from explorer.conform.recorded import recorded as draws
from explorer.conform.shrink import smaller, smallest
from explorer.conform.trials import TRIALS, tried
from explorer.errors import LiveError
from explorer.live import recordings
from explorer.live.netlink import NO_SUCH_KIND
from explorer.live.runs import run
from explorer.model.features import Features
from explorer.rehearse import rehearse
from explorer.scenario import Outcome, Scenario, Tap, load, parse, scenarios
from explorer.views.conform import report_text
from explorer.views.text import plain


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
    wanted = {"packet", "ring 1", "ring 2", "ring 3", "fanout hash", "fanout lb", "fanout rollover", "fanout lb,defrag"}
    assert wanted | {"close False", "down False", "send True", "bridge", "vlan", "dummy"} <= set(seen)


def test_every_trial_decides_what_it_is_for() -> None:
    for trial, deciding in TRIALS:
        scenario = load(trial) if isinstance(trial, str) else trial
        for feature in deciding:
            other = replace(Features(), **{feature: not getattr(Features(), feature)})
            assert not Finding(scenario, rehearse(scenario, other), rehearse(scenario)).agrees, feature


@pytest.mark.parametrize("features", [Features(), Features(fanout_ignore_outgoing=False, small_head=0)])
def test_the_features_of_a_kernel_are_found_by_trial(features: Features) -> None:
    assert tried(lambda scenario: rehearse(scenario, features)) == features


def test_a_kernel_without_the_devices_says_nothing() -> None:
    scenario = drawn(1)
    lacking = Outcome(scenario.id, (), refused=f"the dummy device 'd0' was refused: EOPNOTSUPP, {NO_SUCH_KIND}")
    assert Finding(scenario, rehearse(scenario), lacking).agrees
    report = conform([scenario, scenario], lambda each: lacking, "Linux 6.99")
    assert (report.drawn, report.run, report.refused) == (2, 0, ((lacking.refused, 2),))


def test_a_difference_is_found() -> None:
    scenario = drawn(1)
    answer = rehearse(scenario)
    assert Finding(scenario, answer, answer).agrees
    assert not Finding(scenario, answer, replace(answer, refused="no")).agrees
    assert not Finding(scenario, answer, replace(answer, rows=answer.rows[1:])).agrees


def test_what_differs_is_cut_down_until_nothing_can_go() -> None:
    def differs(scenario: Scenario) -> bool:
        return any(row.pkttype == "OUTGOING" and row.device == "v0" for row in rehearse(scenario).rows)

    scenario = next(each for each in map(drawn, range(100)) if len(each.taps) > 3 and differs(each))
    least = smallest(scenario, differs)
    assert (len(least.devices), len(least.taps), len(least.actions)) == (1, 1, 1)
    assert least.taps[0] == Tap(least.taps[0].name)
    assert not any(differs(each) for each in smaller(least))


def test_whatever_is_smaller_is_a_scenario() -> None:
    for scenario in map(drawn, range(40)):
        for each in smaller(scenario):
            tables = {part: [_table(row) for row in getattr(each, part)] for part in ("devices", "taps", "actions")}
            assert parse({"title": "", "expect": "", **tables}, each.id, "test") == each


def _table(row: Any) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in fields(row)}


def test_a_search_tells_what_it_did() -> None:
    def kernel(scenario: Scenario) -> Outcome:
        return replace(rehearse(scenario), rows=())

    report = conform(map(drawn, range(50)), kernel, "Linux 6.99")
    assert report.finding is not None
    assert (report.kernel, report.run) == ("Linux 6.99", report.drawn)
    assert len(report.finding.scenario.taps) == len(report.finding.scenario.actions) == 1
    assert conform(map(drawn, range(9)), rehearse, "Linux 6.99").drawn == 9


def test_recorded_draws_are_of_what_is_drawn_now_and_the_model_says_the_same() -> None:
    found = [Finding(scenario, rehearse(scenario), outcome) for scenario, outcome, _ in draws()]
    assert len(found) == len(recordings.read(recordings.place_of("draw"))) == 200
    assert [each.scenario.id for each in found if not each.agrees] == []


# What only a trial, or the text, tells of the kernels that recordings are of.
KNOWN: dict[str, dict[str, Any]] = {
    "6.1": {
        "per_netns_lists": False,
        "fanout_ignore_outgoing": False,
        "fanout_down": False,
        "gro_cwr": False,
        "gso_tcp_status": False,
        "small_head": 0,
    },
    "6.18": {},
}


def recorded() -> list[tuple[str, str]]:
    """Scenario and kernel of every recording that is of a scenario as it is now."""
    return [(name, row.kernel) for name in scenarios() for _, row in recordings.outcomes(load(name))]


@pytest.mark.parametrize(("name", "kernel"), recorded())
def test_what_was_recorded_is_what_the_model_says(name: str, kernel: str) -> None:
    scenario, series = load(name), ".".join(kernel.split(".")[:2])
    if series not in KNOWN:
        pytest.skip(f"nothing was tried on {series}")
    outcome = next(outcome for outcome, row in recordings.outcomes(scenario) if row.kernel == kernel)
    model = rehearse(scenario, Features(**KNOWN[series]))
    assert Finding(scenario, model, outcome).agrees or outcome.refused


@pytest.mark.live
def test_the_running_kernel_agrees() -> None:
    report = ask("running", 300)
    assert report.finding is None, shown(report)
    assert report.run > 200


@pytest.mark.uml
def test_user_mode_linux_agrees() -> None:
    report = ask("uml", 100)
    assert report.finding is None, shown(report)
    assert (report.run, report.refused) == (100, ())


@pytest.mark.live
def test_the_running_kernel_agrees_where_draws_seldom_lead() -> None:
    report = ask("running", 0)
    assert report.finding is None, shown(report)


@pytest.mark.uml
def test_user_mode_linux_agrees_where_draws_seldom_lead() -> None:
    report = ask("uml", 0)
    assert report.finding is None, shown(report)
    assert not [why for why, _ in report.refused if "netfilter's ingress hook" not in why]  # Debian's has none


def rare() -> list[Scenario]:
    """The scenarios that benchmarks/teeth.py was given because no draw led there."""
    rows = tomllib.loads(Path(__file__).with_name("data").joinpath("teeth.toml").read_text())["scenarios"]
    return [parse({"expect": "", **row}, row["id"], "teeth.toml") for row in rows]


def ask(kernel: str, count: int) -> Report:
    """So many drawn scenarios, none for the rare ones."""
    try:
        with opened(kernel) as agent:
            kernel_answers = partial(run, agent=agent)
            given = map(drawn, range(count)) if count else rare()
            return conform(given, kernel_answers, f"Linux {agent.kernel}", tried(kernel_answers))
    except LiveError as error:
        pytest.skip(str(error))


def shown(report: Report) -> str:
    return plain(report_text(report))
