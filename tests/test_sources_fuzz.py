"""Parsers of foreign text, given anything: an answer or a clear error, quickly."""

from __future__ import annotations

import io
import random
import tarfile
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import DEV_C, RELEASES
from mirror_stubs import elixir_page, lxr_page, lxrng_page, refs

from explorer.errors import ExplorerError
from explorer.sources import dialects, pages, unpack
from explorer.sources.bundle import Bundle
from explorer.sources.http import Response
from explorer.sources.tags import advertised
from explorer.version import Version

TEXT = DEV_C.decode()
V6_1 = Version.parse("v6.1")
PIECES = (
    *(
        b"<",
        b">",
        b"</",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"<!doctype ",
        b"<pre",
        b"</pre>",
        b"&#0;",
        b"&amp",
        b"&#99999999;",
    ),
    *(
        b'<td class="code">',
        b'<a class="line">',
        b"\xff",
        b"\0",
        b'"',
        b"'",
        b"0000",
        b"ffff",
        b"001e",
        b"{",
        b"[",
        b"]}",
        b"=",
    ),
)
SEEDS = range(150)


def mangled(content: bytes, seed: int) -> bytes:
    """The content, with some parts cut out, doubled, changed or put in."""
    choice, body = random.Random(seed), bytearray(content)
    for _ in range(choice.randrange(1, 8)):
        at, size = choice.randrange(len(body) + 1), choice.choice([1, 2, 8, 64, 512])
        kind = choice.randrange(4)
        if kind == 0:
            del body[at : at + size]
        elif kind == 1:
            body[at:at] = body[at : at + size] * choice.choice([1, 3, 50])
        elif kind == 2:
            body[at : at + 1] = bytes([choice.randrange(256)])
        else:
            body[at:at] = choice.choice(PIECES) * choice.choice([1, 2, 300])
    return bytes(body)


def page_of(read: Callable[[str], str]) -> Callable[[bytes], object]:
    return lambda body: read(body.decode("utf-8", "replace"))


def base64_of(body: bytes) -> object:
    return dialects.dialect("gitiles").text(Response("http://x/", 200, body), V6_1)


def listed(body: bytes) -> object:
    return [dialects.dialect(kind).listed(body, "net/core/dev.c") for kind in ("gitiles", "github")]


PARSERS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "elixir": (page_of(pages.elixir), elixir_page(TEXT, "v6.1", "net/core/dev.c").encode()),
    "lxrng": (page_of(pages.lxrng), lxrng_page(TEXT).encode()),
    "lxr": (page_of(pages.lxr), lxr_page(TEXT).encode()),
    "title": (page_of(pages.title), b"<html><title>\n  a\n</title>"),
    "refs": (advertised, refs(RELEASES)),  # type: ignore[dict-item]
    "gitweb": (dialects.dialect("gitweb").tags, b"<!-- gitweb --><a href='?p=x;a=log;h=refs/tags/v6.1'>"),
    "base64": (base64_of, b"aW50IHg7Cg=="),
    "json": (listed, b'{"entries": [{"name": "dev.c", "id": "%s"}], "tree": []}' % (b"a" * 40)),
}


@pytest.mark.parametrize("name", PARSERS)
def test_mangled(name: str) -> None:
    parse, good = PARSERS[name]
    parse(good)
    begun = time.monotonic()
    for seed in SEEDS:
        with suppress(ExplorerError):
            parse(mangled(good, seed))
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("piece", PIECES)
def test_long_pages_take_no_longer_than_they_are(piece: bytes) -> None:
    """html.parser is slow on what looks like the begin of a comment, a thousand times: it never sees that."""
    filling = (piece * (300_000 // len(piece) + 1)).decode("utf-8", "replace")
    begun = time.monotonic()
    for read, page in (
        (pages.elixir, f'<div class="lxrcode"><td class="code"><pre>{filling}</pre>'),
        (pages.lxrng, f'<div id="file_contents"><pre class="done">{filling}</pre></div>'),
        (pages.lxr, f'<pre class="filecontent">{filling}</pre>'),
        (pages.title, f"<title>{filling}"),
    ):
        with suppress(ExplorerError):
            read(page)
    assert time.monotonic() - begun < 10


def tar() -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, text in {"Makefile": b"VERSION = 6\n", "net/core/dev.c": DEV_C}.items():
            info = tarfile.TarInfo(f"linux-6.1/{path}")
            info.size, info.pax_headers = len(text), {"comment": "x" * 30}
            archive.addfile(info, io.BytesIO(text))
    return held.getvalue()


def test_mangled_tarballs() -> None:
    good, paths = tar(), {"Makefile", "net/core/dev.c"}
    for seed in SEEDS:
        body = mangled(good, seed)
        with suppress(ExplorerError):
            found = unpack.take(io.BufferedReader(io.BytesIO(body)), len(body), paths, lambda done, total: None)  # type: ignore[arg-type]
            assert found.keys() <= paths


def test_mangled_bundles(tmp_path: Path) -> None:
    manifest = b'{"releases": {"v6.1": {"net/core/dev.c": {"blob": "0", "source": "", "verified": ""}}}}'
    with zipfile.ZipFile(tmp_path / "good.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", manifest)
        archive.writestr("v6.1/net/core/dev.c", DEV_C)
    good = (tmp_path / "good.zip").read_bytes()
    for seed in SEEDS:
        (tmp_path / "bad.zip").write_bytes(mangled(good, seed))
        with suppress(ExplorerError):
            Bundle(tmp_path / "bad.zip").read(V6_1, "net/core/dev.c")
    assert {place.name for place in tmp_path.iterdir()} == {"good.zip", "bad.zip"}
