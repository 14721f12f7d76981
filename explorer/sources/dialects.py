"""How each kind of mirror is asked for a file, and what it says of it besides the bytes.

The kinds that show a repository stand here, those that show a cross reference in lxr.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from explorer.errors import MirrorError, UnverifiedError
from explorer.sources.http import Response
from explorer.sources.tags import advertised
from explorer.sources.values import LIMIT
from explorer.version import Version

__all__ = ["GIT", "Dialect", "as_sent", "dialect", "dialects"]

GIT = "git"  # the kind that only git itself can ask: see clone.py
_ETAG = re.compile(r'(?:W/)?"([0-9a-f]{40})"')  # W/ where a proxy compressed it on the way
_BLOB = re.compile(r"[0-9a-f]{40}")
_LISTED = 2000  # entries of a directory; the kernel's largest has half as many
Address = Callable[[str, Version, str], str]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a kind of mirror is asked.

    `address` is that of a file, from repository, version and path, and `text` the file in the answer to it. `told` is
    the blob id the answer tells; where it tells none, `listing` may be the address of a directory that `listed` reads
    one from. `missing` says that the answer means there is no such file, or no such release: which of the two, `refs`,
    the address of the repository's tags, decides with `tags`, and where there is none the release's Makefile.
    `spacing` is how many seconds to leave between two questions, `hosts` where a redirect may lead, `size` how large an
    answer may be. `recodes`: what is not UTF-8 comes as if it were latin-1. `loss` says what a reader must know of the
    text, which then is not the release's to the byte and is only given where this mirror was asked for by name.
    """

    address: Address
    text: Callable[[Response, Version], bytes]
    missing: Callable[[Response], bool] = lambda got: got.status == 404
    refs: Callable[[str], str] | None = None
    tags: Callable[[bytes], frozenset[str]] = advertised
    told: Callable[[Response], str | None] = lambda got: None
    listing: Address | None = None
    listed: Callable[[bytes, str], str | None] = lambda body, path: None
    spacing: float = 0
    hosts: tuple[str, ...] = ()
    size: int = LIMIT
    recodes: bool = False
    loss: str = ""


def as_sent(got: Response, version: Version | None = None) -> bytes:
    """The body itself; UnverifiedError if it says that it is a web page."""
    if got.content_type in ("text/html", "application/xhtml+xml"):
        raise UnverifiedError(f"{got.url} is a web page and not a file: a directory's, or a portal's")
    return got.body


def _refs(repository: str) -> str:
    return f"{repository}/info/refs?service=git-upload-pack"


def _refs_of_git(repository: str) -> str:
    return _refs(f"{repository}.git")


def _cgit(repository: str, version: Version, path: str) -> str:
    return f"{repository}/plain/{quote(path)}?h={quote(str(version))}"  # without h= cgit silently serves HEAD


def _etag(got: Response) -> str | None:
    found = _ETAG.fullmatch(got.etag)
    return found[1] if found else None


def _gitweb(repository: str, version: Version, path: str) -> str:
    return f"{repository};a=blob_plain;f={quote(path)};hb=refs/tags/{quote(str(version))}"


def _gitweb_tags(body: bytes) -> frozenset[str]:
    """The tags on gitweb's page of them; MirrorError if it is another page."""
    if b"gitweb" not in body[:4000]:
        raise MirrorError("its page of tags is not gitweb's")
    return frozenset(tag.decode("ascii") for tag in re.findall(rb"[;?]h=refs/tags/([!#-%'-~]{1,100})", body))


def _gitiles(repository: str, version: Version, path: str) -> str:
    return f"{repository}/+/refs/tags/{quote(str(version))}/{quote(path)}?format=TEXT"


def _base64(got: Response, version: Version) -> bytes:
    import base64
    import binascii

    try:
        return base64.b64decode(as_sent(got), validate=True)
    except binascii.Error as error:
        raise UnverifiedError(f"{got.url} is not base64: {error}; thrown away") from error


