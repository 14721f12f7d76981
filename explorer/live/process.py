"""The parent's side of the agent: start it with exec, ask it, interrupt it, leave nothing behind."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from explorer.errors import LiveError
from explorer.live.reasons import not_linux, refusal

__all__ = ["Agent", "command"]

Show = Callable[[str], object]

_MOST_ANSWER, _MOST_OUTPUT = 64 << 20, 1 << 20  # bytes
_START, _GRACE = 10.0, 2.0  # seconds: to start, and to stop when told to


def command() -> list[str]:
    """How the agent is started."""
    return [sys.executable, "-P", "-u", "-m", "explorer.live.agent"]


class Agent:
    """A helper process in namespaces of its own; it ends with close(), its parent, or the thread that made it.

    PrivilegeError and NetnsError say why it could not be had, and the way out.
    """

    kernel: str

    def __init__(self, words: list[str] | None = None, start: float = _START) -> None:
        """Start it by `command`, or by other `words`; `start` is how many seconds that may take."""
        if reason := not_linux():
            raise reason
        root = str(Path(__file__).resolve().parents[2])  # the same package, wherever the helper starts
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            words or command(),
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            bufsize=0,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": path},
        )
        self.close = weakref.finalize(self, _end, self._process)
        self._requests, *readers = _pipes(self._process)
        self._answers, self._output = (each.fileno() for each in readers)
        self._watched = [self._output, self._answers]  # what was printed before an answer, or an end, is read before it
        self._line = bytearray()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._greet(start)

    def _greet(self, start: float) -> None:
        said: list[str] = []
        try:
            hello = self._answer(start, said.append)
        except (EOFError, TimeoutError) as error:
            self.close()
            raise LiveError(f"the live helper did not start: {''.join(said)[-2000:].strip()}") from error
        if not hello["hello"]:
            self.close()
            raise refusal(hello["stage"], hello["errno"])
        self.kernel = hello["kernel"]

    @property
    def worker(self) -> int:
        """The process that does what is asked, the only child of the one that was started."""
        for place in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                if int(place.read_text().rpartition(")")[2].split()[1]) == self._process.pid:
                    return int(place.parent.name)
        raise LiveError("the live helper has ended, and its names and namespace with it")

    def ask(self, request: dict[str, Any], timeout: float = 30.0, show: Show = lambda text: None) -> dict[str, Any]:
        """The answer to a request; `show` gets what is printed meanwhile, as it comes.

        Ctrl-C, and the end of `timeout` seconds, interrupt what the agent does; the answer then has `stopped`.
        LiveError if the agent does not answer even so, if it ended, or if the kernel refused.
        """
        if not self.close.alive:
            raise LiveError("the live helper has ended, and its names and namespace with it")
        said = ""
        try:
            try:
                self._requests.write(json.dumps(request).encode() + b"\n")
                answer = self._answer(timeout, show)
            except (TimeoutError, KeyboardInterrupt) as error:
                said = "interrupted" if isinstance(error, KeyboardInterrupt) else f"stopped after {timeout:g} s"
                os.killpg(self._process.pid, signal.SIGINT)  # and what a cell started; the agent's parent ignores it
                answer = self._answer(_GRACE, show)
        except (BrokenPipeError, EOFError, TimeoutError, ProcessLookupError) as error:
            _kill(self._process)
            self.close()
            raise LiveError(f"the live helper ended ({said or 'by itself'}), and its namespace with it") from error
        if "refused" in answer and len(answer) == 1:
            raise LiveError(answer["refused"])
        return answer | {"stopped": said}

    def _answer(self, timeout: float, show: Show) -> dict[str, Any]:
        """One line of the agent; EOFError if it ends, TimeoutError if it takes longer."""
        until, room = time.monotonic() + timeout, [_MOST_OUTPUT]
        while not self._line.endswith(b"\n"):
            if not self._read(self._watched, max(until - time.monotonic(), 0), show, room):
                raise TimeoutError
        self._read(self._watched[:-1], 0, show, room)  # one reading empties a pipe
        line, self._line = self._line, bytearray()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _read(self, watched: list[int], timeout: float, show: Show, room: list[int]) -> bool:
        """Read what the agent has written; False if it wrote nothing."""
        ready = select.select(watched, [], [], timeout)[0]
        for place in ready:
            data = os.read(place, 1 << 16)
            if place == self._output:
                self._print(data, show, room)
            elif data and len(self._line) < _MOST_ANSWER:
                self._line += data
            else:
                raise EOFError
        return bool(ready)

    def _print(self, data: bytes, show: Show, room: list[int]) -> None:
        if not data:
            self._watched.remove(self._output)
        elif room[0] > 0:
            show(self._decoder.decode(data[: room[0]]))
            room[0] -= len(data)
            if room[0] <= 0:
                show(f"\n... more than {_MOST_OUTPUT >> 20} MiB; the rest is not shown\n")

    def __enter__(self) -> Agent:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the agent and everything in its pid namespace, and wait until it is gone."""
    requests, *readers = _pipes(process)
    requests.close()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        _kill(process)
        process.wait()
    for each in readers:
        each.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _pipes(process: subprocess.Popen[bytes]) -> list[IO[bytes]]:
    """stdin, stdout and stderr of a process that has all three."""
    return [pipe for pipe in (process.stdin, process.stdout, process.stderr) if pipe is not None]
