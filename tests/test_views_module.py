"""The front end in one module: every part once, each after what it needs, and nothing left to load."""

from __future__ import annotations

import re
from pathlib import Path

from explorer import views
from explorer.views.module import module

STATIC = Path(views.__file__).parent / "static"
TOP = re.compile(r"^(?:export )?(?:function|class|const|let) (\w+)", re.M)


def test_it_loads_nothing_and_exports_one_thing() -> None:
    assert re.findall(r"^(?:import|export) .*", module(), re.M) == ["export default { render };"]


def test_every_part_is_there_once_and_names_are_told_apart() -> None:
    names = TOP.findall(module())
    parts = [place for place in STATIC.glob("*.js") if place.name != "handout.js"]
    assert sorted(names) == sorted(name for place in parts for name in TOP.findall(place.read_text()))
    assert len(names) == len(set(names))


def test_a_part_stands_after_what_it_needs() -> None:
    order = TOP.findall(module())
    for place in STATIC.glob("*.js"):
        text = place.read_text()
        needed = [name for row in re.findall(r"^import \{ (.*) \}", text, re.M) for name in row.split(", ")]
        first = min(order.index(name) for name in TOP.findall(text)) if needed else 0
        assert [name for name in needed if order.index(name) >= first] == []
