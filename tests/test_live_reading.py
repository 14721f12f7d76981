"""/proc text and netlink answers of a machine, read."""

from __future__ import annotations

import struct
from pathlib import Path

from explorer.live.netlink import attribute
from explorer.live.reading import (
    Hook,
    Interface,
    Owner,
    Queue,
    Socket,
    owners,
    parse_hooks,
    parse_interface,
    parse_queue,
    parse_sockets,
)

PACKET = """sk               RefCnt Type Proto  Iface R Rmem   User   Inode
0000000000000000 3      3    0003   2     1 768    0      41001
ffff8881016e4000 3      2    0800   0     0 0      1000   41002
this is no line of it
"""
PTYPE = """Type Device      Function
ALL  eth0     tpacket_rcv
ALL           packet_rcv
0800          ip_rcv
88cc eth0     packet_rcv [af_packet]
"""


def test_taps_are_read_from_proc() -> None:
    assert parse_sockets(PACKET) == (
        Socket(41001, 3, 3, 2, True, 768, 0),
        Socket(41002, 2, 0x0800, 0, False, 0, 1000),
    )


def test_hooks_are_read_from_proc() -> None:
    assert parse_hooks(PTYPE) == (
        Hook(3, "eth0", "tpacket_rcv"),
        Hook(3, "", "packet_rcv"),
        Hook(0x0800, "", "ip_rcv"),
        Hook(0x88CC, "eth0", "packet_rcv"),
    )


def link(index: int, flags: int, *rows: bytes) -> bytes:
    return struct.pack("BxHiII", 0, 1, index, flags, 0) + b"".join(rows)


def test_a_device_is_read_with_all_that_stands_on_it() -> None:
    info = attribute(
        18, attribute(1, "vlan") + attribute(2, attribute(1, struct.pack("H", 5))) + attribute(4, "bridge")
    )
    stats = attribute(23, struct.pack("8Q", 1, 2, 3, 4, 5, 6, 7, 8))
    xdp = attribute(43, attribute(2, b"\2"))
    body = link(
        9, 1, attribute(3, "eth0.5"), attribute(6, "noqueue"), attribute(4, 1400), attribute(5, 2), attribute(10, 4),
        attribute(30, 1), attribute(33, b"\0"), info, stats, xdp, attribute(37, 0),
    )  # fmt: skip
    assert parse_interface(body) == Interface(
        "eth0.5", 9, True, False, "noqueue", 1400, "vlan", "bridge", 4, 2, True, 5, 1, "generic", 7, 8
    )


def test_a_qdisc_is_read_with_its_drops() -> None:
    stats = attribute(7, attribute(3, struct.pack("5I", 1, 2, 33, 4, 5)))
    assert parse_queue(struct.pack("BxHiIII", 0, 0, 4, 0, 0, 0) + attribute(1, "netem") + stats) == Queue(
        4, "netem", 33
    )


def test_the_owner_of_a_socket_is_found(tmp_path: Path) -> None:
    for pid, name, link_to in (("12", "tcp\x1bdump", "socket:[41001]"), ("13", "other", "/dev/null")):
        fd = tmp_path / pid / "fd"
        fd.mkdir(parents=True)
        (tmp_path / pid / "comm").write_text(f"{name}\n")
        (fd / "3").symlink_to(link_to)
    (tmp_path / "self").mkdir()
    assert owners(tmp_path) == {41001: Owner(12, "tcp\x1bdump")}
