"""TOML whose errors name file, key and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from explorer.errors import TourError, VersionError
from explorer.tour.values import Range
from explorer.version import Version

__all__ = ["Table", "read"]

_LINE = re.compile(r"\s*(?:\[\[(?P<row>[^\]]+)\]\]|\[(?P<table>[^\]]+)\]|(?P<key>[\w\"'-]+)\s*=\s*(?P<value>.*))")
_Key = str | int


class Table:
    """A table of a TOML file: its values, each asked for by name and type."""

    def __init__(self, place: str, text: str, content: Mapping[str, Any], path: tuple[_Key, ...] = ()) -> None:
        self._place = place
        self._text = text
        self._content = content
        self._path = path

    def error(self, message: str, key: str = "") -> TourError:
        """An error that says where: file, line, key."""
        path = (*self._path, key) if key else self._path
        line = _line(self._text, path)
        told = ".".join(map(str, path))
        return TourError(f"{self._place}:{line}: {told + ': ' if told else ''}{message}", self._place, told, line)

    def only(self, *known: str) -> Table:
        """This table, if it has no other keys than these."""
        for key in self._content:
            if key not in known:
                raise self.error(f"no such key here; there are {', '.join(known)}", key)
        return self

    def text(self, key: str, default: str | None = None) -> str:
        """A string; TourError if there is none and no default, or if it is blank."""
        value: str = self._of(str, key, default)
        if not value.strip() and default is None:
            raise self.error("is empty", key)
        return value.strip()

    def number(self, key: str, default: int) -> int:
        """An integer."""
        value: int = self._of(int, key, default)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """An array of strings, empty if there is none."""
        value = self._of(list, key, [])
        if not all(isinstance(each, str) and each.strip() for each in value):
            raise self.error("is not an array of strings", key)
        return tuple(value)

    def rows(self, key: str) -> tuple[Table, ...]:
        """An array of tables, empty if there is none."""
        value = self._of(list, key, [])
        if not all(isinstance(each, dict) for each in value):
            raise self.error(f"is not an array of tables; write [[{key}]]", key)
        return tuple(
            Table(self._place, self._text, each, (*self._path, key, index)) for index, each in enumerate(value)
        )

    def table(self, key: str) -> Table:
        """A table of this one."""
        return Table(self._place, self._text, self._of(dict, key, None), (*self._path, key))

    def range(self) -> Range:
        """The releases that `since` and `until` say."""
        return Range(self._version("since"), self._version("until"))

    def __contains__(self, key: str) -> bool:
        return key in self._content

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def _version(self, key: str) -> Version | None:
        if key not in self._content:
            return None
        try:
            return Version.parse(self.text(key))
        except VersionError as error:
            raise self.error(str(error), key) from error

    def _of(self, kind: type, key: str, default: Any) -> Any:
        value = self._content.get(key, default)
        if value is None:
            raise self.error(f"has no {key!r}")
        if not isinstance(value, kind):
            raise self.error(f"is not a {kind.__name__}: {value!r}", key)
        return value


def read(place: Path, name: str) -> Table:
    """Read a TOML file, called `name` in errors; TourError if it is not there or no TOML."""
    try:
        text = place.read_text("utf-8")
        return Table(name, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else 0
        raise TourError(f"{name}:{line}: {error}", name, "", line) from error
    except (OSError, UnicodeDecodeError) as error:
        raise TourError(f"{name} cannot be read: {error}", name) from error


def _line(text: str, wanted: tuple[_Key, ...]) -> int:
    """The line a key is set on, or its table begins on; of what is written in another way, the nearest above."""
    best, length = 1, 0
    for line, path in _keys(text):
        if path == wanted[: len(path)] and len(path) > length:
            best, length = line, len(path)
    return best


def _keys(text: str) -> Iterable[tuple[int, tuple[_Key, ...]]]:
    counts: dict[tuple[_Key, ...], int] = {}
    table: tuple[_Key, ...] = ()
    quote = ""
    for number, line in enumerate(text.splitlines(), 1):
        if quote:
            quote = "" if quote in line else quote
            continue
        found = _LINE.match(line)
        if found is None:
            continue
        if found["key"]:
            yield number, (*table, found["key"].strip("\"'"))
            opened = found["value"][:3]
            quote = opened if opened in ("'''", '"""') and opened not in found["value"][3:] else ""
            continue
        *above, last = (part.strip(" \"'") for part in (found["row"] or found["table"]).split("."))
        table = ()
        for part in above:
            table = _entered((*table, part), counts)
        table = (*table, last)
        if found["row"]:
            counts[table] = counts.get(table, -1) + 1
        table = _entered(table, counts)
        yield number, table


def _entered(table: tuple[_Key, ...], counts: dict[tuple[_Key, ...], int]) -> tuple[_Key, ...]:
    """The last table of an array of that name, the table itself if it is none."""
    return (*table, counts[table]) if table in counts else table
