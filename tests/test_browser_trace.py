"""A trace in a real JupyterLab: drawn at the end of a cell, and walked in the widget, function by function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from labs import jupyterlab, notebook_of, opened, run_all, wait
from reader import all_of, findings, focus, heading, keys, sees
from trees import small_tree

pytestmark = pytest.mark.browser

STACK = """#0  packet_rcv (skb=0x1) at net/packet/af_packet.c:9
#1  0x60 in dev_queue_xmit_nit (skb=0x1) at net/core/dev.c:62
#2  0x60 in dev_hard_start_xmit (skb=0x1) at net/core/dev.c:67
#3  0x60 in dev_queue_xmit (skb=0x1) at net/core/dev.c:73
"""
CELLS = (
    """%load_ext explorer.notebook
from pathlib import Path
from explorer import kernel
from explorer.notebook.widget import Explorer
from explorer.trace import Taken, imported
taken = Taken(imported.load(Path({place!r}), "own", "6.1.7"), kernel.open(None, {tree!r}), "imported from gdb")
taken""",
    "w = Explorer(trace=taken)\nw",
)
SEEN = "return [...document.querySelectorAll(arguments[0])].map((each) => each.dataset.calls).sort()"
WALK = ["dev_queue_xmit", "dev_hard_start_xmit", "dev_queue_xmit_nit", "packet_rcv"]
RAN = [
    "dev_hard_start_xmit@net/core/dev.c dev_queue_xmit_nit@net/core/dev.c",
    "dev_queue_xmit@net/core/dev.c dev_hard_start_xmit@net/core/dev.c",
]


@pytest.fixture(scope="module")
def page(driver: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The notebook after Run All."""
    root = tmp_path_factory.mktemp("trace")
    tree = small_tree(root / "linux")
    (root / "stack").write_text(STACK)
    cells = [cell.format(place=str(root / "stack"), tree=str(tree)) for cell in CELLS]
    with jupyterlab(tmp_path_factory.mktemp("lab"), notebook_of(*cells)) as address:
        opened(driver, address)
        run_all(driver)
        yield driver


def test_a_cell_ends_in_the_tree_and_the_map_of_what_ran(page: Any) -> None:
    output = page.find_element("css selector", ".jp-OutputArea-output svg").find_element("xpath", "ancestor::div[2]")
    assert "imported from gdb" in output.text
    assert "0 unexplained" in output.text
    assert set(RAN) <= set(page.execute_script(SEEN, ".jp-RenderedHTML .seen[data-calls]"))


def test_what_ran_is_drawn_so_and_walked_by_a_key(page: Any, axe: str) -> None:
    wait(lambda: all_of(page, ".xp-seen"), "the trace is not drawn")
    assert set(RAN) <= set(page.execute_script(SEEN, ".xp .xp-seen"))
    assert all_of(page, ".xp-unseen")
    focus(page, ".xp-picture")
    for number, name in enumerate(WALK, 1):
        wait(lambda name=name: heading(page) == name, f"step {number} is not {name}")
        assert all_of(page, "[aria-current=step]") == [name]
        assert all_of(page, ".xp-trust li")[0] == "imported from gdb"
        if number == 2:
            assert "1. dev_queue_xmit_nit" in all_of(page, ".xp-note")[0]
            assert "the line is exact; a call of the graph" in all_of(page, ".xp-note")[0]
            assert not findings(page, axe)
        keys(page, "n")
    sees(page, "w.step", "4")
