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

    for module in ("open", "store"):
        found = vars(import_module(f"explorer.sources.{module}"))
        if name in __all__ and name in found:
            return found[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
