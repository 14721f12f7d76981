"""A kernel of one's own: Debian's User Mode Linux, unmodified, booted as an ordinary user in two seconds.

`find` gives the program, out of a package that is only unpacked. `Uml` boots it with the host's file system, read-only,
and the host's Python as its first process, and answers what an Agent answers: `runs.run(scenario, uml)`.

Started as `python -m explorer.live.uml BOX PROGRAM ARGUMENTS`, this module runs PROGRAM until stdin ends, which it does
even if its owner is killed, and takes the directory BOX away. It gives it what the CPUs of our day need: User Mode
Linux 6.1 has no room for the registers of AVX-512 and AMX, which the kernel below does not take back in part. So
ptrace's NT_X86_XSTATE is made to look absent, which leaves SSE; and the C library is told to use nothing more, for the
rest is lost at a page fault.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import platform
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import weakref
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from explorer.errors import LiveError

__all__ = ["Program", "Uml", "find"]

_GET = "apt-get download user-mode-linux"
_START = 30.0  # seconds to boot in, on a busy machine
_TUNABLES = "glibc.cpu.hwcaps=" + ",".join(
    f"-{name}" for name in "AVX512F AVX512VL AVX512BW AVX512DQ AVX2 AVX AVX_Fast_Unaligned_Load XSAVEC".split()
)


@dataclass(frozen=True, slots=True)
class Program:
    """A User Mode Linux: the executable, its release, the directory of its modules; `lines` if it has line tables."""

    path: Path
    release: str
    modules: Path
    lines: bool = False


def find(given: str | Path | None = None) -> Program:
    """The program of a path: a package, a directory where one was unpacked, or the executable, also one that was made.

    Without a path: what EXPLORER_UML names, a package in this directory, what was unpacked before, what is installed.
    LiveError says what to type where there is none.
    """
    from explorer.live import umldeb

    if platform.machine() != "x86_64" or sys.platform != "linux":
        raise LiveError(f"User Mode Linux runs on Linux on x86-64, and this is {sys.platform} on {platform.machine()}")
    if given := given or os.environ.get("EXPLORER_UML"):
        return _program(umldeb.root_of(Path(given)), str(given))
    for root in umldeb.roots():
        return _program(root, str(root))
    raise LiveError(f"no User Mode Linux here: {_GET}, and ask again in that directory, or name it with --uml FILE")


def _program(root: Path, said: str) -> Program:
    path = root if root.is_file() else root / "usr/bin/linux.uml"
    made = path.parent / "include/config/kernel.release"
    if path.is_file() and made.is_file():
        return Program(path, made.read_text().strip(), path.parent, lines=True)
    releases = sorted((path.parent.parent / "lib/uml/modules").glob("*"))
    if not path.is_file() or not releases:
        raise LiveError(f"{said} is no User Mode Linux package, nor a directory where one was unpacked: {_GET}")
    return Program(path, releases[-1].name, releases[-1])


class Uml:
    """A booted User Mode Linux; it ends with close(), or with this object."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.box = Path(tempfile.mkdtemp(prefix="explorer-uml-"))
        self._asked = 0
        with (self.box / "console").open("wb") as console:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "explorer.live.uml", str(self.box), str(program.path), *self._arguments()],
                stdin=subprocess.PIPE,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=self.box,
                env=os.environ | {"PYTHONPATH": _path(), "TMPDIR": str(self.box), "HOME": str(self.box)},
            )
        self.close = weakref.finalize(self, _end, self.process, self.box)
        try:
            self.kernel: str = self._answer(_START)["kernel"]
        except LiveError:
            self.close()
            raise

    def _arguments(self) -> list[str]:
        first = self.box / "init"
        guest = [sys.executable, "-P", "-u", "-m", "explorer.live.guest", str(self.box), str(self.program.modules)]
        home = f"HOME=/ LANG=C.UTF-8 PATH=/usr/bin:/bin GLIBC_TUNABLES={_TUNABLES} PYTHONPATH={shlex.quote(_path())}"
        first.write_text(f"#!/bin/sh\nexport {home}\nexec {shlex.join(guest)}\n")
        first.chmod(0o755)
        disks = ["rootfstype=hostfs", "rootflags=/", "ro", f"uml_dir={self.box}/", "umid=uml"]
        quiet = ["con=null", "con0=null,fd:1", "quiet"]
        entropy = "random.trust_cpu=on"  # or the first to ask waits for it
        return ["mem=192M", *disks, f"init={first}", *quiet, entropy]

    def ask(self, request: dict[str, Any], timeout: float = 30.0) -> dict[str, Any]:
        """The answer to a request, as the agent's `ask` gives it."""
        self.put(request)
        answer = self._answer(timeout)
        if "refused" in answer and len(answer) == 1:
            raise LiveError(answer["refused"])
        return answer

    def put(self, request: dict[str, Any]) -> Path:
        """Ask, and do not wait: the place where the answer will be."""
        self._asked += 1
        place = self.box / f".{self._asked}.request"
        place.write_text(json.dumps(request))
        place.rename(self.box / f"{self._asked}.request")
        return self.box / f"{self._asked}.answer"

    def _answer(self, timeout: float) -> dict[str, Any]:
        place, until = self.box / f"{self._asked}.answer", time.monotonic() + timeout
        while not place.exists():
            if self.process.poll() is not None or time.monotonic() > until:
                raise LiveError(self.why())
            time.sleep(0.002)
        return self.told(place)

    def told(self, place: Path) -> dict[str, Any]:
        """The answer that stands in a place that `put` named."""
        if not place.exists():
            raise LiveError(self.why())
        answer: dict[str, Any] = json.loads(place.read_bytes())
        return answer

    def why(self) -> str:
        """What its console said last, for it does not answer."""
        said = (self.box / "console").read_text(errors="replace").splitlines()
        panic = next((line for line in said if "panic" in line), said[-1] if said else "it said nothing")
        return f"User Mode Linux {self.program.release} does not answer: {panic.strip()[:300]}"

    def stop(self) -> None:
        """End it, and do not wait: a tracer has to let go of it first."""
        if self.process.stdin:
            self.process.stdin.close()

    def __enter__(self) -> Uml:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _path() -> str:
    """Where this package and what it needs are, for a Python that starts elsewhere."""
    return os.pathsep.join(dict.fromkeys([str(Path(__file__).resolve().parents[2]), *filter(None, sys.path)]))


