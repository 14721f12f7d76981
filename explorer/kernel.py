"""One door to a release: its call graph, its routes, its functions, its text if there is any.

Where the answer comes from, in order: text in the store; else the atlas, facts without text; else the mirrors. A
`source` asks for its text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from explorer import atlas
from explorer.errors import MirrorError, NotInVersionError, OfflineError, SourceError, VersionError
from explorer.facts import FileFacts
from explorer.graph import CallGraph, FileInfo, Function, Route, join, routes
from explorer.sources.values import Origin, SourceFile
from explorer.version import Version

if TYPE_CHECKING:
    from explorer.excerpt import Excerpt

__all__ = ["Kernel", "info", "nearest", "open", "running"]

Log = Callable[[str], None]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Kernel:
    """A release, from text or from the atlas; `note` is the line a reader should see about where it came from."""

    version: Version
    facts: tuple[FileFacts, ...]
    infos: tuple[FileInfo, ...]
    texts: Mapping[str, SourceFile]
    note: str = ""

    @property
    def has_text(self) -> bool:
        """Whether the source itself is at hand, and not only facts about it."""
        return bool(self.texts)

    @cached_property
    def graph(self) -> CallGraph:
        """The call graph of the files read."""
        return join(self.version, self.facts, self.infos)

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The named routes this release has."""
        return routes(self.graph)

    def function(self, name: str) -> tuple[Function, ...]:
        """The definitions of FUNC or FUNC@SRC; GraphError if there is none, or several functions of that name."""
        return self.graph.definitions[self.graph.find(name)]

    def excerpt(self, function: Function) -> Excerpt:
        """The lines of a definition, coloured; NotInVersionError where only facts are at hand."""
        from explorer.excerpt import excerpt

        if function.file not in self.texts:
            wanted = function.file or function.name
            raise NotInVersionError(
                f"only facts of {wanted} in {self.version} are at hand; `explorer fetch {self.version}` brings text",
                self.version,
                wanted,
            )
        return excerpt(self.texts[function.file], function)


def open(
    version: Version | None,
    source: str | None = None,
    *,
    offline: bool = False,
    text: bool = False,
    log: Log | None = None,
    progress: Progress | None = None,
) -> Kernel:
    """Open a release; without a version, the one that `source` says its own is, else the running kernel's nearest.

    With `text` the mirrors are asked before the atlas, which then answers only where they do not.
    """
    if source is not None:
        return _from_source(version, source, offline, log, progress)
    if version is None:
        version = nearest(running())
        if log:
            log(f"this machine runs {running()}; the nearest release known here is {version}")
    if stored := _stored(version, log):
        return stored
    known = _from_atlas(version)
    if known and (not text or offline):
        return known
    try:
        return _from_source(version, None, offline, log, progress)
    except SourceError as error:
        if known is None:
            raise
        if log:
            log(str(error))
        return known


def running() -> Version:
    """The version of the running kernel, its vendor's suffix left out."""
    import platform
    import re

    found = re.match(r"\d+\.\d+(\.\d+)?", platform.release())
    if platform.system() != "Linux" or found is None:
        raise VersionError("this machine runs no Linux whose version could be taken; name one, for example v6.12.117")
    return Version.parse(found[0])


def nearest(version: Version) -> Version:
    """The release that the store or the atlas has and that stands nearest: of its own series, else the older of two."""
    from explorer.sources.open import stored
    from explorer.sources.store import Store

    store = Store()
    known = sorted({*atlas.known(), *(each for each in store.versions() if stored(each, store))})
    series = 3 if version.numbers[0] == 2 else 2
    akin = [each for each in known if each.numbers[:series] == version.numbers[:series]]
    older = [each for each in known if each <= version]
    return next((each for each in akin if each >= version), akin[-1] if akin else older[-1] if older else known[0])


def _stored(version: Version, log: Log | None) -> Kernel | None:
    """The release from the store or EXPLORER_BUNDLE, if every file of a path was asked for there."""
    from explorer.sources.open import stored
    from explorer.sources.store import Store

    texts = stored(version, Store(), log)
    return _of_texts(version, texts) if texts else None


def _from_source(
    version: Version | None, source: str | None, offline: bool, log: Log | None, progress: Progress | None
) -> Kernel:
    from explorer.sources.open import fetch, open_source, path_files
    from explorer.sources.store import Store

    store = Store()
    opened = open_source(source, store=store, offline=offline, progress=progress, log=log)
    said = opened.version(version)
    try:
        texts = fetch(opened, said, path_files(), store, offline, log)
    except (OfflineError, MirrorError) as error:
        if source is not None or said in atlas.known():
            raise
        near = ", ".join(map(str, _around(said)))
        raise type(error)(f"{error}; the atlas has no {said} either, nearest are {near}") from error
    if log and (lacking := _lacking(said, texts)):
        log(f"{opened.name} has no {', '.join(lacking)}, which {said} has: what runs through them is not found")
    return _of_texts(said, texts)


def _lacking(version: Version, texts: Mapping[str, SourceFile]) -> list[str]:
    """The files of a path that the release is known to have, and these texts have not."""
    from explorer.sources.open import path_files
    from explorer.sources.verify import known

    return [path for path in path_files() if path not in texts and known(version.base, path)]


def _around(version: Version) -> list[Version]:
    known = atlas.known()
    return [*[each for each in known if each <= version][-2:], *[each for each in known if each > version][:2]]


def _of_texts(version: Version, texts: Mapping[str, SourceFile]) -> Kernel:
    from explorer.facts import facts_of

    facts = tuple(facts_of(file) for file in texts.values())
    infos = [info(row, file.origin) for file, row in zip(texts.values(), facts, strict=True)]
    return Kernel(version, facts, tuple(infos), texts)


def _from_atlas(version: Version) -> Kernel | None:
    for shelf in atlas.shelves():
        if release := shelf.release(version):
            facts = shelf.facts(release)
            infos = [info(row, Origin("atlas", "atlas", _sureness(release, row))) for row in facts]
            note = f"facts without text, from the atlas ({release.how}); `explorer fetch {version}` brings the source"
            return Kernel(version, facts, tuple(infos), {}, note)
    return None


def _sureness(release: atlas.Release, row: FileFacts) -> str:
    from explorer.sources.verify import known

    expected = known(release.version, row.path)
    return "known blob" if expected and expected.firm and expected.blob == row.blob else release.how


def info(row: FileFacts, origin: Origin) -> FileInfo:
    """What is known of a file that was read."""
    return FileInfo(row.path, row.blob, origin.url, origin.verified, origin.remark, row.errors)
