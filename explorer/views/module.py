"""The widget's front end as the one ES module that a notebook loads: its parts, each once, in the order of use."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["module"]

_STATIC = Path(__file__).parent / "static"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z]+\.js)";\n', re.M)
_EXPORT = re.compile(r"^export (?=function |class )", re.M)


def module(name: str = "explorer.js") -> str:
    """A part with all that it imports before it; a browser that reads the parts themselves sees the same."""
    parts: dict[str, str] = {}
    _gather(name, parts)
    return "\n".join(parts.values())


def _gather(name: str, parts: dict[str, str]) -> None:
    text = (_STATIC / name).read_text("utf-8")
    for other in _IMPORT.findall(text):
        if other not in parts:
            _gather(other, parts)
    parts[name] = _EXPORT.sub("", _IMPORT.sub("", text))
