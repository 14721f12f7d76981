"""The tours leave nothing out: every function of a route has a step, and what a step shows is run by its scenario."""

from __future__ import annotations

import importlib
import sys
from functools import cache
from types import CodeType, FrameType

import pytest

from explorer import atlas, kernel
from explorer.graph import name_of
from explorer.rehearse import rehearse
from explorer.scenario import load
from explorer.tour import load_step, steps
from explorer.version import Version

STEPS = {name: load_step(name) for name in steps()}
NAMED = {name_of(function) for step in STEPS.values() for function in step.functions}

# Of the 2.6 series the first release with each set of functions on its routes, of 230; later releases are all tried.
FIRST = """v2.6.11 v2.6.13-rc2 v2.6.18-rc1 v2.6.23-rc1 v2.6.24-rc1 v2.6.27-rc1 v2.6.27-rc4 v2.6.28-rc4 v2.6.29-rc1
 v2.6.29 v2.6.30-rc1 v2.6.31-rc1 v2.6.32-rc1 v2.6.35-rc1 v2.6.36-rc1 v2.6.37-rc1""".split()
RELEASES = [*map(Version.parse, FIRST), *(version for version in atlas.known() if version.numbers[0] > 2)]

# A step whose scenario does not run its function of the model, and why.
NOT_RUN = {
    "__netif_schedule": "no scenario has a driver that stops its queue; tests/test_model_drivers.py makes one",
    "netif_receive_skb_core": "those who call it, drivers of X.25, are no devices of a scenario",
    "gro_flush_oldest": "the segments of one poll are of one frame, so of one flow; tests/test_model_gro.py has nine",
    "napi_gro_frags": "no device of a scenario receives into pages; tests/test_model_gro.py has one",
    "napi_frags_finish": "no device of a scenario receives into pages; tests/test_model_gro.py has one",
    "netif_receive_skb_list": "no device of a scenario collects a list of its own; tests/test_model_gro.py has one",
}


@pytest.mark.parametrize("version", RELEASES, ids=str)
def test_every_function_of_a_route_has_a_step(version: Version) -> None:
    routes = kernel.open(version, offline=True).routes
    functions = {name_of(key) for route in routes for key in route.functions}
    assert functions - NAMED == set()


@pytest.mark.parametrize("name", STEPS)
def test_a_scenario_runs_what_its_step_shows(name: str) -> None:
    module, _, function = STEPS[name].model.rpartition(".")
    code = getattr(importlib.import_module(f"explorer.model.{module}"), function).__code__
    assert (code in ran(STEPS[name].scenario)) is (name not in NOT_RUN)


@cache
def ran(scenario: str) -> frozenset[CodeType]:
    """Every function that runs in a scenario."""
    seen: set[CodeType] = set()

    def called(frame: FrameType, event: str, argument: object) -> None:
        seen.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        rehearse(load(scenario))
    finally:
        sys.setprofile(before)
    return frozenset(seen)
