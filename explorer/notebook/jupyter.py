"""JupyterLab, started with the Python that runs explorer."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from explorer.errors import ExplorerError

__all__ = ["start"]


def start(root: Path, first: str, options: Sequence[str]) -> NoReturn:
    """Become a JupyterLab that shows a directory and opens a notebook in it; ExplorerError if this Python has none.

    A kernel of this Python goes before one of the same name that the user has installed elsewhere, and this Python's
    programs before others, so that `explorer` can be typed in a terminal of JupyterLab.
    """
    if find_spec("jupyterlab") is None:
        raise ExplorerError(f"{sys.executable} has no JupyterLab; type: {sys.executable} -m pip install jupyterlab")
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root.resolve()}"]
    command += [f"--LabApp.default_url=/lab/tree/{first}", *options]
    sys.stdout.flush()
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    os.execve(sys.executable, command, {"JUPYTER_PREFER_ENV_PATH": "1"} | os.environ | {"PATH": programs})
