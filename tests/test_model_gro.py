"""GRO: what a tap of the receiving end gets of segments that came in one go; lists; netfilter's ingress hook."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pytest

from explorer.model import gro, netns
from explorer.model.af_packet import packet_bind, packet_create, packet_snd
from explorer.model.dev_receive import netif_receive_skb, netif_receive_skb_core
from explorer.model.dev_receive_list import netif_receive_skb_list
from explorer.model.if_ether import eth_type_trans
from explorer.model.netdevice import NETIF_F_GRO, NETIF_F_TSO, napi_struct, net_device, packet_type
from explorer.model.packet_rcv import msghdr, packet_recvmsg
from explorer.model.packet_sock import sockaddr_ll
from explorer.model.skbuff import PACKET_OTHERHOST, alloc_skb, csum, sk_buff, skb_put, skb_set_owner_w

NEAR, FAR = bytes.fromhex("02000000000a"), bytes.fromhex("02000000000b")
FIN, PSH, ACK = 0x01, 0x08, 0x10
TP_STATUS_CSUMNOTREADY = 1 << 3


@dataclass(frozen=True)
class Segment:
    """A TCP segment in its frame; `flow` is the source port."""

    seq: int
    length: int = 100
    flags: int = ACK
    flow: int = 1000
    ack: int = 7
    options: bytes = b""
    id: int = 0
    ttl: int = 64
    protocol: int = 6
    source: bytes = NEAR
    host: int = 1
    window: int = 0x400
    df: bool = True
    padding: int = 0
    spoiled: bool = False

    def frame(self) -> bytes:
        bits = (5 + len(self.options) // 4) << 12 | self.flags
        tcp = b"".join(part.to_bytes(2, "big") for part in (self.flow, 80)) + self.seq.to_bytes(4, "big")
        tcp += (
            self.ack.to_bytes(4, "big")
            + bits.to_bytes(2, "big")
            + self.window.to_bytes(2, "big")
            + bytes(4)
            + self.options
        )
        tcp += bytes(range(self.length % 256)) + bytes(self.length - self.length % 256)
        ends = bytes((10, 9, 0, self.host, 10, 9, 0, 2))
        total = csum(ends + bytes((0, self.protocol)) + len(tcp).to_bytes(2, "big") + tcp) ^ 0xFFFF
        tcp = tcp[:16] + (total ^ self.spoiled).to_bytes(2, "big") + tcp[18:]
        ip = (
            bytes((0x45, 0))
            + (20 + len(tcp)).to_bytes(2, "big")
            + self.id.to_bytes(2, "big")
            + bytes((self.df << 6, 0))
        )
        ip += bytes((self.ttl, self.protocol, 0, 0)) + ends
        ip = ip[:10] + (csum(ip) ^ 0xFFFF).to_bytes(2, "big") + ip[12:]
        return FAR + self.source + b"\x08\0" + ip + tcp + bytes(self.padding)


def row(count: int, first: Segment = Segment(0)) -> list[Segment]:
    """Segments that follow one another, their ids counting up."""
    return [replace(first, seq=first.seq + i * first.length, id=first.id + i) for i in range(count)]


class Pair:
    """v0 without TSO, v1 with GRO, a tap on each."""

    def __init__(self) -> None:
        self.net = netns.boot()
        self.v0, self.v1 = netns.veth(self.net, "v0", "v1", (NEAR, FAR))
        netns.ethtool_set_features(self.v0, self.v0.features & ~NETIF_F_TSO)
        netns.ethtool_set_features(self.v1, self.v1.features | NETIF_F_GRO)
        for dev in (self.v0, self.v1):
            netns.dev_open(dev)
        self.sender = packet_create(self.net, 3, 0, "sender")
        self.near, self.far = self.tap(self.v0), self.tap(self.v1)

    def tap(self, dev: net_device):
        sk = packet_create(self.net, 3, 0, dev.name)
        sk.auxdata = True
        packet_bind(sk, dev.ifindex, 3)
        return sk

    def send(self, segments: Iterable[Segment]) -> list[msghdr]:
        """All at once, as a large frame cut into segments goes over a device; what the far tap gets."""
        for segment in segments:
            assert packet_snd(self.sender, segment.frame(), sockaddr_ll(0, self.v0.ifindex)) > 0
        netns.run_softirqs(self.net.machine)
        return list(iter(lambda: packet_recvmsg(self.far), None))


def payloads(segments: Iterable[Segment]) -> list[int]:
    return [len(message.data) - 54 for message in Pair().send(segments)]


JUMP = 0x1234
STAMPS = [bytes.fromhex("0101080a000000") + bytes((i, 0, 0, 0, 0)) for i in range(2)]


@pytest.mark.parametrize(
    ("segments", "joined"),
    [
        pytest.param(row(3), [300], id="a row"),
        pytest.param([*row(3), Segment(300, 40, ACK | PSH, id=3)], [340], id="the last may be shorter"),
        pytest.param([Segment(0, 40), Segment(40, 100, id=1)], [40, 100], id="but never longer"),
        pytest.param(row(3, Segment(0, flags=ACK | PSH)), [100] * 3, id="PSH ends a row"),
        pytest.param([*row(2), Segment(300, id=2)], [200, 100], id="a gap"),
        pytest.param([Segment(0), Segment(0, id=1)], [100, 100], id="a retransmission"),
        pytest.param([Segment(0), Segment(100, id=1, window=0x500)], [100, 100], id="another window"),
        pytest.param([Segment(0), Segment(100, ack=8, id=1)], [100, 100], id="another acknowledgement"),
        pytest.param(
            [Segment(0, options=STAMPS[0]), Segment(100, options=STAMPS[1])], [112] * 2, id="another timestamp"
        ),
        pytest.param([Segment(0, options=STAMPS[0]), Segment(100, options=STAMPS[0])], [212], id="the same timestamp"),
        pytest.param([Segment(0), Segment(100, ttl=63, id=1)], [100, 100], id="another ttl"),
        pytest.param([Segment(i * 100) for i in range(3)], [300], id="an id that stands still"),
        pytest.param([Segment(i * 100, df=False) for i in range(3)], [300], id="an id that stands still, without DF"),
        pytest.param([Segment(0), Segment(100, id=1, df=False)], [100, 100], id="DF on one alone"),
        pytest.param([Segment(0), Segment(100, 2, id=1, padding=4)], [100, 6], id="padding, which ends its flow"),
        pytest.param([Segment(0), Segment(100, id=JUMP)], [100, 100], id="an id that jumps"),
        pytest.param([Segment(0), Segment(100, id=1, spoiled=True)], [100, 100], id="a wrong checksum"),
        pytest.param([Segment(0), Segment(100, id=1, source=b"\2" * 6)], [100, 100], id="another router"),
        pytest.param([Segment(0), Segment(100, id=1, host=3)], [100, 100], id="another host"),
        pytest.param(row(2, Segment(0, protocol=17)), [100, 100], id="UDP"),
        pytest.param(row(2, Segment(0, length=0)), [0, 0], id="bare acknowledgements"),
        pytest.param(row(70, Segment(0, length=10)), [640, 60], id="as many as one poll takes"),
        pytest.param(row(50, Segment(0, length=1400)), [64400, 5600], id="as many as a frame holds"),
    ],
)
def test_what_is_joined(segments: list[Segment], joined: list[int]) -> None:
    assert payloads(segments) == joined


def test_two_flows_come_out_the_older_first() -> None:
    one, two = row(2, Segment(0, flow=1)), row(2, Segment(0, flow=2))
    got = Pair().send([one[0], two[0], two[1], one[1]])
    assert [(int.from_bytes(each.data[34:36], "big"), len(each.data) - 54) for each in got] == [(1, 200), (2, 200)]


def test_a_flow_that_ends_goes_on_before_an_older_one() -> None:
    got = Pair().send([Segment(0, flow=1), Segment(0, flow=2), Segment(100, flow=2, flags=ACK | PSH, id=1)])
    assert [int.from_bytes(each.data[34:36], "big") for each in got] == [2, 1]


def test_the_segment_that_belongs_to_the_sender_stands_alone_and_may_overtake() -> None:
    """What software cuts leaves the socket to the last segment; PSH lets that one go on at once, the others wait."""
    pair = Pair()
    segments = [*row(2), Segment(200, 30, ACK | PSH, id=2)]
    skbs = [received(pair.v0, segment) for segment in segments]
    skb_set_owner_w(skbs[-1], pair.sender)
    for skb in skbs:
        pair.v0.netdev_ops.ndo_start_xmit(skb, pair.v0)
    netns.run_softirqs(pair.net.machine)
    got = list(iter(lambda: packet_recvmsg(pair.far), None))
    assert [len(each.data) - 54 for each in got] == [30, 200]


def test_the_ninth_flow_pushes_out_the_oldest() -> None:
    rows = [row(2, Segment(0, flow=flow)) for flow in range(9)]
    got = Pair().send([segments[i] for i in range(2) for segments in rows])
    assert [len(each.data) - 54 for each in got] == [100] * 18  # each is pushed out before its successor comes
    assert [len(each.data) - 54 for each in Pair().send([segments[i] for i in range(2) for segments in rows[:8]])] == [
        200
    ] * 8


def test_the_taps_of_the_sender_see_the_segments() -> None:
    pair = Pair()
    pair.send(row(3))
    assert [len(each.data) for each in iter(lambda: packet_recvmsg(pair.near), None)] == [154] * 3


def test_the_header_is_the_first_one_and_says_the_new_length() -> None:
    first, *rest = row(2)
    (got,) = Pair().send([first, *rest, Segment(200, 30, ACK | PSH, id=2)])
    ip, tcp = got.data[14:34], got.data[34:54]
    assert (int.from_bytes(ip[2:4], "big"), int.from_bytes(ip[4:6], "big"), csum(ip)) == (270, first.id, 0xFFFF)
    assert (int.from_bytes(tcp[4:8], "big"), tcp[13]) == (first.seq, ACK | PSH)
    pseudo = csum(ip[12:20] + bytes((0, 6)) + (250).to_bytes(2, "big"))
    assert int.from_bytes(tcp[16:18], "big") == pseudo
    assert got.auxdata.tp_status & TP_STATUS_CSUMNOTREADY
    assert got.data[54:] == first.frame()[54:] + rest[0].frame()[54:] + Segment(200, 30).frame()[54:]


def test_a_lone_segment_is_as_it_was() -> None:
    (got,) = Pair().send([Segment(0)])
    assert got.data == Segment(0).frame()
    assert not got.auxdata.tp_status & TP_STATUS_CSUMNOTREADY


@pytest.mark.parametrize(
    "change",
    [
        lambda pair: netns.ethtool_set_features(pair.v1, pair.v1.features & ~NETIF_F_GRO),
        lambda pair: netns.ethtool_set_features(pair.v0, pair.v0.features | NETIF_F_TSO),
        lambda pair: setattr(pair.v1, "xdp_prog", lambda skb: True),
    ],
    ids=["gro off", "a sender with tso", "generic XDP"],
)
def test_what_keeps_segments_apart(change, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.model.dev_receive.do_xdp_generic", lambda skb: 2)
    pair = Pair()
    change(pair)
    assert [len(each.data) for each in pair.send(row(3))] == [154] * 3


def test_gro_needs_the_device_up() -> None:
    pair = Pair()
    netns.dev_close(pair.v1)
    assert pair.v1.priv.napi is None
    netns.dev_open(pair.v1)
    assert [len(each.data) for each in pair.send(row(3))] == [354]


def received(dev: net_device, segment: Segment) -> sk_buff:
    skb = alloc_skb(2000)
    skb_put(skb, segment.frame())
    skb.dev = dev
    return skb


def test_a_driver_that_receives_into_pages() -> None:
    pair = Pair()
    napi = napi_struct(lambda napi, budget: 0, pair.v1)
    for segment in row(3):
        napi.skb = received(pair.v1, segment)
        gro.napi_gro_frags(napi)
    gro.napi_complete_done(napi, 3)
    pair.v1.dev_addr = bytes(6)
    napi.skb = received(pair.v1, Segment(0, flags=PSH))
    gro.napi_gro_frags(napi)
    gro.napi_complete_done(napi, 1)
    one, other = iter(lambda: packet_recvmsg(pair.far), None)
    assert (len(one.data), one.msg_name.sll_pkttype) == (354, 0)
    assert (len(other.data), other.msg_name.sll_pkttype) == (154, PACKET_OTHERHOST)


@pytest.mark.parametrize(("tcp", "joined"), [(True, [400]), (False, [300, 100])])
def test_a_frame_that_came_large_counts_its_segments_and_is_joined_to_if_it_is_of_tcp(tcp, joined) -> None:
    pair = Pair()
    napi = napi_struct(lambda napi, budget: 0, pair.v1)
    large, small = received(pair.v1, Segment(0, 300)), received(pair.v1, Segment(300, id=3))
    large.shinfo.gso_size, large.shinfo.gso_segs, large.shinfo.gso_tcp = 100, 3, tcp
    for skb in (large, small):
        skb.protocol = eth_type_trans(skb, pair.v1)
        gro.napi_gro_receive(napi, skb)
    gro.napi_complete_done(napi, 2)
    assert [len(each.data) - 54 for each in iter(lambda: packet_recvmsg(pair.far), None)] == joined


@pytest.mark.parametrize(("sizes", "waiting"), [([1] * 7, 7), ([1] * 8, 0), ([8], 0), ([1, 7], 0), ([1, 6], 7)])
def test_a_batch_counts_segments(sizes: list[int], waiting: int) -> None:
    pair = Pair()
    napi = napi_struct(lambda napi, budget: 0, pair.v1)
    for segs in sizes:
        skb = received(pair.v1, Segment(0))
        skb.protocol = eth_type_trans(skb, pair.v1)
        gro.gro_normal_one(napi, skb, segs)
    assert napi.rx_count == waiting


def heard(pair: Pair, *kinds: str) -> list[str]:
    """Who has a frame when, of a list with some of IP, some for a protocol of a socket alone."""
    order: list[str] = []

    def note(name: str):
        return lambda skb, *rest: order.append(f"{name} {skb.data}") or 0

    pair.net.ptype_all.append(packet_type(3, note("tap")))
    ip = packet_type(0x800, note("ip"), lambda head, *rest: order.append(f"ip {len(head)}"))
    pair.net.machine.ptype_base[:] = [ip, packet_type(0x88B5, note("own"))]
    skbs = []
    for kind in kinds:
        skb = received(pair.v1, Segment(0))
        skb.protocol = eth_type_trans(skb, pair.v1)
        skb.protocol = {"ip": 0x800, "own": 0x88B5}[kind]
        skbs.append(skb)
    netif_receive_skb_list(skbs)
    return order


def test_the_taps_have_the_list_before_ip_has_it() -> None:
    assert heard(Pair(), "ip", "ip", "ip") == ["tap 14"] * 3 + ["ip 3"]


def test_a_list_is_cut_where_the_last_taker_changes() -> None:
    got = heard(Pair(), "ip", "own", "own", "ip")
    assert got == ["tap 14", "tap 14", "ip 1", "tap 14", "tap 14", "own 14", "own 14", "ip 1"]


def test_a_driver_may_go_straight_to_the_core() -> None:
    pair = Pair()
    skb = received(pair.v1, Segment(0))
    skb.protocol = eth_type_trans(skb, pair.v1)
    netif_receive_skb_core(skb)
    assert len(packet_recvmsg(pair.far).data) == 154


@pytest.mark.parametrize(("passes", "delivered"), [(True, 1), (False, 0)])
def test_netfilter_drops_behind_the_taps(passes: bool, delivered: int) -> None:
    pair = Pair()
    pair.v1.nf_hooks_ingress = lambda skb: passes
    skb = received(pair.v1, Segment(0))
    skb.protocol = eth_type_trans(skb, pair.v1)
    netif_receive_skb(skb)
    assert len(packet_recvmsg(pair.far).data) == 154
    assert len(pair.net.machine.delivered) == delivered
