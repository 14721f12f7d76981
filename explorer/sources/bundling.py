"""Making a bundle: see bundle.py for what is in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from explorer import resources
from explorer.errors import DataError, MirrorError, SourceError
from explorer.sources.bundle import MANIFEST
from explorer.sources.open import fetch, open_source, path_files, stored
from explorer.sources.store import Store
from explorer.sources.values import Log, SourceFile
from explorer.version import Version

__all__ = ["make", "write"]

_README = """Files of the Linux kernel, with notebooks and recordings, for packet-path-explorer.

    explorer graph {first} --from {name}
    EXPLORER_BUNDLE={name} explorer tour {first}

Releases: {releases}. Where each file came from, and how it was verified, is in manifest.json.
The kernel's files are its authors', under GPL-2.0-only unless a file says otherwise; the terms are in LICENSE.txt.
"""


def make(place: Path, versions: Sequence[Version], spec: str | None, offline: bool, log: Log) -> int:
    """Write a bundle of releases, the notebooks and the recordings; return its size in bytes.

    The texts come from the store and from `spec`, as everywhere; MirrorError where a release cannot be had whole.
    """
    releases = {version: _whole(version, spec, offline, log) for version in dict.fromkeys(versions)}
    return write(place, releases, _more(), _licence())


def _whole(version: Version, spec: str | None, offline: bool, log: Log) -> dict[str, SourceFile | None]:
    store, paths = Store(), path_files()
    if spec is None and (kept := stored(version, store, log)):
        return {path: kept.get(path) for path in paths}
    source = open_source(spec, store=store, offline=offline, log=log)
    said = source.version(version)
    files = fetch(source, said, paths, store, offline, log)
    if source.shelf is not None and not store.asked(said, source.shelf).keys() >= {*paths}:
        raise MirrorError(f"only {len(files)} files of {said} could be had; run it again, or with another --from")
    return {path: files.get(path) for path in paths}


def write(
    place: Path,
    releases: Mapping[Version, Mapping[str, SourceFile | None]],
    more: Iterable[tuple[str, bytes]],
    licence: bytes,
) -> int:
    """Write releases, by path (None: it has no such file), and `more` by name; the same input gives the same bytes."""
    import io
    import zipfile

    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, text in (*_head(place.name, releases), ("LICENSE.txt", licence), *_texts(releases), *more):
            info = zipfile.ZipInfo(name)  # of 1980, so that nothing but the content tells
            info.external_attr, info.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(info, text)
    content = held.getvalue()
    try:
        resources.write_whole(place, content)
    except OSError as error:
        raise SourceError(f"{place} cannot be written: {error.strerror}") from error
    return len(content)


def _head(name: str, releases: Mapping[Version, Mapping[str, SourceFile | None]]) -> Iterator[tuple[str, bytes]]:
    import json

    rows = {
        str(version): {path: file and _row(file) for path, file in files.items()} for version, files in releases.items()
    }
    content = {"kind": "bundle", "schema": 1, "releases": rows}
    yield MANIFEST, json.dumps(content, indent=1).encode() + b"\n"
    yield "README.txt", _README.format(first=next(iter(rows)), name=name, releases=", ".join(rows)).encode()


def _texts(releases: Mapping[Version, Mapping[str, SourceFile | None]]) -> Iterator[tuple[str, bytes]]:
    for version, files in releases.items():
        for path, file in files.items():
            if file:
                yield f"{version}/{path}", file.text


def _row(file: SourceFile) -> dict[str, str]:
    from dataclasses import asdict

    return {"blob": file.blob, **asdict(file.origin)}


def _more() -> Iterator[tuple[str, bytes]]:
    """The notebooks and the recordings there are."""
    rooms = {"recordings": resources.data_path("recordings")}
    try:
        rooms["notebooks"] = resources.notebooks_path()
    except DataError:
        pass
    for name, room in rooms.items():
        for place in sorted(room.rglob("*")):
            inner = place.relative_to(room)
            if place.is_file() and not any(part.startswith((".", "__")) for part in inner.parts):
                yield f"{name}/{inner.as_posix()}", place.read_bytes()


def _licence() -> bytes:
    """The GPL's text, as this program came with it."""
    from importlib.metadata import PackageNotFoundError, distribution

    checkout = Path(__file__).parents[2] / "LICENSE"
    if checkout.is_file():
        return checkout.read_bytes()
    try:
        text = distribution("packet-path-explorer").read_text("licenses/LICENSE")
    except PackageNotFoundError:
        text = None
    return (text or "GPL-2.0-only: https://www.gnu.org/licenses/old-licenses/gpl-2.0.txt\n").encode()
