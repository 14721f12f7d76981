"""why: a verdict per tap from the trace alone, equal to the outcome; without the deciding statement it is another."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from explorer import kernel, model, resources
from explorer.conform import drawn
from explorer.errors import DataError
from explorer.features import features_of
from explorer.model.features import Features
from explorer.rehearse import rehearse
from explorer.scenario import Action, load, scenarios
from explorer.tour.load import load_step
from explorer.tour.questions import questions
from explorer.version import Version
from explorer.views.terminal import cells
from explorer.why.answer import _TELLING, answer
from explorer.why.commands import _COMMANDS
from explorer.why.describe import described
from explorer.why.replay import outcome_of
from explorer.why.reversal import Removal, without
from explorer.why.values import Case, Verdict
from explorer.why.verdict import got_of, verdicts

Explorer = Callable[..., tuple[int, str, str]]
RELEASES = ("v2.6.12", "v2.6.32", "v3.4", "v4.9", "v6.6", "v6.19")
BOTH = ("OUTGOING", "HOST")

# A question; the case it is asked of, a scenario's id or what is described, and its tap; what the tap gets, the
# statement that decided, and of those seen on the way the one that the answer names.
LISTS, OUTGOING = "dev_queue_xmit_nit.lists", "dev_queue_xmit_nit.outgoing"
ALL_LIST, OF_DEVICE = "__netif_receive_skb_core.all-list", "__netif_receive_skb_core.bound-elsewhere"
UNTAG = "__netif_receive_skb_core.vlan-untag"
DECIDED = [
    ("lo-twice", ("all", "out", "lo"), "tap", BOTH, LISTS, OUTGOING),
    ("eth-p-ip-out", ("eth_p_ip", "out", "veth0"), "tap", (), LISTS, ""),
    ("eth-p-ip-out", "eth-p-ip-out", "near", (), LISTS, ""),
    ("nat", ("all", "out", "eth0"), "tap", BOTH[:1], LISTS, "dev_queue_xmit.door"),
    ("raw-sender", ("all", "out,own", "eth0,tc-egress-drop"), "tap", (), "__dev_queue_xmit.tc-egress", ""),
    ("bad-checksum", ("all", "out", "eth0"), "tap", BOTH[:1], LISTS, "validate_xmit_skb.checksum"),
    ("over-mtu", "gso-segments", "near", BOTH[:1] * 3, LISTS, "validate_xmit_skb.gso"),
    ("own-frames", ("all", "out,own", "eth0"), "tap", (), "dev_queue_xmit_nit.own-sender", ""),
    ("own-frames", ("all", "out,own", "lo"), "tap", ("HOST",), OF_DEVICE, "dev_queue_xmit_nit.own-sender"),
    (
        "bypass-unseen",
        ("all", "out,bypass", "eth0"),
        "tap",
        (),
        "packet_xmit.qdisc-bypass",
        "__dev_direct_xmit.qdisc-bypass",
    ),
    ("only-incoming", ("all,ignore-outgoing", "out", "eth0"), "tap", (), "dev_queue_xmit_nit.ignore-outgoing", ""),
    ("qdisc-drop", ("all", "out", "eth0,qdisc=blackhole"), "tap", (), "__dev_queue_xmit.qdisc", ""),
    ("not-on-wire", ("all,on=peer", "out,len=900", "eth0,peer-mtu=600"), "tap", (), "xmit_one.driver", ""),
    ("slow", ("all", "out", "eth0"), "tap", BOTH[:1], LISTS, "dev_queue_xmit_nit.one-clone"),
    ("libpcap-twice", "lo-twice", "all", BOTH, LISTS, OUTGOING),
    ("firewall-in", ("all,any", "in", "eth0"), "tap", BOTH, LISTS, ALL_LIST),
    ("dnat", ("all,any", "in", "eth0"), "tap", BOTH, LISTS, ALL_LIST),
    (
        "dhcp-tc",
        ("eth_p_ip", "in", "eth0,tc-ingress-drop"),
        "tap",
        (),
        "sch_handle_ingress.tc-ingress",
        "__netif_receive_skb_core.tc-after-taps",
    ),
    (
        "tc-ingress",
        ("all", "in", "eth0,tc-ingress-drop"),
        "tap",
        ("HOST",),
        OF_DEVICE,
        "sch_handle_ingress.served-first",
    ),
    ("bridge-ethertype", ("0x88b5", "in", "eth0,bridge-port"), "tap", (), "__netif_receive_skb_core.rx-handler", ""),
    ("filter-drop", ("all,keep=0", "in", "eth0"), "tap", (), "packet_rcv.filter-drop", ""),
    ("filter-drop", ("all,keep=0,ring=2", "in", "eth0"), "tap", (), "tpacket_rcv.filter-drop", ""),
    ("checksum-or-not", ("all,auxdata", "out", "eth0"), "tap", BOTH[:1], LISTS, "packet_recvmsg.checksum-not-ready"),
    ("gro", "gro-joined", "far", BOTH[1:] * 2, OF_DEVICE, "dev_gro_receive.asked"),
    ("vlan-tag", ("all", "in,vlan=5", "eth0"), "tap", ("HOST",), OF_DEVICE, UNTAG),
    ("vlan-filter", ("8021q", "in,vlan=5,0x88b5", "eth0"), "tap", (), "deliver_ptype_list_skb.protocol", UNTAG),
    (
        "any-twice",
        ("all,any", "in", "eth5,vlan=5"),
        "tap",
        ("OUTGOING", "HOST", "HOST"),
        LISTS,
        "vlan_do_receive.vlan-device",
    ),
    ("ifindex", "vlan-device", "any", ("OUTGOING",) * 2 + ("HOST",) * 2, LISTS, "packet_rcv.origdev"),
    (
        "drops",
        "receive-buffer-full",
        "small",
        ("HOST",) * 13,
        "packet_rcv.receive-buffer-full",
        "packet_rcv.drop-count",
    ),
    ("before-bind", "tap-before-bind", "old", ("?", "?"), LISTS, "packet_create.tap-before-bind"),
    ("fanout-split", "fanout-hash", "one", (), "packet_rcv_fanout.member", "packet_rcv_fanout.fanout-hash"),
    ("xdp-drop", ("all", "in", "eth0,xdp-drop"), "tap", (), "__netif_receive_skb_core.xdp-generic", ""),
    ("skip-taps", ("all", "in", "eth0,xdp-drop"), "tap", (), "__netif_receive_skb_core.xdp-generic", ""),
    ("otherhost", ("all", "in,to=other", "eth0"), "tap", ("OTHERHOST",), OF_DEVICE, "packet_rcv.pkttype"),
    ("only-while-tcpdump", ("all", "in,to=other", "eth0"), "tap", ("OTHERHOST",), OF_DEVICE, "packet_rcv.pkttype"),
    ("late", "ring-tpacket-v2", "queue", BOTH[1:] * 2, OF_DEVICE, "packet_rcv.queued"),
    ("tap-no-reader", ("all", "out", "tap0,no-carrier"), "tap", (), "__dev_queue_xmit.qdisc", ""),
    (
        "filter-or-copy",
        ("all,keep=0", "out", "eth0"),
        "tap",
        (),
        "packet_rcv.filter-drop",
        "dev_queue_xmit_nit.one-clone",
    ),
    ("filter-egress", ("all,keep=0", "out", "eth0"), "tap", (), "packet_rcv.filter-drop", "ptype_head.eth-p-all"),
    ("packet-socket-rules", ("none", "in", "eth0"), "tap", (), "packet_do_bind.no-protocol", ""),
    ("raw-dgram-cooked", ("all,dgram", "out", "eth0"), "tap", BOTH[:1], LISTS, "packet_rcv.cooked-outgoing"),
    ("can", ("all", "out", "lo"), "tap", BOTH, LISTS, OUTGOING),
    ("netns", "other-namespace", "here", BOTH, LISTS, ALL_LIST),
]


@cache
def release(name: str) -> kernel.Kernel:
    return kernel.open(Version.parse(name), offline=True)


def case_of(asked: str | tuple[str, str, str]) -> Case:
    return Case(load(asked)) if isinstance(asked, str) else described(*asked)


def verdict(asked: str | tuple[str, str, str], tap: str = "tap", features: Features | None = None) -> Verdict:
    return next(each for each in verdicts(case_of(asked), features) if each.tap.name == tap)


@pytest.mark.parametrize(("question", "asked", "tap", "got", "deciding", "named"), DECIDED)
def test_a_question_is_decided(
    question: str, asked: str | tuple[str, str, str], tap: str, got: tuple[str, ...], deciding: str, named: str
) -> None:
    found = verdict(asked, tap)
    assert (found.got, found.deciding) == (got, deciding)
    assert not named or named in found.notes
    answers = next(each.answers for each in questions() if each.id == question)
    assert (named or deciding).partition(".")[2] in {note.partition(".")[2] for row in answers for note in row.notes}


def test_twenty_five_questions_are_decided_and_each_is_one() -> None:
    asked = {row[0] for row in DECIDED}
    assert asked <= {each.id for each in questions()}
    assert len(asked) >= 25


@pytest.mark.parametrize("name", RELEASES)
def test_a_protocol_tap_hears_no_outgoing_frame_but_what_lo_gives_back(name: str) -> None:
    features = features_of(release(name))
    out, lo = (
        verdict(("eth_p_ip", "out", "veth0"), features=features),
        verdict(("eth_p_ip", "out", "lo"), features=features),
    )
    assert (out.got, out.deciding, out.otherwise) == ((), "dev_queue_xmit_nit.lists", ("OUTGOING",))
    assert lo.got == ("HOST",)


@pytest.mark.parametrize("name", RELEASES)
def test_the_deciding_statement_stands_in_every_release(name: str) -> None:
    finding = answer(release(name), described("eth_p_ip", "out", "veth0"))
    statement = finding.statement("dev_queue_xmit_nit.lists")
    assert statement.location
    assert str(statement.location).startswith(f"{name}:net/core/dev.c:")


def test_where_a_tap_stands_is_a_release_s_own() -> None:
    asked = ("eth_p_ip", "in", "lo")
    said = [verdict(asked, features=features_of(release(name))).deciding for name in ("v3.4", "v4.9")]
    assert said == ["__netif_receive_skb_core.protocol-lists", "__netif_receive_skb_core.device-specific"]


@pytest.mark.parametrize("name", scenarios())
def test_the_verdict_on_a_scenario_is_its_outcome(name: str) -> None:
    case = Case(load(name))
    outcome = rehearse(case.scenario)
    dropped = {tap: drops for tap, _, drops in outcome.counts}
    for each in verdicts(case):
        assert each.got == got_of(outcome, each.tap.name)
        assert each.tap.type == "packet" or each.dropped == dropped[each.tap.name]


def test_the_last_taker_of_a_list_is_asked_for_each_frame_of_it() -> None:
    scenario, features = load("gro-joined"), features_of(release("v6.6"))
    far = dataclasses.replace(scenario.taps[1], protocol=0x88B5)
    frames = dataclasses.replace(
        scenario.actions[0], gso_size=0, count=2, frame="02000000000b02000000000a88b5" + "70" * 46
    )
    case = Case(dataclasses.replace(scenario, taps=(far, dataclasses.replace(far, name="last")), actions=(frames,)))
    for each in verdicts(case, features):
        assert (each.got, each.otherwise) == (("HOST",) * 2, ())
        assert [meeting.fate for meeting in each.meetings if meeting.way == "in"] == ["got"] * 2


def test_a_tap_of_another_namespace_is_called_where_there_is_one_list_and_not_where_each_has_its_own() -> None:
    for name, note, fate in (("v6.6", "packet_rcv.other-netns", "refused"), ("v6.19", ALL_LIST, "not asked")):
        case, features = Case(load("other-namespace")), features_of(release(name))
        here = next(each for each in verdicts(case, features) if each.tap.name == "here")
        assert here.got == BOTH
        assert {(each.note, each.fate) for each in here.meetings if each.device == "v1" and each.way == "in"} == {
            (note, fate)
        }


def numbers(count: int) -> list[int]:
    """The numbers of so many draws less the rare ones, which read, bind and remove: why is not asked about those."""
    return [number for number in range(count * 4 // 3) if number % 4 != 3]


def test_the_verdict_on_what_is_drawn_is_its_outcome_and_without_the_statement_it_is_not() -> None:
    """`benchmarks/why.py` counts the same on 500; a tap that was closed meanwhile has nothing to decide."""
    same, decided = 0, 0
    for number in numbers(40):
        case = Case(drawn(number))
        outcome, until_then = rehearse(case.scenario), outcome_of(case)
        for each in verdicts(case):
            assert each.got == got_of(until_then, each.tap.name)
            assert outcome.refused or each.got == got_of(outcome, each.tap.name)
            decided += bool(each.deciding)
            same += bool(each.deciding) and each.otherwise is None
    assert decided > 100
    assert same <= decided // 50


@pytest.mark.parametrize(("ring", "frames", "got"), [(1, 300, 256), (2, 257, 256), (2, 600, 256), (3, 520, None)])
def test_a_full_ring_is_taken_out_as_if_it_were_longer(ring: int, frames: int, got: int | None) -> None:
    found = verdict((f"all,ring={ring}", f"out,count={frames},len=900", "eth0"))
    assert found.deciding == "tpacket_rcv.ring-full"
    assert len(found.got) == (got or len(found.got)) < frames
    assert found.otherwise == ("OUTGOING",) * frames
    assert found.dropped == frames - len(found.got)


def test_a_rule_is_missing_only_inside() -> None:
    case = Case(load("own-sender"))
    before = outcome_of(case)
    with without([Removal("dev_queue_xmit_nit", "own-sender", "sender")]):
        assert got_of(outcome_of(case), "sender") == ("OUTGOING",)
        assert got_of(outcome_of(case), "other") == ("OUTGOING",)
    assert outcome_of(case) == before


def test_what_stands_behind_the_first_obstacle_is_named() -> None:
    found = verdict(("eth_p_ip,on=peer,keep=0", "in,0x88b5", "eth0"))
    assert found.got == ()
    assert found.besides
    assert found.otherwise


def test_a_closed_tap_has_nothing_to_decide() -> None:
    scenario = load("two-taps")
    closed = dataclasses.replace(scenario, actions=(Action("close", by="far"), *scenario.actions))
    assert [each.deciding for each in verdicts(Case(closed))] == ["dev_queue_xmit_nit.lists", ""]


def test_commands_and_words_left_out_are_of_things_that_are_there() -> None:
    notes = {note.id for step in resources.data_path("steps").glob("*.toml") for note in load_step(step.stem).notes}
    assert set(_COMMANDS) <= notes
    text = "\n".join(place.read_text() for place in Path(model.__path__[0]).rglob("*.py"))
    assert not [word for word in _TELLING if word not in " ".join(text.split())]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("eth_p_foo", "out", "eth0"), "--tap has 'eth_p_foo'; it takes a protocol"),
        (("all,ring=9", "out", "eth0"), "--tap has 'ring=9'"),
        (("all,keep", "out", "eth0"), "--tap has 'keep'"),
        (("all,raw=1", "out", "eth0"), "--tap has 'raw=1'"),
        (("all", "sideways", "eth0"), "--frame has 'sideways'; it takes out or in"),
        (("all", "in,udp,arp", "eth0"), "--frame has 'arp'"),
        (("all", "in,to=mars", "eth0"), "--frame has 'to=mars'"),
        (("all", "in,len=-1", "eth0"), "--frame has '-1'"),
        (("all", "in", "eth0,qdisc=magic"), "--dev has 'qdisc=magic'"),
        (("all", "in", "lo,down"), "lo takes no other words"),
        (("all", "in", ""), "--dev has ''"),
        (("all", "in", "e" * 16), "--dev has"),
    ],
)
def test_what_cannot_be_read_says_what_can(asked: tuple[str, str, str], said: str) -> None:
    with pytest.raises(DataError, match=re.escape(said)):
        described(*asked)


@pytest.fixture(autouse=True)
def columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def test_json_is_what_its_schema_says(explorer: Explorer) -> None:
    folder = resources.data_path("schemas")
    schemas = {name: json.loads((folder / name).read_text()) for name in ("why.schema.json", "page.schema.json")}
    registry = Registry().with_resources([(name, Resource.from_contents(row)) for name, row in schemas.items()])
    for words in (["receive-buffer-full"], ["--tap", "all", "--frame", "in", "--dev", "eth0,xdp-drop"]):
        _, out, _ = explorer("why", "v3.4", *words, "--offline", "-f", "json")
        Draft202012Validator(schemas["why.schema.json"], registry=registry).validate(json.loads(out))


def test_text_tells_where_it_was_asked_and_what_decided(explorer: Explorer) -> None:
    status, out, _ = explorer("why", "v3.4", "--tap", "eth_p_ip", "--frame", "out", "--dev", "veth0", "--offline")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert status == 0
    assert "tap: 0x0800 ETH_P_IP, veth0, raw gets nothing" in lines
    assert "decided by: Only the taps that asked for everything net/core/dev.c:1652" in lines
    assert "without it the tap would get 1 frame as OUTGOING" in lines
    assert "To confirm it: explorer live eth-p-ip-out # one like it" in lines
    assert max(map(len, out.splitlines())) <= 100


def test_text_speaks_the_language(explorer: Explorer) -> None:
    asked = ("--tap", "eth_p_ip", "--frame", "out", "--dev", "veth0", "--offline", "--lang", "zh")
    _, out, _ = explorer("why", "v3.4", *asked)
    assert "得到 0 帧" in out
    assert "经 veth0 发出" in out
    assert "起决定作用的" in out
    assert "这个 tap 会得到 1 帧" in out
    assert "一个类似的场景" in out
    assert not re.search("gets|decided by|without it|To confirm", out)
    assert max(map(cells, out.splitlines())) <= 100


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["v3.4", "own-sender", "--tap", "all"], 2, "a case is described by options alone"),
        (["v3.4", "blah foo", "--offline"], 1, "`explorer why` lists the questions"),
        (["v2.6.12", "fanout-lb", "--offline"], 0, "v2.6.12 has no PACKET_FANOUT"),
        ([], 0, "bridge-ethertype Why does my program miss"),
    ],
)
def test_words_are_read_in_one_way(words: list[str], status: int, said: str, explorer: Explorer) -> None:
    got, out, err = explorer("why", *words)
    assert got == status
    assert said in " ".join((out + err).split())
