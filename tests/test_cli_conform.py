"""The verb `conform`: counts, the smallest difference with both answers, the exit status, JSON by its schema."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from explorer import conform, edits, resources
from explorer.conform import ask, table
from explorer.model.features import Features
from explorer.rehearse import rehearse
from explorer.scenario import Outcome, Scenario

Explorer = Callable[..., tuple[int, str, str]]

LACKING = "the dummy device: this kernel has no such kind (its module is absent)"
WRONG = "def skb_loop_sk(ptype, skb):\n    return False  # note: mine\n"


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


def test_the_table_is_what_is_kept_and_what_the_page_shows(explorer: Explorer) -> None:
    _, out, _ = explorer("conform", "--table", "-f", "json")
    assert out == resources.data_path("conformance.json").read_text()
    content = json.loads(out)
    schema = json.loads(resources.data_path("schemas", "outcome.schema.json").read_text())
    for row in content["behaviours"]:
        jsonschema.validate(row["expected"], schema)
        assert (Path(__file__).parent.parent / row["file"]).is_file()
        assert row["confirmed"] or row["by_feature"], row["scenario"]
    _, page, _ = explorer("conform", "--table", "-f", "md")
    assert page == (Path(__file__).parent.parent / "docs/conformance.md").read_text()
    _, text, _ = explorer("conform", "--table")
    assert "confirmed on 6." in text


def test_the_table_knows_what_a_kernel_confirms(kernel: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def answers(scenario: Scenario, agent: Any) -> Outcome:
        outcome = rehearse(scenario, Features(small_head=0))
        return replace(outcome, rows=()) if scenario.id == "lo-twice" else outcome

    monkeypatch.setattr(table, "run", answers)
    made, wrong = table.confirmed(table.read(), SimpleNamespace(kernel="6.98"), "a test")
    rows = {row["scenario"]: row for row in made["behaviours"]}
    assert wrong == ["lo-twice"]
    assert "6.98" in rows["two-taps"]["confirmed"]
    assert "6.98" in rows["receive-buffer-full"]["by_feature"]
    assert "6.98" not in [*rows["lo-twice"]["confirmed"], *rows["lo-twice"]["by_feature"]]
    assert {"kernel": "6.98", "how": "a test", "features": {"small_head": 0}}.items() <= made["kernels"][-1].items()


def test_filters(explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    class Deaf:
        """A kernel that accepts every program and lets nothing through."""

        kernel = "6.99"

        def ask(self, request: dict[str, Any]) -> dict[str, Any]:
            return {"errno": 0, "cpu": 0, "got": -1 if request["kind"] == "datagram" else None, "shown": []}

    monkeypatch.setattr(conform, "opened", lambda kernel: nullcontext(Deaf()))
    status, out, _ = explorer("conform", "--filters", "300")
    assert status == 1
    assert out.startswith("the model and Linux 6.99 differ: ")
    assert "(000) " in out
    _, out, _ = explorer("conform", "--filters", "300", "-f", "json")
    assert json.loads(out)["of"] == "filters"


@pytest.mark.parametrize("words", [("--scenarios", "0"), ("--kernel", "none"), ("-f", "md"), ("--filters", "x")])
def test_misuse(explorer: Explorer, words: tuple[str, ...]) -> None:
    assert explorer("conform", *words)[0] == 2
