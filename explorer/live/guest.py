"""The first process of a User Mode Linux: python -m explorer.live.guest DIRECTORY MODULES.

The directory is the host's, and the only place that can be written. Requests are files N.request in it, answers files
N.answer; what is asked is what the agent is asked. It runs as init, and the host ends it.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from explorer.errors import LiveError
from explorer.live.agent import Work
from explorer.live.namespace import fresh

__all__ = ["main", "needed"]

_FINIT_MODULE = 313  # x86-64, the one machine that has User Mode Linux
_MODULES = {
    "veth": ("veth",), "vlan": ("8021q",), "bridge": ("bridge",), "dummy": ("dummy",),
    "nft_drop": ("nf_tables",), "tc_ingress": ("sch_ingress", "cls_bpf"), "tc_egress": ("sch_ingress", "cls_bpf"),
}  # fmt: skip
_PAUSE = 0.0005


def main(directory: str, modules: str) -> None:
    """Answer for ever."""
    box = Path(directory)
    libc = ctypes.CDLL(None, use_errno=True)
    for kind, place, option in (("proc", "/proc", ""), ("hostfs", directory, directory)):
        if libc.mount(b"none", place.encode(), kind.encode(), 0, option.encode()):
            raise LiveError(f"{kind} on {place}: {os.strerror(ctypes.get_errno())}")
    Path("/proc/sys/kernel/kptr_restrict").write_text("0")
    fresh()
    guest = _Guest(box, Path(modules))
    guest.tell("0.answer", {"kernel": os.uname().release})
    for number in range(1, sys.maxsize):
        asked = box / f"{number}.request"
        while not asked.exists():
            time.sleep(_PAUSE)
        guest.tell(f"{number}.answer", guest.answer(json.loads(asked.read_bytes())))


class _Guest(Work):
    """The agent's work, on a kernel whose modules are files of a package."""

    def __init__(self, box: Path, modules: Path) -> None:
        super().__init__()
        self._box = box
        self._modules = modules
        self._loaded: set[str] = set()
        self._doers["symbols"] = self._symbols

    def tell(self, name: str, answer: dict[str, Any]) -> None:
        """Write an answer so that it is there whole."""
        place = self._box / f".{name}"
        place.write_text(json.dumps(answer, default=asdict))
        place.rename(self._box / name)

    def _prepare(self, request: dict[str, Any]) -> dict[str, Any]:
        self._load(request)
        return super()._prepare(request)

    def _scenario(self, request: dict[str, Any]) -> dict[str, Any]:
        self._load(request)
        return super()._scenario(request)

    def _load(self, request: dict[str, Any]) -> None:
        """Load what the devices of a scenario, and their programs, need."""
        for device in request["scenario"]["devices"]:
            wanted = (device["kind"], *(name for name in device if device[name]))
            for module in (each for name in wanted for each in _MODULES.get(name, ())):
                for path in needed(self._modules, module):
                    self._insert(path)

    def _insert(self, path: str) -> None:
        if path not in self._loaded:
            self._loaded.add(path)
            with (self._modules / path).open("rb") as file:
                ctypes.CDLL(None).syscall(_FINIT_MODULE, file.fileno(), b"", 0)  # what lacks it will say so

    def _symbols(self, request: dict[str, Any]) -> dict[str, Any]:
        """/proc/kallsyms, as a file: it has some thirty thousand lines."""
        (self._box / "kallsyms").write_bytes(Path("/proc/kallsyms").read_bytes())
        return {"symbols": "kallsyms"}


def needed(modules: Path, name: str) -> list[str]:
    """The files of a module and of those it needs, in the order to load them; none if it is built in."""
    listed = modules / "modules.dep"
    for line in listed.read_text().splitlines() if name and listed.exists() else ():
        path, _, before = line.partition(":")
        if path.endswith(f"/{name}.ko"):
            return [*reversed(before.split()), path]
    return []


if __name__ == "__main__":
    main(*sys.argv[1:])
