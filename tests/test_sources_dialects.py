"""dialects.py, lxr.py, ask.py, mirrors.py: every kind of mirror, the real server where there is one, else a stub."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import AF_PACKET_C, DEV_C, GIT_ROOM, RELEASES
from mirror_stubs import PAGE, REPOSITORY, Files, Stub, answer, lxr_page, lxrng_page, misbehave, stub

from explorer.errors import MirrorError, NotInVersionError, SourceError, UnverifiedError
from explorer.sources import Store, blob_id, fetch, open_source, verify
from explorer.sources.catalogue import Mirror, mirror_at
from explorer.sources.http import Http, Limits
from explorer.sources.identifiers import find_definition
from explorer.sources.local import Tree
from explorer.sources.mirrors import Mirrors
from explorer.sources.probe import probe
from explorer.sources.repository import Repository
from explorer.sources.verify import KnownBlob
from explorer.version import Version

DEV, AF, NONE = "net/core/dev.c", "net/packet/af_packet.c", "net/none.c"
V6_1, NEVER = Version.parse("v6.1"), Version.parse("v9.9")
LATIN = "/* J\xf6rg */\nint latin;\n".encode("latin-1")
FILES: Files = {"v6.1": {**RELEASES["v6.1"], "net/latin.c": LATIN}, "v6.1.192": RELEASES["v6.1.192"]}
QUICK = Limits(connect=2, read=2, whole=1, pause=0, attempts=2)
EXACT = ("cgit", "gitiles", "github", "gitlab", "gitee", "elixir", "elixir-html")


def at(base: str, dialect: str, name: str = "") -> Mirror:
    return Mirror(name or dialect, dialect, base + REPOSITORY[dialect], base + REPOSITORY[dialect])


def ask(*mirrors: Mirror, said: list[str] | None = None) -> Mirrors:
    return Mirrors(mirrors, Http(QUICK, sleep=lambda seconds: None), (said if said is not None else []).append)


@pytest.mark.parametrize("dialect", EXACT)
def test_a_file_and_none(dialect: str) -> None:
    with stub(FILES) as (base, _):
        mirrors = ask(at(base, dialect))
        file = mirrors.read(V6_1, DEV)
        assert file.text == DEV_C
        assert file.origin.verified == ("blob id told" if dialect in EXACT[:4] else "shape only")
        with pytest.raises(NotInVersionError, match=r"v6\.1 has no net/none\.c") as caught:
            mirrors.read(V6_1, NONE)
        assert caught.value.path == NONE
        with pytest.raises(NotInVersionError if "elixir" not in dialect else MirrorError) as never:
            mirrors.read(NEVER, DEV)
        assert not getattr(never.value, "path", "")
        assert list(mirrors.read_many(V6_1, [AF, NONE, DEV])) == [AF, DEV]


@pytest.mark.parametrize("dialect", ["lxrng", "lxr", "debian"])
def test_inexact_only_by_name(dialect: str, store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with stub(FILES) as (base, _):
        file = ask(at(base, dialect)).read(V6_1, DEV)
        assert file.origin.verified == "not exact"
        assert file.origin.remark
        assert file.text == (DEV_C if dialect == "debian" else DEV_C.expandtabs(8))
        with pytest.raises(NotInVersionError, match="has no net/none"):
            ask(at(base, dialect)).read(V6_1, NONE)
        config = (
            f'[[mirrors]]\nname = "odd"\ndialect = "{dialect}"\nmainline = "{base}{REPOSITORY[dialect]}"\nstable = ""\n'
        )
        (tmp_path / "mirrors.toml").write_text(f'use = ["odd"]\n{config}')
        monkeypatch.setenv("EXPLORER_CONFIG", str(tmp_path))
        assert open_source(None, store=store).name == ""
        fetch(open_source("odd", store=store), V6_1, [DEV], store)
        assert store.get(V6_1, DEV) is None


@pytest.mark.server
def test_gitweb(servers: dict[str, str]) -> None:
    url = f"{servers['gitweb']}/?p={GIT_ROOM}/torvalds/linux.git"
    mirrors = ask(*mirror_at(f"{url};a=summary"))
    assert mirrors.read(V6_1, DEV).text == DEV_C
    with pytest.raises(NotInVersionError, match=r"v6\.1 has no net/none\.c"):
        mirrors.read(V6_1, NONE)
    with pytest.raises(NotInVersionError, match=r"v9\.9 is not a tag of .*nearest there: .*v6\.1"):
        mirrors.read(NEVER, DEV)


@pytest.mark.server
def test_clone(servers: dict[str, str], store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path))
    said: list[str] = []
    url = f"{servers['smart']}/{GIT_ROOM}/stable/linux.git"
    source = open_source(f"git+{url}", store=store, log=said.append)
    found = source.read_many(V6_1, [DEV, AF, NONE])
    assert {path: file.text for path, file in found.items()} == {DEV: DEV_C, AF: AF_PACKET_C}
    assert found[DEV].origin.verified == "git object"
    assert [line for line in said if "fetching" in line] == [f"fetching the directories of v6.1 from {url}"]
    assert source.read(Version.parse("v6.1.192"), DEV).text == DEV_C + b"int stable;\n"
    with pytest.raises(NotInVersionError, match=r"nearest there: .*v6\.1\.192"):
        source.read(NEVER, DEV)
    packs = list((tmp_path / "clones").rglob("*.pack"))
    assert sum(place.stat().st_size for place in packs) < 20_000
    with pytest.raises(MirrorError, match="git from http"):
        ask(Mirror("dead", "git", "http://127.0.0.1:9/x.git", "")).read(V6_1, DEV)


@pytest.mark.server
def test_git_where_cgit_is_not(servers: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path))
    url = f"{servers['smart']}/{GIT_ROOM}/stable/linux.git"
    cgit, git = mirror_at(url)
    found = ask(replace(cgit, mainline=f"{url}/none"), git).read_many(V6_1, [DEV, AF])
    assert {file.origin.verified for file in found.values()} == {"git object"}


def test_redirects_only_where_they_may_lead() -> None:
    http = Http(QUICK)
    with stub(FILES, lambda stub, body, told: _redirect(stub)) as (base, handler):
        for hosts in ((), ("elsewhere",)):
            with pytest.raises(MirrorError, match=r"redirected to http://other\.invalid/x, which is not followed"):
                http.get(f"{base}/cgit/linux.git/plain/{DEV}?h=v6.1", hosts=hosts)
        handler.fault = staticmethod(lambda stub, body, told: _redirect(stub, stub.path))  # type: ignore[assignment]
        with pytest.raises(MirrorError, match="redirected more than 3 times"):
            http.get(f"{base}/cgit/linux.git/plain/{DEV}?h=v6.1", hosts=("elsewhere",))


def _redirect(stub: Stub, to: str = "http://other.invalid/x") -> None:
    answer(stub, 302, {"Location": to, "Content-Length": "0"}, b"")


def test_https_is_never_left() -> None:
    from explorer.sources.http import _followed

    assert _followed("https://a/x", "/y", ["b"]) == "https://a/y"
    assert _followed("http://a/x", "https://b/y", ["b"]) == "https://b/y"
    for url, location in (("https://a/x", "http://a/x"), ("https://a/x", "http://["), ("https://a/x", "ftp://a/x")):
        with pytest.raises(MirrorError, match="not followed"):
            _followed(url, location, ["b"])


def test_two_seconds_between_questions() -> None:
    waits: list[float] = []
    with stub(FILES) as (base, _):
        Mirrors([at(base, "elixir")], Http(QUICK, sleep=waits.append)).read_many(V6_1, [DEV, AF, "net/core/gro.c"])
    assert [round(wait) for wait in sorted(waits)] == [2, 4]


def test_latin_1_is_undone_only_to_a_known_blob(monkeypatch: pytest.MonkeyPatch) -> None:
    with stub(FILES) as (base, _):
        with pytest.raises(UnverifiedError, match="is not ASCII, which elixir may have changed"):
            ask(at(base, "elixir")).read(V6_1, "net/latin.c")
        known = {"v6.1": {"net/latin.c": KnownBlob(blob_id(LATIN), "official tag")}}
        monkeypatch.setattr(verify, "_table", lambda: known)
        for dialect in ("elixir", "elixir-html"):
            file = ask(at(base, dialect)).read(V6_1, "net/latin.c")
            assert (file.text, file.origin.verified) == (LATIN, "known blob")


def test_an_old_elixir_answers_with_a_page() -> None:
    with stub(FILES, busy={"old"}) as (base, _):
        file = ask(at(base, "elixir")).read(V6_1, DEV)
        assert (file.text, file.origin.remark) == (DEV_C, "from a page, which loses carriage returns")
    with (
        stub({"v6.1": {DEV: DEV_C}}, lambda stub, body, told: _page(stub, body)) as (base, _),
        pytest.raises(UnverifiedError, match="is a page of another release"),
    ):
        ask(at(base, "elixir-html")).read(V6_1, DEV)


def _page(stub: Stub, body: bytes) -> None:
    page = body.replace(b"v6.1", b"v6.2")
    answer(stub, 200, {"Content-Type": PAGE, "Content-Length": str(len(page))}, page)


def test_no_blob_ids_is_no_failure() -> None:
    for dialect in ("gitiles", "github"):
        said: list[str] = []
        with stub(FILES, busy={"listing"}) as (base, _):
            found = ask(at(base, dialect), said=said).read_many(V6_1, [DEV, AF])
            assert {file.origin.verified for file in found.values()} == {"shape only"}
            assert len(said) == 1
            assert said[0].startswith("no blob ids from 127.0.0.1")


def test_two_mirrors_agree() -> None:
    with stub(FILES) as (base, _), stub({"v6.1": {DEV: b"int other;\n"}}) as (other, _):
        file = ask(at(base, "gitee", "one"), at(base, "elixir", "two")).read(V6_1, DEV)
        assert (file.origin.verified, file.origin.remark) == ("two mirrors agree", "as one has it")
        with pytest.raises(UnverifiedError, match=r"one has blob .*two has blob .*no two agree"):
            ask(at(base, "gitee", "one"), at(other, "gitee", "two")).read(V6_1, DEV)
        file = ask(at(other, "gitee", "one"), at(base, "gitee", "two"), at(base, "elixir", "three")).read(V6_1, DEV)
        assert (file.text, file.origin.remark) == (DEV_C, "as two has it; one differs")
        file = ask(at(other, "gitee", "one"), at(base, "cgit", "two")).read(V6_1, DEV)
        assert (file.text, file.origin.verified) == (DEV_C, "blob id told")
        dead = Mirror("dead", "gitee", "http://127.0.0.1:9/x", "")
        assert ask(at(base, "gitee", "one"), dead).read(V6_1, DEV).origin.verified == "shape only"


def test_two_lone_absences_agree() -> None:
    with stub({}) as (base, _):
        with pytest.raises(MirrorError, match="alone proves nothing"):
            ask(at(base, "elixir")).read(V6_1, DEV)
        with pytest.raises(NotInVersionError, match="as elixir and two agree"):
            ask(at(base, "elixir"), at(base, "elixir", "two")).read(V6_1, DEV)


def test_probe() -> None:
    with stub(FILES) as (base, _):
        mirrors = [at(base, kind) for kind in ("cgit", "gitee", "elixir")]
        found = probe([*mirrors, Mirror("dead", "cgit", "http://127.0.0.1:9/x", "")], V6_1, DEV)
    assert [each.verified for each in found] == ["blob id told", "two mirrors agree", "two mirrors agree", ""]
    assert all(each.seconds < 5 for each in found)
    assert found[-1].error


def defining(source: object, name: str) -> Sequence[str]:
    return find_definition(source, V6_1, name, Http(QUICK, sleep=lambda seconds: None))  # type: ignore[arg-type]


IDENTIFIERS = {
    "include/net/udp.h": b"int udp_sendmsg(void);\n#define udp_macro(x) x\n",
    "net/ipv4/udp.c": b"static int\nudp_sendmsg(void)\n{\n\treturn udp_helper(1);\n}\n#define udp_macro_(x) x\n",
    "net/socket.c": b"SYSCALL_DEFINE6(sendto, int, fd)\n{\n\treturn udp_sendmsg();\n}\n",
}


def test_identifiers_by_elixir() -> None:
    with stub({"v6.1": IDENTIFIERS}) as (base, _):
        source = ask(Mirror("elixir", "elixir", f"{base}/linux", ""))
        assert defining(source, "udp_sendmsg") == ("net/ipv4/udp.c",)
        for name in ("unknown_name", "sendto"):
            with pytest.raises(NotInVersionError, match=f"no definition of {name}"):
                defining(source, name)
        with pytest.raises(SourceError, match="not a C identifier"):
            defining(source, "x/../y")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"[[", b"{}", b'{"definitions": [3]}', b'{"definitions": 3}', b"[" * 90_000]
)
def test_identifiers_that_are_none(body: bytes) -> None:
    def fault(stub: Stub, _: bytes, told: dict[str, str]) -> None:
        answer(stub, 200, told | {"Content-Length": str(len(body))}, body)

    source = Mirror("elixir", "elixir", "", "")
    with stub({"v6.1": IDENTIFIERS}, fault) as (base, _), pytest.raises(MirrorError, match="is no list of definitions"):
        defining(ask(replace(source, mainline=f"{base}/linux")), "udp_sendmsg")


def test_identifiers_on_disk(tmp_path: Path, git_repo: Path) -> None:
    for path, text in IDENTIFIERS.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(text)
    tree = Tree(tmp_path)
    assert defining(tree, "udp_sendmsg") == ("net/ipv4/udp.c",)
    assert defining(tree, "sys_sendto") == ("net/socket.c",)
    assert defining(tree, "udp_macro") == ("include/net/udp.h",)
    for name in ("udp_helper", "none"):
        with pytest.raises(NotInVersionError):
            defining(tree, name)
    assert defining(Repository(git_repo), "packet_rcv") == (AF,)


def test_random_faults(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """2,000 fetches over mirrors that misbehave: the right bytes or an error, and nothing wrong is ever stored.

    Half of the files are known; of the others only mirrors that tell blob ids are asked, for a mirror that changes a
    byte and says nothing can be found out by nobody.
    """
    choice = random.Random(2026)
    texts = {f"net/x{number}.c": b"int x%d;\n" % number * choice.randrange(1, 40) for number in range(40)}
    files: Files = {"v6.1": {**texts, "Makefile": RELEASES["v6.1"]["Makefile"]}}
    known = {path: KnownBlob(blob_id(text), "official tag") for path, text in list(texts.items())[::2]}
    monkeypatch.setattr(verify, "_table", lambda: {"v6.1": known})
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # what a disk does is not what is tested
    http = Http(Limits(connect=1, read=0.2, whole=0.1, patience=0.01, pause=0, attempts=2), lambda wait: None)
    outcomes: dict[str, int] = {}

    def one(number: int) -> None:
        path = choice.choice([*texts])
        kinds = choice.choices(EXACT if path in known else EXACT[:1] + EXACT[3:4], k=choice.randrange(1, 4))
        source = Mirrors([at(base, kind, f"{kind}{n}") for n, kind in enumerate(kinds)], http)
        begun = time.monotonic()
        try:
            file = fetch(source, V6_1, [path], own)[path]
            outcome = file.origin.verified
            assert file.text == texts[path], (path, kinds, file.origin)
        except SourceError as error:
            outcome = type(error).__name__
        assert time.monotonic() - begun < 5
        stored = own.get(V6_1, path)
        assert stored is None or stored.text == texts[path]
        if number % 10 == 0:
            own.clear()
        outcomes[outcome] = outcomes.get(outcome, 0) + 1

    own = store
    with stub(files, misbehave(choice, b"int other;\n")) as (base, _), ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(2000)))
    assert sum(outcomes.values()) == 2000
    assert outcomes["known blob"] > 100
    assert outcomes["blob id told"] > 50
    assert set(outcomes) <= {"known blob", "blob id told", "MirrorError", "UnverifiedError", "NotInVersionError"}


def test_pages_of_long_files() -> None:
    from explorer.sources import pages

    text = "".join(f"\tint x{n} = '<' & '>';\n" for n in range(2500))
    assert pages.lxrng(lxrng_page(text)) == pages.lxr(lxr_page(text)) == text.expandtabs(8)
    with pytest.raises(UnverifiedError, match="leaves parts"):
        pages.lxrng(lxrng_page(text).replace('class="done"', 'class="pending"', 1))
