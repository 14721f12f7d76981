"""The workshop's hub, as far as it can be had without JupyterHub; and what Binder reads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from traitlets.config import Config

from explorer.notebook.copies import FIRST

ROOT = Path(__file__).parent.parent
HUB = ROOT / "docs/workshop/jupyterhub_config.py"


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Config:
    """What the file says, as JupyterHub would read it, for a Python whose programs are beside it."""
    programs = tmp_path / "bin"
    programs.mkdir()
    scripts = {"explorer": f'{sys.executable} -m explorer "$@"', "jupyterhub-singleuser": 'echo serves "$@"'}
    for name, line in scripts.items():
        (programs / name).write_text(f"#!/bin/sh\n{line}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(programs / "python"))
    config = Config()
    exec(compile(HUB.read_text(), HUB, "exec"), {"get_config": lambda: config})
    return config


def test_a_students_server_begins_with_notebooks_of_her_own(config: Config, tmp_path: Path) -> None:
    home = tmp_path / "ada"
    home.mkdir()
    command = [*config.Spawner.cmd, "--port=1", "two words"]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=True)
    assert done.stdout == "serves --port=1 two words\n"
    assert config.Spawner.default_url == f"/lab/tree/explorer-notebooks/{FIRST}"
    assert (home / "explorer-notebooks" / FIRST).is_file()


def test_nobody_comes_in_who_has_no_account(config: Config) -> None:
    assert config.JupyterHub.authenticator_class == "pam"
    assert config.JupyterHub.spawner_class == "localprocess"
    assert not {"allow_all", "any_allow_config"} & set(config.Authenticator)


def test_binder_installs_this_project() -> None:
    lines = (ROOT / "binder/requirements.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["."]
