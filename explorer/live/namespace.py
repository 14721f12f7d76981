"""Namespaces by unshare(2), through ctypes: os.unshare is Python 3.12."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Elsewhere", "Refused", "die_with_parent", "enter", "fresh"]

_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000
_PR_SET_PDEATHSIG = 1


class Refused(Exception):  # noqa: N818
    """The kernel said no: at which `stage` (user, net, packet), and `errno`."""

    def __init__(self, stage: str, errno: int | None) -> None:
        super().__init__(f"{stage}: {os.strerror(errno or 0)}")
        self.stage = stage
        self.errno = errno or 0


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def enter() -> None:
    """Move this process into a fresh user namespace, and its next child into a fresh pid namespace.

    Where user namespaces are refused and we are root, the pid namespace alone will do. Refused otherwise: EPERM, ENOSPC
    (user.max_user_namespaces), EINVAL (a kernel without them, or a process with threads).
    """
    user, group = os.geteuid(), os.getegid()
    try:
        _unshare("user", _NEWUSER | _NEWPID)
    except Refused:
        if user:
            raise
        _unshare("user", _NEWPID)
        return
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    except OSError as error:
        raise Refused("user", error.errno) from error


def fresh() -> None:
    """Move this thread into a fresh network namespace: lo is up, and IPv6, which talks by itself, is off."""
    from explorer.live import devices

    _unshare("net", _NEWNET)
    devices.ipv6_off()
    devices.up("lo")


class Elsewhere:
    """Further network namespaces by name, made when first named, and this thread in one of them for a while."""

    def __init__(self) -> None:
        self._files: dict[str, int] = {}  # with that of the empty name, where this thread is at home
        self._here = ""

    @contextlib.contextmanager
    def at(self, name: str) -> Iterator[None]:
        """Be in a namespace inside the ``with``."""
        before = self._here
        self._move(name)
        try:
            yield
        finally:
            self._move(before)

    def file(self, name: str) -> int:
        """An open file of a namespace."""
        if not self._files:
            self._files[""] = _current()
        if name not in self._files:
            fresh()
            self._files[name] = _current()
            _join(self._files[self._here])
        return self._files[name]

    def _move(self, name: str) -> None:
        if name != self._here:
            _join(self.file(name))
            self._here = name

    def close(self) -> None:
        """Give the files back; a namespace that nobody else holds ends."""
        for file in self._files.values():
            os.close(file)
        self._files.clear()


def _current() -> int:
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def _join(file: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(file, _NEWNET):
        raise Refused("net", ctypes.get_errno())


def _unshare(stage: str, flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags):
        raise Refused(stage, ctypes.get_errno())
