"""How a lab in a notebook reaches its bench: in the agent or, where there can be none, in the recordings."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import is_dataclass
from typing import Any

from explorer.errors import LiveError
from explorer.live import recordings
from explorer.live.runs import row_of
from explorer.scenario import said

__all__ = ["remote"]

Do = Callable[..., Any]


def remote() -> tuple[Do, str, Callable[[], object]]:
    """What does a lab's calls, where it does them, and what ends it."""
    from explorer.live.process import Agent

    try:
        agent = Agent()
    except LiveError as error:
        refused = str(error)
        return _Calls(lambda call, key: _replayed(key, refused)), f"recorded, not run here: {refused}", lambda: None
    return _Calls(lambda call, key: _asked(agent, call, key)), f"live on Linux {agent.kernel}", agent.close


class _Calls:
    """A lab's calls so far, whose digest is the key of what the next one gives."""

    def __init__(self, do: Callable[[dict[str, Any], str], Any]) -> None:
        self._do = do
        self._past = ""

    def __call__(self, call: str, *arguments: object) -> Any:
        request = {"do": "bench", "call": call, "arguments": [_json(each) for each in arguments]}
        self._past = "lab:" + recordings.digest(self._past + json.dumps(request, sort_keys=True))
        value = self._do(request, self._past)
        return tuple(row_of(row) for row in value) if call == "take" else value


def _asked(agent: Any, request: dict[str, Any], key: str) -> Any:
    value = agent.ask(request)["value"]
    recordings.keep(key, agent.kernel, value)
    return value


def _replayed(key: str, refused: str) -> Any:
    found = recordings.find("cell", key)
    if found is None:
        raise LiveError(f"nothing is recorded of these calls as they are written, and they cannot run here: {refused}")
    return json.loads(found.content)


def _json(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {"kind": type(value).__name__, "fields": said(value)}
    return value
