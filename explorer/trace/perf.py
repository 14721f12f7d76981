"""perf_event_open(2) by ctypes: the kernel's call chain whenever a process meets a tracepoint; no perf binary."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import platform
import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from explorer.errors import TraceError
from explorer.trace.symbols import Symbols
from explorer.trace.values import Chain, longest

__all__ = ["Samples"]

_CALL = {"x86_64": 298, "aarch64": 241}  # perf_event_open
_TRACEPOINT, _CALLCHAIN, _TIME = 2, 1 << 5, 1 << 2
_DISABLED, _NO_USER_CHAIN = 1, 1 << 22
_ENABLE, _DISABLE = 0x2400, 0x2401
_SAMPLE, _LOST = 9, 2
_PAGES = 128
_MARKS = (1 << 64) - 4095  # PERF_CONTEXT_*: not an address
# What a frame meets between two packet sockets, and where a socket's reader is woken.
_EVENTS = (
    "net/net_dev_queue",
    "net/net_dev_start_xmit",
    "net/netif_rx",
    "net/netif_receive_skb",
    "sock/sk_data_ready",
    "skb/consume_skb",
)


class Samples:
    """The call chains at the tracepoints that the kernel has, of one process."""

    def __init__(self, pid: int, tracefs: Path) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._rings: list[tuple[int, mmap.mmap]] = []
        self._symbols = Symbols(Path("/proc/kallsyms").read_text())
        if self._symbols.hidden:
            raise TraceError("/proc/kallsyms hides its addresses: sysctl kernel.kptr_restrict=1; or --kernel uml")
        for event in _EVENTS:
            place = tracefs / "events" / event / "id"
            if place.exists():
                self._open(event, pid, int(place.read_text()))
        if not self._rings:
            raise TraceError("this kernel has no tracepoint on a frame's path (net, sock, skb); try --kernel uml")

    def _open(self, event: str, pid: int, number: int) -> None:
        asked = bytearray(136)
        struct.pack_into("<IIQQQ", asked, 0, _TRACEPOINT, len(asked), number, 1, _TIME | _CALLCHAIN)
        struct.pack_into("<Q", asked, 40, _DISABLED | _NO_USER_CHAIN)
        struct.pack_into("<I", asked, 48, 1)
        place = (ctypes.c_char * len(asked)).from_buffer(asked)
        ring = self._libc.syscall(_CALL.get(platform.machine(), -1), place, pid, -1, -1, 8)
        if ring < 0:
            code = ctypes.get_errno()
            name = errno.errorcode.get(code, str(code))
            raise TraceError(f"perf_event_open of {event.replace('/', ':')} is refused ({name}); try --kernel uml")
        self._rings.append((ring, mmap.mmap(ring, (_PAGES + 1) * mmap.PAGESIZE)))

    def __enter__(self) -> Samples:
        for ring, _ in self._rings:
            self._libc.ioctl(ring, _ENABLE, 0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for ring, pages in self._rings:
            pages.close()
            os.close(ring)

    def chains(self) -> tuple[Chain, ...]:
        """What was met, in order."""
        found: list[tuple[int, Chain]] = []
        for ring, pages in self._rings:
            self._libc.ioctl(ring, _DISABLE, 0)
            for time, addresses in _samples(pages):
                found.append((time, self._symbols.chain(addresses)))
        return longest([chain for _, chain in sorted(found, key=lambda row: row[0])])


def _samples(pages: mmap.mmap) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Time and addresses of each sample in a ring, the innermost first; TraceError if some were lost."""
    head, tail = struct.unpack_from("<QQ", pages, 1024)
    data = pages[mmap.PAGESIZE :]
    turned = data[tail % len(data) :] + data[: tail % len(data)]
    at = 0
    while at < head - tail:
        kind, _, size = struct.unpack_from("<IHH", turned, at)
        if kind == _SAMPLE:
            time, count = struct.unpack_from("<QQ", turned, at + 8)
            words = struct.unpack_from(f"<{count}Q", turned, at + 24)
            yield time, tuple(word for word in words if word < _MARKS)
        elif kind == _LOST:
            raise TraceError("perf lost samples: the scenario sends more frames than its ring holds")
        at += max(size, 8)
