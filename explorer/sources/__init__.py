"""Verified bytes of one file of one version."""

from __future__ import annotations

from explorer.sources.open import REQUIRED, fetch, open_source, path_files
from explorer.sources.store import Ref, Store
from explorer.sources.values import Log, Origin, Progress, Source, SourceFile, blob_id, check_path

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
