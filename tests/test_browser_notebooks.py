"""Every notebook that is shipped, opened in a real JupyterLab: Run All, and no cell fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from labs import jupyterlab, notebook_of, opened, wait

from explorer import resources

pytestmark = pytest.mark.browser

NOTEBOOKS = sorted(resources.notebooks_path().glob("*.ipynb"))
CELLS = """
const widget = jupyterapp.shell.currentWidget, cells = widget.content.model?.sharedModel.toJSON().cells ?? [];
const code = cells.filter((cell) => cell.cell_type === 'code');
const idle = widget.sessionContext.session?.kernel?.status === 'idle';
return idle && code.length && code.every((cell) => cell.execution_count) ? JSON.stringify(code) : null;
"""
SHOWN = "return jupyterapp.shell.currentWidget.node.querySelectorAll('.xp-pane h4').length"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a notebook in a JupyterLab that has the shipped ones beside it."""
    root = tmp_path_factory.mktemp("lab")
    with jupyterlab(root, notebook_of("1 + 1")) as address:
        for place in NOTEBOOKS:
            (root / "work" / place.name).write_bytes(place.read_bytes())
        yield address


@pytest.mark.parametrize("place", NOTEBOOKS, ids=lambda place: place.stem)
def test_run_all(driver: Any, lab: str, place: Path) -> None:
    opened(driver, lab.replace("it.ipynb?", f"{place.name}?reset&"))  # no tab of the notebook before
    driver.execute_script("jupyterapp.commands.execute('notebook:run-all-cells')")
    cells = json.loads(wait(lambda: driver.execute_script(CELLS), "the notebook does not come to its end", 240))
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert outputs
    assert not [output for output in outputs if output["output_type"] == "error"]
    if any("Explorer(" in "".join(cell["source"]) for cell in cells):
        wait(lambda: driver.execute_script(SHOWN), "the widget is not drawn")
    driver.execute_script("jupyterapp.commands.execute('docmanager:save')")
