"""The helper process: python -m explorer.live.agent. Requests on stdin and answers on stdout are JSON lines.

It stands in a user, a pid and a network namespace of its own, so that whatever a cell starts ends with it, and it is
killed when its parent ends. What is printed in it, by whomever, goes to stderr.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
from collections.abc import Callable
from dataclasses import asdict
from typing import IO, Any

from explorer.errors import LiveError
from explorer.live.loader import stay
from explorer.live.namespace import Refused, die_with_parent, enter, fresh

__all__ = ["Work", "main"]

Answer = dict[str, Any]


def main() -> None:
    """Enter the namespaces, say how that went, answer until stdin ends."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    die_with_parent()
    try:
        stay()
        enter()
        _become_first(requests, answers)
        fresh()
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except Refused as refused:
        _send(answers, {"hello": False, "stage": refused.stage, "errno": refused.errno})
    except OSError as error:
        _send(answers, {"hello": False, "stage": "packet", "errno": error.errno})
    else:
        _send(answers, {"hello": True, "kernel": os.uname().release})
        _serve(requests, answers)


def _become_first(*pipes: IO[bytes]) -> None:
    """Go on as process 1 of the pid namespace; its parent only waits, and Ctrl-C is not for it."""
    child = os.fork()
    if not child:
        die_with_parent()
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for pipe in pipes:
        pipe.close()
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF)


def _serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    work = Work()
    for line in requests:
        _send(answers, work.answer(json.loads(line)))


def _send(answers: IO[bytes], answer: Answer) -> None:
    answers.write(json.dumps(answer, default=asdict).encode() + b"\n")
    answers.flush()


class Work:
    """What is asked for: a scenario in a fresh namespace, a call of the bench, a cell, a filter."""

    def __init__(self) -> None:
        self._used = False
        self._doers: dict[str, Callable[[Answer], Answer]] = {
            "prepare": self._prepare,
            "scenario": self._scenario,
            "bench": self._call,
            "cell": self._cell,
            "filter": self._filter,
        }
        self._prepared: Any = None
        self._cells: Any = None
        self._bench: Any = None
        self._filters: Any = None

    def answer(self, request: Answer) -> Answer:
        """The answer to a request; what the kernel refuses, and what is no request, is told in words."""
        try:
            return self._doers[request["do"]](request)
        except LiveError as error:
            return {"refused": str(error)}
        except (ArithmeticError, LookupError, OSError, TypeError, ValueError, struct.error) as error:
            return {"refused": f"{type(error).__name__}: {error}"}

    def _prepare(self, request: Answer) -> Answer:
        """The devices of a scenario, so that what follows can be watched without them."""
        from explorer.live.runs import prepare, scenario_of

        if self._used:
            fresh()
        self._used = True
        self._prepared = prepare(scenario_of(request["scenario"]))
        return {"prepared": request["scenario"]["id"]}

    def _scenario(self, request: Answer) -> Answer:
        from explorer.live.runs import perform, scenario_of

        if self._used and not self._prepared:
            fresh()
        self._used = True
        bench, self._prepared = self._prepared, None
        return {"outcome": perform(scenario_of(request["scenario"]), bench)}

    def _call(self, request: Answer) -> Answer:
        from explorer.live.bench import Bench, value_of

        self._bench = self._bench or Bench()
        return {"value": getattr(self._bench, request["call"])(*map(value_of, request["arguments"]))}

    def _cell(self, request: Answer) -> Answer:
        from explorer.live.cells import Cells

        self._cells = self._cells or Cells()
        answer: Answer = self._cells.run(request["code"])
        return answer

    def _filter(self, request: Answer) -> Answer:
        from explorer.live.filters import Filters

        self._filters = self._filters or Filters()
        answer: Answer = self._filters.answer(request)
        return answer


if __name__ == "__main__":
    main()
