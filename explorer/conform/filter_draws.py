"""Random classic BPF programs, and frames for them: mostly right, and made so that what is right shows."""

from __future__ import annotations

import random
import struct

from explorer.model.filter import FilterError, assemble, bpf_check_classic, sock_filter
from explorer.model.filter.uapi import (
    BPF_ALU,
    BPF_JA,
    BPF_JMP,
    BPF_LD,
    BPF_LDX,
    BPF_MAXINSNS,
    BPF_MEM,
    BPF_MOD,
    BPF_RET,
    BPF_ST,
    BPF_STX,
    INSTRUCTIONS,
    SKF_AD_OFF,
    SKF_LL_OFF,
    SKF_NET_OFF,
    U32,
    is_branch,
)

Program = tuple[sock_filter, ...]

CORNERS = (0, 1, 2, 3, 4, 15, 16, 31, 32, 33, 255, 1 << 31, (1 << 31) - 1, (1 << 31) + 1, U32 - 1, U32)
# A ^= X, A ^= A >> 16, A ^= A >> 8: whatever the program computed shows in the low bits
FOLD = assemble("xor x\n tax\n rsh #16\n xor x\n tax\n rsh #8\n xor x")
ANCILLARIES = (*range(0, 56, 4), 60)  # each but a random number
BODY = [code for code, (op, _) in INSTRUCTIONS.items() if op != "ret"]
OTHERS = (0x0806, 0x8035, 0x8848, 0x88CA, 0x8906, 0x88F7, 0x88FB, 0x88B5)  # protocols that end a frame


def refusal(prog: Program) -> str:
    """Why the model refuses a program; empty if it does not."""
    try:
        bpf_check_classic(prog)
    except FilterError as error:
        return str(error)
    return ""


def statement(code: int, k: int) -> sock_filter:
    """An instruction that is no jump."""
    return sock_filter(code, 0, 0, k)


def random_k(rng: random.Random, form: str, length: int) -> int:
    """A k that does something in an operand of that form."""
    if form.startswith("M"):
        return rng.randrange(16)
    if "[" in form:
        base = rng.choices((0, SKF_NET_OFF, SKF_LL_OFF, SKF_AD_OFF, -1), (30, 4, 4, 10, 1))[0]
        if base == SKF_AD_OFF:
            return int(base + rng.choice(ANCILLARIES) & U32)
        if base >= 0:
            return int(base + rng.randrange(max(1, length - 20)) + rng.choice((0,) * 20 + (-1, 16, 20)) & U32)
    return rng.choice((rng.choice(CORNERS), rng.randrange(length + 8), rng.getrandbits(32)))


def random_insn(rng: random.Random, length: int) -> Program:
    """An instruction; one that needs a certain A or X mostly comes after what loads them."""
    if rng.random() < 0.1:
        return deep_load(rng, length)
    code = rng.choice(BODY)
    op, form = INSTRUCTIONS[code]
    insn = sock_filter(code, rng.randrange(6), rng.randrange(6), random_k(rng, form, length))
    if (form == "x" and op in ("div", "mod")) or ("x +" in form and rng.random() < 0.9):
        return (statement(BPF_LDX, rng.randrange(max(1, length - 20))), insn)
    return (insn,)


