"""Functions of the model replaced by a reader's own, wherever the model calls them, and put back.

A function keeps its identity and gets another code: whoever imported it, and the C that it mirrors, stay as they are.
"""

from __future__ import annotations

import ast
import difflib
import importlib
import linecache
import pkgutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from types import CodeType, FunctionType
from typing import Any

from explorer import model
from explorer.errors import FunctionNotFoundError
from explorer.model._mirrors import MIRRORED

__all__ = ["aside", "functions", "lent", "replace", "replaced", "reset"]

_Original = tuple[CodeType, Any, Any]
_ORIGINALS: dict[str, _Original] = {}


@cache
def functions() -> dict[str, FunctionType]:
    """The model's functions by name, each where it is defined."""
    found: dict[str, FunctionType] = {}
    for module in pkgutil.walk_packages(model.__path__, f"{model.__name__}."):
        names = vars(importlib.import_module(module.name))
        found |= {
            name: value
            for name, value in names.items()
            if isinstance(value, FunctionType) and (value.__module__, value.__name__) == (module.name, name)
        }
    return found


def replace(text: str, place: str) -> tuple[str, ...]:
    """Put the functions that a text defines in the place of the model's of the same name; their names.

    `place` names the text in tracebacks. FunctionNotFoundError: the model has no such function. SyntaxError: the text
    is no Python, or more than functions. Either way nothing was replaced.
    """
    made = {function.__name__: function for function in _made(text, place)}
    for name, function in made.items():
        own = functions()[name]
        _ORIGINALS.setdefault(name, _state(own))
        _put(own, _state(function))
    return tuple(made)


def replaced() -> tuple[str, ...]:
    """The names of the functions that are replaced now."""
    return tuple(_ORIGINALS)


def reset(names: Iterable[str] = ()) -> tuple[str, ...]:
    """Put the model's own functions back, all or the named; the names of those that were replaced."""
    wanted = tuple(names) or replaced()
    for name in wanted:
        _known(name)
    back = tuple(name for name in wanted if name in _ORIGINALS)
    for name in back:
        _put(functions()[name], _ORIGINALS.pop(name))
    return back


@contextmanager
def lent(function: FunctionType, code: CodeType) -> Iterator[None]:
    """Have a function of the model run another code inside the ``with``."""
    before = _state(function)
    _put(function, (code, *before[1:]))
    try:
        yield
    finally:
        _put(function, before)


@contextmanager
def aside() -> Iterator[None]:
    """Have the model as it is without any edit, inside the ``with``."""
    edited = {name: _state(functions()[name]) for name in _ORIGINALS}
    originals = dict(_ORIGINALS)
    reset()
    try:
        yield
    finally:
        for name, state in edited.items():
            _put(functions()[name], state)
        _ORIGINALS.update(originals)


def _made(text: str, place: str) -> list[FunctionType]:
    """The functions of a text, each made among the names of the module whose function it replaces."""
    linecache.cache[place] = (len(text), None, text.splitlines(keepends=True), place)
    made = []
    for statement in ast.parse(text, place).body:
        if not isinstance(statement, ast.FunctionDef):
            line = text.splitlines()[statement.lineno - 1]
            where = (place, statement.lineno, statement.col_offset + 1, line)
            raise SyntaxError("only functions of the model stand here, each with def", where)
        names = dict(_known(statement.name).__globals__)
        lone = ast.Module([statement], [])
        exec(compile(lone, place, "exec"), names)  # annotations are not evaluated, since they are not in this file
        made.append(names[statement.name])
    return made


def _known(name: str) -> FunctionType:
    known = functions()
    if name not in known:
        near = difflib.get_close_matches(name, known, 3)
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise FunctionNotFoundError(f"the model has no function {name!r}{hint}", near)
    return known[name]


def _state(function: FunctionType) -> _Original:
    return function.__code__, function.__defaults__, function.__kwdefaults__


def _put(function: FunctionType, state: _Original) -> None:
    mirrored = MIRRORED.pop(function.__code__, None)
    function.__code__, function.__defaults__, function.__kwdefaults__ = state
    if mirrored or hasattr(function, "__mirrors__"):
        MIRRORED[function.__code__] = function
