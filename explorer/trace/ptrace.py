"""Call chains of a User Mode Linux, taken from outside: breakpoints by ptrace(2), stacks by frame pointers.

A User Mode Linux is one process at a fixed address, and keeps frame pointers. At a function's first instruction the
caller's address is on top of the stack and the frame is still the caller's, so the whole chain can be read. No debugger
is needed.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterable

from explorer.errors import TraceError
from explorer.trace.symbols import Symbols

__all__ = ["Tracer"]

_SEIZE, _INTERRUPT, _CONT, _STEP, _GETREGS, _SETREGS = 0x4206, 0x4207, 7, 9, 12, 13
_RBP, _RIP, _RSP, _REGISTERS = 4, 16, 19, 27  # struct user_regs_struct, in words
_WALL = 0x40000000
_SIGTRAP, _SIGSEGV = 5, 11
_INT3 = b"\xcc"
_STACK = 16 << 10  # bytes of a kernel stack


class Tracer:
    """A process, stopped at functions; used by one thread from the beginning to the end."""

    def __init__(self, pid: int, symbols: Symbols) -> None:
        self._pid = pid
        self._symbols = symbols
        self._points: dict[int, bytes] = {}  # the byte that a breakpoint stands for
        self._registers = (ctypes.c_ulong * _REGISTERS)()
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        self._libc.ptrace.restype = ctypes.c_long
        self._ask(_SEIZE)
        self._ask(_INTERRUPT)
        self._signal = self._stopped()  # a timer's may have come first; were it lost, the kernel would sleep for ever
        self._memory = os.open(f"/proc/{pid}/mem", os.O_RDWR)

    def watch(self, points: Iterable[int]) -> None:
        """Stop at these functions from now on."""
        for start in points:
            self._points[start] = os.pread(self._memory, 1, start)
            os.pwrite(self._memory, _INT3, start)

    def run(self, hit: Callable[[tuple[int, ...]], object], done: Callable[[], bool]) -> None:
        """Let the process run until `done`, which is asked whenever it stops; TraceError if it ends."""
        while not done():
            self._signal = self._go(_CONT, self._signal)
            if self._signal == _SIGTRAP and (start := self._at()):
                hit(self._chain(start))
                self._signal = self._step(start)

    def _go(self, request: int, signal: int) -> int:
        """Go on, with a signal perhaps, until the next stop."""
        self._ask(request, signal)
        return self._stopped()

    def _stopped(self) -> int:
        """The signal that would be delivered, 0 for another stop; TraceError if the process ended."""
        _, status = os.waitpid(self._pid, _WALL)
        if not os.WIFSTOPPED(status):
            raise TraceError("the traced kernel ended")
        return os.WSTOPSIG(status) if status >> 16 == 0 else 0

    def close(self) -> None:
        """Take the process's end, after it was killed."""
        os.close(self._memory)
        try:
            while os.WIFSTOPPED(os.waitpid(self._pid, _WALL)[1]):
                self._ask(_CONT)
        except (ChildProcessError, TraceError):
            return

    def _at(self) -> int:
        """The function whose breakpoint was hit; 0 if it is none of ours."""
        self._ask(_GETREGS, ctypes.addressof(self._registers))
        start = int(self._registers[_RIP]) - 1
        return start if start in self._points else 0

    def _step(self, start: int) -> int:
        """Do the instruction that a breakpoint stands for; the signal to deliver that came meanwhile, or 0."""
        self._registers[_RIP] = start
        self._ask(_SETREGS, ctypes.addressof(self._registers))
        os.pwrite(self._memory, self._points[start], start)
        held: list[int] = []
        while (signal := self._go(_STEP, 0)) != _SIGTRAP:
            held += [signal] if signal else []
            if signal == _SIGSEGV:  # the instruction's own; it is done again, and stops again
                break
        os.pwrite(self._memory, _INT3, start)
        for other in held[:-1]:
            os.kill(self._pid, other)
        return held[-1] if held else 0

    def _chain(self, start: int) -> tuple[int, ...]:
        """Where a function begins, and where it and each function below it on the stack returns to."""
        stack, base = int(self._registers[_RSP]), int(self._registers[_RBP])
        room = os.pread(self._memory, _STACK, stack)
        found = [start, _word(room, 0)]
        while self._symbols.frame(found[-1]):
            at = base - stack
            if not 0 <= at <= len(room) - 16:
                break
            found.append(_word(room, at + 8))
            if _word(room, at) <= base:
                break
            base = _word(room, at)
        return tuple(found)

    def _ask(self, request: int, data: int = 0) -> None:
        if self._libc.ptrace(request, self._pid, None, data) == -1:
            raise TraceError(f"ptrace is refused ({os.strerror(ctypes.get_errno())}); it is what User Mode Linux needs")


def _word(room: bytes, at: int) -> int:
    return int.from_bytes(room[at : at + 8], "little")
