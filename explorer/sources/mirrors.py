"""Files over HTTP from the mirrors of data/mirrors.toml, or from one the reader names.

A lone 404 proves nothing: a mirror may be behind, a gate in between. A file is said not to be in a release only where
the release's tag is among the references the same repository advertises, a release not to exist only where it is not.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from explorer import resources
from explorer.errors import (
    DataError,
    MirrorError,
    NotInVersionError,
    OfflineError,
    SourceError,
    UnverifiedError,
    VersionError,
)
from explorer.sources import verify
from explorer.sources.http import Http, Response
from explorer.sources.tags import advertised, nearest
from explorer.sources.values import Log, Origin, SourceFile, check_path
from explorer.version import Version

__all__ = ["Mirror", "Mirrors", "mirror_at", "shipped_mirrors"]

_THREADS = 4
_PAGE = re.compile(r"(https?://[^/?#@\s]+/[!->@-~]*?)(?:/(?:plain|tree|log)(?:/[!->@-~]*)?)?/*(?:[?#].*)?")
_ETAG = re.compile(r'(?:W/)?"([0-9a-f]{40})"')  # W/ where a proxy compressed it on the way


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a kind of mirror is asked for a file: the address, and the blob id its answer tells."""

    address: Callable[[str, Version, str], str]
    told: Callable[[Response], str | None]
    missing: tuple[int, ...] = (404,)


def _cgit_address(repository: str, version: Version, path: str) -> str:
    return f"{repository}/plain/{quote(path)}?h={quote(str(version))}"  # without h= cgit silently serves HEAD


def _etag(got: Response) -> str | None:
    found = _ETAG.fullmatch(got.etag)
    return found[1] if found else None


DIALECTS = {"cgit": Dialect(_cgit_address, _etag)}


@dataclass(frozen=True, slots=True)
class Mirror:
    """A mirror: two repositories and the dialect it speaks; `seen` says how it was tried.

    `shelf` keeps apart in the store what the reader's own mirror says; the shipped ones speak of the release itself.
    """

    name: str
    dialect: str
    mainline: str
    stable: str
    seen: str = ""
    shelf: str = ""

    def repository(self, version: Version) -> str:
        """The address of the repository that has a release: v2.6.N, vX.Y and -rc are Linus's, the rest stable's."""
        return self.mainline if version.is_mainline else self.stable

    def __str__(self) -> str:
        return self.name


def shipped_mirrors() -> tuple[Mirror, ...]:
    """The mirrors of data/mirrors.toml, in the order they are tried."""
    entries = resources.data("mirrors.toml").get("mirrors")
    try:
        mirrors = tuple(Mirror(**entry) for entry in entries)  # type: ignore[attr-defined]
    except TypeError as error:
        raise DataError(f"data/mirrors.toml: {error}") from error
    for mirror in mirrors:
        if mirror.dialect not in DIALECTS:
            raise DataError(f"data/mirrors.toml: {mirror.name}: {mirror.dialect!r} is none of {', '.join(DIALECTS)}")
    return mirrors


def mirror_at(url: str) -> Mirror:
    """The cgit repository at an address the reader typed: its page, or any page below it."""
    found = _PAGE.fullmatch(url)
    if not found:
        raise SourceError(
            f"not the address of a repository: {url!r}; give its cgit page without name or password, "
            "as https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git"
        )
    repository = found[1].rstrip("/")
    shelf = hashlib.sha256(repository.encode()).hexdigest()[:16]
    return Mirror(repository, "cgit", repository, repository, "named by the reader", shelf)


