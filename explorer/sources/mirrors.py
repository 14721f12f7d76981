"""Mirrors as one source: each is asked in turn, and what none can prove alone, two must agree on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from explorer.errors import MirrorError, NotInVersionError, OfflineError, SourceError, UnverifiedError, VersionError
from explorer.sources.ask import Asker, LoneError
from explorer.sources.catalogue import BUNDLE, Mirror
from explorer.sources.http import Http
from explorer.sources.values import Log, SourceFile, check_path, forget
from explorer.version import Version

__all__ = ["Mirrors"]

_THREADS = 4
_UNSURE = "shape only"


class Mirrors:
    """Mirrors as one source: each is tried in turn until one gives the file."""

    def __init__(
        self, mirrors: Sequence[Mirror], http: Http | None = None, log: Log | None = None, offline: bool = False
    ) -> None:
        self.mirrors = tuple(mirrors)
        self.offline = offline
        self._log = log or (lambda line: None)
        self._asker = Asker(http or Http(), self._log)
        self._silent: set[str] = set()  # mirrors that did not answer: no second opinion is asked of them

    @property
    def name(self) -> str:
        """The mirror's name, or those of all."""
        return ", ".join(dict.fromkeys(map(str, self.mirrors)))

    @property
    def shelf(self) -> str:
        """Shipped mirrors share the release's shelf; one the reader named has its own."""
        return self.mirrors[0].shelf if self.mirrors else ""

    def version(self, asked: Version | None) -> Version:
        """The version asked for; a mirror has every release, so one must be."""
        if asked is None:
            raise VersionError(f"{self.name} has every release; say which, for example v6.1")
        return asked

    def read(self, version: Version, path: str) -> SourceFile:
        """One file from the first mirror that gives it; else NotInVersionError or MirrorError with every attempt."""
        return self._first(self.mirrors, version, check_path(path))

    def read_many(
        self, version: Version, paths: Sequence[str], keep: Callable[[SourceFile], object] = forget
    ) -> dict[str, SourceFile]:
        """Those of `paths` the release has, from the mirror that gave the first as far as it can.

        The first is asked for alone: where no mirror answers or the release does not exist, one question finds out.
        Where one of the others fails, `keep` is told of the rest all the same.
        """
        from concurrent.futures import ThreadPoolExecutor

        def one(mirrors: Sequence[Mirror], path: str) -> SourceFile | SourceError | None:
            try:
                file = self._first(mirrors, version, path, paths)
            except SourceError as error:
                return None if isinstance(error, NotInVersionError) and error.path else error
            keep(file)
            return file

        first = [one(self.mirrors, path) for path in paths[:1]]
        gave = [file.origin.source for file in first if isinstance(file, SourceFile)]
        order = sorted(self.mirrors, key=lambda mirror: mirror.name not in gave)
        if not any(isinstance(file, SourceError) for file in first):
            with ThreadPoolExecutor(_THREADS) as pool:
                first += pool.map(lambda path: one(order, path), paths[1:])
        for file in first:
            if isinstance(file, SourceError):
                raise file
        return {file.path: file for file in first if isinstance(file, SourceFile)}

    def _first(
        self, mirrors: Sequence[Mirror], version: Version, path: str, together: Sequence[str] = ()
    ) -> SourceFile:
        if self.offline:
            raise OfflineError(f"{path} of {version} is on {self.name}, and --offline says not to ask")
        failures: list[tuple[str, SourceError]] = []
        unsure: list[SourceFile] = []
        for mirror in mirrors:
            if unsure and mirror.name in self._silent:
                continue
            try:
                file = self._asker.file(mirror, version, path, together)
            except (MirrorError, NotInVersionError, UnverifiedError) as error:
                if isinstance(error, NotInVersionError) and error.path and not unsure:
                    raise
                self._log(f"{mirror}: {error}")
                failures.append((mirror.name, error))
                if isinstance(error, MirrorError) and not isinstance(error, LoneError):
                    self._silent.add(mirror.name)
                continue
            if file.origin.verified != _UNSURE or mirror.dialect == BUNDLE:  # a bundle is there to ask nobody else
                return file
            if any(file.text == each.text for each in unsure):
                return _agreed(file, unsure)
            unsure.append(file)
        if len(unsure) == 1:
            return unsure[0]
        raise _disagreement(version, path, unsure) if unsure else _summary(version, path, failures)


def _agreed(file: SourceFile, before: Sequence[SourceFile]) -> SourceFile:
    other = next(each.origin.source for each in before if each.text == file.text)
    against = [each.origin.source for each in before if each.text != file.text]
    remark = f"as {other} has it" + (f"; {', '.join(against)} differs" if against else "")
    return replace(file, origin=replace(file.origin, verified="two mirrors agree", remark=remark))


def _disagreement(version: Version, path: str, unsure: Sequence[SourceFile]) -> UnverifiedError:
    said = ", ".join(f"{file.origin.source} has blob {file.blob}" for file in unsure)
    return UnverifiedError(f"{path} of {version}: {said}; none is believed, for no two agree; name one with --from")


def _summary(version: Version, path: str, failures: list[tuple[str, SourceError]]) -> SourceError:
    """One error for all attempts: a single mirror's own; else that the release is unknown; else all of them."""
    if len(failures) == 1 and not isinstance(failures[0][1], MirrorError):
        return failures[0][1]
    for _, error in failures:
        if isinstance(error, NotInVersionError):
            return error
    lone = [name for name, error in failures if isinstance(error, LoneError)]
    if len(lone) > 1:
        return NotInVersionError(f"{version} has no {path}, as {' and '.join(lone)} agree", version, path)
    attempts = [(name, str(error)) for name, error in failures]
    alike: dict[str, list[str]] = {}
    for name, what in attempts:
        alike.setdefault(what, []).append(name)
    said = "; ".join(f"{', '.join(names)}: {what}" for what, names in alike.items())
    return MirrorError(f"no mirror gave {path} of {version}: {said}; try another --from", attempts)
