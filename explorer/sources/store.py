"""A content-addressed store of files that were fetched, shared by processes.

    objects/aa/bbbb...                    the bytes, by git blob id
    refs/v6.1/net/core/dev.c.json         what v6.1 has there: blob, sha256, size, where from, how verified
    refs/v6.1@SHELF/net/core/dev.c.json   what one source says it has: a distribution's tarball, a reader's mirror
    refs/v6.1/.asked                      what has been asked of v6.1: the blob of each file, null where it has none

Two sources may disagree on a release, so each shelf is read by itself. The plain one is the release: what the shipped
mirrors gave, and, from any source, bytes whose blob id is known. Everything else stays on its source's own shelf; what
the reader had kept of a copy on disk is read from there where the plain one has nothing, and said (open.stored).

Nothing is believed on reading: bytes are hashed again, and a damaged object counts as absent. That a release does not
have a file is only known from .asked, which is written last, after a fetch in which every file was answered for. A file
is written beside its place, flushed, and moved there; the object before the ref that names it. One lock is held while
writing, so that `gc` can tell what a killed process left from what a living one is about to use. Readers take no lock.
"""

from __future__ import annotations

import hashlib
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from explorer import resources
from explorer.errors import ExplorerError, StoreError
from explorer.sources.values import LIMIT, Origin, SourceFile, blob_id, check_path
from explorer.version import Version

__all__ = ["Ref", "Store"]

_SHELF = re.compile(r"[0-9a-f]{16}|")
_WAIT = 30  # seconds for another process's write


@dataclass(frozen=True, slots=True)
class Ref:
    """What the store knows of a file, without its text; `time` is when it was fetched, UTC, ISO 8601."""

    version: str
    path: str
    shelf: str
    blob: str
    sha256: str
    size: int
    source: str
    url: str
    verified: str
    remark: str
    time: str


