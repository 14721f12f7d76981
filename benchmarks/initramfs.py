"""What a kernel that is booted under QEMU finds as its root: a newc archive of Python, ours, and modules."""

from __future__ import annotations

import lzma
import re
import stat
import subprocess
from pathlib import Path

__all__ = ["archive", "libraries", "module"]


def libraries(*programs: Path) -> set[Path]:
    """The shared libraries of programs, and the loader, where they are looked for."""
    said = subprocess.run(["ldd", *programs], capture_output=True, text=True).stdout
    return {Path(word) for word in re.findall(r"(/\S+\.so[\w.]*)", said)}


def module(tree: Path, name: str) -> bytes:
    """A module of a kernel's tree, unpacked."""
    (place,) = tree.rglob(f"{name}.ko*")
    return lzma.decompress(place.read_bytes()) if place.suffix == ".xz" else place.read_bytes()


def archive(files: dict[str, bytes | None]) -> bytes:
    """A cpio archive of paths from the root and their bytes, None for a directory, as the kernel unpacks it (newc)."""
    parts: list[bytes] = []
    above = {str(parent) for path in files for parent in Path(path).parents} - {"/"}
    for number, path in enumerate([*sorted(above), *sorted(files), "TRAILER!!!"], 1):
        data = files.get(path)
        mode = stat.S_IFREG | 0o755 if data is not None else stat.S_IFDIR | 0o755
        name = path.lstrip("/").encode() + b"\0"
        numbers = (number, mode, 0, 0, 1, 0, len(data or b""), 0, 0, 0, 0, len(name), 0)
        head = b"070701" + b"".join(b"%08X" % each for each in numbers) + name
        parts += [head, bytes(-len(head) % 4), data or b"", bytes(-len(data or b"") % 4)]
    return b"".join(parts)
