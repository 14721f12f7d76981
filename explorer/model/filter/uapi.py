"""The words of classic BPF, as bpf_common.h and the two filter.h have them, and the instructions they make."""

from __future__ import annotations

from typing import NamedTuple

from explorer.model._mirrors import mirrors

# code & 0x07, the class
BPF_LD, BPF_LDX, BPF_ST, BPF_STX, BPF_ALU, BPF_JMP, BPF_RET, BPF_MISC = range(8)
# ld, ldx: code & 0x18, the size, and code & 0xe0, the mode
BPF_W, BPF_H, BPF_B = 0x00, 0x08, 0x10
BPF_IMM, BPF_ABS, BPF_IND, BPF_MEM, BPF_LEN, BPF_MSH = range(0, 0xC0, 0x20)
# alu, jmp: code & 0xf0, the operation
BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR, BPF_AND, BPF_LSH, BPF_RSH, BPF_NEG, BPF_MOD, BPF_XOR = range(0, 0xB0, 0x10)
BPF_JA, BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET = range(0, 0x50, 0x10)
# alu, jmp: code & 0x08, the source; ret: code & 0x18
BPF_K, BPF_X, BPF_A = 0x00, 0x08, 0x10
BPF_TAX, BPF_TXA = 0x00, 0x80

BPF_MAXINSNS = 4096
BPF_MEMWORDS = 16

U32 = 0xFFFFFFFF
SKF_AD_OFF, SKF_NET_OFF, SKF_LL_OFF = -0x1000, -0x100000, -0x200000
SKF_AD_PROTOCOL, SKF_AD_PKTTYPE, SKF_AD_IFINDEX, SKF_AD_NLATTR = range(0, 16, 4)
SKF_AD_NLATTR_NEST, SKF_AD_MARK, SKF_AD_QUEUE, SKF_AD_HATYPE = range(16, 32, 4)
SKF_AD_RXHASH, SKF_AD_CPU, SKF_AD_ALU_XOR_X, SKF_AD_VLAN_TAG = range(32, 48, 4)
SKF_AD_VLAN_TAG_PRESENT, SKF_AD_PAY_OFFSET, SKF_AD_RANDOM, SKF_AD_VLAN_TPID = range(48, 64, 4)

# the names tcpdump -d prints, by SKF_AD_
ANCILLARIES = (
    "proto type ifidx nla nlan mark queue hatype rxhash cpu xor_x vlan_tci vlanp poff random vlan_tpid".split()
)

