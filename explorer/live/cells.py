"""A notebook's cells in the agent: their names last from one to the next, the last expression is shown."""

from __future__ import annotations

import ast
import linecache
import signal
import sys
import traceback
from typing import Any

from explorer.live.lab import Lab

__all__ = ["Cells"]

_MOST = 1 << 20  # characters of one representation


class Cells:
    """The names that cells share, `lab` among them, which is a Lab of the namespace they run in."""

    def __init__(self) -> None:
        from explorer.live.bench import Bench

        sys.path.insert(0, "")  # as in a notebook; the agent itself was started without
        self._names: dict[str, Any] = {"__name__": "__live__", "lab": Lab(Bench())}
        self._number = 0

    def run(self, code: str) -> dict[str, Any]:
        """Run a cell: `value` is what its last expression shows, by mime type, `error` a traceback or empty."""
        self._number += 1
        name = f"<live {self._number}>"
        linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)  # for tracebacks
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            value = _shown(self._evaluate(code, name))
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        except BaseException as raised:  # SystemExit and KeyboardInterrupt are the cell's too
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            return {"value": {}, "error": _told(raised, name)}
        return {"value": value, "error": ""}

    def _evaluate(self, code: str, name: str) -> object:
        tree = ast.parse(code, name)
        last = tree.body[-1] if tree.body else None
        if not isinstance(last, ast.Expr):
            exec(compile(tree, name, "exec"), self._names)
            return None
        del tree.body[-1]
        exec(compile(tree, name, "exec"), self._names)
        return eval(compile(ast.Expression(last.value), name, "eval"), self._names)


def _shown(value: object) -> dict[str, str]:
    """A value as text, and as HTML if it has one."""
    if value is None:
        return {}
    shown = {"text/plain": repr(value)[:_MOST]}
    if callable(html := getattr(value, "_repr_html_", None)) and (text := html()) and len(text) < _MOST:
        shown["text/html"] = text
    return shown


def _told(error: BaseException, name: str) -> str:
    """A traceback from the cell's own first line on; our frames above it are left out."""
    place = error.__traceback__
    while place is not None and place.tb_frame.f_code.co_filename != name:
        place = place.tb_next
    return "".join(traceback.format_exception(type(error), error, place))[-_MOST:]
