"""mirrors.py against real cgit, and against a mirror that misbehaves."""

from __future__ import annotations

import pytest
from conftest import DEV_C, GIT_ROOM, RELEASES

from explorer import resources
from explorer.errors import (
    DataError,
    MirrorError,
    NotInVersionError,
    OfflineError,
    PathError,
    SourceError,
    UnverifiedError,
    VersionError,
)
from explorer.sources import blob_id
from explorer.sources.catalogue import Mirror, mirror_at, shipped_mirrors
from explorer.sources.http import Http, Limits
from explorer.sources.mirrors import Mirrors
from explorer.version import Version

PATH = "net/core/dev.c"
V6_1, STABLE, NEVER = map(Version.parse, ("v6.1", "v6.1.192", "v9.9"))
QUICK = Limits(connect=2, read=2, whole=0.5, pause=0)


def cgit(base: str, name: str = "here") -> Mirror:
    room = f"{base}/{GIT_ROOM}"
    return Mirror(name, "cgit", f"{room}/torvalds/linux.git", f"{room}/stable/linux.git")


def faulty(base: str, fault: str) -> Mirror:
    return Mirror(fault, "cgit", f"{base}/{fault}", f"{base}/{fault}")


def ask(*mirrors: Mirror) -> Mirrors:
    return Mirrors(mirrors, Http(QUICK))


@pytest.mark.parametrize(
    ("version", "repository"),
    [
        ("v2.6.36", "mainline"),
        ("v2.6.37-rc3", "mainline"),
        ("v3.4", "mainline"),
        ("v6.1-rc1", "mainline"),
        ("v2.6.36.1", "stable"),
        ("v3.4.39", "stable"),
        ("v6.1.192", "stable"),
        ("v6.1-imx", "stable"),
    ],
)
def test_routing(version: str, repository: str) -> None:
    assert Mirror("m", "cgit", "mainline", "stable").repository(Version.parse(version)) == repository


@pytest.mark.server
@pytest.mark.parametrize("tag", ["v6.1-rc1", "v6.1", "v6.1.192"])
def test_cgit_gives_the_tag(servers: dict[str, str], tag: str) -> None:
    file = ask(cgit(servers["smart"])).read(Version.parse(tag), PATH)
    assert file.text == RELEASES[tag][PATH]
    assert file.origin.verified == "blob id told"
    assert file.origin.url.endswith(f"/{'stable' if tag == 'v6.1.192' else 'torvalds'}/linux.git/plain/{PATH}?h={tag}")


@pytest.mark.server
@pytest.mark.parametrize("refs", ["smart", "dumb"])
def test_not_there(servers: dict[str, str], refs: str) -> None:
    mirrors = ask(cgit(servers[refs]))
    with pytest.raises(NotInVersionError, match=r"v6\.1 has no net/core/none\.c") as caught:
        mirrors.read(V6_1, "net/core/none.c")
    assert (caught.value.version, caught.value.path) == (V6_1, "net/core/none.c")
    with pytest.raises(NotInVersionError, match=r"v9\.9 is not a tag of .*nearest there: .*v6\.1$") as caught:
        mirrors.read(NEVER, PATH)
    assert (caught.value.version, caught.value.path) == (NEVER, "")
    with pytest.raises(NotInVersionError, match=r"v9.9 is not a tag"):
        mirrors.read_many(NEVER, [PATH, "net/core/gro.c"])


@pytest.mark.server
def test_lone_404_proves_nothing(servers: dict[str, str]) -> None:
    with pytest.raises(MirrorError, match=r"404 for net/core/none.c, which alone proves nothing"):
        ask(cgit(servers["none"])).read(V6_1, "net/core/none.c")


@pytest.mark.server
def test_many(servers: dict[str, str]) -> None:
    found = ask(cgit(servers["smart"])).read_many(
        V6_1, [PATH, "net/none.c", "net/packet/af_packet.c", "net/core/gro.c"]
    )
    assert list(found) == [PATH, "net/packet/af_packet.c", "net/core/gro.c"]
    assert all(file.text == RELEASES["v6.1"][path] for path, file in found.items())


@pytest.mark.server
def test_refused_from_real_cgit(servers: dict[str, str]) -> None:
    mirrors = ask(cgit(servers["smart"]))
    with pytest.raises(UnverifiedError, match="web page"):
        mirrors.read(V6_1, "net/core")  # a directory
    with pytest.raises(UnverifiedError, match="a NUL byte"):
        mirrors.read(Version.parse("v6.1-rc1"), "net/nul.c")
    wrong, right = blob_id(b"int wrong;\n"), "660dd41aaaa6629c0d59547e04d23353ba935af8"
    with pytest.raises(UnverifiedError, match=f"{wrong}, but it is {right} .official tag"):
        mirrors.read(Version.parse("v2.6.36"), PATH)


