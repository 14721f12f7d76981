"""Call chains out of what other tools print: read line by line, whichever tool it was.

    ftrace and trace-cmd     function_graph, function with its parent, and their stack traces
    perf script              call chains of samples
    bpftrace                 kstack, as a key of a map or printed
    pwru                     events, with --output-stack and --output-caller
    retis                    probes, and their stacks
    gdb                      backtraces, with file and line where it has them

The text is anybody's. It is bounded, and nothing of it is kept but names of functions and modules, numbers, and paths
below a kernel tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from explorer.errors import TraceError
from explorer.trace.values import Chain, Frame, Trace, bare, in_tree, longest

__all__ = ["chains", "load", "read"]

_MOST_BYTES, _MOST_CHAINS, _MOST_FRAMES, _MOST_LINE = 64 << 20, 20_000, 200, 1000
_NAME = r"[A-Za-z_][\w.]{0,127}"
_MODULE = r"(?:\s*\[(\w{1,64})\])?"
_COPY = rf"({_NAME}?){_MODULE}"

# `1)   0.5 us    |  skb_clone();` and trace-cmd's `funcgraph_entry:   |  packet_snd() {`; a closing brace
_GRAPH = re.compile(rf"\|(\s*)({_NAME}){_MODULE}\s?\([^|]{{0,400}}\)\s*(\{{|;)")
_CLOSE = re.compile(r"\|(\s*)\}")
_BARE_GRAPH = re.compile(rf"(\s*)({_NAME}){_MODULE}\(\)\s*(\{{|;)")
_BARE_CLOSE = re.compile(r"(\s*)\}(?:\s*/\*.*)?\s*")
_LANE = re.compile(r"\s*(\d{1,5}\))|\s*(\S.{0,60}?-\d{1,9})\s")
# `packet_rcv <-dev_queue_xmit_nit`
_PARENT = re.compile(rf"(?:^|[\s:])({_NAME}){_MODULE}\s*<--?\s*({_NAME}){_MODULE}")
# `ffffffff8a packet_rcv+0x1f ([kernel.kallsyms])`, ` => packet_rcv`, `packet_rcv+495`
_PERF = re.compile(rf"\s*[0-9a-f]{{4,16}}\s+({_NAME})(?:\+0x([0-9a-f]{{1,8}}))?\s*(?:\(([^()]{{0,200}})\))?\s*")
_ARROW = re.compile(rf"\s*=>\s*({_NAME})(?:\+(0x[0-9a-f]{{1,8}}|\d{{1,8}}))?(?:/0x[0-9a-f]{{1,8}})?{_MODULE}.{{0,80}}")
_OFFSET = re.compile(rf"\s*({_NAME})\+(0x[0-9a-f]{{1,8}}|\d{{1,8}})(?:/0x[0-9a-f]{{1,8}})?{_MODULE},?\s*")
# `#1  0xffffffff81 in dev_queue_xmit_nit (skb=0x0, dev=0x0) at net/core/dev.c:2290`
_GDB = re.compile(
    rf"\s*#(\d{{1,4}})\s+(?:0x[0-9a-f]{{1,16}} in )?({_NAME})\s*\(.{{0,900}}?\)(?: at (\S{{1,300}}):(\d{{1,7}}))?"
)
# an event of pwru (`0xffff8 2 ping:12 … packet_rcv`) and of retis (`… [k] packet_rcv`)
_PWRU = re.compile(
    rf"0x[0-9a-f]{{4,16}}\s+\d{{1,5}}\s+\S+.{{0,700}}?\s({_NAME})(?:\s?\([\w ]{{0,60}}\))?(?:\s+({_NAME}))?\s*"
)
_RETIS = re.compile(rf".{{0,300}}\[(?:k|kr)\] ({_NAME})")
_ALONE = re.compile(rf"{_COPY}\s*")


def load(place: Path, scenario: str, kernel: str) -> Trace:
    """The trace in a file; TraceError if it cannot be read, or has no call chain."""
    try:
        if place.stat().st_size > _MOST_BYTES:
            raise TraceError(f"{place} is larger than {_MOST_BYTES >> 20} MiB; cut it to the frames of one packet")
        text = place.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise TraceError(f"{place} cannot be read: {error.strerror}") from error
    return read(text, scenario, kernel, str(place))


def read(text: str, scenario: str, kernel: str, said: str = "the text") -> Trace:
    """The call chains of a text, in its order."""
    found = longest(chains(text))
    if not found:
        raise TraceError(
            f"no call chain is in {said}: what trace-cmd, perf script, bpftrace, pwru, retis or gdb print can be read"
        )
    return Trace(scenario, kernel, "import", found)


def chains(text: str) -> list[Chain]:
    """Every call chain of a text: one at each function entered, or for each stack."""
    return list(_Reader().chains(text))


class _Reader:
    """A stack for each lane (a processor, or a task) of function_graph, and one for what is listed innermost first."""

    def __init__(self) -> None:
        self._open: dict[str, list[tuple[int, Frame]]] = {}
        self._stack: list[Frame] = []
        self._pwru = self._caller = False
        self._given = 0

    def chains(self, text: str) -> Iterator[Chain]:
        for line in text.splitlines():
            line = line[:_MOST_LINE]
            for chain in self._line(line):
                yield chain
                self._given += 1
                if self._given >= _MOST_CHAINS:
                    return
        yield from self._flush()

    def _line(self, line: str) -> Iterator[Chain]:
        if self._listed(line):
            return
        yield from self._flush()
        if found := _GDB.match(line):
            self._stack.append(_gdb(found))
        elif found := _GRAPH.search(line) or _BARE_GRAPH.fullmatch(line):
            yield from self._entered(_lane(line), len(found[1]), _frame(found[2], found[3]), found[4] == "{")
        elif found := _CLOSE.search(line) or _BARE_CLOSE.fullmatch(line):
            self._left(_lane(line), len(found[1]))
        elif found := _PARENT.search(line):
            yield _frame(found[3], found[4]), _frame(found[1], found[2])
        elif line.startswith("SKB ") or " PROCESS " in line:
            self._caller = " CALLER" in line
        elif found := _PWRU.fullmatch(line):
            self._pwru = True
            yield from self._event(found)
        elif found := _RETIS.match(line):
            yield (_frame(found[1]),)

    def _event(self, found: re.Match[str]) -> Iterator[Chain]:
        """pwru's line ends in the function, or in the function and its caller."""
        last, before = found[2] or found[1], found[1]
        if self._caller and found[2]:
            yield _frame(last), _frame(before)
        else:
            yield (_frame(last),)

    def _listed(self, line: str) -> bool:
        """Whether a line is one of a stack that is listed innermost first, and goes on."""
        for pattern, made in _LISTED:
            if found := pattern.fullmatch(line):
                self._stack += filter(None, [made(found)])
                return True
        if self._stack and (found := _GDB.match(line)) and found[1] != "0":
            self._stack.append(_gdb(found))
            return True
        if self._pwru and (found := _ALONE.fullmatch(line)) and found[1]:
            self._stack.append(_frame(found[1], found[2]))
            return True
        return False

    def _flush(self) -> Iterator[Chain]:
        if self._stack:
            yield tuple(self._stack[:_MOST_FRAMES][::-1])
            self._stack = []

    def _entered(self, lane: str, depth: int, frame: Frame, goes_on: bool) -> Iterator[Chain]:
        stack = self._open.setdefault(lane, [])
        while stack and stack[-1][0] >= depth:
            stack.pop()
        if len(stack) < _MOST_FRAMES:
            yield (*(each for _, each in stack), frame)
            if goes_on:
                stack.append((depth, frame))

    def _left(self, lane: str, depth: int) -> None:
        stack = self._open.get(lane, [])
        while stack and stack[-1][0] >= depth:
            stack.pop()


def _frame(name: str, module: str | None = "", offset: str | None = "") -> Frame:
    return Frame(bare(name), int(offset, 0) if offset else 0, module or "")


def _perf(found: re.Match[str]) -> Frame | None:
    """A frame of perf; a program's own, whose file is no name in brackets, is none."""
    place = found[3] or "[]"
    if not place.startswith("["):
        return None
    module = re.fullmatch(r"\[(\w{1,64})\]", place)
    return _frame(found[1], module[1] if module else "", f"0x{found[2]}" if found[2] else "")


def _gdb(found: re.Match[str]) -> Frame:
    """A frame of gdb: the path is kept from the kernel tree's root on."""
    path = in_tree(found[3] or "")
    return Frame(bare(found[2]), 0, "", path, int(found[4]) if path else 0)


def _lane(line: str) -> str:
    found = _LANE.match(line)
    return (found[1] or found[2]) if found else ""


_LISTED: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Frame | None]], ...] = (
    (_PERF, _perf),
    (_ARROW, lambda found: _frame(found[1], found[3], found[2])),
    (_OFFSET, lambda found: _frame(found[1], found[3], found[2])),
)