def _gitiles_listing(repository: str, version: Version, path: str) -> str:
    return f"{repository}/+/refs/tags/{quote(str(version))}/{quote(path.rpartition('/')[0])}/?format=JSON"


def _gitiles_listed(body: bytes, path: str) -> str | None:
    return _entry(_json(body.removeprefix(b")]}'")), "entries", "id", path)


def _github(repository: str, version: Version, path: str) -> str:
    return f"{_moved(repository, 'raw.githubusercontent.com', '/raw')}/{quote(str(version))}/{quote(path)}"


def _github_listing(repository: str, version: Version, path: str) -> str:
    folder = quote(f"{version}:{path.rpartition('/')[0]}", safe="")
    return f"{_moved(repository, 'api.github.com/repos', '/api')}/git/trees/{folder}"


def _github_listed(body: bytes, path: str) -> str | None:
    return _entry(_json(body), "tree", "sha", path, "path")


def _moved(repository: str, host: str, otherwise: str) -> str:
    """The same repository on another of github.com's hosts; a host of one's own has everything in one place."""
    there = repository.removeprefix("https://github.com/")
    return f"https://{host}/{there}" if there != repository else repository + otherwise


def _gitlab(repository: str, version: Version, path: str) -> str:
    parts = urlsplit(repository)
    project, name = quote(parts.path.strip("/"), safe=""), quote(path, safe="")
    return f"{parts.scheme}://{parts.netloc}/api/v4/projects/{project}/repository/files/{name}/raw?ref={version}"


def _gitlab_blob(got: Response) -> str | None:
    return got.blob if _BLOB.fullmatch(got.blob) else None


def _raw(repository: str, version: Version, path: str) -> str:
    return f"{repository}/raw/{quote(str(version))}/{quote(path)}"


def _debian(repository: str, version: Version, path: str) -> str:
    package = str(version)[1:] + ("" if version.suffix else "-1")
    return f"{repository}/{quote(package)}/{quote(path)}"


def _json(body: bytes) -> object:
    import json

    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MirrorError(f"its list of a directory is not JSON: {error}") from error


def _entry(answer: object, entries: str, key: str, path: str, name: str = "name") -> str | None:
    """The blob id of a file in a directory's list; None where it is not there, or is no id."""
    rows = answer.get(entries) if isinstance(answer, dict) else None
    for row in rows[:_LISTED] if isinstance(rows, list) else ():
        if isinstance(row, dict) and row.get(name) == path.rpartition("/")[2] and isinstance(row.get(key), str):
            return row[key] if _BLOB.fullmatch(row[key]) else None
    return None


_KINDS = {
    "cgit": Dialect(_cgit, as_sent, refs=_refs, told=_etag),
    "gitweb": Dialect(_gitweb, as_sent, refs=lambda repository: f"{repository};a=tags", tags=_gitweb_tags),
    "gitiles": Dialect(_gitiles, _base64, refs=_refs, listing=_gitiles_listing, listed=_gitiles_listed),
    "github": Dialect(
        _github,
        as_sent,
        refs=_refs,
        listing=_github_listing,
        listed=_github_listed,
        hosts=("raw.githubusercontent.com",),
    ),
    "gitlab": Dialect(_gitlab, as_sent, refs=_refs_of_git, told=_gitlab_blob),
    "gitee": Dialect(_raw, as_sent, refs=_refs_of_git, hosts=("raw.giteeusercontent.com",)),
    "debian": Dialect(_debian, as_sent, loss="Debian's package, patched: not the release to the byte"),
}


def dialects() -> tuple[str, ...]:
    """The names of all kinds."""
    from explorer.sources import lxr

    return (*_KINDS, *lxr.KINDS, GIT)


def dialect(name: str) -> Dialect:
    """A kind that is asked over HTTP, by its name; KeyError if there is none."""
    from explorer.sources import lxr

    return _KINDS.get(name) or lxr.KINDS[name]
