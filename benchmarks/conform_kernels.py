"""The model against Debian's kernels under QEMU, which emulates: no KVM, no root, nothing installed.

    apt-get download linux-image-6.1.0-56-cloud-amd64 && python benchmarks/conform_kernels.py linux-image-*.deb

A package is only unpacked. The first process of the machine is this Python itself, out of an initramfs that holds its
library, this package and the modules of the devices; it answers on a serial line what the agent answers on a pipe.
"""

from __future__ import annotations

import argparse
import gzip
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import platformdirs
from initramfs import archive, libraries, module

import explorer
from explorer.conform import asked, table
from explorer.errors import ExplorerError
from explorer.live.process import Agent
from explorer.views.conform import report_text
from explorer.views.text import plain

MODULES = (
    "veth",
    "llc",
    "stp",
    "bridge",
    "garp",
    "mrp",
    "8021q",
    "dummy",
    "sch_ingress",
    "cls_bpf",
)  # what each needs before it
PASSED_OVER = {"test", "idlelib", "lib2to3", "tkinter", "ensurepip", "turtledemo", "site-packages", "__pycache__"}
BOOT = 300.0  # seconds
HOW = "QEMU, Debian's cloud kernel"
INIT = """#!{python} -Eu
import ctypes, os, runpy, sys, termios, tty
sys.path[:0] = {path!r}
libc = ctypes.CDLL(None)
for kind, place in (("proc", "/proc"), ("devtmpfs", "/dev")):
    libc.mount(kind.encode(), place.encode(), kind.encode(), 0, None)
for place in {modules!r}:
    with open(place, "rb") as file:
        libc.syscall(313, file.fileno(), b"", 0)
line = os.open("/dev/ttyS1", os.O_RDWR | os.O_NOCTTY)
tty.setraw(line, termios.TCSANOW)
os.dup2(line, 0)
os.dup2(line, 1)
runpy.run_module("explorer.live.agent", run_name="__main__")
"""


def main() -> int:
    """Compare with each kernel; 1 if one differs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("packages", nargs="+", type=Path, metavar="PACKAGE", help="linux-image-*.deb")
    parser.add_argument("--scenarios", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--confirm", action="store_true", help="write into data/conformance.json what each confirms")
    chosen = parser.parse_args()
    wrong = False
    for package in chosen.packages:
        with tempfile.TemporaryDirectory() as room:
            began = time.monotonic()
            with Agent(machine(package, Path(room)), BOOT) as agent:
                booted = time.monotonic()
                report = asked(agent, chosen.scenarios, chosen.seed)
                if chosen.confirm and (otherwise := table.confirm(agent, HOW)):
                    print(f"otherwise in {otherwise}")
            print(plain(report_text(report)), end="")
            print(f"  booted in {booted - began:.0f} s, compared in {time.monotonic() - booted:.0f} s", flush=True)
            wrong |= report.finding is not None
    return wrong


def machine(package: Path, room: Path) -> list[str]:
    """The command that boots a package's kernel, its second serial line being our pipe."""
    subprocess.run(["dpkg-deb", "-x", package, room / "kernel"], check=True)
    (kernel,) = (room / "kernel/boot").glob("vmlinuz-*")
    (modules,) = (room / "kernel/lib/modules").glob("*")
    with gzip.open(room / "initramfs", "wb", 1) as file:
        file.write(archive(dict(contents(modules))))
    said = "console=ttyS0 panic=-1 quiet mitigations=off tsc=reliable"
    lines = ["-serial", f"file:{room / 'console'}", "-serial", "stdio"]
    start = ["-kernel", str(kernel), "-initrd", str(room / "initramfs"), "-append", said]
    plain_machine = ["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-m", "512", "-smp", "1"]
    return ["qemu-system-x86_64", *plain_machine, "-accel", "tcg", "-cpu", "max", *start, *lines]


def contents(modules: Path) -> Iterator[tuple[str, bytes | None]]:
    """Path and bytes of what is in the machine; None for a directory."""
    yield from (("/proc", None), ("/dev", None))
    python = Path(sys.executable).resolve()
    library = Path(sysconfig.get_path("stdlib"))
    ours = (Path(explorer.__file__).parent, Path(platformdirs.__file__).parent)
    for root in (library, *ours):
        for place in root.rglob("*"):
            if place.is_file() and not PASSED_OVER & set(place.relative_to(root).parts) and place.suffix != ".a":
                yield str(place), place.read_bytes()
    for place in (python, *libraries(python, *(library / "lib-dynload").glob("*.so"))):
        yield str(place), place.read_bytes()
    for name in MODULES:
        yield f"/{name}.ko", module(modules, name)
    path = [str(root.parent) for root in ours]
    yield "/init", INIT.format(python=python, path=path, modules=[f"/{name}.ko" for name in MODULES]).encode()


if __name__ == "__main__":
    if not shutil.which("qemu-system-x86_64"):
        sys.exit("qemu-system-x86_64 is not here: apt-get install qemu-system-x86")
    try:
        sys.exit(main())
    except ExplorerError as error:
        sys.exit(f"error: {error}")
