"""Classic BPF: what programs answer, which are refused, their notation, and the running kernel as the judge."""

from __future__ import annotations

import ctypes
import ctypes.util
import random
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from explorer.conform import opened
from explorer.conform.filter_draws import accepted_program
from explorer.conform.filters import filtered, smallest_program
from explorer.errors import LiveError
from explorer.model.filter import (
    FilterError,
    NotationError,
    assemble,
    bpf_check_classic,
    bpf_image,
    bpf_prog_run,
    disassemble,
    sock_filter,
)
from explorer.model.filter.uapi import INSTRUCTIONS
from explorer.model.skbuff import sk_buff
from explorer.views.conform import filters_text
from explorer.views.text import plain

DNS_D = """\
(000) ldh      [12]
(001) jeq      #0x800           jt 2\tjf 12
(002) ldb      [23]
(003) jeq      #0x11            jt 4\tjf 12
(004) ldh      [20]
(005) jset     #0x1fff          jt 12\tjf 6
(006) ldxb     4*([14]&0xf)
(007) ldh      [x + 14]
(008) jeq      #0x35            jt 11\tjf 9
(009) ldh      [x + 16]
(010) jeq      #0x35            jt 11\tjf 12
(011) ret      #262144
(012) ret      #0
"""
DNS_DD = """\
{ 0x28, 0, 0, 0x0000000c },
{ 0x15, 0, 10, 0x00000800 },
{ 0x30, 0, 0, 0x00000017 },
{ 0x15, 0, 8, 0x00000011 },
{ 0x28, 0, 0, 0x00000014 },
{ 0x45, 6, 0, 0x00001fff },
{ 0xb1, 0, 0, 0x0000000e },
{ 0x48, 0, 0, 0x0000000e },
{ 0x15, 2, 0, 0x00000035 },
{ 0x48, 0, 0, 0x00000010 },
{ 0x15, 0, 1, 0x00000035 },
{ 0x6, 0, 0, 0x00040000 },
{ 0x6, 0, 0, 0x00000000 },
"""
ETH = "ffffffffffff020000000001"
IPV4 = "4500 0024 0000 4000 4011 0000 0a000001 0a000002"
UDP = "1234 0035 0010 0000 0102030405060708"
DNS = bytes.fromhex(f"{ETH} 0800 {IPV4} {UDP}")
ATTRIBUTES = b"".join(
    len(body + b"head").to_bytes(2, sys.byteorder) + kind.to_bytes(2, sys.byteorder) + body + bytes(-len(body) % 4)
    for kind, body in ((1, b"abcde"), (2, b"\x08\0\x07\0abcd" if sys.byteorder == "little" else b"\0\x08\0\x07abcd"))
)


def skb_of(frame: bytes, **fields: Any) -> sk_buff:
    """A frame as a raw packet socket sees it, come in by eth0."""
    eth0 = SimpleNamespace(ifindex=2, type=1)
    given = {"protocol": 0x0800, "mac_header": 0, "network_header": 14, "dev": eth0} | fields
    return sk_buff(bytearray(frame), tail=len(frame), len=len(frame), **given)