class Store:
    """The store under a directory; by default the reader's cache."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or resources.cache_dir()
        self._refs, self._objects = self.root / "refs", self.root / "objects"

    def get(self, version: Version, path: str, shelf: str = "") -> SourceFile | None:
        """What the release has at a path, or what a source's shelf has; None if it is not there, or damaged."""
        ref = self._load(version, path, shelf)
        text = self._text(ref) if ref else None
        if ref is None or text is None:
            return None
        return SourceFile(version, path, text, Origin(ref.source, ref.url, ref.verified, ref.remark))

    def put(self, file: SourceFile, shelf: str = "") -> None:
        """Keep a file on a shelf, and on the release's too if its blob id is known; StoreError if it cannot be."""
        import json

        shelves = {shelf, ""} if file.origin.verified == "known blob" else {shelf}
        refs = {self._ref_place(file.version, file.path, each): _made(file, each) for each in shelves}
        with self._writing():
            place = self._object_place(file.blob)
            if _read(place) != file.text:
                _write(place, file.text)
            for where, ref in refs.items():
                _write(where, json.dumps(asdict(ref), indent=1).encode() + b"\n")

    def asked(self, version: Version, shelf: str = "") -> dict[str, str | None]:
        """What fetches that were completed found: the blob of each file asked for, None where the release has none."""
        import json

        try:
            found = json.loads(self._asked_place(version, shelf).read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        sound = isinstance(found, dict) and all(blob is None or isinstance(blob, str) for blob in found.values())
        return found if sound else {}

    def complete(self, version: Version, answers: Mapping[str, str | None], shelf: str = "") -> None:
        """Note that a fetch was completed, with what `asked` will say of its files; StoreError if it cannot be."""
        import json

        with self._writing():
            before = self.asked(version, shelf)
            if before != (after := before | dict(answers)):
                _write(self._asked_place(version, shelf), json.dumps(after, indent=1).encode() + b"\n")

    def versions(self) -> tuple[Version, ...]:
        """The releases of which there is a file, oldest first."""
        return tuple(sorted({Version.parse(ref.version) for ref in self._all_refs()}))

    def files(self, version: Version) -> tuple[Ref, ...]:
        """What there is of a release, on every shelf, by path."""
        refs = (*self._all_refs(str(version)), *self._all_refs(f"{version}@*"))
        return tuple(sorted(refs, key=lambda ref: (ref.path, ref.shelf)))

    def shelved(self, shelf: str) -> Version | None:
        """The release that a source's shelf holds files of."""
        return next((Version.parse(ref.version) for ref in self._all_refs(f"*@{shelf}")), None)

    def size(self) -> int:
        """How many bytes the files and what is known of them take."""
        total = 0
        for place in self._all_files():
            with suppress(FileNotFoundError):  # another process just moved it
                total += place.stat().st_size
        return total

    def remove(self, version: Version) -> None:
        """Forget a release, on every shelf."""
        with self._writing():
            for ref in self.files(version):
                self._ref_place(version, ref.path, ref.shelf).unlink(missing_ok=True)
                self._asked_place(version, ref.shelf).unlink(missing_ok=True)
            self._sweep()

    def clear(self) -> None:
        """Forget everything."""
        with self._writing():
            for place in self._all_files():
                place.unlink(missing_ok=True)
            self._sweep()

    def gc(self) -> int:
        """Remove what no ref names and what killed processes left; the number of bytes freed."""
        with self._writing():
            return self._sweep()

    def _sweep(self) -> int:
        kept = {self._ref_place(Version.parse(ref.version), ref.path, ref.shelf) for ref in self._all_refs()}
        kept |= {self._asked_place(Version.parse(ref.version), ref.shelf) for ref in self._all_refs()}
        kept |= {self._object_place(ref.blob) for ref in self._all_refs()}
        loose = [place for place in self._all_files() if place not in kept]
        freed = sum(place.stat().st_size for place in loose)
        for place in loose:
            place.unlink(missing_ok=True)
        for room in (self._refs, self._objects):
            for folder, _, _ in os.walk(room, topdown=False):
                with suppress(OSError):  # it is not empty
                    Path(folder).rmdir()
        return freed

    def _all_files(self) -> list[Path]:
        rooms = (self._refs, self._objects)
        return [Path(folder, name) for room in rooms for folder, _, names in os.walk(room) for name in names]

    def _ref_place(self, version: Version, path: str, shelf: str) -> Path:
        return self._release_place(version, shelf) / f"{check_path(path)}.json"

    def _asked_place(self, version: Version, shelf: str) -> Path:
        return self._release_place(version, shelf) / ".asked"

    def _release_place(self, version: Version, shelf: str) -> Path:
        Version.parse(str(version))  # a Version can be made without parse, and its suffix is then anything
        if not _SHELF.fullmatch(shelf):
            raise StoreError(f"not a shelf: {shelf!r}")
        return self._refs / f"{version}{'@' if shelf else ''}{shelf}"

    def _object_place(self, blob: str) -> Path:
        return self._objects / blob[:2] / blob[2:]

    def _load(self, version: Version, path: str, shelf: str) -> Ref | None:
        ref = _loaded(self._ref_place(version, path, shelf))
        return ref if ref and (ref.version, ref.path, ref.shelf) == (str(version), path, shelf) else None

    def _all_refs(self, folders: str = "*") -> Iterator[Ref]:
        """Every ref that lies where it says; others are not ours."""
        for place in self._refs.glob(f"{folders}/**/*.json"):
            ref = _loaded(place)
            with suppress(ExplorerError):
                if ref and self._ref_place(Version.parse(ref.version), ref.path, ref.shelf) == place:
                    yield ref

    def _text(self, ref: Ref) -> bytes | None:
        place = self._object_place(ref.blob)
        text = _read(place)
        if text is None or (blob_id(text), hashlib.sha256(text).hexdigest()) == (ref.blob, ref.sha256):
            return text
        warnings.warn(f"the stored {ref.path} of {ref.version} is damaged and is left out: {place}", stacklevel=3)
        with suppress(OSError):
            place.unlink()
        return None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the store's lock; what goes wrong below is a StoreError."""
        from filelock import FileLock, Timeout

        if (self.root / "HEAD").exists():  # its objects/ and refs/ look like ours, and gc would empty them
            raise StoreError(f"{self.root} is a git repository; set EXPLORER_CACHE to another directory")
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with FileLock(self.root / "lock", timeout=_WAIT):
                yield
        except Timeout as error:
            raise StoreError(f"the store {self.root} is being written by another process for over {_WAIT} s") from error
        except OSError as error:
            raise StoreError(f"the store {self.root} cannot be written: {error.strerror or error}") from error


def _made(file: SourceFile, shelf: str) -> Ref:
    """The ref of a file that was fetched now."""
    sha256, origin = hashlib.sha256(file.text).hexdigest(), asdict(file.origin)
    return Ref(str(file.version), file.path, shelf, file.blob, sha256, len(file.text), **origin, time=_now())


def _now() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat(timespec="seconds")


def _loaded(place: Path) -> Ref | None:
    """The ref in a JSON file; None where there is none, or none that can be believed."""
    import json

    try:
        ref = Ref(**json.loads(place.read_bytes()))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    typed = all(type(getattr(ref, field.name)) is (int if field.name == "size" else str) for field in fields(Ref))
    return ref if typed and re.fullmatch(r"[0-9a-f]{40}", ref.blob) else None


def _read(place: Path) -> bytes | None:
    try:
        with place.open("rb") as file:
            return file.read(LIMIT + 1)
    except OSError:
        return None


def _write(place: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f".new-{os.getpid()}-{place.name}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(place)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
