"""A bundle: the texts of some releases in one zip, for a class behind one address.

    manifest.json               what there is: release, path, blob id, where from, how verified; null where it has none
    v3.4/net/core/dev.c         the texts, which anybody can read
    notebooks/, recordings/     what goes with them
    README.txt, LICENSE.txt     what this is, and under which terms

It is foreign as any mirror: nothing of it is unpacked, a text is looked up by name and verified, and what it says of
itself is only repeated. A name that leads elsewhere, a link or a text beyond any kernel file's size is refused.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import NotInVersionError, PathError, SourceError, UnverifiedError, VersionError
from explorer.sources import verify
from explorer.sources.local import Local
from explorer.sources.tags import nearest
from explorer.sources.values import LIMIT, Origin, SourceFile, blob_id, check_path, forget, too_large
from explorer.version import Version

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

__all__ = ["MANIFEST", "Bundle", "looks_like_bundle"]

MANIFEST = "manifest.json"
_MEMBERS = 20_000
_SIZE = 1 << 28


def looks_like_bundle(place: Path) -> bool:
    """Whether a file is a zip."""
    if not stat.S_ISREG(place.stat().st_mode):
        return False
    with place.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


class Bundle(Local):
    """A bundle as a source."""

    def version(self, asked: Version | None) -> Version:
        """The version asked for, or the only one; NotInVersionError and VersionError name those there are."""
        there = self.releases()
        if asked is None and len(there) == 1:
            return Version.parse(next(iter(there)))
        if asked is None:
            raise VersionError(f"{self.name} has {', '.join(there)}; say which")
        if str(asked) not in there:
            raise NotInVersionError(f"{asked} is not in {self.name}; {nearest(asked, there)}", asked)
        return asked

    def releases(self) -> dict[str, dict[str, Any]]:
        """What the manifest says there is of each release."""
        with self._opened() as archive:
            return self._manifest(archive)

    def read_many(
        self, version: Version, paths: Sequence[str], keep: Callable[[SourceFile], object] = forget
    ) -> dict[str, SourceFile]:
        """Those of `paths` that it has of a release; SourceError where it never asked for one, UnverifiedError."""
        wanted = [*map(check_path, paths)]
        with self._opened() as archive:
            release = self._manifest(archive).get(str(version))
            if release is None:
                self.version(version)
            rows = {path: (release or {}).get(path, "") for path in wanted}
            if never := [path for path, row in rows.items() if row == ""]:
                raise SourceError(f"{self.name} was made without {', '.join(never)} of {version}")
            return {path: self._file(archive, version, path, row) for path, row in rows.items() if row}

    def _file(self, archive: ZipFile, version: Version, path: str, row: Mapping[str, str]) -> SourceFile:
        text = self._member(archive, f"{version}/{path}", LIMIT)
        if blob_id(text) != row["blob"]:
            raise UnverifiedError(f"{path} of {version} in {self.name} is not the one its manifest names; thrown away")
        sure, remark = verify.fetched(version, path, text, None, True)
        if sure == "shape only":
            remark = verify.join(remark, f"its maker said: {row['verified']}, from {row['source']}"[:200])
        return SourceFile(version, path, text, Origin("bundle", f"{self.name}:{version}/{path}", sure, remark))

    def _opened(self) -> ZipFile:
        import zipfile

        try:
            if self.place.stat().st_size > _SIZE:
                raise SourceError(f"{self.name} is over {_SIZE >> 20} MiB")
            archive = zipfile.ZipFile(self.place)
        except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
            raise SourceError(f"{self.name} is damaged or no bundle: {error}") from error
        try:
            _check_members(self.name, archive.infolist())
        except SourceError:
            archive.close()
            raise
        return archive

    def _manifest(self, archive: ZipFile) -> dict[str, dict[str, Any]]:
        import json

        try:
            manifest = json.loads(self._member(archive, MANIFEST, LIMIT))
            releases: dict[str, dict[str, Any]] = manifest["releases"]
            for name, rows in releases.items():
                Version.parse(name)
                for row in rows.values():
                    if row is not None and not all(isinstance(row[key], str) for key in ("blob", "source", "verified")):
                        raise TypeError(f"what it says of {name}")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, VersionError) as error:
            raise SourceError(f"{self.name} is no bundle: {MANIFEST} cannot be read: {error}") from error
        return releases

    def _member(self, archive: ZipFile, name: str, limit: int) -> bytes:
        import lzma
        import zipfile
        import zlib

        try:
            with archive.open(name) as member:
                text = member.read(limit + 1)
        except KeyError:
            raise SourceError(f"{self.name} has no {name}") from None
        except (OSError, EOFError, ValueError, RuntimeError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
            raise SourceError(f"{self.name} is damaged at {name}: {error}") from error
        if len(text) > limit:
            raise too_large(f"{name} in {self.name}", len(text))
        return text


def _check_members(name: str, members: Sequence[ZipInfo]) -> None:
    if len(members) > _MEMBERS:
        raise SourceError(f"{name} has {len(members)} members; no bundle has over {_MEMBERS}")
    if len({member.filename for member in members}) != len(members):
        raise SourceError(f"{name} has two members of one name")
    for member in members:
        parts = member.filename.replace("\\", "/").split("/")
        if parts[0] in ("", "~") or ":" in parts[0] or ".." in parts:
            raise PathError(f"{name} has a member that leads elsewhere: {member.filename[:200]!r}")
        if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise PathError(f"{name} has a member that is no regular file: {member.filename[:200]!r}")
