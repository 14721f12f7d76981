"""Each notebook is a py:percent source beside a stripped .ipynb that says the same, and runs from top to bottom."""

from __future__ import annotations

import json
from pathlib import Path

import jupytext
import pytest

from explorer import resources

NOTEBOOKS = sorted(resources.notebooks_path().glob("*.ipynb"))


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("place", NOTEBOOKS, ids=lambda place: place.stem)
def test_a_notebook_says_what_its_source_says(place: Path) -> None:
    source = jupytext.read(place.with_suffix(".py"))
    cells = [(cell.cell_type, cell.source) for cell in source.cells]
    assert [(cell.cell_type, cell.source) for cell in jupytext.read(place).cells] == cells


@pytest.mark.parametrize("place", NOTEBOOKS, ids=lambda place: place.stem)
def test_a_notebook_is_shipped_without_results(place: Path) -> None:
    cells = json.loads(place.read_text())["cells"]
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]


@pytest.mark.parametrize("place", NOTEBOOKS, ids=lambda place: place.stem)
def test_a_notebook_runs_from_top_to_bottom(place: Path) -> None:
    from nbclient import NotebookClient

    notebook = jupytext.read(place)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(place.parent)}}).execute()
    assert [cell for cell in notebook.cells if cell.get("outputs")]
