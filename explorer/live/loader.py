"""bpf(2): only who has CAP_BPF outside any user namespace may load a program of XDP, and the agent is inside one.

So where root starts the agent, a process stays outside, which loads what the agent asks for and hands it in as an open
file. It ends with the agent.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import struct

from explorer.errors import LiveError

__all__ = ["NO_RIGHT", "loaded", "stay"]

NO_RIGHT = "loading a program of XDP takes CAP_BPF outside any user namespace, which root has"

_SYSCALL = {"x86_64": 321}.get(platform.machine(), 280)
_PROG_LOAD, _XDP = 5, 6
_MOST = 1 << 18  # bytes of a program: of 4096 classic instructions, each is at most five of eBPF
_outside: socket.socket | None = None


def loaded(code: bytes) -> int:
    """An open file of an XDP program; LiveError where it may not be loaded."""
    fd = _bpf(code)
    if fd == -errno.EPERM and _outside:
        fd = _asked(_outside, code)
    if fd < 0:
        why = NO_RIGHT if -fd == errno.EPERM else os.strerror(-fd)
        raise LiveError(f"bpf(BPF_PROG_LOAD) was refused: {errno.errorcode[-fd]}, {why}")
    return fd


def stay() -> None:
    """Leave a process behind that loads programs for us wherever we go; nothing for who is not root."""
    global _outside
    if os.geteuid():
        return
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = os.fork()
    if not child:
        if not os.fork():  # no child of ours, which are for the work
            ours.close()
            _serve(theirs)
        os._exit(0)
    os.waitpid(child, 0)
    theirs.close()
    _outside = ours


def _serve(channel: socket.socket) -> None:
    """Load until nobody is left to ask."""
    keep = os.dup2(channel.fileno(), 3)
    os.closerange(4, 256)
    for fd in range(3):
        os.close(fd)
    with socket.socket(fileno=keep) as asked:
        while code := asked.recv(_MOST):
            fd = _bpf(code)
            socket.send_fds(asked, [struct.pack("i", fd)], [fd] if fd >= 0 else [])
            if fd >= 0:
                os.close(fd)


def _asked(channel: socket.socket, code: bytes) -> int:
    channel.send(code)
    answer, files, _, _ = socket.recv_fds(channel, 4, 1)
    return files[0] if files else int(struct.unpack("i", answer)[0])


def _bpf(code: bytes) -> int:
    """A file, or a negative errno."""
    program, licence = ctypes.create_string_buffer(code), ctypes.create_string_buffer(b"GPL")
    attributes = struct.pack("IIQQ", _XDP, len(code) // 8, ctypes.addressof(program), ctypes.addressof(licence))
    room = ctypes.create_string_buffer(attributes, 128)
    fd: int = ctypes.CDLL(None, use_errno=True).syscall(_SYSCALL, _PROG_LOAD, room, len(room))
    return fd if fd >= 0 else -ctypes.get_errno()
