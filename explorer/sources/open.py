"""What --from may name, and the files of a release from it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import resources
from explorer.errors import (
    DataError,
    MirrorError,
    NotInVersionError,
    OfflineError,
    SourceError,
    StoreError,
    UnverifiedError,
)
from explorer.sources import verify
from explorer.sources.local import Tree
from explorer.sources.store import Store
from explorer.sources.values import Log, Progress, Source, SourceFile, check_path
from explorer.version import Version

if TYPE_CHECKING:
    from explorer.sources.catalogue import Mirror

__all__ = ["REQUIRED", "fetch", "keep", "open_source", "path_files", "stored"]

REQUIRED = ("net/core/dev.c", "net/packet/af_packet.c")
_READERS = ("tree", "tarball", "git", "bundle")  # an Origin's source, where it lies on the reader's disk


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
    """The source that `spec` names: a mirror, a URL, a git repository, a source tree, a tarball or a bundle.

    None is every mirror in use (catalogue.py). `progress` is told of the bytes of a tarball's pass; SourceError says
    what `spec` was taken for.
    """
    if spec is not None and not spec.strip():
        raise SourceError(f"--from names nothing; {_forms()}")
    if spec is None or "://" in spec or _is_mirror(spec):
        from explorer.sources.mirrors import Mirrors

        return Mirrors(_mirrors(spec), log=log, offline=offline)
    try:
        return _on_disk(Path(spec).expanduser(), store, progress, log)
    except (FileNotFoundError, ValueError) as error:
        raise SourceError(f"there is no mirror, file or directory {spec!r}; {_forms()}") from error
    except OSError as error:
        raise SourceError(f"{spec} cannot be read: {error.strerror}") from error


def stored(version: Version, store: Store, log: Log | None = None) -> dict[str, SourceFile] | None:
    """The files of a release's path from the store, if a fetch of all was completed, or from EXPLORER_BUNDLE.

    The release's own shelf comes first, then the bundle, then what `keep` has of the reader's copies, which the log is
    told. None where a file was never asked for, or is not believed any more.
    """
    paths, log = path_files(), log or (lambda line: None)
    found = _recalled(store, version, "", paths) or _bundled(version, paths, store, log)
    found = found or _kept(store, version, paths, log)
    return found if found and _enough(found, paths) else None


def _bundled(version: Version, paths: Sequence[str], store: Store, log: Log) -> dict[str, SourceFile]:
    if "EXPLORER_BUNDLE" not in os.environ:
        return {}
    from explorer.sources.catalogue import bundle_in_use
    from explorer.sources.mirrors import Mirrors

    bundle = bundle_in_use()
    try:
        return fetch(Mirrors(bundle, log=log), version, paths, store, log=log) if bundle else {}
    except SourceError as error:
        if not isinstance(error, NotInVersionError):
            log(str(error))
        return {}


def _kept(store: Store, version: Version, paths: Sequence[str], log: Log) -> dict[str, SourceFile]:
    """The newest of the reader's own copies that is whole."""
    times = {ref.shelf: ref.time for ref in store.files(version) if ref.shelf and ref.source in _READERS}
    for shelf in sorted(times, key=times.__getitem__, reverse=True):
        if found := _recalled(store, version, shelf, paths):
            first = next(iter(found.values())).origin
            log(f"{version}: text from {first.url} and beside it, kept {times[shelf][:10]}; no known blob id proves it")
            return found
    return {}


def keep(
    source: Source, version: Version, files: Mapping[str, SourceFile], paths: Sequence[str], store: Store, log: Log
) -> None:
    """Put what a source on the reader's disk gave for `paths` in the store, on a shelf of its own.

    What a known blob id proves goes to the release as well, and the release is complete if it proves all of it.
    """
    answers = {path: files[path].blob if path in files else None for path in map(check_path, paths)}
    lacking = [path for path, blob in answers.items() if blob is None and verify.known(version.base, path)]
    proved = not lacking and all(file.origin.verified == "known blob" for file in files.values())
    kept = _Keeper(store, _own_shelf(str(Path(source.name).resolve())), log)
    for file in files.values():
        kept(file)
    kept.complete(version, answers, [""] if proved else [])


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
    found, missing = _looked_up(store, version, shelf, wanted)
    kept = _Keeper(store, shelf, log)
    try:
        if missing and offline:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise OfflineError(f"not in the store: {missing[0]}{more} of {version}; without --offline it is fetched")
        fresh = source.read_many(version, missing, kept) if missing else {}
    except (MirrorError, OfflineError, UnverifiedError) as error:
        found |= kept.files
        if isinstance(error, UnverifiedError) or not _enough(found, wanted):
            raise
        log(f"only what the store has of {version}, {len(found)} of {len(wanted)} files: {error}")
        return found
    for path in fresh.keys() - kept.files:
        kept(fresh[path])
    found |= kept.files
    if _enough(found, wanted):
        kept.complete(version, {path: found[path].blob if path in found else None for path in wanted})
    return found