def deep_load(rng: random.Random, length: int) -> Program:
    """An ancillary with more to it than a field of the skb: the payload's offset, a netlink attribute."""
    if rng.random() < 0.5:
        return assemble("ld poff")
    at = rng.choice((4 * rng.randrange(length // 4 + 1), max(0, length - rng.randrange(8)), rng.randrange(length)))
    return (statement(BPF_LDX, rng.randrange(6)), statement(BPF_LD, at), *assemble(rng.choice(("ld nla", "ld nlan"))))


def random_program(rng: random.Random, length: int, longest: int = 0) -> Program:
    """A program that mostly is right, for frames of that length; what it leaves in A, X and M[] mostly shows."""
    words = rng.sample(range(16), rng.randrange(4))
    prog: list[sock_filter] = []
    for word in words:
        load, store = rng.choice(((BPF_LD, BPF_ST), (BPF_LDX, BPF_STX)))
        prog += statement(load, rng.getrandbits(32)), statement(store, word)
    if longest == 0 and rng.random() < 0.3:
        prog += deep_load(rng, length)
    else:
        for _ in range(rng.randrange(longest or rng.choice((3, 8, 24)))):
            prog += random_insn(rng, length)
    if rng.random() < 0.1:
        prog.append(statement(BPF_RET, rng.choice((0, 1, length, rng.randrange(length), *CORNERS))))
    else:
        prog += FOLD
        for word in words:
            prog += statement(BPF_LDX | BPF_MEM, word), *FOLD
        prog += statement(BPF_ALU | BPF_MOD, length), *assemble("ret")
    for pc, (code, jt, jf, k) in enumerate(prog):
        room = len(prog) - pc - 2
        if INSTRUCTIONS[code][0] == "ja":
            prog[pc] = sock_filter(code, 0, 0, min(k % 6, room))
        elif is_branch(code):
            prog[pc] = sock_filter(code, min(jt, room), min(jf, room), k)
    return tuple(prog)


def accepted_program(rng: random.Random, length: int) -> Program:
    """A program that the checker of the model admits."""
    while refusal(prog := random_program(rng, length)):
        pass
    return prog


def any_program(rng: random.Random) -> Program:
    """A program that may be wrong in one place or in all, or too long."""
    draw = rng.random()
    if draw < 0.02:
        return rng.choice((0, 1, BPF_MAXINSNS, BPF_MAXINSNS + 1)) * assemble("ret #1")
    if draw < 0.1:
        return tuple(random_field(rng) for _ in range(rng.randrange(1, 4))) + assemble("ret")
    prog = list(random_program(rng, 64, rng.choice((3, 24, 24, 300))))
    for _ in range(rng.choice((0, 0, 1, 1, 2, 5))):
        pc = rng.randrange(len(prog))
        wild, room = random_field(rng), len(prog) - pc - 1
        edge = rng.choice((0, 15, 16, 31, 32, room, max(0, room - 1)))
        changed = {"k": wild.k}, {"k": edge}, {"jt": wild.jt, "jf": wild.jf}, {"jt": room & 0xFF}, {"jf": room & 0xFF}
        jump = statement(BPF_JMP | BPF_JA, rng.choice((room, max(0, room - 1))))
        prog[pc] = rng.choice((wild, jump, *(prog[pc]._replace(**fields) for fields in changed)))
    return tuple(prog)


def random_field(rng: random.Random) -> sock_filter:
    """An instruction without sense."""
    code = rng.choice((rng.choice(BODY), rng.randrange(256), rng.getrandbits(16)))
    k = rng.choice(
        (rng.choice(CORNERS), rng.getrandbits(32), SKF_AD_OFF + rng.randrange(-8, 80) & U32, rng.randrange(40))
    )
    return sock_filter(code, rng.getrandbits(rng.choice((2, 8))), rng.getrandbits(rng.choice((2, 8))), k)


def netlink(rng: random.Random, nested: bool = False) -> bytes:
    """Attributes one after another, some with others inside, some with a wrong length."""
    content = b""
    for _ in range(rng.randrange(1, 6)):
        inner = not nested and rng.random() < 0.3
        body = netlink(rng, nested=True)[: rng.randrange(40)] if inner else rng.randbytes(rng.randrange(9))
        wrong = rng.choice((0, 0, 0, 0, 0, rng.randrange(-6, 7)))
        content += struct.pack("=HH", max(0, 4 + len(body) + wrong), rng.randrange(6) | rng.choice((0, 0, 1 << 15)))
        content += body + bytes(-len(body) % 4)
    return content


def network(rng: random.Random, depth: int) -> tuple[int, bytes]:
    """A protocol and a packet of it; headers nest, and some are wrong."""
    if rng.random() < 0.03:  # more headers than are looked at
        protocol, content = network(rng, 0)
        for _ in range(rng.randrange(13, 18)):
            protocol, content = 0x8100, rng.randbytes(2) + protocol.to_bytes(2, "big") + content
        return protocol, content
    protocol = rng.choice((0x0800, 0x0800, 0x0800, 0x86DD, 0x86DD, 0x8100, 0x88A8, 0x8864, 0x8847, 0x892F, *OTHERS))
    inner, content = network(rng, depth - 1) if depth else (0x0800, rng.randbytes(40))
    if protocol == 0x0800:
        proto, content = transport(rng, depth)
        words = rng.choice((5, 5, 5, 6, 15, 4))
        fragment = rng.choice((0, 0, 0, 0x4000, 0x2000, 0x0010))
        head = struct.pack("!BBHHHBB10x", 0x40 + words, 0, 20 + len(content), 0, fragment, 64, proto)
        return protocol, head + rng.randbytes(max(0, 4 * words - 20)) + content
    if protocol == 0x86DD:
        proto, content = transport(rng, depth)
        for _ in range(rng.choice((0, 0, 1, 2))):
            header = rng.choice((0, 43, 44, 60))
            extra = rng.choice((0, 0, 1)) if header != 44 else 0
            offset = rng.choice((0, 1, 8)) if header == 44 else 0
            content = struct.pack("!BBH4x", proto, extra, offset) + bytes(8 * extra) + content
            proto = header
        return protocol, struct.pack("!IHBB32x", 6 << 28, len(content), proto, 64) + content
    if protocol in (0x8100, 0x88A8):
        return protocol, rng.randbytes(2) + inner.to_bytes(2, "big") + content
    if protocol == 0x8864:
        ppp = rng.choice((0x0021, 0x0057, 0x0281, 0xC021, 0x0020))
        return protocol, struct.pack(
            "!BBHHH", rng.choice((0x11, 0x11, 0x12)), rng.choice((0, 0, 9)), 1, 0, ppp
        ) + content
    if protocol == 0x892F:
        return protocol, rng.randbytes(4) + inner.to_bytes(2, "big") + content
    return protocol, content


def transport(rng: random.Random, depth: int) -> tuple[int, bytes]:
    """A protocol over IP and a packet of it."""
    proto = rng.choice((6, 6, 17, 17, 1, 58, 2, 33, 132, 136, 59, 255, 47, 47, 4, 41, 137, 0, 44))
    if proto == 6:
        return proto, rng.randbytes(12) + bytes([rng.choice((0x00, 0x50, 0x60, 0xF0)), 2]) + rng.randbytes(20)
    if proto in (4, 41, 47) and depth:
        inner, content = network(rng, depth - 1)
        if proto == 47:
            flags = rng.choice((0, 0x8000, 0x2000, 0x1000, 0xB000, 0x4000, 0x2001, 0x2001, 0x3081, 0x0001, 0x0002))
            said = rng.choice((0x880B, 0x880B, 0x880B, 0x0800)) if flags & 1 else rng.choice((inner, inner, 0x6558))
            optional = bytes(rng.choice((0, 4 * (flags & 0xB080).bit_count())))
            ppp = (
                b"\xff\x03\x00\x21"
                if flags & 1
                else rng.randbytes(12) + inner.to_bytes(2, "big")
                if said == 0x6558
                else b""
            )
            content = struct.pack("!HH", flags, said) + optional + ppp + content
        return proto, content
    return proto, rng.randbytes(rng.randrange(40))