class Mirrors:
    """Mirrors as one source: each is tried in turn until one gives the file."""

    def __init__(
        self, mirrors: Sequence[Mirror], http: Http | None = None, log: Log | None = None, offline: bool = False
    ) -> None:
        self.mirrors = tuple(mirrors)
        self.offline = offline
        self._http = http or Http()
        self._log = log or (lambda line: None)
        self._tags: dict[str, frozenset[str] | MirrorError] = {}
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The mirror's name, or those of all."""
        return ", ".join(map(str, self.mirrors))

    @property
    def shelf(self) -> str:
        """Shipped mirrors share the release's shelf; one the reader named has its own."""
        return self.mirrors[0].shelf

    def version(self, asked: Version | None) -> Version:
        """The version asked for; a mirror has every release, so one must be."""
        if asked is None:
            raise VersionError(f"{self.name} has every release; say which, for example v6.1")
        return asked

    def read(self, version: Version, path: str) -> SourceFile:
        """One file from the first mirror that gives it; else NotInVersionError or MirrorError with every attempt."""
        return self._first(self.mirrors, version, check_path(path))

    def read_many(self, version: Version, paths: Sequence[str]) -> dict[str, SourceFile]:
        """Those of `paths` the release has, from the mirror that gave the first as far as it can.

        The first is asked for alone: where no mirror answers or the release does not exist, one question finds out.
        """
        from concurrent.futures import ThreadPoolExecutor

        first = [self._first_or_none(self.mirrors, version, path) for path in paths[:1]]
        gave = [file.origin.source for file in first if file]
        order = sorted(self.mirrors, key=lambda mirror: mirror.name not in gave)
        with ThreadPoolExecutor(_THREADS) as pool:
            rest = list(pool.map(lambda path: self._first_or_none(order, version, path), paths[1:]))
        return {file.path: file for file in (*first, *rest) if file}

    def _first_or_none(self, mirrors: Sequence[Mirror], version: Version, path: str) -> SourceFile | None:
        try:
            return self._first(mirrors, version, path)
        except NotInVersionError as error:
            if error.path:
                return None
            raise

    def _first(self, mirrors: Sequence[Mirror], version: Version, path: str) -> SourceFile:
        if self.offline:
            raise OfflineError(f"{path} of {version} is on {self.name}, and --offline says not to ask")
        failures: list[tuple[str, SourceError]] = []
        for mirror in mirrors:
            try:
                return self._ask(mirror, version, path)
            except (MirrorError, NotInVersionError, UnverifiedError) as error:
                if isinstance(error, NotInVersionError) and error.path:
                    raise
                self._log(f"{mirror}: {error}")
                failures.append((mirror.name, error))
        raise _summary(version, path, failures)

    def _ask(self, mirror: Mirror, version: Version, path: str) -> SourceFile:
        dialect, repository = DIALECTS[mirror.dialect], mirror.repository(version)
        got = self._http.get(dialect.address(repository, version, path))
        if got.status in dialect.missing:
            raise self._absence(repository, version, path)
        if got.status != 200:
            raise MirrorError(f"HTTP {got.status} for {got.url}")
        if got.content_type in ("text/html", "application/xhtml+xml"):
            raise UnverifiedError(f"{got.url} is a web page and not a file: a directory's, or a portal's")
        sure, remark = verify.fetched(version, path, got.body, dialect.told(got), got.complete)
        return SourceFile(version, path, got.body, Origin(mirror.name, got.url, sure, remark))

    def _absence(self, repository: str, version: Version, path: str) -> SourceError:
        """What a 404 means, by the repository's tags."""
        tags = self._repository_tags(repository)
        if isinstance(tags, MirrorError):
            return MirrorError(f"HTTP 404 for {path}, which alone proves nothing, and its tags cannot be read: {tags}")
        if str(version) in tags:
            return NotInVersionError(f"{version} has no {path} ({repository})", version, path)
        return NotInVersionError(f"{version} is not a tag of {repository}; {nearest(version, tags)}", version)

    def _repository_tags(self, repository: str) -> frozenset[str] | MirrorError:
        with self._lock:
            if repository not in self._tags:
                try:
                    got = self._http.get(f"{repository}/info/refs?service=git-upload-pack")
                    self._tags[repository] = advertised(got.body)
                except MirrorError as error:
                    self._tags[repository] = error
            return self._tags[repository]


def _summary(version: Version, path: str, failures: list[tuple[str, SourceError]]) -> SourceError:
    """One error for all attempts: a single mirror's own; else that the release is unknown; else all of them."""
    if len(failures) == 1 and not isinstance(failures[0][1], MirrorError):
        return failures[0][1]
    for _, error in failures:
        if isinstance(error, NotInVersionError):
            return error
    attempts = [(name, str(error)) for name, error in failures]
    said = "; ".join(f"{name}: {what}" for name, what in attempts)
    return MirrorError(f"no mirror gave {path} of {version}: {said}; try another --from", attempts)
