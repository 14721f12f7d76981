"""The notebooks, copied where a reader wants them, and never over what the reader has changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from explorer import resources
from explorer.errors import ExplorerError

__all__ = ["FIRST", "Copies", "copy"]

FIRST = "00-how-a-frame-reaches-a-tap.ipynb"

_MANIFEST = ".explorer-notebooks.json"  # what was put there, by name: what each file said as it was shipped
_SHIPPED = ("*.ipynb", "*.md")


@dataclass(frozen=True, slots=True)
class Copies:
    """What became of each file: "new", "same" as shipped, "renewed" from an earlier shipped form, "kept" as changed."""

    place: Path
    outcomes: dict[str, str]

    def __str__(self) -> str:
        told = {"same": "as shipped", "kept": "kept, for you have changed it"}
        wide = max(map(len, self.outcomes))
        rows = [f"  {name:{wide}}  {told.get(outcome, outcome)}" for name, outcome in self.outcomes.items()]
        return "\n".join([str(self.place), *rows])


def copy(place: Path) -> Copies:
    """Copy the notebooks and the teacher's plan into a directory; ExplorerError if it cannot be written."""
    room = resources.notebooks_path()
    shipped = [path for pattern in _SHIPPED for path in sorted(room.glob(pattern))]
    try:
        place.mkdir(parents=True, exist_ok=True)
        if place.samefile(room):
            return Copies(place, {path.name: "same" for path in shipped})
        put = _put(place)
        outcomes = {path.name: _copied(path, place / path.name, put) for path in shipped}
        resources.write_whole(place / _MANIFEST, json.dumps(put, indent=1, sort_keys=True).encode() + b"\n")
    except OSError as error:
        told = f"{error.filename or place} cannot be written: {error.strerror}"
        raise ExplorerError(f"{told}; name another directory: explorer lab DIR") from error
    return Copies(place, outcomes)


def _copied(shipped: Path, place: Path, put: dict[str, str]) -> str:
    """Bring one file, unless a reader's work is there; note in `put` what stands there as we brought it."""
    now, there = _digest(shipped), _digest(place)
    if there not in ("", now, put.get(place.name)):
        return "kept"
    if there != now:
        resources.write_whole(place, shipped.read_bytes())
    put[place.name] = now
    return "new" if not there else "same" if there == now else "renewed"


def _put(place: Path) -> dict[str, str]:
    """What an earlier copy has put there; nothing, so that all is kept, where that cannot be told."""
    try:
        rows = json.loads((place / _MANIFEST).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return {name: digest for name, digest in rows.items() if isinstance(digest, str)} if isinstance(rows, dict) else {}


def _digest(place: Path) -> str:
    """What tells one text from another, empty if there is none; of a notebook only what its cells say, for running it
    adds results, and opening it in JupyterLab adds metadata.
    """
    if not place.exists():
        return ""
    text = place.read_bytes()
    try:
        said = [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(text)["cells"]]
    except (ValueError, LookupError, TypeError):
        return hashlib.sha256(text).hexdigest()
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
