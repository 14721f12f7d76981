"""A git repository on another host: as much of it as is needed is fetched into the cache, then read as a local one.

Of a release only its commit and directories come (--depth 1, --filter=blob:none), then the few files, at once. A host
that cannot filter sends the whole release, some 250 MB; the reader is told. git runs nothing, asks nobody for a
password, and follows no redirect from https to http.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from explorer import resources
from explorer.errors import MirrorError, NotInVersionError, SourceError, StoreError
from explorer.sources.repository import Repository, run_git
from explorer.sources.tags import nearest
from explorer.sources.values import Log, SourceFile, check_path
from explorer.version import Version

__all__ = ["Clone"]

_SECONDS = 600
_OPTIONS = (
    *("-c", "credential.helper=", "-c", "core.askPass=true", "-c", "protocol.version=2", "-c", "gc.auto=0"),
    *("-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=30"),
)
_FILTERED = ("fetch", "-q", "--filter=blob:none", "--no-tags", "--recurse-submodules=no")
_RELEASE = (*_FILTERED, "--depth=1", "origin")
_FILES = ("-c", "fetch.negotiationAlgorithm=noop", *_FILTERED, "--no-write-fetch-head", "origin", "--stdin")


class Clone:
    """What is needed of a repository at an address."""

    def __init__(self, url: str, log: Log) -> None:
        self.url, self._log = url, log
        self.place = resources.cache_dir() / "clones" / hashlib.sha256(url.encode()).hexdigest()[:16]

    def read(self, version: Version, path: str, together: Sequence[str] = ()) -> SourceFile:
        """One file; those of `together` are fetched with it. NotInVersionError, MirrorError, StoreError."""
        local, paths = Repository(self.place), [check_path(path), *together]
        with self._locked():
            if not (self.place / "HEAD").exists():
                self._begin()
            if not local.has(version):
                self.check(version)
                self._fetch_release(version)
            if missing := local.missing(version, paths):
                self._git(*_FILES, stdin="".join(f"{blob}\n" for blob in missing))
        return local.read(version, path)

    def check(self, version: Version) -> None:
        """NotInVersionError where the repository has no tag for the release, MirrorError where it does not answer."""
        listed = self._git("ls-remote", "--tags", "--refs", self.url, anywhere=True)
        tags = re.findall(r"\trefs/tags/([!-~]+)$", listed, re.MULTILINE)
        if str(version) not in tags:
            raise NotInVersionError(f"{version} is not a tag of {self.url}; {nearest(version, tags)}", version)

    def _begin(self) -> None:
        self.place.mkdir(parents=True, exist_ok=True)
        self._git("init", "-q", "--bare", ".")
        for name, value in (("url", self.url), ("promisor", "true"), ("partialclonefilter", "blob:none")):
            self._git("config", f"remote.origin.{name}", value)

    def _fetch_release(self, version: Version) -> None:
        self._log(f"fetching the directories of {version} from {self.url}")
        if "filtering not recognized" in self._git(*_RELEASE, f"+refs/tags/{version}:refs/tags/{version}"):
            self._log(f"{self.url} cannot send a part: it sent the whole of {version}")

    def _git(self, *command: str, stdin: str = "", anywhere: bool = False) -> str:
        """What git says, on stdout and on stderr."""
        scheme = self.url.partition(":")[0]
        allowed = {"GIT_ALLOW_PROTOCOL": "http:https" if scheme == "http" else scheme}
        place = Path("/") if anywhere else self.place
        try:
            answer = run_git(place, (*_OPTIONS, *command), stdin.encode(), allowed, _SECONDS)
        except SourceError as error:
            raise MirrorError(str(error)) from error
        said = (answer.stdout + answer.stderr).decode("utf-8", "replace")
        if answer.returncode:
            last = said.strip().rpartition("\n")[2] or f"exit status {answer.returncode}"
            raise MirrorError(f"git from {self.url}: {last}")
        return said

    @contextmanager
    def _locked(self) -> Iterator[None]:
        from filelock import FileLock, Timeout

        try:
            self.place.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.place}.lock", timeout=_SECONDS):
                yield
        except Timeout as error:
            raise StoreError(f"{self.place} is being written by another process for over {_SECONDS} s") from error
        except OSError as error:
            raise StoreError(f"{self.place} cannot be written: {error.strerror or error}") from error
