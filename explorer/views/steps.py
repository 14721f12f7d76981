"""What ran in the model, as a tree for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from explorer.model.steps import Note, Step
from explorer.views.text import Glyphs, Line

__all__ = ["steps_json", "steps_text"]


def steps_text(root: Step, glyphs: Glyphs) -> Iterator[Line]:
    """A tree for each branch: every function with its device and tap, and under it the lines that decided."""
    for branch in root.events:
        if isinstance(branch, Step):
            yield (("bold", branch.function),)
            yield from _under(branch, glyphs, "  ")


def _under(step: Step, glyphs: Glyphs, indent: str) -> Iterator[Line]:
    events = [event for event in step.events if isinstance(event, Note) or _telling(event)]
    for event in events:
        last = event is events[-1]
        sign = glyphs.last if last else glyphs.branch
        if isinstance(event, Note):
            yield (("dim", indent + sign), ("yellow", f"note {event.id}"), ("dim", _about("", event.tap)))
        else:
            yield (("dim", indent + sign), ("", event.name), ("dim", _about(event.device, event.tap)))
            yield from _under(event, glyphs, indent + ("   " if last else glyphs.down))


def _telling(step: Step) -> bool:
    """Whether a step leads to another or decides something; what only reads a header is passed over."""
    return bool(step.events) or not step.function.partition("@")[2].startswith("net/ethernet")


def _about(device: str, tap: str) -> str:
    words = ", ".join(filter(None, (device, tap and f"tap {tap}")))
    return f"  {words}" if words else ""


def steps_json(event: Step | Note) -> dict[str, Any]:
    """A step with what happened in it, or a note."""
    if isinstance(event, Note):
        return {"note": event.id, "function": event.function, "tap": event.tap}
    row = {"function": event.function, "device": event.device, "tap": event.tap}
    return {**row, "events": [steps_json(each) for each in event.events]}
