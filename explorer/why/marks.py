"""Marked lines of the model by their notes: which STEP.NOTE of data/steps they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from explorer.tour.load import load_step, steps

__all__ = ["name_of_note"]


@cache
def _notes() -> Mapping[tuple[str, str], str]:
    """C function and note id to STEP.NOTE."""
    found: dict[tuple[str, str], str] = {}
    for step in map(load_step, steps()):
        for each in step.functions:
            for note in step.notes:
                found.setdefault((each.partition("@")[0], note.id), f"{step.id}.{note.id}")
    return found


def name_of_note(id: str, functions: Iterable[str]) -> str:
    """STEP.NOTE of a marked line that acted in a function, the innermost of `functions` whose step has it; or empty."""
    return next((found for each in functions if (found := _notes().get((each, id)))), "")
