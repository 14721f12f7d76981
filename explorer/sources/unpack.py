"""The members of a tarball that somebody else made, in one pass, in bounded memory and without a file on disk.

tarfile reads a header's extensions whole, however long they say they are, and takes a damaged header for the end. So it
reads through a stream that gives one member no more than a budget, and that knows what the last block was.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection
from typing import IO, TYPE_CHECKING, BinaryIO, Protocol, cast

from explorer.errors import PathError, SourceError
from explorer.sources.values import LIMIT, Progress, too_large

if TYPE_CHECKING:
    import tarfile

__all__ = ["MAGIC", "take"]

MAGIC = {b"\xfd7zXZ\0": "xz", b"\x1f\x8b": "gzip", b"BZh": "bzip2"}
_BLOCK, _CHUNK = 512, 1 << 20
_HEADER = 1 << 18  # bytes a member's header may take with its extensions
_UNPACKED = 16 << 30  # bytes; a kernel's tarball unpacks to 1.5 GB
_MEMORY = 256 << 20  # bytes for xz, whose strongest preset takes 65 MB


def take(file: BinaryIO, total: int, paths: Collection[str], progress: Progress) -> dict[str, bytes]:
    """Those of `paths` a tarball has, at its root or under its one top directory; SourceError if it is damaged."""
    import lzma
    import tarfile

    stream = _Stream(_decompressed(_Counted(file, total, progress)))
    try:
        found = _walk(stream, paths)
        stream.drain()
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError) as error:
        raise SourceError(f"damaged, cut short or no tarball: {error}") from error
    for text in found.values():
        if isinstance(text, SourceError):
            raise text
    progress(total, total)
    return cast("dict[str, bytes]", found)


def _walk(stream: _Stream, paths: Collection[str]) -> dict[str, bytes | SourceError]:
    import tarfile

    top = ""
    rooted: dict[str, bytes | SourceError] = {}
    under: dict[str, bytes | SourceError] = {}
    archive = tarfile.TarFile(fileobj=cast("IO[bytes]", stream), mode="r")
    while (member := archive.next()) is not None:
        name = member.name.removeprefix("./")
        head, _, rest = name.partition("/")
        top = top or head.strip(".")
        if name in paths:
            rooted[name] = _text(stream, archive, member)
        elif head == top and rest in paths:
            under[rest] = _text(stream, archive, member)
        archive.members.clear()  # type: ignore[attr-defined]  # it would remember all 80 000
        archive.pax_headers = {}
        stream.budget = _HEADER
    if stream.last.count(0) != _BLOCK:
        raise EOFError("it stops before its end mark")
    return rooted or under


def _text(stream: _Stream, archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes | SourceError:
    """The member's bytes, or why it is refused: which matters only if no other member takes its place."""
    if not member.isreg() or member.issparse():
        return PathError(f"{member.name} is not a regular file in it")
    if member.size > LIMIT:
        return too_large(member.name, member.size)
    stream.budget = LIMIT + _BLOCK
    content = archive.extractfile(member)
    return content.read() if content else b""


class _Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class _Counted:
    """A file that tells how far it has been read, every megabyte."""

    def __init__(self, file: BinaryIO, total: int, progress: Progress) -> None:
        self._file, self._total, self._progress = file, total, progress
        self._read = 0

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        before, self._read = self._read, self._read + len(content)
        if before // _CHUNK != self._read // _CHUNK:
            self._progress(self._read, self._total)
        return content

    def peek(self) -> bytes:
        return cast("bytes", self._file.peek(8))  # type: ignore[attr-defined]


def _decompressed(file: _Counted) -> _Readable:
    import bz2
    import gzip

    start = file.peek()
    kind = next((kind for magic, kind in MAGIC.items() if start.startswith(magic)), "")
    if kind == "xz":
        return _Xz(file)
    source = cast("IO[bytes]", file)
    return gzip.GzipFile(fileobj=source) if kind == "gzip" else bz2.BZ2File(source) if kind == "bzip2" else file


class _Xz:
    """xz streams one after another, as lzma.open reads them but with a limit on memory."""

    def __init__(self, file: _Readable) -> None:
        self._file = file
        self._next()

    def _next(self) -> None:
        import lzma

        self._stream = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_MEMORY)

    def read(self, size: int = -1) -> bytes:
        while True:
            if self._stream.eof:
                rest = self._stream.unused_data.lstrip(b"\0") or self._file.read(_CHUNK).lstrip(b"\0")
                if not rest:
                    return b""
                self._next()
            else:
                rest = self._file.read(_CHUNK) if self._stream.needs_input else b""
                if not rest and self._stream.needs_input:
                    raise EOFError("the compressed data stops before its end")
            if content := self._stream.decompress(rest, size):
                return content


class _Stream:
    """What tarfile reads from: forward only, within a budget, and with the last block it read."""

    def __init__(self, file: _Readable) -> None:
        self._file, self._at = file, 0
        self.budget = _HEADER
        self.last = b""

    def tell(self) -> int:
        return self._at

    def seek(self, position: int) -> None:
        """Skip ahead; where the data ends before, the next read finds out."""
        if position < self._at:
            raise OSError("a member that begins before its header ends")
        while self._at < position and self._pull(min(position - self._at, _CHUNK)):
            pass

    def read(self, size: int) -> bytes:
        self.budget -= size
        if self.budget < 0:
            raise OSError("a member's header takes too much room")
        parts, missing = [], size
        while missing and (part := self._pull(missing)):
            parts.append(part)
            missing -= len(part)
        self.last = b"".join(parts)
        return self.last

    def drain(self) -> None:
        """Read to the end, where a compressed file has its checksum."""
        while self._pull(_CHUNK):
            pass

    def _pull(self, size: int) -> bytes:
        content = self._file.read(size)
        self._at += len(content)
        if self._at > _UNPACKED:
            raise OSError(f"it unpacks to over {_UNPACKED >> 30} GiB")
        return content