def _end(process: subprocess.Popen[bytes], box: Path) -> None:
    """End the kernel and every process it made of its own, and wait until it is gone."""
    if process.stdin:
        process.stdin.close()
    process.wait()
    shutil.rmtree(box, ignore_errors=True)


def _run(box: str, program: str, *arguments: str) -> None:
    """Start the program in a session of its own, and end it and all it made when it or stdin ends.

    Where stdin ends its owner may have been killed, and the box is nobody's; where the program does, it is asked why.
    """
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # what it leaves behind becomes our child
    child = os.fork()
    if not child:
        os.setsid()
        _deny()
        os.execv(program, [program, *arguments])
    Path(box, "pid").write_text(str(child))
    signal.signal(signal.SIGCHLD, lambda *_: _finish(child) if os.waitpid(child, os.WNOHANG)[0] else None)
    os.read(0, 1)
    _finish(child, box)


def _finish(child: int, box: str = "") -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.killpg(child, signal.SIGKILL)
        while os.waitpid(-1, 0):
            pass
    if box:
        shutil.rmtree(box, ignore_errors=True)
    os._exit(0)


def _deny() -> None:
    """Let ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE) be EINVAL from here on."""
    steps = [
        (0x20, 0, 0, 4), (0x15, 0, 7, 0xC000003E),  # the architecture: x86-64
        (0x20, 0, 0, 0), (0x15, 0, 5, 101),  # the call: ptrace
        (0x20, 0, 0, 16), (0x15, 0, 3, 0x4204),  # PTRACE_GETREGSET
        (0x20, 0, 0, 32), (0x15, 0, 1, 0x202),  # NT_X86_XSTATE
        (0x06, 0, 0, 0x00050016),  # EINVAL
        (0x06, 0, 0, 0x7FFF0000),  # allowed
    ]  # fmt: skip
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, program, 0, 0):  # no new privileges; seccomp
        sys.exit(f"seccomp is refused: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    _run(*sys.argv[1:])
