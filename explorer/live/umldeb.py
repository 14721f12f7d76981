"""Debian's package user-mode-linux, only unpacked: an ar archive with a tar archive in it."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from explorer import resources
from explorer.errors import LiveError

__all__ = ["root_of", "roots", "unpack"]

_MOST = 200 << 20  # bytes of a package, and of what is in it


def roots() -> Iterator[Path]:
    """Where User Mode Linux may be: a package in this directory, what was unpacked before, what is installed."""
    for package in sorted(Path.cwd().glob("user-mode-linux_*.deb"))[-1:]:
        yield root_of(package)
    yield from sorted((resources.cache_dir() / "uml").glob("*/"))[-1:]
    if Path("/usr/bin/linux.uml").exists():
        yield Path("/")


def root_of(place: Path) -> Path:
    """The directory of an unpacked package, or the program itself; a package is unpacked into the cache, once."""
    if not place.exists():
        raise LiveError(f"there is no {place}")
    if place.suffix != ".deb":
        return place
    if place.stat().st_size > _MOST:
        raise LiveError(f"{place} is larger than any user-mode-linux package")
    content = place.read_bytes()
    release = place.stem.partition("_")[2].partition("_")[0]
    root = resources.cache_dir() / "uml" / f"{release}-{hashlib.sha256(content).hexdigest()[:12]}"
    if not root.is_dir():
        root.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=root.parent, prefix=".new-"))
        try:
            unpack(content, made, str(place))
            made.chmod(0o755)
            made.rename(root)
        except OSError as error:
            if not root.is_dir():  # another process was first
                raise LiveError(f"{place} cannot be unpacked into {root.parent}: {error}") from error
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return root


def unpack(content: bytes, target: Path, said: str) -> None:
    """Write the program and the modules of a package; LiveError if it is none."""
    try:
        with tarfile.open(fileobj=io.BytesIO(_member(content, b"data.tar")), mode="r:*") as archive:
            archive.extractall(target, filter="data", members=_wanted(archive))
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise LiveError(f"{said} is no Debian package that can be read: {error}") from error


def _member(content: bytes, name: bytes) -> bytes:
    """The first member of an ar archive whose name begins so."""
    at = 8
    while content.startswith(b"!<arch>\n") and at + 60 <= len(content):
        head, size = content[at : at + 60], int(content[at + 48 : at + 58])
        if at + 60 + size > len(content):
            raise ValueError("it is cut short")
        if head.startswith(name):
            return content[at + 60 : at + 60 + size]
        at += 60 + size + size % 2
    raise ValueError(f"it has no {name.decode()}")


def _wanted(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    room = _MOST
    for member in archive:
        path = member.name.removeprefix("./")
        room -= member.size
        if room < 0:
            raise ValueError("there is too much in it")
        if path.startswith("usr/lib/uml/modules/") or path == "usr/bin/linux.uml":
            yield member