def answer(text: str, frame: bytes = DNS, **fields: Any) -> int:
    """What a program that the checker admits returns."""
    prog = assemble(text)
    bpf_check_classic(prog)
    return bpf_prog_run(prog, skb_of(frame, **fields))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DNS_D, 262144),
        (DNS_D.replace("0x35 ", "0x36 "), 0),
        ("ret #-1", 0xFFFFFFFF),
        ("ret", 0),
        ("ld #7\n ret a", 7),
        ("ld [0]\n ret", 0xFFFFFFFF),
        ("ldh [12]\n ret", 0x0800),
        ("ldb [47]\n ret", 0x06),
        ("ld [47]\n ret #1", 0),  # beyond the end: dropped, whatever would follow
        ("ldx #2\n ldb [x + 10]\n ret", 0x08),
        ("ldx #0xffffffff\n ldb [x + 13]\n ret", 0x08),  # X + k wraps
        ("ldx #1\n ldb [x + 2147483647]\n ret #1", 0),
        ("ldxb 4*([14]&0xf)\n txa\n ret", 20),
        ("ld #5\n ldxb 4*([14]&0xf)\n ret", 5),
        ("ldxb 4*([999]&0xf)\n ret #1", 0),
        ("ld #pktlen\n ret", len(DNS)),
        ("ldx len\n txa\n ret", len(DNS)),
        ("ld #9\n st M[15]\n ld #0\n ldx M[15]\n stx M[0]\n ld M[0]\n ret", 9),
        ("ld #0xffffffff\n add #2\n ret", 1),
        ("ld #1\n sub #2\n ret", 0xFFFFFFFF),
        ("ld #0x10000\n mul #0x10001\n ret", 0x10000),
        ("ld #0xfffffffe\n div #2\n ret", 0x7FFFFFFF),
        ("ld #0xffffffff\n mod #10\n ret", 5),
        ("ld #1\n ldx #0\n div x\n ret #1", 0),
        ("ld #1\n ldx #0\n mod x\n ret #1", 0),
        ("ld #6\n and #3\n ret", 2),
        ("ld #6\n or #3\n ret", 7),
        ("ld #6\n xor #3\n ret", 5),
        ("ld #1\n neg\n ret", 0xFFFFFFFF),
        ("ld #3\n lsh #31\n ret", 0x80000000),
        ("ld #3\n ldx #33\n lsh x\n ret", 6),  # a shift by X is a shift by its low five bits
        ("ld #0x80000000\n rsh #31\n ret", 1),
        ("ld #4\n tax\n ld #0\n add x\n ret", 4),
        ("ja 2\n ret #1\n ret #2", 2),
        ("ld #0x80000000\n jgt #1 jt 2 jf 3\n ret #1\n ret #2", 1),  # comparisons are of unsigned numbers
        ("ld #1\n jge #1 jt 2 jf 3\n ret #1\n ret #2", 1),
        ("ld #1\n jgt #1 jt 2 jf 3\n ret #1\n ret #2", 2),
        ("ld #6\n jset #8 jt 2 jf 3\n ret #1\n ret #2", 2),
        ("ldx #3\n ld #3\n jeq x jt 3 jf 4\n ret #1\n ret #2", 1),
        ("ldb [-1048567]\n ret", 17),  # SKF_NET_OFF + 9
        ("ldh [-2097140]\n ret", 0x0800),  # SKF_LL_OFF + 12
        ("ldb [-2097153]\n ret #1", 0),
        ("ldx #9\n ldb [x + -1048576]\n ret", 17),
    ],
)
def test_run(text: str, expected: int) -> None:
    assert answer(text) == expected


@pytest.mark.parametrize(
    ("text", "fields", "expected"),
    [
        ("ld proto", {}, 0x0800),
        ("ldb proto", {}, 0x0800),  # of whatever size
        ("ld type", {"pkt_type": 4}, 4),
        ("ld ifidx", {}, 2),
        ("ld #3\n ld ifidx\n ret #9", {"dev": None}, 3),  # the program ends with A as it stands
        ("ld #3\n ld hatype\n ret #9", {"dev": None}, 3),
        ("ld hatype", {}, 1),
        ("ld mark", {"mark": 77}, 77),
        ("ld queue", {"queue_mapping": 3}, 3),
        ("ld rxhash", {"hash": 0xDEADBEEF}, 0xDEADBEEF),
        ("ld cpu", {}, 0),
        ("ld #6\n ldx #3\n ld [xor_x]", {}, 5),
        ("ldb [-4048]", {"vlan_tci": 0x1005, "vlan_present": True}, 1),
        ("ld vlan_tci", {"vlan_tci": 0x1005, "vlan_present": True}, 0x1005),
        ("ld vlanp", {"vlan_present": False}, 0),
        ("ld vlan_tpid", {"vlan_proto": 0x88A8}, 0x88A8),
        ("ld random\n ret #1", {}, 1),
        ("ldh [-2097140]\n ret #1", {"mac_header": 0xFFFF}, 0),  # there is no MAC header
    ],
)
def test_ancillary(text: str, fields: dict[str, Any], expected: int) -> None:
    assert answer(f"{text}\n ret", **fields) == expected


@pytest.mark.parametrize(
    ("a", "x", "name", "expected"),
    [
        (0, 1, "nla", 0),  # at 0, which is also what is nowhere
        (0, 2, "nla", 12),
        (0, 3, "nla", 0),
        (12, 2, "nla", 12),
        (21, 1, "nla", 0),
        (12, 7, "nlan", 16),
        (12, 2, "nlan", 0),
        (0, 7, "nlan", 0),
        (21, 1, "nlan", 0),
    ],
)
def test_netlink_attribute(a: int, x: int, name: str, expected: int) -> None:
    assert answer(f"ldx #{x}\n ld #{a}\n ld {name}\n ret", ATTRIBUTES) == expected


