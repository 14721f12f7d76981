"""How recordings are made: every scenario is run, and every notebook."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from explorer import resources
from explorer.errors import LiveError
from explorer.live import recordings
from explorer.live.process import Agent
from explorer.live.runs import run
from explorer.scenario import Recording, Scenario

__all__ = ["notebooks", "scenarios"]


def scenarios(rows: Iterable[Scenario]) -> list[Recording]:
    """What this kernel answers; what it refuses is left to another kernel."""
    with Agent() as agent:
        found = [(row, run(row, agent)) for row in rows]
        return [
            recordings.made("scenario", recordings.scenario_key(row), agent.kernel, asdict(outcome))
            for row, outcome in found
            if not outcome.refused
        ]


def notebooks(places: Iterable[Path] | None = None) -> list[Recording]:
    """What the live cells and the labs of notebooks give when nbconvert runs them; LiveError where one fails."""
    if places is None:
        places = sorted(resources.notebooks_path().glob("**/*.ipynb"))
    places = [place for place in places if re.search(r"%%live|\bLab\(", place.read_text(encoding="utf-8"))]
    with tempfile.TemporaryDirectory() as room:
        kept = Path(room, "kept.jsonl")
        for place in places:
            ended = subprocess.run(
                [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook", "--stdout", str(place)],
                env=os.environ | {"EXPLORER_RECORD": str(kept)},
                capture_output=True,
            )
            if ended.returncode:
                raise LiveError(f"{place.name} does not run: {ended.stderr.decode(errors='replace')[-2000:]}")
        return list(recordings.read(kept))
