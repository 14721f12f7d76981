"""tarball.py and unpack.py: one pass, kept, and archives that somebody else made."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import AF_PACKET_C, DEV_C, makefile

from explorer.errors import PathError, SourceError, VersionError
from explorer.sources import Store, unpack
from explorer.sources.tarball import Tarball, looks_like_tarball
from explorer.version import Version

PATH = "net/core/dev.c"
OWN = Version.parse("v6.1.190")
FILES = {"Makefile": makefile("6", "1", "190"), PATH: DEV_C, "net/packet/af_packet.c": AF_PACKET_C}
PATHS = [PATH, "net/packet/af_packet.c", "net/core/gro.c"]
PLAIN: Callable[[bytes], bytes] = bytes


def archive(files: dict[str, bytes], top: str = "linux-source-6.1/", extra: tuple[tarfile.TarInfo, ...] = ()) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as made:
        if top:
            made.addfile(directory(top))
        for info in extra:
            made.addfile(info, io.BytesIO(bytes(info.size)) if info.isreg() else None)
        for path, text in files.items():
            info = tarfile.TarInfo(top + path)
            info.size = len(text)
            made.addfile(info, io.BytesIO(text))
    return content.getvalue()


def directory(name: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = tarfile.DIRTYPE
    return info


def special(name: str, kind: bytes, target: str = "", size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, size
    return info


def tarball(place: Path, content: bytes, store: Store, progress: Callable[[int, int], None] | None = None) -> Tarball:
    place.write_bytes(content)
    return Tarball(place, PATHS, store, progress)


@pytest.mark.parametrize("compress", [PLAIN, gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("top", ["linux-source-6.1/", "./linux-6.1/", "", "./"])
def test_every_kind(tmp_path: Path, store: Store, compress: Callable[[bytes], bytes], top: str) -> None:
    told: list[tuple[int, int]] = []
    content = compress(archive(FILES, top))
    found = tarball(tmp_path / "linux.tar", content, store, lambda read, total: told.append((read, total)))
    assert looks_like_tarball(tmp_path / "linux.tar")
    assert found.version(None) == OWN
    files = found.read_many(OWN, PATHS)
    assert {path: file.text for path, file in files.items()} == {path: FILES[path] for path in PATHS[:2]}
    assert files[PATH].origin.source == "tarball"
    assert told[-1] == (len(content), len(content))
    with pytest.raises(VersionError, match=r"is v6\.1\.190, not v6\.1;"):
        found.version(Version.parse("v6.1"))


def test_read_once(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first = tarball(tmp_path / "linux.tar", archive(FILES), store)
    before = first.read_many(first.version(None), PATHS)
    with monkeypatch.context() as patch:
        patch.setattr(unpack, "take", lambda *_: pytest.fail("read again"))
        again = Tarball(tmp_path / "linux.tar", PATHS, store)
        assert again.read_many(again.version(None), PATHS) == before
    assert store.get(OWN, PATH) is None  # a distribution's file is not the release's
    assert [ref.path for ref in store.files(OWN)] == ["Makefile", PATH, "net/packet/af_packet.c"]


def test_read_again_where_it_must(tmp_path: Path, store: Store) -> None:
    place = tmp_path / "linux.tar"
    tarball(place, archive(FILES), store).version(None)
    changed = tarball(place, archive(FILES | {PATH: DEV_C + b"int more;\n"}), store)
    assert changed.read(OWN, PATH).text.endswith(b"int more;\n")
    also = Tarball(place, PATHS, store)
    with pytest.raises(SourceError):
        also.read(OWN, "net/none.c")
    for damaged in (store.root / "objects").rglob("*"):
        if damaged.is_file():
            damaged.write_bytes(b"damaged\n")
    with pytest.warns(UserWarning, match="is damaged"):
        assert Tarball(place, PATHS, store).read(OWN, PATH).text.endswith(b"int more;\n")


def test_other_paths_are_found(tmp_path: Path, store: Store) -> None:
    found = tarball(tmp_path / "linux.tar", archive(FILES | {"net/core/sock.c": AF_PACKET_C}), store)
    assert found.read(OWN, PATH).text == DEV_C
    assert found.read(OWN, "net/core/sock.c").text == AF_PACKET_C


def test_without_makefile(tmp_path: Path, store: Store) -> None:
    found = tarball(tmp_path / "linux.tar", archive({PATH: DEV_C}), store)
    with pytest.raises(VersionError, match="type it"):
        found.version(None)
    assert found.read(found.version(OWN), PATH).origin.remark == "version as asked: no Makefile says it"
    assert store.versions() == ()


@pytest.mark.parametrize(
    ("member", "says"),
    [
        (special(PATH, tarfile.SYMTYPE, "/etc/passwd"), "not a regular file"),
        (special(PATH, tarfile.LNKTYPE, "../../etc/passwd"), "not a regular file"),
        (special(PATH, tarfile.FIFOTYPE), "not a regular file"),
        (special(PATH, tarfile.CHRTYPE), "not a regular file"),
        (special(PATH, tarfile.REGTYPE, size=5 << 20), "has 5242880 bytes"),
    ],
)
def test_refused_members(tmp_path: Path, store: Store, member: tarfile.TarInfo, says: str) -> None:
    member.name = f"linux/{PATH}"
    content = archive({"Makefile": FILES["Makefile"]}, "linux/", (member,))
    with pytest.raises(SourceError, match=says):
        tarball(tmp_path / "linux.tar", content, store).version(None)


def test_hostile_names_are_nobody(tmp_path: Path, store: Store) -> None:
    names = ["../../etc/cron.d/x", "/etc/passwd", f"linux/../{PATH}", f"other/{PATH}", "linux/a\nb", f"/{PATH}"]
    extra = tuple(special(name, tarfile.REGTYPE, size=10) for name in names)
    files = tarball(tmp_path / "linux.tar", archive(FILES, "linux/", extra), store).read_many(OWN, PATHS)
    assert files[PATH].text == DEV_C
    assert not (tmp_path / "etc").exists()


def bomb() -> bytes:
    """A member whose extended header says it is a gigabyte long."""
    info = special("././@PaxHeader", tarfile.XHDTYPE, size=1 << 30)
    return info.tobuf(tarfile.USTAR_FORMAT) + bytes(8 << 20)


@pytest.mark.parametrize(
    "content",
    [
        archive(FILES)[:3000],
        archive(FILES)[:3584],
        archive(FILES).rstrip(b"\0"),
        archive(FILES)[:2560] + b"damage" * 200 + archive(FILES)[3760:],
        lzma.compress(archive(FILES))[:-30],
        gzip.compress(archive(FILES))[:-30],
        gzip.compress(archive(FILES))[:-8] + b"\1" * 8,
        bz2.compress(archive(FILES))[:-30],
        b"\xfd7zXZ\0 and no more",
        b"BZh9 and no more",
        bomb(),
        lzma.compress(bomb()),
        b"",
    ],
)
def test_damaged(tmp_path: Path, store: Store, content: bytes) -> None:
    with pytest.raises(SourceError, match="damaged, cut short or no tarball"):
        tarball(tmp_path / "linux.tar", content, store).version(None)
    assert store.versions() == ()


def test_several_xz_streams(tmp_path: Path, store: Store) -> None:
    content = archive(FILES)
    joined = lzma.compress(content[:4000]) + bytes(8) + lzma.compress(content[4000:])
    assert tarball(tmp_path / "linux.tar", joined, store).read(OWN, PATH).text == DEV_C


def test_xz_that_wants_too_much_memory(tmp_path: Path, store: Store) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 512 << 20, "mode": lzma.MODE_FAST, "mf": lzma.MF_HC3, "depth": 1}]
    made = lzma.LZMACompressor(filters=filters)
    content = bytearray(made.compress(archive(FILES)) + made.flush())
    with pytest.raises(SourceError, match="Memory usage limit"):
        tarball(tmp_path / "linux.tar", bytes(content), store).version(None)


def test_refused_member_under_a_later_one(tmp_path: Path, store: Store) -> None:
    link = special(f"linux/{PATH}", tarfile.SYMTYPE, "dev2.c")
    assert tarball(tmp_path / "a.tar", archive(FILES, "linux/", (link,)), store).read(OWN, PATH).text == DEV_C


def test_path_is_checked(tmp_path: Path, store: Store) -> None:
    with pytest.raises(PathError):
        tarball(tmp_path / "a.tar", archive(FILES), store).read(OWN, "../x")
