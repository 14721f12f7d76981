"""Where a function is defined, beyond the files of data/files.toml.

Elixir knows every identifier of a release. Its API answers 200 with empty lists for a name it does not know and for a
release it does not have; prototypes stand before functions, and a file may be listed with several lines in a text
("3, 17"). A tree or a repository on disk is searched instead, where a frame's path may lead first.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
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

__all__ = ["find_definition", "find_definitions"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}", re.ASCII)
_ROOMS = ("net", "include/linux", "include/net", "drivers/net", "kernel", "lib", "mm", "fs")
_KINDS = ("function", "macro")
_MOST = 20  # definitions; a name with more is one that every driver has
_AT_ONCE = 200  # files
_SPACING = 2
_SYSTEM = "sys_"  # SYSCALL_DEFINEn leaves it out


def find_definition(source: Source, version: Version, name: str, http: Http | None = None) -> tuple[str, ...]:
    """The files in which a release defines a function, or else a macro, of this name; the network's before others.

    NotInVersionError where nothing defines it, SourceError where the source cannot be searched: a tarball, a bundle,
    or mirrors without an Elixir.
    """
    if found := find_definitions(source, version, (name,), http=http):
        return found[name]
    raise NotInVersionError(f"no definition of {name} was found in {version} from {source.name}", version, name)


def find_definitions(
    source: Source, version: Version, names: Sequence[str], within: Sequence[str] = (), http: Http | None = None
) -> dict[str, tuple[str, ...]]:
    """The same for several names in one search, `within` some folders or anywhere; what nothing defines is left out."""
    if wrong := [name for name in names if not _NAME.fullmatch(name)]:
        raise PathError(f"not a C identifier: {wrong[0][:100]!r}")
    folders = within or _ROOMS
    if isinstance(source, Tree):
        found = _searched(lambda folder, words: _in_tree(source.place, folder, words), names, folders)
    elif isinstance(source, Repository):
        found = _searched(lambda folder, words: _in_repository(source, version, folder, words), names, folders)
    else:
        found = _asked(source, version, names, within, http or Http())
    return {name: tuple(sorted(paths, key=_distance)[:_MOST]) for name, paths in found.items() if paths}


def _asked(
    source: Source, version: Version, names: Sequence[str], within: Sequence[str], http: Http
) -> dict[str, list[str]]:
    mirrors = (*source.mirrors, *in_use()) if isinstance(source, Mirrors) and not source.offline else ()
    elixir = next((mirror for mirror in mirrors if mirror.dialect.startswith("elixir")), None)
    if elixir is None:
        raise SourceError(f"{source.name} cannot be searched for {names[0]}; a tree, a repository or an Elixir can")
    inside = tuple(f"{folder}/" for folder in within) or ("",)
    told = {name: _told(elixir, version, name, http) for name in names}
    return {name: [path for path in paths if path.startswith(inside)] for name, paths in told.items()}


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


def _searched(
    search: Callable[[str, Sequence[str]], Iterable[tuple[str, bytes]]], names: Sequence[str], folders: Sequence[str]
) -> dict[str, list[str]]:
    """For each name the files of the first folder in which any defines a function of it, or else a macro."""
    found: dict[str, list[str]] = {}
    for folder in folders:
        wanted = [name for name in names if name not in found]
        functions: dict[str, list[str]] = {name: [] for name in wanted}
        macros: dict[str, list[str]] = {name: [] for name in wanted}
        for path, text in search(folder, wanted) if wanted else ():
            for name in wanted:
                if name.removeprefix(_SYSTEM).encode() not in text:
                    continue
                if _function(name).search(text):
                    functions[name].append(path)
                elif _macro(name).search(text):
                    macros[name].append(path)
        found |= {name: paths for name in wanted if (paths := functions[name] or macros[name])}
    return found


@cache
def _function(name: str) -> re.Pattern[bytes]:
    """A name with parameters and a body, at a line's start but for its type; SYSCALL_DEFINEn names one too."""
    word, short = name.encode(), name.removeprefix(_SYSTEM).encode()
    begin = rb"^(?:[A-Za-z_][\w \t*]{0,200}?[ \t*\n])?%s[ \t\n]*\(" % word
    system = rb"^(?:COMPAT_)?SYSCALL_DEFINE\d\(%s\b" % short
    return re.compile(rb"(?:%s|%s)[^;{}#]{0,4000}\)[^;{}#()]{0,200}\{" % (begin, system), re.MULTILINE)


@cache
def _macro(name: str) -> re.Pattern[bytes]:
    return re.compile(rb"^[ \t]*#[ \t]*define[ \t]+%s\b" % name.encode(), re.MULTILINE)


def _in_tree(root: Path, folder: str, names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The files of a tree's folder that have any of the names in them."""
    words = [name.removeprefix(_SYSTEM).encode() for name in names]
    for place, folders, files in os.walk(root / folder):
        folders.sort()
        for file in sorted(files):
            path = os.path.relpath(Path(place, file), root)
            if file.endswith((".c", ".h")):
                text = _read(root, path)
                if any(word in text for word in words):
                    yield path, text


def _read(root: Path, path: str) -> bytes:
    try:
        return read_regular(root, path) or b""
    except SourceError:
        return b""


def _in_repository(
    source: Repository, version: Version, folder: str, names: Sequence[str]
) -> Iterator[tuple[str, bytes]]:
    paths = source.grep(version, [name.removeprefix(_SYSTEM) for name in names], folder)
    for start in range(0, len(paths), _AT_ONCE):
        for path, file in source.read_many(version, paths[start : start + _AT_ONCE]).items():
            yield path, file.text
