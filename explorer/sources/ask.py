"""One mirror, asked for one file.

A lone 404 proves nothing: a mirror may be behind, a gate in between. A file is said not to be in a release only where
the release's tag is among those the same repository tells, or its Makefile is there; a release not to exist only where
the tag is not. Anything else is for several mirrors to settle (mirrors.py).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from explorer.errors import MirrorError, NotInVersionError, SourceError, UnverifiedError
from explorer.sources import verify
from explorer.sources.catalogue import BUNDLE, Mirror
from explorer.sources.dialects import GIT, Dialect, dialect
from explorer.sources.http import Http, Response
from explorer.sources.local import makefile_version
from explorer.sources.tags import nearest
from explorer.sources.values import Log, Origin, SourceFile
from explorer.version import Version

__all__ = ["Asker", "LoneError"]

Known = TypeVar("Known")


class LoneError(MirrorError):
    """A mirror does not have a file, and nothing else it says bears that out."""


class Asker:
    """Asks mirrors, and remembers what they said of their tags and directories; shared by threads."""

    def __init__(self, http: Http, log: Log) -> None:
        self._http = http
        self._log = log
        self._memory: dict[str, object] = {}
        self._mute: set[str] = set()
        self._lock = threading.RLock()

    def file(self, mirror: Mirror, version: Version, path: str, together: Sequence[str] = ()) -> SourceFile:
        """The file, with how sure it is; NotInVersionError, MirrorError (LoneError) or UnverifiedError.

        `together` are the paths that will be asked for as well: git fetches them at once.
        """
        repository = mirror.repository(version)
        if not repository:
            raise NotInVersionError(f"{mirror} has no releases like {version}", version)
        if mirror.dialect == GIT:
            from explorer.sources.clone import Clone

            with self._lock:
                return _as_from(mirror, Clone(repository, self._log).read(version, path, together))
        if mirror.dialect == BUNDLE:
            from explorer.sources.bundle import Bundle

            return _as_from(mirror, Bundle(Path(repository).expanduser()).read(version, path))
        return self._over_http(mirror, dialect(mirror.dialect), repository, version, path)

    def _over_http(self, mirror: Mirror, kind: Dialect, repository: str, version: Version, path: str) -> SourceFile:
        got, text = self._answer(kind, repository, version, path)
        if text is None:
            raise self._absence(kind, repository, version, path, got)
        if kind.loss:
            if faults := verify.shape_faults(path, text):
                raise UnverifiedError(f"{path} of {version}: {', '.join(faults)}; thrown away")
            return SourceFile(version, path, text, Origin(mirror.name, got.url, "not exact", kind.loss))
        told = kind.told(got) or self._listed(kind, repository, version, path)
        if kind.recodes:
            text = verify.recoded(version, path, text)
        sure, remark = verify.fetched(version, path, text, told, got.complete)
        if kind.recodes and sure == "shape only":
            if not text.isascii():
                raise UnverifiedError(f"{path} of {version} is not ASCII, which {mirror} may have changed; thrown away")
            if got.content_type == "text/html":
                remark = verify.join(remark, "from a page, which loses carriage returns")
        return SourceFile(version, path, text, Origin(mirror.name, got.url, sure, remark))

    def _answer(self, kind: Dialect, repository: str, version: Version, path: str) -> tuple[Response, bytes | None]:
        """The answer, and the text in it; None if it says that there is none."""
        got = self._http.get(kind.address(repository, version, path), kind.spacing, kind.hosts, kind.size)
        if kind.missing(got):
            return got, None
        if got.status != 200:
            raise MirrorError(f"HTTP {got.status} for {got.url}")
        return got, kind.text(got, version)

    def _absence(self, kind: Dialect, repository: str, version: Version, path: str, got: Response) -> SourceError:
        """What it means that a file is not there."""
        lone = f"HTTP {got.status} for {path}, which alone proves nothing"
        if kind.refs is None:
            there = self._makefile(kind, repository, version)
            if there is None or there.base != version.base:
                return LoneError(f"{lone}, and the release's Makefile is not there either")
            return NotInVersionError(f"{version} has no {path} ({repository})", version, path)
        tags = self.tags(kind, repository)
        if isinstance(tags, MirrorError):
            return LoneError(f"{lone}, and its tags cannot be read: {tags}")
        if str(version) in tags:
            return NotInVersionError(f"{version} has no {path} ({repository})", version, path)
        return NotInVersionError(f"{version} is not a tag of {repository}; {nearest(version, tags)}", version)

    def tags(self, kind: Dialect, repository: str) -> frozenset[str] | MirrorError:
        """The tags a repository tells, or why it tells none; asked once."""
        assert kind.refs is not None
        url = kind.refs(repository)

        def ask() -> frozenset[str] | MirrorError:
            try:
                return kind.tags(self._http.get(url, kind.spacing, kind.hosts).body)
            except MirrorError as error:
                return error

        return self._once(url, ask)

    def _makefile(self, kind: Dialect, repository: str, version: Version) -> Version | None:
        """What the release's own Makefile says it is, as this mirror has it."""

        def ask() -> Version | None:
            try:
                return makefile_version(self._answer(kind, repository, version, "Makefile")[1] or b"")
            except (MirrorError, UnverifiedError):
                return None

        return self._once(f"{repository} {version}", ask)

    def _listed(self, kind: Dialect, repository: str, version: Version, path: str) -> str | None:
        """The blob id in the directory's list; a host that does not give it is not asked again."""
        expected = verify.known(version, path)
        if kind.listing is None or (expected and expected.firm):
            return None
        url = kind.listing(repository, version, path)
        host = urlsplit(url).netloc

        def ask() -> bytes:
            if host in self._mute:
                return b""
            got = self._http.get(url)
            if got.status != 200:
                raise MirrorError(f"HTTP {got.status}")
            return got.body

        try:
            body = self._once(url, ask)
            return kind.listed(body, path) if body else None
        except MirrorError as error:
            self._mute.add(host)
            self._log(f"no blob ids from {host}: {error}")
            return None

    def _once(self, key: str, ask: Callable[[], Known]) -> Known:
        with self._lock:
            if key not in self._memory:
                self._memory[key] = ask()
            return self._memory[key]  # type: ignore[return-value]


def _as_from(mirror: Mirror, file: SourceFile) -> SourceFile:
    return replace(file, origin=replace(file.origin, source=mirror.name))
