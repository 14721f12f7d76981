"""The verb `conform`: counts, the smallest difference with both answers, the exit status, JSON by its schema."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from explorer import conform, edits, resources
from explorer.conform import ask
from explorer.rehearse import rehearse
from explorer.scenario import Outcome, Scenario

Explorer = Callable[..., tuple[int, str, str]]

LACKING = "the dummy device: this kernel has no such kind (its module is absent)"
WRONG = "def skb_loop_sk(ptype, skb):\n    return False  # note: mine\n"


@pytest.fixture
def explorer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Explorer:
    from explorer.cli.app import run

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["explorer", *words])
        status = run()
        told = capsys.readouterr()
        return status, told.out, told.err

    return call


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A kernel that answers as the model does when nobody has edited it, and has no dummy devices."""

    def run(scenario: Scenario, agent: Any) -> Outcome:
        if any(device.kind == "dummy" for device in scenario.devices):
            return Outcome(scenario.id, (), refused=LACKING)
        with edits.aside():
            return replace(rehearse(scenario), scenario=scenario.id)

    @contextmanager
    def opened(kernel: str = "running") -> Iterator[Any]:
        yield SimpleNamespace(kernel="6.99")

    monkeypatch.setattr(ask, "run", run)
    monkeypatch.setattr(conform, "opened", opened)
    yield
    edits.reset()


def test_agreement(kernel: None, explorer: Explorer) -> None:
    status, out, _ = explorer("conform", "--scenarios", "30")
    assert status == 0
    assert out.startswith("the model and Linux 6.99 agree: 30 scenarios, ")
    assert "times: the dummy device: this kernel has no such kind" in out


def test_a_difference(kernel: None, explorer: Explorer) -> None:
    edits.replace(WRONG, "<cell>")
    status, out, _ = explorer("conform", "--seed", "1")
    assert status == 1
    assert out.startswith("the model and Linux 6.99 differ: ")
    assert "\n  action do=send device=lo by=t0 frame=" in out
    assert re.search(r"t0  OUTGOING .* !=  -\n", out)
    assert "return False  # note: mine" in out
    assert edits.replaced() == ("skb_loop_sk",)


def test_json_is_what_its_schema_says(kernel: None, explorer: Explorer) -> None:
    names = ("conform", "outcome")
    schemas = {name: json.loads(resources.data_path("schemas", f"{name}.schema.json").read_text()) for name in names}
    registry = Registry().with_resource("outcome.schema.json", Resource.from_contents(schemas["outcome"]))
    validator = jsonschema.Draft202012Validator(schemas["conform"], registry=registry)
    for edit, drawn in (("", 20), (WRONG, None)):
        if edit:
            edits.replace(edit, "<cell>")
        _, out, _ = explorer("conform", "--scenarios", "20", "-f", "json")
        content = json.loads(out)
        validator.validate(content)
        assert (content["mismatch"] is None) == (not edit)
        assert drawn in (None, content["drawn"])