@pytest.mark.parametrize(
    ("protocol", "packet", "expected"),
    [
        (0x0800, IPV4 + UDP, 28),
        (0x0800, IPV4.replace("4011", "4006") + "00" * 12 + "8010 0000 0000 0000" + "00" * 12, 52),
        (0x0800, IPV4.replace("4000", "2000") + UDP, 28),  # the first fragment has the UDP header
        (0x0800, IPV4.replace("4000", "0001") + UDP, 20),
        (0x0800, IPV4.replace("4500", "4400") + UDP, -14),
        (0x86DD, "60000000 0010 1140" + "00" * 32 + UDP, 48),
        (0x86DD, "60000000 0018 0040" + "00" * 32 + "1100 0000 0000 0000" + UDP, 56),
        (0x86DD, "60000000 0018 2c40" + "00" * 32 + "1100 0008 0000 0000" + UDP, 48),
        (0x8100, "0005 0800" + IPV4 + UDP, 32),
        (0x8864, "1100 0001 0000 0021" + IPV4 + UDP, 36),
        (0x0800, IPV4.replace("4011", "402f") + "2000 0800 00000001" + IPV4 + UDP, 56),
        (0x0800, IPV4.replace("4011", "4004") + IPV4 + UDP, 48),
        (0x0806, "0001", 0),
        (0x88B5, "00", -14),
    ],
)
def test_payload_offset(protocol: int, packet: str, expected: int) -> None:
    frame = bytes.fromhex(ETH + f"{protocol:04x}" + packet)
    assert answer("ld poff\n ret", frame, protocol=protocol) == 14 + expected


REFUSED = [
    ("", 0, "a program of 0: it has 1 to 4096 instructions"),
    ("ret #0\n" * 4097, 0, "a program of 4097"),
    ("ld #1", 0, "the last instruction is not a ret"),
    ("ret\n tax", 1, "the last instruction is not a ret"),
    ("{ 0x27, 0, 0, 0 }\n ret", 0, "there is no instruction with code 0x27"),
    ("{ 0xe, 0, 0, 0 }", 0, "there is no instruction with code 0xe"),  # ret x
    ("{ 0x38, 0, 0, 0 }\n ret", 0, "there is no instruction with code 0x38"),  # a load of eight bytes
    ("div #0\n ret", 0, "division by zero"),
    ("mod #0\n ret", 0, "division by zero"),
    ("lsh #32\n ret", 0, "a shift by 32"),
    ("rsh #32\n ret", 0, "a shift by 32"),
    ("st M[16]\n ret", 0, "there is no M[16]"),
    ("ja 2\n ret", 0, "a jump to 2, out of a program of 2"),
    ("{ 5, 0, 0, 0xffffffff }\n ret", 0, "a jump to 4294967296"),
    ("jeq #0 jt 1 jf 2\n ret", 0, "a jump to 2"),
    ("jeq #0 jt 2 jf 1\n ret", 0, "a jump to 2"),
    ("ld [-4095]\n ret", 0, "there is no ancillary at SKF_AD_OFF + 1"),
    ("ld [-4032]\n ret", 0, "there is no ancillary at SKF_AD_OFF + 64"),
    ("ld M[3]\n ret", 0, "M[3] is read, and may not have been written"),
    ("ja 2\n st M[0]\n ld M[0]\n ret", 2, "M[0] is read"),
    ("jeq #0 jt 1 jf 2\n st M[0]\n ldx M[0]\n ret", 2, "M[0] is read"),
    ("ret\n ld M[0]\n ret", 1, "M[0] is read"),  # though nothing comes there
]


@pytest.mark.parametrize(("text", "pc", "reason"), REFUSED, ids=[reason[:30] for _, _, reason in REFUSED])
def test_refused(text: str, pc: int, reason: str) -> None:
    with pytest.raises(FilterError) as caught:
        bpf_check_classic(assemble(text))
    assert caught.value.pc == pc
    assert caught.value.reason.startswith(reason)
    assert str(caught.value) == f"({pc:03d}) {caught.value.reason}"


@pytest.mark.parametrize(
    "text",
    [
        "ret\n" * 4096,
        "jeq #0 jt 1 jf 3\n st M[0]\n ja 4\n st M[0]\n ld M[0]\n ret",
        "ja 2\n ld M[0]\n ret",  # nothing comes to the load, so it may read what it likes
        "ldx #0\n ldb [x + -4095]\n ret",
        "ldxb 4*([-4095]&0xf)\n ret",
    ],
)
def test_admitted(text: str) -> None:
    bpf_check_classic(assemble(text))


