"""Each notebook is a py:percent source beside a stripped .ipynb that says the same, and runs from top to bottom."""

from __future__ import annotations

import ast
import html
import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import jupytext
import pytest
from refusing import refusing

from explorer import edits, resources
from explorer.live import recordings

NOTEBOOKS = sorted(resources.notebooks_path().glob("*.ipynb"))
SECCOMP = pytest.mark.skipif(
    sys.platform != "linux" or os.uname().machine not in ("x86_64", "aarch64"),
    reason="the filter is written for Linux on x86-64 and arm64",
)


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


@SECCOMP
@pytest.mark.parametrize("through", [[], refusing("socket")], ids=["as it is", "without CAP_NET_RAW"])
@pytest.mark.parametrize("place", NOTEBOOKS, ids=lambda place: place.stem)
def test_a_notebook_runs_from_top_to_bottom(place: Path, through: list[str]) -> None:
    command = [*through, sys.executable, "-m", "pytest", "--nbmake", "--nbmake-timeout=240", "-c", os.devnull]
    done = subprocess.run([*command, "-p", "no:cacheprovider", str(place)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


# A Python without packet sockets.
HIDING = "import socket\nfor name in ('AF_PACKET', 'AF_NETLINK'):\n    vars(socket).pop(name, None)\n"
LIVE = [place for place in NOTEBOOKS if re.search(r"%%live|\bask\(", place.with_suffix(".py").read_text())]


@SECCOMP
@pytest.mark.parametrize("place", LIVE, ids=lambda place: place.stem)
def test_a_notebook_runs_from_recordings_where_namespaces_are_refused(place: Path) -> None:
    shown = _shown(place, refusing("unshare"))
    assert re.search(r"(?i)recorded on Linux .*\d{4}-\d\d-\d\d", shown)
    assert "live on Linux" not in shown


@pytest.mark.parametrize("place", LIVE, ids=lambda place: place.stem)
def test_a_notebook_runs_from_recordings_where_there_are_no_packet_sockets(place: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(HIDING)
    shown = _shown(place, PYTHONPATH=str(tmp_path))
    assert "this is not Linux, or this Python has no packet sockets" in shown
    assert "live on Linux" not in shown


def test_an_executed_copy_is_a_page_that_needs_no_network_and_no_script(tmp_path: Path) -> None:
    """As a reader would make it; with the state of widgets in it the page would be blank without a network."""
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--execute", f"--output-dir={tmp_path}"]
    stateless = "--ExecutePreprocessor.store_widget_state=False"
    subprocess.run([*command, stateless, str(NOTEBOOKS[0])], check=True, capture_output=True)
    page = (tmp_path / f"{NOTEBOOKS[0].stem}.html").read_text()
    words = html.unescape(re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", "", page, flags=re.S))
    assert "The taps stand behind the queue" in words  # a note, in the widget's place
    assert "The door that every frame a protocol sends comes through" in words
    assert re.search(r"dev_queue_xmit_nit +net/core/dev\.c:2196", words)  # a place, in the list below


def _shown(place: Path, through: Sequence[str] = (), **environment: str) -> str:
    """What a notebook prints and shows when all its cells are run; an error is one of the test."""
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    class Manager(AsyncKernelManager):
        def format_kernel_cmd(self, extra_arguments: object = None) -> list[str]:
            return [*through, sys.executable, "-m", "ipykernel_launcher", "-f", self.connection_file]

    notebook = jupytext.read(place)
    told = {"metadata": {"path": str(place.parent)}}
    client = NotebookClient(notebook, timeout=240, kernel_manager_class=Manager, resources=told)
    client.execute(env=os.environ | environment)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return "\n".join(output.get("text") or output["data"].get("text/plain", "") for output in outputs)


def _cells(place: Path, magic: str) -> list[str]:
    sources = [cell.source for cell in jupytext.read(place).cells if cell.cell_type == "code"]
    return [source.partition("\n")[2] for source in sources if source.startswith(magic)]


@pytest.mark.parametrize(
    ("name", "cell"),
    [(place.stem, cell) for place in NOTEBOOKS for cell in _cells(place, "%%live")],
    ids=lambda value: value[:24],
)
def test_every_live_cell_has_a_recording(name: str, cell: str) -> None:
    assert recordings.find("cell", recordings.cell_key(cell)), f"explorer live --record keeps what {name} gives"


@pytest.mark.parametrize(
    "cell", [cell for place in NOTEBOOKS for cell in _cells(place, "%%model")], ids=lambda cell: cell.partition("(")[0]
)
def test_a_model_cell_begins_as_the_model_is(cell: str) -> None:
    """The reader changes it; what is shipped says, line for line, what runs."""
    (shown,) = ast.parse(cell).body
    assert isinstance(shown, ast.FunctionDef)
    (own,) = ast.parse(inspect.getsource(edits.functions()[shown.name])).body
    assert isinstance(own, ast.FunctionDef)
    assert list(map(ast.unparse, shown.body)) == list(map(ast.unparse, own.body[1:]))  # less its docstring
    assert [each.arg for each in shown.args.args] == [each.arg for each in own.args.args]
