"""A User Mode Linux with line numbers, made from a kernel tree: out of it, by an ordinary user, in a few minutes.

What it can do is data/uml.config, on top of nothing (allnoconfig). What was made is kept in the cache; asked for again,
make finds what changed in the tree, so that a kernel one works on can be traced as it is now.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from explorer import resources
from explorer.errors import LiveError
from explorer.live.uml import Program, find
from explorer.sources.local import makefile_version

__all__ = ["build", "place_of"]

# Debian's package of each program that the build runs; addr2line reads the lines afterwards.
_TOOLS = {"make": "make", "gcc": "gcc libc6-dev", "ld": "binutils", "addr2line": "binutils"}
_TOOLS |= {name: name for name in ("flex", "bison", "bc")}
_TELL = 200  # files between two words of progress
_OWN = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "KBUILD_OUTPUT", "ARCH", "CROSS_COMPILE", "LLVM")  # not for this make


def build(tree: str | Path, log: Callable[[str], object]) -> Program:
    """Make it, or what changed; LiveError if the tree is none, a tool is missing, or the compiler refuses."""
    tree = Path(tree).resolve()
    place = place_of(tree)
    if missing := [name for name in _TOOLS if not shutil.which(name)]:
        packages = " ".join(dict.fromkeys(_TOOLS[name] for name in missing))
        raise LiveError(f"a User Mode Linux is made with {', '.join(missing)}: apt-get install {packages}")
    with _held(place):
        _make(tree, place, log)
    return find(place / "linux")


def place_of(tree: Path) -> Path:
    """Where it is made: by the tree's version, its place and the configuration; LiveError if it is no kernel tree."""
    digest = hashlib.sha256(_config().read_bytes() + os.fsencode(tree)).hexdigest()[:12]
    return resources.cache_dir() / "uml-built" / f"{_version(tree)}-{digest}"


def _config() -> Path:
    return resources.data_path("uml.config").resolve()


def _version(tree: Path) -> str:
    if tree.is_file():
        raise LiveError(f"{tree} is a file; unpack it (tar xf {tree.name}) and name the directory")
    makefile = tree / "Makefile"
    version = makefile_version(makefile.read_bytes()) if makefile.is_file() else None
    if not version or not (tree / "arch/um").is_dir():
        raise LiveError(
            f"{tree} is no whole kernel tree, with a Makefile and arch/um: "
            "apt-get install linux-source-6.1, and unpack /usr/src/linux-source-6.1.tar.xz"
        )
    return str(version)


@contextmanager
def _held(place: Path) -> Iterator[None]:
    """The directory, and nobody else in it."""
    from filelock import FileLock

    try:
        place.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{place}.lock"):
            yield
    except OSError as error:
        raise LiveError(f"{place} cannot be written: {error.strerror or error}") from error


def _make(tree: Path, place: Path, log: Callable[[str], object]) -> None:
    paths = f"-ffile-prefix-map={tree}/= -ffile-prefix-map={place}=."  # a line's file is the tree's, wherever it stands
    words = ["make", "-C", str(tree), f"O={place}", "ARCH=um", "LOCALVERSION=", f"KCFLAGS={paths}"]
    if not (place / "linux").exists():
        log(f"making a User Mode Linux from {tree} in {place}, which takes some minutes")
        _run([*words, f"KCONFIG_ALLCONFIG={_config()}", "allnoconfig"], place, log)
    _run([*words, f"-j{len(os.sched_getaffinity(0))}", "linux"], place, log)


def _run(words: list[str], place: Path, log: Callable[[str], object]) -> None:
    """Run make; what it says is kept in `log` beside what it makes, and the error is the last it says of one."""
    environment = {name: value for name, value in os.environ.items() if name not in _OWN} | {"LC_ALL": "C"}
    pipes: Any = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    said: list[str] = []
    made = 0
    with (place / "log").open("w") as kept, subprocess.Popen(words, env=environment, **pipes) as process:
        for line in process.stdout or ():
            kept.write(line)
            if line.startswith("  CC "):
                made += 1
                if not made % _TELL:
                    log(f"{made} files compiled")
            elif "error:" in line or "***" in line:
                said.append(line.strip())
    if process.returncode:
        why = next(iter(said), f"make ended with {process.returncode}")
        raise LiveError(f"no User Mode Linux could be made from this tree: {why[:300]}; {place}/log has the whole")
