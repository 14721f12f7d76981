from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from labs import wait

from explorer import scenario
from explorer.errors import LiveError
from explorer.live import guest, uml, umldeb
from explorer.live.runs import run


def program() -> uml.Program:
    try:
        return uml.find()
    except LiveError as error:
        pytest.skip(str(error))


def package(files: dict[str, bytes], name: str = "data.tar.xz") -> bytes:
    """A Debian package in its outer form: an ar archive of archives."""
    kept = io.BytesIO()
    with tarfile.open(fileobj=kept, mode="w:xz") as archive:
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(content), 0o755
            archive.addfile(info, io.BytesIO(content))
    members = [("debian-binary", b"2.0\n"), (name, kept.getvalue())]
    heads = [(f"{member:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n", data) for member, data in members]
    return b"!<arch>\n" + b"".join(head.encode() + data + b"\n" * (len(data) % 2) for head, data in heads)


FILES = {
    "./usr/bin/linux.uml": b"\x7fELF",
    "./usr/lib/uml/modules/6.1.7/modules.dep": b"kernel/x/veth.ko:\n",
    "./usr/share/doc/x": b"words",
}


def test_a_package_is_unpacked_once_into_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    place = tmp_path / "user-mode-linux_6.1um4+b1_amd64.deb"
    place.write_bytes(package(FILES))
    found = uml.find(place)
    assert (found.release, found.path.read_bytes()) == ("6.1.7", b"\x7fELF")
    assert uml.find(place) == found
    assert not list(found.path.parents[2].glob("usr/share"))
    monkeypatch.delenv("EXPLORER_UML", raising=False)
    assert uml.find() == found  # what was unpacked before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "has no data.tar"),
        (b"!<arch>\n" + b"x" * 70, "no Debian package"),
        (package(FILES, "control.tar.xz"), "has no data.tar"),
        (package(FILES)[:-40], "no Debian package"),
        (package({"../../escape": b""}), "no User Mode Linux package"),
        (package({}), "no User Mode Linux package"),
    ],
)
def test_what_is_no_package_is_refused(
    content: bytes, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    place = tmp_path / "user-mode-linux_1_amd64.deb"
    place.write_bytes(content)
    with pytest.raises(LiveError, match=says):
        uml.find(place)
    assert not list(tmp_path.rglob("escape"))


def test_too_much_in_a_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(umldeb, "_MOST", 3)
    with pytest.raises(LiveError, match="too much"):
        umldeb.unpack(package(FILES), tmp_path, "this")


def test_without_one_the_error_says_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXPLORER_UML", raising=False)
    monkeypatch.setattr(umldeb, "roots", lambda: iter(()))
    with pytest.raises(LiveError, match="apt-get download user-mode-linux"):
        uml.find()
    with pytest.raises(LiveError, match="there is no"):
        uml.find(tmp_path / "absent.deb")


def test_modules_are_loaded_after_what_they_need(tmp_path: Path) -> None:
    lines = "kernel/net/8021q/8021q.ko: kernel/net/802/garp.ko kernel/net/802/stp.ko\nkernel/drivers/net/veth.ko:\n"
    (tmp_path / "modules.dep").write_text(lines)
    assert guest.needed(tmp_path, "8021q") == [
        "kernel/net/802/stp.ko",
        "kernel/net/802/garp.ko",
        "kernel/net/8021q/8021q.ko",
    ]
    assert guest.needed(tmp_path, "veth") == ["kernel/drivers/net/veth.ko"]
    assert guest.needed(tmp_path, "eth") == []
    assert guest.needed(tmp_path / "built-in", "veth") == []


@pytest.mark.uml
def test_a_scenario_runs_in_a_kernel_of_ones_own() -> None:
    with uml.Uml(program()) as booted:
        assert booted.kernel == booted.program.release
        outcome = run(scenario.load("two-taps"), booted)
        box = booted.box
        group = int((box / "pid").read_text())
    _gone(group)
    assert outcome.counts == (("near", 1, 0), ("far", 1, 0))
    assert not box.exists()


@pytest.mark.uml
def test_nothing_is_left_when_its_owner_is_killed() -> None:
    found = program()
    code = (
        "import sys, time\nfrom explorer.live import uml\n"
        f"booted = uml.Uml(uml.find({str(found.path)!r}))\n"
        "print((booted.box / 'pid').read_text(), booted.box, flush=True)\ntime.sleep(60)\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    pid, box = owner.stdout.readline().split()
    group = int(pid)
    assert len(_members(group)) > 1
    assert Path(box).is_dir()
    owner.kill()
    owner.communicate()
    _gone(group)
    wait(lambda: not Path(box).exists(), f"{box} is left")


def _gone(group: int) -> None:
    """Wait until no process of a group is left; they are killed, and a busy machine takes its time."""
    wait(lambda: not _members(group), f"some of group {group} are left")


def _members(group: int) -> list[int]:
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[2]) == group and words[0] != "Z":
            found.append(int(place.name))
    return found
