"""Namespaces by unshare(2), through ctypes: os.unshare is Python 3.12."""

from __future__ import annotations

import ctypes
import os
import signal
from pathlib import Path

__all__ = ["Refused", "die_with_parent", "enter", "fresh"]

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
    from explorer.live import netlink

    _unshare("net", _NEWNET)
    netlink.ipv6_off()
    netlink.up("lo")


def _unshare(stage: str, flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags):
        raise Refused(stage, ctypes.get_errno())
