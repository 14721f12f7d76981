"""`explorer lab`: JupyterLab really starts, with this Python, and shows the first notebook."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import _free_port

from explorer.cli.app import cli
from explorer.errors import ExplorerError
from explorer.notebook import jupyter
from explorer.notebook.copies import FIRST


def test_a_python_without_jupyterlab_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(jupyter, "find_spec", lambda name: None)
    said = CliRunner().invoke(cli, ["lab", str(tmp_path / "mine")])
    assert isinstance(said.exception, ExplorerError)
    assert f"{sys.executable} -m pip install jupyterlab" in str(said.exception)


@pytest.mark.parametrize(
    ("words", "place", "options"),
    [
        ([], "explorer-notebooks", []),
        (["mine"], "mine", []),
        (["mine", "--no-browser", "--port", "8899"], "mine", ["--no-browser", "--port=8899"]),
        (["--", "--ip=0.0.0.0", "--allow-root"], "explorer-notebooks", ["--ip=0.0.0.0", "--allow-root"]),
        (["mine", "--", "--ip", "0.0.0.0"], "mine", ["--ip", "0.0.0.0"]),
    ],
)
def test_the_words_of_lab(
    words: list[str], place: str, options: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started = []
    monkeypatch.setattr(os, "execve", lambda *given: started.append(given))
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(cli, ["lab", *words]).exit_code == 0
    assert (tmp_path / place / FIRST).is_file()
    [(program, command, environment)] = started
    own = [f"--ServerApp.root_dir={tmp_path / place}", f"--LabApp.default_url=/lab/tree/{FIRST}"]
    assert command == [program, "-m", "jupyterlab", *own, *options]
    assert program == sys.executable
    assert environment["JUPYTER_PREFER_ENV_PATH"] == "1"
    assert environment["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)


def test_jupyterlab_starts_and_opens_the_first_notebook(tmp_path: Path) -> None:
    port, log = _free_port(), tmp_path / "log"
    kept = {name: str(tmp_path / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    command = ["lab", str(tmp_path / "mine"), "--no-browser", f"--port={port}", "--", "--allow-root", "--ip=127.0.0.1"]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "explorer", *command], env=os.environ | kept, stdout=file, stderr=file
        )
    try:
        address = _address(process, log)
        assert f":{port}/lab/tree/{FIRST}?token=" in address
        assert b"JupyterLab" in _read(process, address)
        kernels = json.loads(_read(process, address.replace(f"/lab/tree/{FIRST}", "/api/kernelspecs")))
        assert "python3" in kernels["kernelspecs"]
    finally:
        process.terminate()
        process.wait(30)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where the JupyterLab that has become of `process` says it is."""
    while process.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:\S+token=\w+", log.read_text()):
            return found[0]
        time.sleep(0.1)
    pytest.fail(log.read_text())


def _read(process: subprocess.Popen[bytes], address: str) -> bytes:
    """What it answers, as soon as it does: the address is told before it listens."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while process.poll() is None:
        with contextlib.suppress(urllib.error.URLError), opener.open(address) as answer:
            return bytes(answer.read())
        time.sleep(0.1)
    pytest.fail("JupyterLab has stopped")
