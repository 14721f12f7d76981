"""The table of confirmed behaviours, data/conformance.json: what is expected of each scenario, where it was seen."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import asdict, fields
from functools import partial
from typing import TYPE_CHECKING, Any

from explorer import edits, resources
from explorer.conform.compare import Finding
from explorer.conform.trials import tried
from explorer.live.runs import run
from explorer.model.features import Features
from explorer.rehearse import rehearse
from explorer.scenario import Scenario, load, scenarios

if TYPE_CHECKING:
    from explorer.live.process import Agent
    from explorer.live.uml import Uml

__all__ = ["as_markdown", "as_text", "confirm", "confirmed", "expected", "read", "written"]

Table = dict[str, Any]

_PLACE = "conformance.json"
_ABOUT = (
    "What packet sockets do, scenario by scenario. scenario.schema.json describes a scenario's file, "
    "outcome.schema.json what each tap should get; explorer/scenario.py says what a runner does. `confirmed` names the "
    "kernels that answered so, `by_feature` those that answered otherwise because of a feature, named with the kernel."
)


def read() -> Table:
    """The table as it is kept."""
    place = resources.data_path(_PLACE)
    if not place.exists():
        return {"kernels": [], "behaviours": []}
    table: Table = json.loads(place.read_text(encoding="utf-8"))
    return table


def written(table: Table) -> str:
    """The text of the file."""
    return json.dumps(table, indent=1) + "\n"


def expected(table: Table) -> Table:
    """The table with every scenario there is now; what was confirmed of one stays while the same is expected of it."""
    before = {row["scenario"]: row for row in table["behaviours"]}
    with edits.aside():
        rows = [_behaviour(load(name), before.get(name, {})) for name in scenarios()]
    about = {"kind": "conformance", "schema": 1, "about": _ABOUT}
    return about | {"kernels": table["kernels"], "behaviours": rows}


def confirmed(table: Table, agent: Agent | Uml, how: str) -> tuple[Table, list[str]]:
    """The table with what a kernel answers, and the scenarios that it answers otherwise than the model does."""
    kernel, wrong = partial(run, agent=agent), []
    table = expected(table)
    with edits.aside():
        features = tried(kernel)
        for row in table["behaviours"]:
            scenario = load(row["scenario"])
            answer = kernel(scenario)
            for place in ("confirmed", "by_feature"):
                row[place] = [each for each in row[place] if each != agent.kernel]
            if answer.refused:
                continue
            if Finding(scenario, rehearse(scenario), answer).agrees:
                row["confirmed"] = sorted([*row["confirmed"], agent.kernel])
            elif Finding(scenario, rehearse(scenario, features), answer).agrees:
                row["by_feature"] = sorted([*row["by_feature"], agent.kernel])
            else:
                wrong.append(scenario.id)
    special = {each.name: getattr(features, each.name) for each in fields(features)}
    special = {name: value for name, value in special.items() if value != getattr(Features(), name)}
    today = datetime.date.today().isoformat()
    others = [row for row in table["kernels"] if row["kernel"] != agent.kernel]
    kernels = [*others, {"kernel": agent.kernel, "how": how, "date": today, "features": special}]
    return table | {"kernels": sorted(kernels, key=lambda row: row["kernel"])}, wrong


def confirm(agent: Agent | Uml, how: str) -> str:
    """Write into the table what a kernel confirms; the scenarios that it answers otherwise, as words."""
    table, wrong = confirmed(read(), agent, how)
    resources.data_path(_PLACE).write_text(written(table), encoding="utf-8")
    return ", ".join(wrong)


def _behaviour(scenario: Scenario, before: dict[str, Any]) -> dict[str, Any]:
    outcome = json.loads(json.dumps(asdict(rehearse(scenario))))
    same = before.get("expected") == outcome
    return {
        "scenario": scenario.id,
        "file": f"data/scenarios/{scenario.id}.toml",
        "title": scenario.title,
        "needs": list(scenario.needs),
        "expected": outcome,
        "confirmed": before["confirmed"] if same else [],
        "by_feature": before["by_feature"] if same else [],
    }


def as_text(table: Table) -> Iterator[str]:
    """A line for each behaviour."""
    wide = max(len(row["scenario"]) for row in table["behaviours"])
    for row in table["behaviours"]:
        yield f"{row['scenario']:{wide}}  {row['title']}"
        yield f"{'':{wide}}  {_where(row)}"


def as_markdown(table: Table) -> str:
    """The table as a page."""
    lines = [
        "# Confirmed behaviours",
        "",
        "What packet sockets do, and which kernels were seen to do it. Written by `explorer conform --table -f md`;",
        "[data/conformance.json](../data/conformance.json) has it with every frame that each tap is expected to get.",
        "",
        "| kernel | run as | on | unlike the newest |",
        "|---|---|---|---|",
    ]
    for kernel in table["kernels"]:
        features = ", ".join(f"{name} = {value}" for name, value in kernel["features"].items())
        lines.append(f"| {kernel['kernel']} | {kernel['how']} | {kernel['date']} | {features} |")
    lines += ["", "| behaviour | scenario | frames | where |", "|---|---|---|---|"]
    for row in table["behaviours"]:
        frames = len(row["expected"]["rows"])
        link = f"[{row['scenario']}](../{row['file']})"
        lines.append(f"| {row['title']} | {link} | {frames} | {_where(row)} |")
    return "\n".join(lines) + "\n"


def _where(row: dict[str, Any]) -> str:
    words = [", ".join(row["confirmed"]) and f"confirmed on {', '.join(row['confirmed'])}"]
    words.append(", ".join(row["by_feature"]) and f"otherwise, by a feature, on {', '.join(row['by_feature'])}")
    return "; ".join(filter(None, words)) or "not confirmed"
