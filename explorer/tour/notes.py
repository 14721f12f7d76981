"""The reader's own notes: in their own directory, in the format of ours, anchored like ours."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from explorer import resources
from explorer.errors import PatternError, TourError
from explorer.pattern import Pattern
from explorer.tour.load import read_step
from explorer.tour.values import Note, Step

__all__ = ["add", "listed", "of"]


def _place() -> Path:
    return resources.user_dir() / "steps"


def listed() -> tuple[Step, ...]:
    """The reader's own notes, as steps of the functions they stand in."""
    return tuple(read_step(place, str(place)) for place in sorted(_place().glob("*.toml")))


def of(functions: Collection[str]) -> tuple[Step, ...]:
    """The reader's own notes on a function, by any of its names FUNC@SRC."""
    on = (step for step in listed() if set(step.functions) & set(functions))
    return tuple(replace(step, functions=tuple(dict.fromkeys([*functions, *step.functions]))) for step in on)


def add(pattern: Pattern, text: str, title: str = "Your note") -> Note:
    """Keep a note; PatternError if the pattern has no file, TourError if the note cannot be kept."""
    if not pattern.path:
        raise PatternError(f"say which file too: {pattern.function}@net/core/dev.c;{pattern.match}")
    function = f"{pattern.function}@{pattern.path}"
    place = _place() / _name(function)
    before = place.read_text("utf-8") if place.is_file() else f"function = [{_quoted(function)}]\n"
    number = 1 + (len(read_step(place, str(place)).notes) if place.is_file() else 0)
    block = [
        "",
        "[[notes]]",
        f"id = {_quoted(f'mine-{number}')}",
        f"title = {_quoted(title)}",
        f"text = {_quoted(text)}",
    ]
    block += ["  [[notes.anchors]]", f"  match = {_quoted(pattern.match)}"]
    block += [f"  {key} = {_quoted(value)}" for key, value in _narrower(pattern)]
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = place.with_suffix(".new")
        temporary.write_text(before + "\n".join(block) + "\n", "utf-8")
        note = read_step(temporary, str(place)).notes[-1]
        temporary.replace(place)
    except OSError as error:
        raise TourError(f"{place} cannot be written: {error.strerror}", str(place)) from error
    return note


def _narrower(pattern: Pattern) -> list[tuple[str, str]]:
    return [(key, value) for key, value in (("within", pattern.within), ("under", pattern.under)) if value]


def _name(function: str) -> str:
    return function.replace("/", "-") + ".toml"


def _quoted(text: str) -> str:
    """A TOML string: JSON's, which leaves DEL as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
