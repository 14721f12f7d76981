"""What IP takes of the frames that every tap was shown."""

from __future__ import annotations

import pytest

from explorer.model import netns
from explorer.model.af_packet import packet_bind, packet_create, packet_snd
from explorer.model.packet_rcv import packet_recvmsg
from explorer.model.packet_sock import sockaddr_ll
from explorer.model.skbuff import csum


def packet(first: int = 0x45, said: int = 30, held: int = 30, spoiled: int = 0) -> bytes:
    """An IPv4 packet whose header says one length, and which has another."""
    ip = bytearray((first, 0)) + said.to_bytes(2, "big") + bytes.fromhex("0000 4000 40fd 0000 0a090001 0a090002")
    ip[10:12] = (csum(bytes(ip)) ^ 0xFFFF ^ spoiled).to_bytes(2, "big")
    return (bytes(ip) + bytes(held))[:held]


@pytest.mark.parametrize(
    ("dest", "sent", "taken"),
    [
        pytest.param("0b", packet(), 30, id="sound"),
        pytest.param("0c", packet(), None, id="for another host"),
        pytest.param("0b", packet(held=46), 30, id="padded"),
        pytest.param("0b", packet(spoiled=1), None, id="a wrong sum"),
        pytest.param("0b", packet(said=31), None, id="cut short"),
        pytest.param("0b", packet(said=19), None, id="a length within the header"),
        pytest.param("0b", packet(first=0x65), None, id="another version"),
        pytest.param("0b", packet(first=0x44), None, id="a header too short to be one"),
        pytest.param("0b", packet(first=0x4F), None, id="a header that is not all there"),
        pytest.param("0b", packet(held=19), None, id="no header"),
    ],
)
def test_the_tap_has_it_whatever_ip_does(dest: str, sent: bytes, taken: int | None) -> None:
    net = netns.boot()
    near, far = netns.veth(net, "v0", "v1", (b"\2\0\0\0\0\x0a", b"\2\0\0\0\0\x0b"))
    netns.dev_open(near)
    netns.dev_open(far)
    tap = packet_create(net, 3, 0)
    packet_bind(tap, far.ifindex, 3)
    frame = bytes.fromhex(f"0200000000{dest} 02000000000a 0800") + sent
    assert packet_snd(packet_create(net, 3, 0), frame, sockaddr_ll(0, near.ifindex)) > 0
    netns.run_softirqs(net.machine)
    assert packet_recvmsg(tap).data == frame
    assert [skb.len for _, skb in net.machine.delivered] == ([] if taken is None else [taken])