def test_notation() -> None:
    assert disassemble(assemble(DNS_D)) == DNS_D
    assert assemble(DNS_DD) == assemble(DNS_D)
    prog = assemble(DNS_DD)
    assert assemble("13\n" + "".join("{} {} {} {}\n".format(*insn) for insn in prog)) == prog
    assert disassemble(assemble("LD #1 ; one\n\n ld vlan_pr\n ld [vlanp]\n ldb [-4048]")) == (
        "(000) ld       #0x1\n(001) ld       [vlanp]\n(002) ld       [vlanp]\n(003) ldb      [vlanp]\n"
    )
    assert bpf_image(sock_filter(0x27, 0, 0, 5), 3) == "(003) unimp    0x27"


class bpf_insn(ctypes.Structure):  # noqa: N801
    """An instruction as libpcap has it."""

    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint32))


def random_insn(rng: random.Random, code: int) -> sock_filter:
    """An instruction whose every field its notation shows."""
    op, form = INSTRUCTIONS[code]
    jump = form != "{}" and op.startswith("j")
    k = rng.choice((rng.randrange(300), rng.getrandbits(32), 0xFFFFF000 + rng.randrange(70))) if "{" in form else 0
    skips = (rng.randrange(256), rng.randrange(256)) if jump else (0, 0)
    return sock_filter(code, *skips, k >> 2 if op == "ja" else k)


def test_every_instruction_is_read_as_it_is_written() -> None:
    rng = random.Random(1)
    prog = [random_insn(rng, code) for code in [*INSTRUCTIONS] * 20]
    assert assemble(disassemble(prog)) == tuple(prog)


def test_libpcap_prints_the_same() -> None:
    name = ctypes.util.find_library("pcap")
    if name is None:
        pytest.skip("libpcap is not installed")
    image = ctypes.CDLL(name).bpf_image
    image.restype = ctypes.c_char_p
    rng = random.Random(2)
    for pc, code in enumerate([*INSTRUCTIONS] * 20):
        insn = random_insn(rng, code)
        if INSTRUCTIONS[code] != ("ldx", "#pktlen"):  # which libpcap does not know
            assert bpf_image(insn, pc) == image(ctypes.byref(bpf_insn(*insn)), pc).decode().rstrip()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ret\nfoo", "line 2: there is no instruction 'foo'"),
        ("add", "line 1: add takes #K or x, not nothing"),
        ("add #y", "line 1: add takes #K or x, not #y"),
        ("ret #5000000000", "line 1: k has no room for 5000000000: 0 to 4294967295"),
        ("tax\njeq #1", "line 2: jeq needs jt and jf"),
        ("ret jt 1 jf 2", "line 1: ret has no jt and jf"),
        ("tax\nja 0", "line 2: a jump back, from 1 to 0"),
        ("jeq #1 jt 1 jf 900", "line 1: jf has no room for 899: 0 to 255"),
        ("(001) ret", "line 1: (001) stands where (000) belongs"),
        ("2\n6 0 0 1", "line 1: 2 instructions announced, 1 found"),
        ("{ 0x6, 0, 300, 0 }", "line 1: jf has no room for 300: 0 to 255"),
        ("???", "line 1: '???' is no instruction"),
    ],
)
def test_notation_errors(text: str, message: str) -> None:
    with pytest.raises(NotationError) as caught:
        assemble(text)
    assert str(caught.value) == message


def test_shrink() -> None:
    prog = assemble("ldx #7\n jeq #3 jt 3 jf 2\n tax\n st M[2]\n ld #44\n mul x\n and #0xff\n ret")
    small = smallest_program(
        prog, lambda each: any(insn.code == 0x2C for insn in each) and each[-1:] == assemble("ret")
    )
    assert disassemble(small) == "(000) mul      x\n(001) ret\n"


def test_random_programs_run() -> None:
    rng = random.Random(3)
    answers = [bpf_prog_run(accepted_program(rng, len(DNS)), skb_of(DNS)) for _ in range(2000)]
    assert len({value for value in answers if value}) > 40
    assert all(0 <= value <= 0xFFFFFFFF for value in answers)


@pytest.mark.live
def test_the_running_kernel_agrees() -> None:
    try:
        with opened() as agent:
            report = filtered(agent, 3000)
    except LiveError as error:
        pytest.skip(str(error))
    assert report.finding is None, plain(filters_text(report))
    assert (report.drawn, 300 < report.refused < 2000) == (3000, True)
