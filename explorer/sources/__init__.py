"""Verified bytes of one file of one version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.sources.values import Log, Origin, Progress, Source, SourceFile, blob_id, check_path

if TYPE_CHECKING:
    from explorer.sources.open import REQUIRED, fetch, open_source, path_files
    from explorer.sources.store import Ref, Store

__all__ = [
    "REQUIRED",
    "Log",
    "Origin",
    "Progress",
    "Ref",
    "Source",
    "SourceFile",
    "Store",
    "blob_id",
    "check_path",
    "fetch",
    "open_source",
    "path_files",
]


def __getattr__(name: str) -> object:
    """What opens a source is imported when asked for: an answer from the atlas needs none of it."""
    from importlib import import_module

    if name not in __all__:  # a submodule's name, which the import statement asks for here first
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "store" if name in ("Ref", "Store") else "open"
    return getattr(import_module(f"explorer.sources.{home}"), name)
