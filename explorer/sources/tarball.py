"""A linux-source tarball: read once, from end to end, and kept in the store.

dev.c stands at 121 of 138 MB, so there is nothing to gain by stopping early. The one pass takes every file of the path
and the Makefile; they go on a shelf of the tarball's own, named by its place, size and time, and by the files that were
looked for. The Makefile goes there last: where it is, all are. A tarball without one is read anew each time.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from explorer.errors import SourceError, StoreError
from explorer.sources import unpack, verify
from explorer.sources.local import Local, makefile_version
from explorer.sources.store import Store
from explorer.sources.values import Log, Origin, Progress, SourceFile, check_path, forget
from explorer.version import Version

__all__ = ["Tarball", "looks_like_tarball"]


def looks_like_tarball(place: Path) -> bool:
    """Whether a file's first bytes, or its name, are those of a tarball."""
    if not stat.S_ISREG(place.stat().st_mode):
        return False
    with place.open("rb") as file:
        start = file.read(512)
    return start.startswith(tuple(unpack.MAGIC)) or start[257:262] == b"ustar"


class Tarball(Local):
    """A tarball, plain or compressed with xz, gzip or bzip2; `paths` are taken in the one pass."""

    def __init__(
        self, place: Path, paths: Sequence[str], store: Store, progress: Progress | None = None, log: Log | None = None
    ) -> None:
        super().__init__(place)
        self._paths = {*paths, "Makefile"}
        self._store = store
        self._progress = progress or (lambda read, total: None)
        self._log = log or (lambda line: None)
        self._own_shelf = self._digest()
        self._texts: dict[str, bytes] = {}
        self._covered: set[str] = set()
        self._unkept = ""

    def read_many(
        self, version: Version, paths: Sequence[str], keep: Callable[[SourceFile], object] = forget
    ) -> dict[str, SourceFile]:
        """Those of `paths` the tarball has."""
        self._cover({check_path(path) for path in paths})
        there = [path for path in paths if path in self._texts]
        return {path: self._file(version, path, verify.join(self._unsaid(), self._unkept)) for path in there}

    def _makefile(self) -> bytes | None:
        self._cover({"Makefile"})
        return self._texts.get("Makefile")

    def _file(self, version: Version, path: str, remark: str) -> SourceFile:
        text = self._texts[path]
        sure, found = verify.local(version, path, text)
        origin = Origin("tarball", f"{self.name}:{path}", sure, verify.join(remark, found))
        return SourceFile(version, path, text, origin)

    def _cover(self, paths: Collection[str]) -> None:
        if not self._covered:
            self._recall()
        if not self._covered.issuperset(paths):
            self._pass_over({*self._paths, *paths})
            self._keep()

    def _recall(self) -> None:
        """Take from the store what an earlier pass put there, if all of it is sound."""
        version = self._store.shelved(self._own_shelf)
        if version is None:
            return
        refs = self._store.files(version)
        mine = [self._store.get(version, ref.path, ref.shelf) for ref in refs if ref.shelf == self._own_shelf]
        texts = {file.path: file.text for file in mine if file}
        if "Makefile" in texts and len(texts) == len(mine):
            self._texts, self._covered = texts, {*self._paths, *texts}

    def _pass_over(self, paths: set[str]) -> None:
        self._log(f"reading {self.name} from end to end, once; what is taken is kept")
        try:
            with self.place.open("rb") as file:
                total = os.fstat(file.fileno()).st_size
                self._texts = unpack.take(file, total, paths, self._progress)
        except SourceError as error:
            raise type(error)(f"{self.name}: {error}") from error
        except OSError as error:
            raise SourceError(f"{self.name} cannot be read: {error.strerror}") from error
        self._covered = paths

    def _keep(self) -> None:
        own = makefile_version(self._texts.get("Makefile", b""))
        if own is None:
            return
        try:
            for path in sorted(self._texts, key=lambda path: path == "Makefile"):
                self._store.put(self._file(own, path, ""), self._own_shelf)
        except StoreError as error:
            self._unkept = f"not kept: {error}"
            self._log(self._unkept)

    def _digest(self) -> str:
        place = self.place.resolve()
        info = place.stat()
        key = (str(place), info.st_size, info.st_mtime_ns, sorted(self._paths))
        return hashlib.sha256(repr(key).encode("utf-8", "surrogateescape")).hexdigest()[:16]
