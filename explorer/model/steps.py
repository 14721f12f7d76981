"""What ran, as a tree: the functions that mirror C, and the lines marked as deciding, each with the tap it was about.

Nothing of it is in the functions: Python's own tracing sees a mirroring function begin, and a line with ``# note: ID``
act. On an ``if`` the note acts where the body is entered.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import CodeType, FrameType
from typing import Any

from explorer.model._mirrors import MIRRORED

__all__ = ["Note", "Step", "Steps"]

_NOTE = re.compile(r"#\s*note:\s*([\w-]+)")


@dataclass(frozen=True, slots=True)
class Note:
    """A deciding line that acted: its id, its place in the model, and the tap it was about, if any.

    `line` is where the note acts: of an ``if`` the first line of its body.
    """

    id: str
    function: str
    line: int
    tap: str = ""
    file: str = ""


@dataclass(eq=False, slots=True)
class Step:
    """A call of a mirroring function: FUNC@SRC, the device and tap it was about, and what happened in it, in order."""

    function: str
    device: str = ""
    tap: str = ""
    events: list[Step | Note] = field(default_factory=list)

    @property
    def name(self) -> str:
        """FUNC alone."""
        return self.function.partition("@")[0]

    def walk(self) -> Iterator[Step | Note]:
        """This step and everything in it, in order."""
        yield self
        for event in self.events:
            yield from event.walk() if isinstance(event, Step) else (event,)


class Steps:
    """Records what runs, branch by branch; it steps aside where a debugger traces already."""

    def __init__(self) -> None:
        self.root = Step("")
        self._stack = [self.root]

    @contextmanager
    def branch(self, title: str) -> Iterator[None]:
        """Record what runs inside the ``with`` as one branch; a branch that stays empty is left out."""
        step = Step(title)
        self._stack.append(step)
        before = sys.gettrace()
        if before is None:
            sys.settrace(self._called)
        try:
            yield
        finally:
            sys.settrace(before)
            del self._stack[1:]
            self.root.events += [step] if step.events else []

    def notes(self) -> tuple[Note, ...]:
        """Every deciding line that acted, in order."""
        return tuple(event for event in self.root.walk() if isinstance(event, Note))

    def _called(self, frame: FrameType, event: str, argument: object) -> Callable[..., Any] | None:
        mirrored = MIRRORED.get(frame.f_code)
        deciding = _deciding(frame.f_code) if mirrored or _is_helper(frame) else {}
        if not mirrored and not deciding:
            return None
        step = self._stack[-1]  # a helper's notes are those of the function it helps
        if mirrored:
            step = Step(mirrored.__mirrors__[0], *_about(frame))
            self._stack[-1].events.append(step)
            self._stack.append(step)

        def local(frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
            if event == "line" and (note := deciding.get(frame.f_lineno)):
                place = frame.f_code.co_filename
                step.events.append(Note(note, step.name, frame.f_lineno, _about(frame)[1], place))
            elif event == "return" and mirrored:
                self._stack.pop()
            return local

        return local


def _is_helper(frame: FrameType) -> bool:
    """Whether a function is the model's own and written in a file: no lambda, nothing that dataclasses made."""
    code = frame.f_code
    ours = frame.f_globals.get("__name__", "").startswith("explorer.model.")
    return ours and not (code.co_name.startswith("<") or code.co_filename == "<string>")


def _about(frame: FrameType) -> tuple[str, str]:
    """The device and the tap that a call is about, by the names the kernel gives its variables."""
    seen = frame.f_locals
    dev = seen.get("dev") or getattr(seen.get("skb"), "dev", None)
    tap = ""
    for name in ("ptype", "pt", "po", "sk"):
        owner = getattr(seen.get(name), "af_packet_priv", seen.get(name))
        if owner is not None:
            tap = getattr(owner, "name", "") or ",".join(each.name for each in getattr(owner, "arr", ()))
            break
    return getattr(dev, "name", ""), tap


@cache
def _deciding(code: CodeType) -> dict[int, str]:
    """Line to note id: of an ``if`` the first line of its body, else the line itself."""
    source, first = inspect.getsourcelines(code)
    marked = {number: found[1] for number, line in enumerate(source) if (found := _NOTE.search(line))}
    if not marked:
        return {}
    bodies = {
        statement.lineno - 1: statement.body[0].lineno - 1
        for statement in ast.walk(ast.parse(textwrap.dedent("".join(source))))
        if isinstance(statement, ast.If)
    }
    return {first + bodies.get(number, number): note for number, note in marked.items()}