# Every instruction the checker admits: what tcpdump -d prints for it.
INSTRUCTIONS = {
    BPF_LD | BPF_W | BPF_ABS: ("ld", "[{}]"),
    BPF_LD | BPF_H | BPF_ABS: ("ldh", "[{}]"),
    BPF_LD | BPF_B | BPF_ABS: ("ldb", "[{}]"),
    BPF_LD | BPF_W | BPF_IND: ("ld", "[x + {}]"),
    BPF_LD | BPF_H | BPF_IND: ("ldh", "[x + {}]"),
    BPF_LD | BPF_B | BPF_IND: ("ldb", "[x + {}]"),
    BPF_LD | BPF_W | BPF_LEN: ("ld", "#pktlen"),
    BPF_LD | BPF_IMM: ("ld", "#0x{:x}"),
    BPF_LD | BPF_MEM: ("ld", "M[{}]"),
    BPF_LDX | BPF_B | BPF_MSH: ("ldxb", "4*([{}]&0xf)"),
    BPF_LDX | BPF_W | BPF_LEN: ("ldx", "#pktlen"),
    BPF_LDX | BPF_IMM: ("ldx", "#0x{:x}"),
    BPF_LDX | BPF_MEM: ("ldx", "M[{}]"),
    BPF_ST: ("st", "M[{}]"),
    BPF_STX: ("stx", "M[{}]"),
    BPF_ALU | BPF_ADD | BPF_K: ("add", "#{}"),
    BPF_ALU | BPF_ADD | BPF_X: ("add", "x"),
    BPF_ALU | BPF_SUB | BPF_K: ("sub", "#{}"),
    BPF_ALU | BPF_SUB | BPF_X: ("sub", "x"),
    BPF_ALU | BPF_MUL | BPF_K: ("mul", "#{}"),
    BPF_ALU | BPF_MUL | BPF_X: ("mul", "x"),
    BPF_ALU | BPF_DIV | BPF_K: ("div", "#{}"),
    BPF_ALU | BPF_DIV | BPF_X: ("div", "x"),
    BPF_ALU | BPF_MOD | BPF_K: ("mod", "#{}"),
    BPF_ALU | BPF_MOD | BPF_X: ("mod", "x"),
    BPF_ALU | BPF_AND | BPF_K: ("and", "#0x{:x}"),
    BPF_ALU | BPF_AND | BPF_X: ("and", "x"),
    BPF_ALU | BPF_OR | BPF_K: ("or", "#0x{:x}"),
    BPF_ALU | BPF_OR | BPF_X: ("or", "x"),
    BPF_ALU | BPF_XOR | BPF_K: ("xor", "#0x{:x}"),
    BPF_ALU | BPF_XOR | BPF_X: ("xor", "x"),
    BPF_ALU | BPF_LSH | BPF_K: ("lsh", "#{}"),
    BPF_ALU | BPF_LSH | BPF_X: ("lsh", "x"),
    BPF_ALU | BPF_RSH | BPF_K: ("rsh", "#{}"),
    BPF_ALU | BPF_RSH | BPF_X: ("rsh", "x"),
    BPF_ALU | BPF_NEG: ("neg", ""),
    BPF_JMP | BPF_JA: ("ja", "{}"),
    BPF_JMP | BPF_JEQ | BPF_K: ("jeq", "#0x{:x}"),
    BPF_JMP | BPF_JEQ | BPF_X: ("jeq", "x"),
    BPF_JMP | BPF_JGT | BPF_K: ("jgt", "#0x{:x}"),
    BPF_JMP | BPF_JGT | BPF_X: ("jgt", "x"),
    BPF_JMP | BPF_JGE | BPF_K: ("jge", "#0x{:x}"),
    BPF_JMP | BPF_JGE | BPF_X: ("jge", "x"),
    BPF_JMP | BPF_JSET | BPF_K: ("jset", "#0x{:x}"),
    BPF_JMP | BPF_JSET | BPF_X: ("jset", "x"),
    BPF_RET | BPF_K: ("ret", "#{}"),
    BPF_RET | BPF_A: ("ret", ""),
    BPF_MISC | BPF_TAX: ("tax", ""),
    BPF_MISC | BPF_TXA: ("txa", ""),
}


class sock_filter(NamedTuple):  # noqa: N801
    """One instruction: u16 code, u8 jt and jf (how many to skip if true, if false), u32 k."""

    code: int
    jt: int
    jf: int
    k: int


def s32(k: int) -> int:
    """A u32 as C's int reads it."""
    return ((k & U32) ^ 0x80000000) - 0x80000000


@mirrors("bpf_anc_helper@include/linux/filter.h")
def bpf_anc_helper(code: int, k: int) -> int | None:
    """Which ancillary an instruction loads, None for none; it loads the whole of it, whatever size it names."""
    offset = k - (SKF_AD_OFF & U32)
    return offset if is_ld_abs(code) and offset in range(0, 4 * len(ANCILLARIES), 4) else None


def is_ld_abs(code: int) -> bool:
    """Whether an instruction loads a word, a half or a byte from a constant offset."""
    return code & 0xE7 == BPF_LD | BPF_ABS and code & 0x18 <= BPF_B


def is_branch(code: int) -> bool:
    """Whether an instruction has a jt and a jf."""
    return code & 0x07 == BPF_JMP and code & 0xF0 != BPF_JA
