"""catalogue.py: which mirrors are asked, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.errors import DataError, SourceError
from explorer.sources import catalogue
from explorer.sources.catalogue import Mirror, in_use, mirror_at, mirrors, shipped_mirrors

SHIPPED = [mirror.name for mirror in shipped_mirrors() if mirror.exact]
OWN = '[[mirrors]]\nname = "%s"\ndialect = "cgit"\nmainline = "http://127.0.0.1/x"\nstable = ""\n'


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("EXPLORER_MIRRORS", "EXPLORER_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EXPLORER_CONFIG", str(tmp_path))
    return tmp_path / "mirrors.toml"


def names() -> list[str]:
    return [mirror.name for mirror in in_use()]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", SHIPPED),
        ("*", SHIPPED),
        ("-google,-github", [name for name in SHIPPED if name not in ("googlesource", "github")]),
        ("elixir", ["elixir"]),
        ("elixir,kernel.org", ["elixir", "kernel.org"]),
        ("elixir,*", ["elixir", *(name for name in SHIPPED if name != "elixir")]),
        ("google", ["googlesource"]),
        ("debian", []),
        ("https://github.com/x/y", ["https://github.com/x/y"]),
    ],
)
def test_words(words: str, expected: list[str], monkeypatch: pytest.MonkeyPatch, config: Path) -> None:
    monkeypatch.setenv("EXPLORER_MIRRORS", words)
    assert names() == expected
    monkeypatch.delenv("EXPLORER_MIRRORS")
    config.write_text(f"use = {words.split(',') if words else []}\n")
    assert names() == expected


def test_own_mirrors(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text(OWN % "mine" + OWN % "elixir")
    assert names() == ["mine", "elixir", *(name for name in SHIPPED if name != "elixir")]
    assert next(mirror for mirror in mirrors() if mirror.name == "elixir").dialect == "cgit"
    monkeypatch.setenv("EXPLORER_MIRRORS", "mine")
    assert names() == ["mine"]


@pytest.mark.parametrize(
    "content",
    [
        'use = "elixir"',
        "use = [3]",
        'use = [""]',
        "use = 3",
        "mirrors = 3",
        "[[mirrors]]",
        "no toml",
        OWN % "",
        (OWN % "x").replace("cgit", "svn"),
        (OWN % "x").replace("http:", "file:"),
        OWN % "x" + "seen = 3",
        'use = ["nowhere"]',
        'use = ["-nowhere"]',
    ],
)
def test_bad_config(content: str, config: Path) -> None:
    config.write_text(content)
    if content == 'use = "elixir"':  # words in one text are as good
        assert names() == ["elixir"]
        return
    with pytest.raises(DataError, match=r"mirrors\.toml"):
        in_use()


def test_config_that_cannot_be_read(config: Path) -> None:
    config.mkdir()
    with pytest.raises(DataError, match=r"mirrors\.toml"):
        in_use()


@pytest.mark.parametrize(
    ("url", "dialect", "repository"),
    [
        ("https://github.com/torvalds/linux", "github", None),
        ("https://github.com/torvalds/linux.git", "github", "https://github.com/torvalds/linux"),
        ("https://github.com/torvalds/linux/blob/v6.1/net/core/dev.c", "github", "https://github.com/torvalds/linux"),
        ("https://gitlab.com/linux-kernel/stable/-/blob/v6.1/x.c", "gitlab", "https://gitlab.com/linux-kernel/stable"),
        ("https://gitee.com/mirrors/linux/tree/v6.1", "gitee", "https://gitee.com/mirrors/linux"),
        (
            "https://kernel.googlesource.com/a/linux/+/refs/tags/v6.1",
            "gitiles",
            "https://kernel.googlesource.com/a/linux",
        ),
        ("https://elixir.bootlin.com/linux/v6.1/source/net/core", "elixir", "https://elixir.bootlin.com/linux"),
        ("https://x.org/gitweb/?p=linux.git;a=summary", "gitweb", "https://x.org/gitweb/?p=linux.git"),
        ("http://lxr.x.org/linux+v3.4/net/core/dev.c", "lxrng", "http://lxr.x.org/linux"),
        ("http://lxr.x.org/source/net/core/dev.c?v=v3.4", "lxr", "http://lxr.x.org/source"),
        ("git+https://x.org/linux.git", "git", "https://x.org/linux.git"),
        ("elixir+http://x.org/linux", "elixir", "http://x.org/linux"),
        ("cgit+https://x.org/linux.git/", "cgit", "https://x.org/linux.git"),
        ("https://x.org/linux.git/tree/net", "cgit", "https://x.org/linux.git"),
    ],
)
def test_addresses(url: str, dialect: str, repository: str | None) -> None:
    first, *rest = mirror_at(url)
    assert (first.dialect, first.mainline) == (dialect, repository or url)
    assert first.shelf
    assert [mirror.dialect for mirror in rest] == (["git"] if dialect == "cgit" and "+" not in url else [])


@pytest.mark.parametrize("url", ["svn+http://x/y", "git+ssh://x/y", "file:///x/y", "ext::sh -c id", "git+-x://a/b"])
def test_no_addresses(url: str) -> None:
    with pytest.raises(SourceError, match="not the address of a repository"):
        mirror_at(url)


def test_every_shipped_mirror_is_tried_somehow() -> None:
    for mirror in shipped_mirrors():
        assert mirror.seen in ("server", "stub")
        assert mirror.operator
    assert catalogue.config_path().name == "mirrors.toml"
    assert not Mirror("x", "lxrng", "", "").exact
