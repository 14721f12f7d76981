"""Any file of a release for a claim that names it: from the source at hand, else from the store and the mirrors."""

from __future__ import annotations

from contextlib import suppress

from explorer.errors import MirrorError, NotInVersionError, SourceError, VersionError
from explorer.sources.open import fetch, open_source
from explorer.sources.store import Store
from explorer.sources.values import Log, SourceFile
from explorer.version import Version

__all__ = ["Elsewhere"]

_MOST = 40  # files of one release


class Elsewhere:
    """Files that no frame's path runs through; each is asked for once, and mirrors that gave nothing are left alone."""

    def __init__(self, source: str | None, offline: bool, log: Log) -> None:
        self._source, self._offline, self._log = source, offline, log
        self._had: dict[tuple[Version, str], SourceFile | SourceError] = {}
        self._silent = False

    def __call__(self, version: Version, path: str) -> SourceFile:
        """The file; NotInVersionError where the release has none, another SourceError with what to type."""
        found = self._had.get((version, path)) or self._ask(version, path)
        self._had[version, path] = found
        if isinstance(found, SourceError):
            raise found
        return found

    def _ask(self, version: Version, path: str) -> SourceFile | SourceError:
        if "/" not in path:
            return SourceError(f"which {path}? say its path, as net/ipv4/{path}")
        if sum(each == version for each, _ in self._had) >= _MOST:
            return SourceError(f"over {_MOST} files of {version} that no frame's path runs through")
        try:
            return self._fetched(version, path)
        except NotInVersionError as error:
            return error
        except SourceError as error:
            self._silent |= isinstance(error, MirrorError)
            return SourceError(f"{path} of {version} is not at hand; `explorer fetch {version} {path}` brings it")

    def _fetched(self, version: Version, path: str) -> SourceFile:
        """From what --from names, if it has the file; else from where it is had when nothing is named."""
        store = Store()
        if self._source is not None:
            with suppress(VersionError, NotInVersionError):  # a tree need not be whole
                opened = open_source(self._source, store=store, offline=self._offline, log=self._log)
                if opened.version(version) == version:
                    return fetch(opened, version, [path], store, self._offline, self._log)[path]
        asked = open_source(None, store=store, offline=self._offline, log=self._log)
        return fetch(asked, version, [path], store, self._offline or self._silent, self._log)[path]
