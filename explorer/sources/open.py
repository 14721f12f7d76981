"""What --from may name, and the files of a release from it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from explorer import resources
from explorer.errors import DataError, MirrorError, NotInVersionError, OfflineError, SourceError, StoreError
from explorer.sources import verify
from explorer.sources.local import Tree
from explorer.sources.mirrors import Mirrors, mirror_at, shipped_mirrors
from explorer.sources.repository import Repository, git_directory
from explorer.sources.store import Store
from explorer.sources.tarball import Tarball, looks_like_tarball
from explorer.sources.values import Log, Progress, Source, SourceFile, check_path
from explorer.version import Version

__all__ = ["REQUIRED", "fetch", "open_source", "path_files"]

REQUIRED = ("net/core/dev.c", "net/packet/af_packet.c")


def path_files() -> tuple[str, ...]:
    """The files a frame's path runs through, from data/files.toml, in the order they are read."""
    entries = resources.data("files.toml").get("files")
    try:
        return tuple(check_path(entry["path"]) for entry in entries)  # type: ignore[attr-defined]
    except (TypeError, KeyError) as error:
        raise DataError(f"data/files.toml: {error}") from error


def open_source(
    spec: str | None, *, store: Store, offline: bool = False, progress: Progress | None = None, log: Log | None = None
) -> Source:
    """The source that `spec` names: a mirror, a URL, a git repository, a source tree or a tarball; None is all mirrors.

    `progress` is told of the bytes of a tarball's pass; SourceError says what `spec` was taken for.
    """
    named = [mirror for mirror in shipped_mirrors() if spec in (None, mirror.name)]
    if spec is None or named:
        return Mirrors(named, log=log, offline=offline)
    if not spec.strip():
        raise SourceError(f"--from names nothing; {_forms()}")
    if "://" in spec:
        return Mirrors([mirror_at(spec)], log=log, offline=offline)
    try:
        return _on_disk(Path(spec).expanduser(), store, progress, log)
    except (FileNotFoundError, ValueError) as error:
        raise SourceError(f"there is no mirror, file or directory {spec!r}; {_forms()}") from error
    except OSError as error:
        raise SourceError(f"{spec} cannot be read: {error.strerror}") from error


def fetch(
    source: Source, version: Version, paths: Sequence[str], store: Store, offline: bool = False, log: Log | None = None
) -> dict[str, SourceFile]:
    """Those of `paths` that a release has, by path; what came from a mirror before comes from the store.

    A file the release does not have is left out. NotInVersionError if the source does not have the release, or if the
    release has none of the files asked for (of those in REQUIRED, if they were); OfflineError where the store has too
    little. Where the store has enough and the mirrors do not answer, what it has is given and the log told.
    """
    wanted = tuple(dict.fromkeys(map(check_path, paths)))
    if source.shelf is None:
        found = source.read_many(version, wanted)
    else:
        found = _through_store(source, source.shelf, version, wanted, store, offline, log or (lambda line: None))
    if not _enough(found, wanted):
        needed = " or ".join(_needed(wanted))
        raise NotInVersionError(f"{version} from {source.name} has no {needed}", version, _needed(wanted)[0])
    return {path: found[path] for path in wanted if path in found}


def _through_store(
    source: Source, shelf: str, version: Version, wanted: Sequence[str], store: Store, offline: bool, log: Log
) -> dict[str, SourceFile]:
    stored = (_believed(store.get(version, path, shelf)) for path in wanted)
    found = {file.path: file for file in stored if file}
    missing = [path for path in wanted if path not in found]
    if not missing:
        return found
    try:
        if offline:
            raise OfflineError(f"not in the store: {', '.join(missing)} of {version}; without --offline it is fetched")
        fresh = source.read_many(version, missing)
    except (MirrorError, OfflineError) as error:
        if not _enough(found, wanted):
            raise
        log(f"only what the store has of {version}, {len(found)} of {len(wanted)} files: {error}")
        return found
    return found | _keep(store, shelf, fresh, log)


def _keep(store: Store, shelf: str, files: dict[str, SourceFile], log: Log) -> dict[str, SourceFile]:
    """Put files in the store; where it cannot be written they say so, for the answer is there all the same."""
    try:
        for file in files.values():
            store.put(file, shelf)
    except StoreError as error:
        log(f"not kept: {error}")
        return {path: _remarked(file, f"not kept: {error}") for path, file in files.items()}
    return files


def _remarked(file: SourceFile, remark: str) -> SourceFile:
    return replace(file, origin=replace(file.origin, remark=verify.join(file.origin.remark, remark)))


def _believed(file: SourceFile | None) -> SourceFile | None:
    """A stored file, unless a blob id learnt since says otherwise."""
    if file is None:
        return None
    known = verify.known(file.version, file.path)
    return None if known and known.firm and known.blob != file.blob else file


def _needed(wanted: Sequence[str]) -> Sequence[str]:
    return [path for path in REQUIRED if path in wanted] or wanted


def _enough(found: dict[str, SourceFile], wanted: Sequence[str]) -> bool:
    return not wanted or any(path in found for path in _needed(wanted))


def _on_disk(place: Path, store: Store, progress: Progress | None, log: Log | None) -> Source:
    if place.is_dir():
        if git_directory(place):
            return Repository(place)
        if any(os.path.lexists(place / path) for path in ("Makefile", *REQUIRED)):
            return Tree(place)
        raise SourceError(
            f"{place} is a directory, but no git repository and no kernel tree, for it has no Makefile and "
            f"no {REQUIRED[0]}; {_forms()}"
        )
    if looks_like_tarball(place):
        return Tarball(place, path_files(), store, progress, log)
    raise SourceError(f"{place} is neither a directory nor a tarball; {_forms()}")


def _forms() -> str:
    names = ", ".join(map(str, shipped_mirrors()))
    return (
        f"--from takes a mirror's name ({names}), the http address of a cgit repository, "
        "or the path of a git repository, a source tree or a linux-source tarball"
    )