@pytest.mark.server
def test_next_mirror_is_tried(servers: dict[str, str], faults: str) -> None:
    said: list[str] = []
    mirrors = Mirrors([faulty(faults, "disguised"), cgit(servers["smart"])], Http(QUICK), said.append)
    file = mirrors.read(V6_1, PATH)
    assert file.origin.source == "here"
    assert said == [
        f"disguised: {PATH} of v6.1: a web page instead of a file ('Making sure you are not a bot'); thrown away"
    ]


@pytest.mark.server
def test_tag_missing_on_one_of_two(servers: dict[str, str], faults: str) -> None:
    with pytest.raises(NotInVersionError, match="is not a tag"):
        ask(faulty(faults, "down"), cgit(servers["smart"])).read(NEVER, PATH)


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        ("portal", UnverifiedError, "is a web page and not a file"),
        ("disguised", UnverifiedError, "a web page instead of a file"),
        ("wrong-etag", UnverifiedError, "0000000000 .told by the mirror"),
        ("carriage", UnverifiedError, "a carriage return"),
        ("endless", UnverifiedError, "do not balance|no newline"),
        ("redirect", MirrorError, "not followed"),
        ("down", MirrorError, "HTTP 503"),
        ("nothing", MirrorError, "proves nothing"),
    ],
)
def test_faults(faults: str, fault: str, error: type[SourceError], says: str) -> None:
    with pytest.raises(error, match=says):
        ask(faulty(faults, fault)).read(V6_1, PATH)


def test_every_attempt_is_told(faults: str) -> None:
    with pytest.raises(MirrorError, match=r"no mirror gave net/core/dev.c of v6.1") as caught:
        ask(faulty(faults, "portal"), faulty(faults, "down")).read(V6_1, PATH)
    assert [name for name, _ in caught.value.attempts] == ["portal", "down"]


@pytest.mark.parametrize(
    ("fault", "sure", "remark"),
    [
        ("weak-etag", "blob id told", ""),
        ("ok", "shape only", ""),
        ("lengthless", "shape only", "the mirror did not say how long it is"),
    ],
)
def test_how_sure(faults: str, fault: str, sure: str, remark: str) -> None:
    file = ask(faulty(faults, fault)).read(V6_1, PATH)
    assert (file.text, file.origin.verified, file.origin.remark) == (DEV_C, sure, remark)


@pytest.mark.parametrize(
    "path", ["../etc/passwd", "/etc/passwd", "net//dev.c", "net/\ndev.c", "net/.git", "a?h=v1", ""]
)
def test_hostile_paths(faults: str, path: str) -> None:
    with pytest.raises(PathError):
        ask(faulty(faults, "ok")).read(V6_1, path)


def test_offline_and_version() -> None:
    mirrors = Mirrors(shipped_mirrors(), offline=True)
    with pytest.raises(OfflineError):
        mirrors.read(V6_1, PATH)
    assert mirrors.version(V6_1) == V6_1
    with pytest.raises(VersionError, match="say which"):
        mirrors.version(None)


URL = "http://127.0.0.1:8080/pub/linux.git"


@pytest.mark.parametrize(
    "url",
    [
        URL,
        f"{URL}/",
        f"{URL}/plain/net/core/dev.c?h=v6.1",
        f"{URL}/tree/net?h=v6.1#n3",
        f"{URL}/log/",
        f"{URL}?h=master",
    ],
)
def test_url_of_a_repository(url: str) -> None:
    mirror, otherwise = mirror_at(url)
    assert (mirror.dialect, otherwise.dialect) == ("cgit", "git")
    assert {mirror.name, mirror.mainline, mirror.stable, otherwise.name} == {URL}
    assert mirror.shelf == otherwise.shelf == mirror_at(URL)[0].shelf != mirror_at(f"{URL}2")[0].shelf


@pytest.mark.parametrize(
    "url", ["ftp://h/x.git", "http://h", "http://name:word@h/x.git", "http://h/a b", "http://h/\x00"]
)
def test_not_a_repository(url: str) -> None:
    with pytest.raises(SourceError, match="not the address of a repository"):
        mirror_at(url)


def test_shipped() -> None:
    for mirror in shipped_mirrors():
        assert mirror_at(f"{mirror.dialect}+{mirror.mainline}")[0].mainline == mirror.mainline
        assert mirror.mainline.startswith("https://")
        assert mirror.stable.startswith("https://")
        assert mirror.seen in ("server", "stub")
        assert mirror.remark
        assert not mirror.shelf


@pytest.mark.parametrize("entries", [None, [{"name": "x"}], [dict.fromkeys(("name", "mainline", "stable"), ""), 3]])
def test_bad_data(monkeypatch: pytest.MonkeyPatch, entries: object) -> None:
    monkeypatch.setattr(resources, "data", lambda name: {"mirrors": entries})
    with pytest.raises(DataError, match=r"data/mirrors\.toml"):
        shipped_mirrors()


def test_unknown_dialect(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"name": "x", "dialect": "svn", "mainline": "", "stable": ""}
    monkeypatch.setattr(resources, "data", lambda name: {"mirrors": [entry]})
    with pytest.raises(DataError, match="'svn' is none of cgit"):
        shipped_mirrors()
