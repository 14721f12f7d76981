"""Values as JSON of the shape {kind, schema, ...}: what every verb but graph writes with -f json."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any

from explorer.version import Version

__all__ = ["SCHEMA", "envelope"]

SCHEMA = 1  # raised when a reader of the old shape would misread the new one


def envelope(kind: str, **content: object) -> str:
    """A JSON document of one kind, data/schemas/<kind>.schema.json; dataclasses become objects, versions their tags."""
    return json.dumps({"kind": kind, "schema": SCHEMA, **_plain(content)}, indent=1, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Version):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value
