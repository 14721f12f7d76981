"""What ran, as a tree: the functions that mirror C, and the lines marked as deciding, each with the tap it was about.

Nothing of it is in the functions: Python's own tracing sees a mirroring function begin, and a line with ``# note: ID``
act. On an ``if`` the note acts where the body is entered, on a ``for`` once a call, where it begins.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import CodeType, FrameType
from typing import Any

from explorer.model._mirrors import MIRRORED

__all__ = ["MARK", "TAPS", "Note", "Step", "Steps", "about", "kept_to_loop"]

MARK = re.compile(r"#\s*note:\s*([\w-]+)")
TAPS = ("ptype", "pt", "po", "sk")  # variables that name a tap


@dataclass(frozen=True, slots=True)
class Note:
    """A deciding line that acted: its id, its place in the model, and the tap and frame it was about, if any.

    `line` is where the note acts: of an ``if`` the first line of its body. `function` is the C function's name, `place`
    the model's own function; `pkttype` is the frame's skb->pkt_type.
    """

    id: str
    function: str
    line: int
    tap: str = ""
    file: str = ""
    place: str = ""
    pkttype: int | None = None


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
            step = Step(mirrored.__mirrors__[0], *about(frame.f_locals))
            self._stack[-1].events.append(step)
            self._stack.append(step)

        begun: set[int] = set()

        def local(frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
            if event == "line" and (marked := deciding.get(frame.f_lineno)) and frame.f_lineno not in begun:
                step.events.append(_note(marked, step, frame))
                begun.update([frame.f_lineno] if isinstance(marked.statement, ast.For) else [])
            elif event == "return" and mirrored:
                self._stack.pop()
            return local

        return local


def _is_helper(frame: FrameType) -> bool:
    """Whether a function is the model's own and written in a file: no lambda, nothing that dataclasses made."""
    code = frame.f_code
    ours = frame.f_globals.get("__name__", "").startswith("explorer.model.")
    return ours and not (code.co_name.startswith("<") or code.co_filename == "<string>")


def _note(marked: _Marked, step: Step, frame: FrameType) -> Note:
    tap = about(frame.f_locals, marked.names)[1]
    skb = frame.f_locals.get("skb")
    code, pkttype = frame.f_code, getattr(skb, "pkt_type", None)
    return Note(marked.id, step.name, frame.f_lineno, tap, code.co_filename, code.co_name, pkttype)


def about(seen: Mapping[str, Any], names: tuple[str, ...] = TAPS) -> tuple[str, str]:
    """The device and the tap that a call is about, by the names the kernel gives its variables."""
    dev = seen.get("dev") or getattr(seen.get("skb"), "dev", None)
    tap = ""
    for name in names:
        owner = getattr(seen.get(name), "af_packet_priv", seen.get(name))
        if owner is not None:
            tap = getattr(owner, "name", "") or ",".join(each.name for each in getattr(owner, "arr", ()))
            break
    return getattr(dev, "name", ""), tap


@dataclass(frozen=True, slots=True)
class _Marked:
    """A marked line: its note, its statement, and the variables that may name a tap there."""

    id: str
    statement: ast.stmt | None
    names: tuple[str, ...]


@cache
def _deciding(code: CodeType) -> dict[int, _Marked]:
    """Line to note: of an ``if`` the first line of its body, else the line itself."""
    source, first = inspect.getsourcelines(code)
    marked = {number: found[1] for number, line in enumerate(source) if (found := MARK.search(line))}
    if not marked:
        return {}
    tree = ast.parse(textwrap.dedent("".join(source)))
    kept = kept_to_loop(tree)
    compound = {node.lineno - 1: node for node in ast.walk(tree) if isinstance(node, ast.If | ast.For)}
    acting: dict[int, _Marked] = {}
    for number, note in marked.items():
        statement = compound.get(number)
        line = statement.body[0].lineno - 1 if isinstance(statement, ast.If) else number
        names = TAPS if number + 1 in kept else TAPS[1:]
        acting[first + line] = _Marked(note, statement, names)
    return acting


def kept_to_loop(tree: ast.AST) -> set[int]:
    """The lines on which `ptype` names the tap at hand: in a loop over taps, or where it is a parameter."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        loop = isinstance(node, ast.For) and isinstance(node.target, ast.Name) and node.target.id == "ptype"
        if loop or (isinstance(node, ast.FunctionDef) and any(arg.arg == "ptype" for arg in node.args.args)):
            lines.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))  # type: ignore[attr-defined]
    return lines
