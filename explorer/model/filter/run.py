"""The machine: an accumulator A, an index X, sixteen words M[], and a program that only goes forward.

The kernel translates a program to eBPF before it runs it; here is what can be observed of that.
"""

# ruff: noqa: F403, F405 -- uapi is the header that C would include

from __future__ import annotations

import operator
from collections.abc import Sequence

from explorer.model._mirrors import mirrors
from explorer.model.filter.extensions import convert_bpf_extensions
from explorer.model.filter.uapi import *
from explorer.model.skbuff import sk_buff, skb_header_pointer, skb_mac_offset, skb_network_offset

SIZES = {BPF_W: 4, BPF_H: 2, BPF_B: 1}
ALU = {
    BPF_ADD: operator.add,
    BPF_SUB: operator.sub,
    BPF_MUL: operator.mul,
    BPF_DIV: operator.floordiv,
    BPF_OR: operator.or_,
    BPF_AND: operator.and_,
    BPF_LSH: lambda a, src: a << (src & 31),
    BPF_RSH: lambda a, src: a >> (src & 31),
    BPF_NEG: lambda a, src: -a,
    BPF_MOD: operator.mod,
    BPF_XOR: operator.xor,
}
JUMP = {BPF_JEQ: operator.eq, BPF_JGT: operator.gt, BPF_JGE: operator.ge, BPF_JSET: operator.and_}


@mirrors("bpf_convert_filter@net/core/filter.c", "sk_run_filter@net/core/filter.c")
def bpf_prog_run(prog: Sequence[sock_filter], skb: sk_buff) -> int:
    """Run a program that passed the checker: the u32 it returns says how many bytes of the skb to keep, 0 to drop it.

    Left out: the eBPF it becomes and the room for that (kcalloc, memcpy, kfree, BUILD_BUG_ON, BUG_ON), and that a jump
    over more than 32,767 of its instructions is refused: it takes some 1,700 loads of a frame to make so many.
    """
    a = x = pc = 0
    mem = [0] * BPF_MEMWORDS
    while True:
        code, jt, jf, k = prog[pc]
        pc += 1
        cls, op, src = code & 0x07, code & 0xF0, x if code & BPF_X else k
        if cls == BPF_ALU:
            if op in (BPF_DIV, BPF_MOD) and src == 0:
                return 0
            a = ALU[op](a, src) & U32
        elif cls == BPF_JMP:
            pc += k if op == BPF_JA else jt if JUMP[op](a, src) else jf
        elif cls == BPF_RET:
            return a if code & BPF_A else k
        elif code == BPF_MISC | BPF_TAX:
            x = a
        elif code == BPF_MISC | BPF_TXA:
            a = x
        elif cls in (BPF_ST, BPF_STX):
            mem[k] = a if cls == BPF_ST else x
        elif (ancillary := bpf_anc_helper(code, k)) is not None:
            if (value := convert_bpf_extensions(ancillary, skb, a, x)) is None:
                return a
            a = value
        else:
            if (value := load(code, k, skb, x, mem)) is None:
                return 0
            if cls == BPF_LD:
                a = value
            else:
                x = value


def load(code: int, k: int, skb: sk_buff, x: int, mem: Sequence[int]) -> int | None:
    """What ld and ldx load; None for bytes that the skb has not."""
    mode = code & 0xE0
    if mode == BPF_IMM:
        return k
    if mode == BPF_MEM:
        return mem[k]
    if mode == BPF_LEN:
        return skb.len
    if mode == BPF_MSH:
        byte = bpf_skb_load_helper(skb, s32(k), 1)
        return None if byte is None else 4 * (byte & 0xF)
    return bpf_skb_load_helper(skb, s32(k if mode == BPF_ABS else x + k), SIZES[code & 0x18])


@mirrors("convert_bpf_ld_abs@net/core/filter.c", "load_pointer@net/core/filter.c")
def bpf_skb_load_helper(skb: sk_buff, offset: int, size: int) -> int | None:
    """Load 1, 2 or 4 bytes, the first the most significant: bpf_skb_load_helper_8, _16 and _32.

    Left out: the short way for bytes that are there (bpf_size_to_bytes, IS_BUILTIN).
    """
    converted = bpf_skb_load_helper_convert_offset(skb, offset)
    there = None if converted is None else skb_header_pointer(skb, converted, size)
    return None if there is None else int.from_bytes(there, "big")


@mirrors(
    "bpf_skb_load_helper_convert_offset@net/core/filter.c",
    "bpf_internal_load_pointer_neg_helper@kernel/bpf/core.c",
    "bpf_internal_load_pointer_neg_helper@net/core/filter.c",
)
def bpf_skb_load_helper_convert_offset(skb: sk_buff, offset: int) -> int | None:
    """From where in the skb to load: what is below zero counts from the network or the MAC header.

    Left out: that the older form gave a pointer (skb_network_header, skb_mac_header), and looked at skb_tail_pointer.
    """
    if offset >= 0:
        return offset
    if offset >= SKF_NET_OFF:
        return offset - SKF_NET_OFF + skb_network_offset(skb)
    if offset >= SKF_LL_OFF and skb_mac_header_was_set(skb):
        return offset - SKF_LL_OFF + skb_mac_offset(skb)
    return None


def skb_mac_header_was_set(skb: sk_buff) -> bool:
    """Whether the skb has a MAC header."""
    return skb.mac_header != 0xFFFF
