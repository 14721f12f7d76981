"""Which C function a model function mirrors."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any, TypeVar

__all__ = ["MIRRORED", "mirrors"]

Function = TypeVar("Function", bound=Callable[..., Any])

# Every mirroring function by its code, so that a run can be observed without a word of it in the functions.
MIRRORED: dict[CodeType, Any] = {}


def mirrors(*names: str) -> Callable[[Function], Function]:
    """Say which C function, FUNC@SRC, newest name first, a function of the model mirrors."""

    def decorate(function: Function) -> Function:
        function.__mirrors__ = names  # type: ignore[attr-defined]
        MIRRORED[function.__code__] = function
        return function

    return decorate
