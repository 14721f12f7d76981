"""Where a function is defined, beyond the files of data/files.toml.

Elixir knows every identifier of a release. Its API answers 200 with empty lists for a name it does not know and for a
release it does not have; prototypes stand before functions, and a file may be listed with several lines in a text
("3, 17"). A tree or a repository on disk is searched instead, where a frame's path may lead first.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from explorer.errors import MirrorError, NotInVersionError, PathError, SourceError
from explorer.sources.catalogue import Mirror, in_use
from explorer.sources.http import Http
from explorer.sources.local import Tree, read_regular
from explorer.sources.mirrors import Mirrors
from explorer.sources.repository import Repository
from explorer.sources.values import Source, check_path
from explorer.version import Version

__all__ = ["find_definition"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}", re.ASCII)
_ROOMS = ("net", "include/linux", "include/net", "drivers/net", "kernel", "lib", "mm", "fs")
_KINDS = ("function", "macro")
_MOST = 20  # definitions; a name with more is one that every driver has
_AT_ONCE = 200  # files
_SPACING = 2


def find_definition(source: Source, version: Version, name: str, http: Http | None = None) -> tuple[str, ...]:
    """The files in which a release defines a function, or else a macro, of this name; the network's before others.

    NotInVersionError where nothing defines it, SourceError where the source cannot be searched: a tarball, a bundle,
    or mirrors without an Elixir.
    """
    if not _NAME.fullmatch(name):
        raise PathError(f"not a C identifier: {name[:100]!r}")
    word = name.removeprefix("sys_")  # SYSCALL_DEFINEn leaves it out
    if isinstance(source, Tree):
        paths = _searched(lambda room: _in_tree(source.place, room, word.encode()), name)
    elif isinstance(source, Repository):
        paths = _searched(lambda room: _in_repository(source, version, room, word), name)
    else:
        mirrors = (*source.mirrors, *in_use()) if isinstance(source, Mirrors) else ()
        elixirs = [mirror for mirror in mirrors if mirror.dialect.startswith("elixir")]
        if not elixirs or (isinstance(source, Mirrors) and source.offline):
            raise SourceError(f"{source.name} cannot be searched for {name}; a tree, a repository or an Elixir can")
        paths = _told(elixirs[0], version, name, http or Http())
    if not paths:
        raise NotInVersionError(f"no definition of {name} was found in {version} from {source.name}", version, name)
    return tuple(sorted(paths, key=_distance)[:_MOST])


def _distance(path: str) -> tuple[int, str]:
    return next((rank for rank, room in enumerate(_ROOMS) if path.startswith(f"{room}/")), len(_ROOMS)), path


def _told(mirror: Mirror, version: Version, name: str, http: Http) -> list[str]:
    """What Elixir's API tells."""
    import json

    base, _, project = mirror.repository(version).rpartition("/")
    url = f"{base}/api/ident/{quote(project)}/{name}?version={quote(str(version))}&family=C"
    got = http.get(url, _SPACING)
    if got.status != 200:
        raise MirrorError(f"HTTP {got.status} for {url}")
    try:
        rows = json.loads(got.body)["definitions"]
        found = list(_definitions(rows))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise MirrorError(f"{url} is no list of definitions: {error!r}") from error
    return next((paths for kind in _KINDS if (paths := _unique(path for path, each in found if each == kind))), [])


def _definitions(rows: Any) -> Iterator[tuple[str, str]]:
    for row in rows:
        try:
            yield check_path(row["path"]), str(row["type"])
        except PathError:
            continue


def _unique(paths: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(paths))


def _searched(search: Callable[[str], Iterable[tuple[str, bytes]]], name: str) -> list[str]:
    """The files of the first room in which any defines a function of this name, or else a macro."""
    function, macro = _function(name.encode()), re.compile(rb"^[ \t]*#[ \t]*define[ \t]+%s\b" % name.encode(), re.M)
    for room in _ROOMS:
        candidates = list(search(room))
        for form in (function, macro):
            if found := [path for path, text in candidates if form.search(text)]:
                return found
    return []


def _function(name: bytes) -> re.Pattern[bytes]:
    """A name with parameters and a body, at a line's start but for its type; SYSCALL_DEFINEn names one too."""
    begin = rb"^(?:[A-Za-z_][\w \t*]{0,200}?[ \t*\n])?%s[ \t\n]*\(" % name
    system = rb"^(?:COMPAT_)?SYSCALL_DEFINE\d\(%s\b" % name.removeprefix(b"sys_")
    return re.compile(rb"(?:%s|%s)[^;{}#]{0,4000}\)[^;{}#()]{0,200}\{" % (begin, system), re.MULTILINE)


def _in_tree(root: Path, room: str, name: bytes) -> Iterator[tuple[str, bytes]]:
    """The files of a tree's room that have the name in them."""
    for folder, folders, files in os.walk(root / room):
        folders.sort()
        for file in sorted(files):
            path = os.path.relpath(Path(folder, file), root)
            if file.endswith((".c", ".h")) and name in (text := _read(root, path)):
                yield path, text


def _read(root: Path, path: str) -> bytes:
    try:
        return read_regular(root, path) or b""
    except SourceError:
        return b""


def _in_repository(source: Repository, version: Version, room: str, name: str) -> Iterator[tuple[str, bytes]]:
    paths = source.grep(version, name, room)
    for start in range(0, len(paths), _AT_ONCE):
        for path, file in source.read_many(version, paths[start : start + _AT_ONCE]).items():
            yield path, file.text
