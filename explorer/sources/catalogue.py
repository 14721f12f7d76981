"""Which mirrors there are: those of data/mirrors.toml, the reader's own, and the one an address stands for.

The reader's own stand in mirrors.toml in the configuration directory: [[mirrors]] as in data/mirrors.toml, and `use`,
words that say which are asked and in which order. EXPLORER_MIRRORS is such words too, and goes before. A word is a
mirror's name, an address, `*` for all that are not named, or `-word` to leave out a mirror or everything of one
operator: EXPLORER_MIRRORS=-google,-github.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from explorer import resources
from explorer.errors import DataError, SourceError
from explorer.sources.dialects import GIT, dialect, dialects
from explorer.version import Version

__all__ = ["BUNDLE", "Mirror", "bundle_in_use", "config_path", "in_use", "mirror_at", "mirrors", "shipped_mirrors"]

BUNDLE = "bundle"
_URL = re.compile(r"(?:([a-z-]+)\+)?((?:https?://[^/?#@\s]+|file://)/[!->@-~?]*)")
_BELOW = re.compile(r"/(?:plain|tree|log|about|commit)(?:/.*)?$|[?#].*$")
_KNOWN = (
    ("github", r"https://github\.com/[^/]+/[^/?#]+?(?=\.git|[/?#]|$)"),
    ("gitee", r"https://gitee\.com/[^/]+/[^/?#]+?(?=\.git|[/?#]|$)"),
    ("gitlab", r"https?://[^/]*gitlab[^/]*/.+?(?=\.git|/-/|[?#]|$)"),
    ("gitiles", r"https?://[^/]+\.googlesource\.com/.+?(?=/\+|[?#]|$)"),
    ("gitweb", r"https?://[^?#]*\?p=[^;&#]+"),
    ("elixir", r"https?://[^?#]+?(?=/(?:v\d|latest)[^/]*/source)"),
    ("lxrng", r"https?://[^?#]+?(?=\+v\d[^/]*/)"),
    ("lxr", r"https?://[^?#]+?/source(?=/[^?#]*\?!?v=)"),
)


@dataclass(frozen=True, slots=True)
class Mirror:
    """A mirror: two repositories and the dialect it speaks.

    `seen` says what its dialect was tried on, "server" or "stub", and `remark` how; `operator` who runs it. `shelf`
    keeps apart in the store what the reader's own mirror says; the shipped ones speak of the release itself.
    """

    name: str
    dialect: str
    mainline: str
    stable: str
    seen: str = ""
    remark: str = ""
    operator: str = ""
    shelf: str = ""

    def repository(self, version: Version) -> str:
        """The address of the repository that has a release: v2.6.N, vX.Y and -rc are Linus's, the rest stable's."""
        return self.mainline if version.is_mainline else self.stable

    @property
    def exact(self) -> bool:
        """Whether its texts are the release's to the byte; it is only asked where it was named, if not."""
        return self.dialect in (GIT, BUNDLE) or not dialect(self.dialect).loss

    def __str__(self) -> str:
        return self.name


def shipped_mirrors() -> tuple[Mirror, ...]:
    """The mirrors of data/mirrors.toml, in the order they are tried."""
    return tuple(_entries("data/mirrors.toml", resources.data("mirrors.toml").get("mirrors")))


def config_path() -> Path:
    """The reader's own mirrors.toml; EXPLORER_CONFIG names another directory for it."""
    if told := os.environ.get("EXPLORER_CONFIG"):
        return Path(told).expanduser() / "mirrors.toml"
    import platformdirs

    return platformdirs.user_config_path("packet-path-explorer", appauthor=False) / "mirrors.toml"


def mirrors() -> tuple[Mirror, ...]:
    """Every mirror with a name: the reader's own, then the shipped ones that none of those replaces."""
    own = tuple(_entries(str(config_path()), _config().get("mirrors", [])))
    names = {mirror.name for mirror in own}
    return (*own, *(mirror for mirror in shipped_mirrors() if mirror.name not in names))


