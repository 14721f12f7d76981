"""Mirrors that show a cross reference: Elixir, LXRng, LXR 2.x.

Elixir gives a file as it is, but for characters outside UTF-8, and a page that has lost only what pages.py says. It
answers 400 where there is no such file and where there is no such release. The two others expand tabs.
"""

from __future__ import annotations

from urllib.parse import quote

from explorer.errors import UnverifiedError
from explorer.sources import pages
from explorer.sources.dialects import Dialect
from explorer.sources.http import Response
from explorer.sources.values import LIMIT
from explorer.version import Version

__all__ = ["KINDS"]

_PAGE = 4 * LIMIT  # Elixir's page of a file has up to twelve times its bytes
_LOSS = "its tabs were expanded by the mirror: not the release to the byte"
_ABSENT = b"Node not found", b"File not found", b"does not exist"


def _elixir(repository: str, version: Version, path: str) -> str:
    return f"{_elixir_page(repository, version, path)}?raw=1"


def _elixir_page(repository: str, version: Version, path: str) -> str:
    return f"{repository}/{quote(str(version))}/source/{quote(path)}"


def _elixir_text(got: Response, version: Version) -> bytes:
    """The file, or what its page says; an older Elixir knows no raw=1."""
    if got.content_type != "text/html":
        return got.body
    page = _decoded(got)
    title = f" {pages.title(page)} "
    if "Elixir" in title and f" {version} " not in title:
        raise UnverifiedError(f"{got.url} is a page of another release ({title.strip()!r})")
    return pages.elixir(page).encode()


def _lxrng(repository: str, version: Version, path: str) -> str:
    return f"{repository}+{quote(str(version))}/{quote(path)}"


def _lxr(repository: str, version: Version, path: str) -> str:
    return f"{repository}/{quote(path)}?!v={quote(str(version))}"


def _lxrng_text(got: Response, version: Version) -> bytes:
    return pages.lxrng(_decoded(got)).encode()


def _lxr_text(got: Response, version: Version) -> bytes:
    return pages.lxr(_decoded(got)).encode()


def _decoded(got: Response) -> str:
    try:
        return got.body.decode()
    except UnicodeDecodeError:
        raise UnverifiedError(f"{got.url} is not UTF-8, as its pages are") from None


def _not_there(got: Response) -> bool:
    """LXR answers 200 with a page that says so."""
    return got.status == 404 or (b'id="file_contents"' not in got.body and any(map(got.body.__contains__, _ABSENT)))


def _gone(got: Response) -> bool:
    return got.status in (400, 404)


KINDS = {
    "elixir": Dialect(_elixir, _elixir_text, _gone, spacing=2, size=_PAGE, recodes=True),
    "elixir-html": Dialect(_elixir_page, _elixir_text, _gone, spacing=2, size=_PAGE, recodes=True),
    "lxrng": Dialect(_lxrng, _lxrng_text, _not_there, spacing=2, size=_PAGE, loss=_LOSS),
    "lxr": Dialect(_lxr, _lxr_text, _not_there, spacing=2, size=_PAGE, loss=_LOSS),
}
