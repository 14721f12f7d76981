"""Where data/ and notebooks/ are, in a wheel, an editable install and a checkout, and the user's own directories."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path

from explorer.errors import DataError

__all__ = ["cache_dir", "data", "data_path", "notebooks_path", "user_dir", "write_whole"]

_PACKAGE = Path(__file__).resolve().parent


@cache
def _room(name: str) -> Path:
    """A wheel carries the folder inside the package (explorer/_data), a checkout beside it."""
    for place in (_PACKAGE / f"_{name}", _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise DataError(f"{name}/ is not where this installation should have it; install packet-path-explorer again")


def data_path(*parts: str) -> Path:
    """The path of a file or folder under data/."""
    return _room("data").joinpath(*parts)


def notebooks_path(*parts: str) -> Path:
    """The path of a file or folder under notebooks/."""
    return _room("notebooks").joinpath(*parts)


@cache
def data(name: str) -> dict[str, object]:
    """A TOML file of data/, read once; DataError names the file and the line that cannot be read."""
    import tomllib

    try:
        with data_path(name).open("rb") as file:
            return tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"data/{name}: {error}") from error


def _place(variable: str, kind: str) -> Path:
    if told := os.environ.get(variable):
        return Path(told).expanduser()
    import platformdirs

    place: Path = getattr(platformdirs, f"user_{kind}_path")("packet-path-explorer", appauthor=False)
    return place


def cache_dir() -> Path:
    """The directory of fetched texts and analysed facts; EXPLORER_CACHE overrides it."""
    return _place("EXPLORER_CACHE", "cache")


def user_dir() -> Path:
    """The directory of the reader's own atlas, notes and mirrors; EXPLORER_DATA overrides it."""
    return _place("EXPLORER_DATA", "data")


def write_whole(place: Path, content: bytes) -> None:
    """Write a file whole or not at all; OSError, with nothing left behind, if it cannot be."""
    temporary = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(place)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise
