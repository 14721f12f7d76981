"""In a notebook: %load_ext explorer.notebook."""

from __future__ import annotations

from typing import Any

__all__ = ["load_ipython_extension"]


def load_ipython_extension(shell: Any) -> None:
    """Give a notebook %%live and %%model."""
    from explorer.notebook.magics import LiveMagics
    from explorer.notebook.model_magic import ModelMagics

    shell.register_magics(LiveMagics, ModelMagics)
