"""In a notebook: %load_ext explorer.notebook; importing any of it in IPython gives our values their looks."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["load_ipython_extension"]


def load_ipython_extension(shell: Any) -> None:
    """Give a notebook %%live and %%model."""
    from explorer.notebook.magics import LiveMagics
    from explorer.notebook.model_magic import ModelMagics

    shell.register_magics(LiveMagics, ModelMagics)


def _dress() -> None:
    ipython = sys.modules.get("IPython")
    if ipython and (shell := ipython.get_ipython()):
        from explorer.notebook.reprs import register

        register(shell)


_dress()