class _Keeper:
    """Puts files in the store as they come; where it cannot be written they say so, for they are there all the same."""

    def __init__(self, store: Store, shelf: str, log: Log) -> None:
        self.files: dict[str, SourceFile] = {}
        self._store, self._shelf, self._log = store, shelf, log
        self._failed = ""

    def __call__(self, file: SourceFile) -> None:
        self.files[file.path] = self._put(file)

    def _put(self, file: SourceFile) -> SourceFile:
        try:
            if not self._failed:
                self._store.put(file, self._shelf)
                return file
        except StoreError as error:
            self._failed = f"not kept: {error}"
            self._log(self._failed)
        return _remarked(file, self._failed)

    def complete(self, version: Version, answers: Mapping[str, str | None], besides: Sequence[str] = ()) -> None:
        """Note that every file was answered for, unless that is known; on other shelves too."""
        try:
            for shelf in (self._shelf, *besides):
                if not self._failed and not self._store.asked(version, shelf).items() >= answers.items():
                    self._store.complete(version, answers, shelf)
        except StoreError as error:
            self._log(f"not kept: {error}")


def _looked_up(
    store: Store, version: Version, shelf: str, wanted: Sequence[str]
) -> tuple[dict[str, SourceFile], list[str]]:
    """What the store has of `wanted`, and what is to be asked for."""
    candidates = (_believed(store.get(version, path, shelf)) for path in wanted)
    found = {file.path: file for file in candidates if file}
    asked = store.asked(version, shelf)
    absent = {path for path, blob in asked.items() if blob is None and not verify.known(version, path)}
    return found, [path for path in wanted if path not in found and path not in absent]


def _recalled(store: Store, version: Version, shelf: str, wanted: Sequence[str]) -> dict[str, SourceFile]:
    """The files of a completed fetch; none if it was not, for single files may come from anywhere."""
    asked = store.asked(version, shelf)
    found, missing = _looked_up(store, version, shelf, wanted) if asked.keys() >= {*wanted} else ({}, wanted)
    return {} if missing else found


def _remarked(file: SourceFile, remark: str) -> SourceFile:
    return replace(file, origin=replace(file.origin, remark=verify.join(file.origin.remark, remark)))


def _believed(file: SourceFile | None) -> SourceFile | None:
    """A stored file, unless a blob id learnt since says otherwise."""
    if file is None:
        return None
    known = verify.known(file.version, file.path)
    return None if known and known.firm and known.blob != file.blob else file


def _is_mirror(spec: str) -> bool:
    if os.sep in spec:
        return False
    from explorer.sources.catalogue import mirrors

    return any(spec == mirror.name for mirror in mirrors())


def _mirrors(spec: str | None) -> Sequence[Mirror]:
    """Those in use, the one at an address, or those of a name; the inexact ones apart."""
    from explorer.sources.catalogue import in_use, mirror_at, mirrors

    if spec is None:
        return in_use()
    if "://" in spec:
        return mirror_at(spec)
    return [mirror if mirror.exact else _apart(mirror) for mirror in mirrors() if spec == mirror.name]


def _apart(mirror: Mirror) -> Mirror:
    """A mirror whose texts are not the release's to the byte has a shelf of its own."""
    return replace(mirror, shelf=_own_shelf(mirror.name))


def _own_shelf(name: str) -> str:
    import hashlib

    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _needed(wanted: Sequence[str]) -> Sequence[str]:
    return [path for path in REQUIRED if path in wanted] or wanted


def _enough(found: dict[str, SourceFile], wanted: Sequence[str]) -> bool:
    return not wanted or any(path in found for path in _needed(wanted))


def _on_disk(place: Path, store: Store, progress: Progress | None, log: Log | None) -> Source:
    if place.is_dir():
        from explorer.sources.repository import Repository, git_directory

        if git_directory(place):
            return Repository(place)
        if any(os.path.lexists(place / path) for path in ("Makefile", *REQUIRED)):
            return Tree(place)
        raise SourceError(
            f"{place} is a directory, but no git repository and no kernel tree, for it has no Makefile and "
            f"no {REQUIRED[0]}; {_forms()}"
        )
    from explorer.sources.bundle import Bundle, looks_like_bundle
    from explorer.sources.tarball import Tarball, looks_like_tarball

    if looks_like_bundle(place):
        return Bundle(place)
    if looks_like_tarball(place):
        return Tarball(place, path_files(), store, progress, log)
    raise SourceError(f"{place} is neither a directory nor a tarball nor a bundle; {_forms()}")


def _forms() -> str:
    from explorer.sources.catalogue import mirrors

    names = ", ".join(map(str, mirrors()))
    return (
        f"--from takes a mirror's name ({names}), the http address of a repository, or the path of a git "
        "repository, a source tree, a linux-source tarball or a bundle"
    )
