"""pcapng: its bytes, and what tcpdump reads in them."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.live.pcapng import LINKTYPE_ETHERNET, LINKTYPE_LINUX_SLL2, link_type, pcapng
from explorer.scenario import Row

FRAME = "02000000000b" + "02000000000a" + "88b5" + "70" * 47  # 61 bytes: padded in a block
SENT = Row("all", "OUTGOING", 0x88B5, "v0", 61, FRAME)
HEARD = Row("all", "HOST", 0x88B5, "v1", 61, FRAME)
CUT = Row("all", "MULTICAST", 0x88B5, "v1", 61, FRAME[:40])
COOKED = Row("dgram", "OTHERHOST", 0x88B5, "v1", 47, "70" * 47)
OLD = Row("old", "", 0x88B5, "v0", 61, FRAME)


def blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each block's type and body; its two lengths agree."""
    while data:
        kind, size = struct.unpack_from("<II", data)
        assert size % 4 == 0
        assert struct.unpack_from("<I", data, size - 4) == (size,)
        yield kind, data[8 : size - 4]
        data = data[size:]


def options(data: bytes) -> dict[int, bytes]:
    found = {}
    while data:
        code, size = struct.unpack_from("<HH", data)
        if not code:
            break
        found[code] = data[4 : 4 + size]
        data = data[4 + size + -size % 4 :]
    return found


def test_blocks() -> None:
    section, first, second, *packets = blocks(pcapng([SENT, HEARD], comment="two-taps, live"))
    assert section[0] == 0x0A0D0D0A
    assert struct.unpack_from("<IHHq", section[1]) == (0x1A2B3C4D, 1, 0, -1)
    assert options(section[1][16:])[1] == b"two-taps, live"
    for (kind, body), name in ((first, b"all@v0"), (second, b"all@v1")):
        assert kind == 1
        assert struct.unpack_from("<HHI", body) == (LINKTYPE_ETHERNET, 0, 0)
        assert options(body[8:])[2] == name
    assert [struct.unpack_from("<IIIII", body) for _, body in packets] == [(0, 0, 0, 61, 61), (1, 0, 1, 61, 61)]


@pytest.mark.parametrize(
    ("row", "direction", "reception"), [(SENT, 2, 0), (HEARD, 1, 1), (CUT, 1, 2), (OLD, None, None)]
)
def test_direction_is_in_the_flags(row: Row, direction: int | None, reception: int | None) -> None:
    *_, (kind, body) = blocks(pcapng([row]))
    size, length = struct.unpack_from("<II", body, 12)
    told = options(body[20 + size + -size % 4 :])
    assert (kind, size, length) == (6, len(row.data) // 2, row.length)
    assert (told[1] == f"PACKET_{row.pkttype}".encode()) == bool(row.pkttype)
    if direction is None:
        assert 2 not in told
    else:
        (flags,) = struct.unpack("<I", told[2])
        assert (flags & 3, flags >> 2 & 7) == (direction, reception)


def test_one_link_type_a_file() -> None:
    assert link_type([SENT, HEARD], ["dgram"]) == LINKTYPE_ETHERNET
    assert link_type([SENT, COOKED], ["dgram"]) == LINKTYPE_LINUX_SLL2
    _, first, second, sent, cooked = blocks(pcapng([SENT, COOKED], ["dgram"]))
    assert {struct.unpack_from("<H", body)[0] for _, body in (first, second)} == {LINKTYPE_LINUX_SLL2}
    for (_, body), kind, address in ((sent, 4, "02000000000a"), (cooked, 3, "")):
        assert struct.unpack_from("<II", body, 12) == (20 + 47, 20 + 47)
        protocol, _, _, hatype, pkttype, size, mac = struct.unpack_from(">HHIHBB8s", body, 20)
        assert (protocol, hatype, pkttype, mac[:size].hex()) == (0x88B5, 1, kind, address)
        assert body[40:87] == b"p" * 47


@pytest.mark.parametrize(("rows", "type_"), [([SENT, HEARD, CUT, OLD], "EN10MB"), ([SENT, COOKED], "LINUX_SLL2")])
def test_tcpdump_reads_it(rows: list[Row], type_: str, tmp_path: Path) -> None:
    tcpdump = shutil.which("tcpdump") or shutil.which("tcpdump", path="/usr/sbin:/sbin")
    if not tcpdump:
        pytest.skip("tcpdump is not installed")
    place = tmp_path / "x.pcapng"
    place.write_bytes(pcapng(rows, ["dgram"]))
    read = subprocess.run([tcpdump, "-enr", str(place)], capture_output=True, text=True)
    if "Permission denied" in read.stderr:
        pytest.skip("tcpdump may not read here (its AppArmor profile, or no CAP_SETUID)")
    assert read.returncode == 0, read.stderr
    assert type_ in read.stderr
    assert len(read.stdout.splitlines()) >= len(rows)