def in_use() -> tuple[Mirror, ...]:
    """The mirrors that are asked where none is named, in that order; DataError if a word names none."""
    told = os.environ.get("EXPLORER_MIRRORS")
    where, said = ("EXPLORER_MIRRORS", told) if told else (str(config_path()), _config().get("use", []))
    words = re.split(r"[,\s]+", said.strip(", \n")) if isinstance(said, str) else said
    if not (isinstance(words, list) and all(isinstance(word, str) and word for word in words)):
        raise DataError(f"{where}: the mirrors to use are words, as kernel.org,*,-google")
    return *bundle_in_use(), *_chosen(where, words)


def bundle_in_use() -> tuple[Mirror, ...]:
    """The bundle that EXPLORER_BUNDLE names, asked before any mirror."""
    place = os.environ.get("EXPLORER_BUNDLE")
    return (Mirror("EXPLORER_BUNDLE", BUNDLE, place, place),) if place else ()


def mirror_at(url: str) -> tuple[Mirror, ...]:
    """How to ask the repository at an address the reader typed: its page, any page below it, or KIND+ADDRESS.

    Where the address does not tell its kind, cgit is tried, then git itself. SourceError if it is no address.
    """
    found = _URL.fullmatch(url)
    kind, address = (found[1], found[2]) if found else (None, "")
    if not address or (kind and kind not in dialects()) or (address.startswith("file:") and kind != GIT):
        raise SourceError(
            f"not the address of a repository: {url!r}; give its page without name or password, as "
            "https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git, or say its kind in front, "
            f"as git+https://…: {', '.join(dialects())}"
        )
    guessed = [(name, at[0]) for name, form in _KNOWN if (at := re.match(form, address))]
    if kind:
        pairs = [(kind, next((at for name, at in guessed if name == kind), address.rstrip("/")))]
    else:
        repository = _BELOW.sub("", address).rstrip("/")
        pairs = guessed[:1] or [("cgit", repository), (GIT, repository)]
    shelf = hashlib.sha256(pairs[0][1].encode()).hexdigest()[:16]
    return tuple(Mirror(at, name, at, at, "", "named by the reader", "", shelf) for name, at in pairs)


def _chosen(where: str, words: Sequence[str]) -> Iterator[Mirror]:
    there = {mirror.name: mirror for mirror in mirrors()}
    refused = {word[1:] for word in words if word.startswith("-")}
    wanted = [word for word in words if not word.startswith("-")] or ["*"]
    operators = {mirror.operator for mirror in there.values()} - {""}
    for word in (*wanted, *refused):
        if word not in there and word not in operators | {"*"} and "://" not in word:
            raise DataError(
                f"{where}: no mirror {word!r}; there are {', '.join(there)}, of {', '.join(sorted(operators))}"
            )
    for word in wanted:
        named = [mirror for mirror in there.values() if word in (mirror.name, mirror.operator)]
        rest = [mirror for mirror in there.values() if word == "*" and mirror.name not in wanted]
        for mirror in (*named, *rest, *(mirror_at(word) if "://" in word else ())):
            if mirror.exact and not refused & {mirror.name, mirror.operator}:
                yield replace(mirror, shelf="")  # what the reader put in line speaks of the release as the others do


def _config() -> dict[str, object]:
    import tomllib

    try:
        return tomllib.loads(config_path().read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DataError(f"{config_path()}: {error}") from error


def _entries(where: str, rows: object) -> Iterable[Mirror]:
    """The mirrors of a [[mirrors]] table; DataError names the entry that is none."""
    try:
        found = [Mirror(**row) for row in rows]  # type: ignore[attr-defined]
    except TypeError as error:
        raise DataError(f"{where}: {error}") from error
    for mirror in found:
        if not all(isinstance(getattr(mirror, field.name), str) for field in fields(Mirror)):
            raise DataError(f"{where}: {mirror.name!r}: every value is a text")
        if mirror.dialect not in dialects():
            raise DataError(f"{where}: {mirror.name}: {mirror.dialect!r} is none of {', '.join(dialects())}")
        if not mirror.name or not all(re.match(r"https?://|$", url) for url in (mirror.mainline, mirror.stable)):
            raise DataError(f"{where}: {mirror.name!r} needs a name and http addresses")
    return found
