"""Machines that refuse: a process in which unshare, or a packet socket, gives EPERM, as in a container."""

from __future__ import annotations

import sys

_SECCOMP = """
import ctypes, os, struct, sys
NUMBERS = {"x86_64": (272, 41), "aarch64": (97, 198)}
unshare, socket = NUMBERS[os.uname().machine]
if sys.argv[1] == "unshare":
    test = [(0x15, 0, 1, unshare)]
else:
    test = [(0x15, 0, 3, socket), (0x20, 0, 0, 16), (0x15, 0, 1, 17)]
program = [(0x20, 0, 0, 0), *test, (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in program))
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(38, 1, 0, 0, 0)
assert not libc.prctl(22, 2, struct.pack("HP", len(program), ctypes.addressof(code)), 0, 0)
os.execv(sys.argv[2], sys.argv[2:])
"""


def refusing(what: str) -> list[str]:
    """What to put before a command so that `what`, unshare or socket, is refused to it."""
    return [sys.executable, "-c", _SECCOMP, what]
