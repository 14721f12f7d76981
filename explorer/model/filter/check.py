"""The checker: a program that passes stays inside itself, ends, and reads no scratch word before it is written."""

# ruff: noqa: F403, F405 -- uapi is the header that C would include

from __future__ import annotations

from collections.abc import Sequence

from explorer.model._mirrors import mirrors
from explorer.model.filter.uapi import *


class FilterError(ValueError):
    """EINVAL: the kernel would refuse this program; `pc` is the index of the instruction at fault, `reason` why."""

    def __init__(self, pc: int, reason: str) -> None:
        super().__init__(pc, reason)
        self.pc, self.reason = pc, reason

    def __str__(self) -> str:
        return f"({self.pc:03d}) {self.reason}"


@mirrors("bpf_check_classic@net/core/filter.c", "sk_chk_filter@net/core/filter.c")
def bpf_check_classic(prog: Sequence[sock_filter]) -> None:
    """Refuse a program that could do harm: FilterError names the first instruction at fault.

    Left out: the room that a socket has for its filter (ENOMEM, by optmem_max).
    """
    bpf_check_basics_ok(prog)
    flen = len(prog)
    for pc, (code, jt, jf, k) in enumerate(prog):
        if not chk_code_allowed(code):
            raise FilterError(pc, f"there is no instruction with code 0x{code:x}")
        if code in (BPF_ALU | BPF_DIV | BPF_K, BPF_ALU | BPF_MOD | BPF_K):
            if k == 0:
                raise FilterError(pc, "division by zero")
        elif code in (BPF_ALU | BPF_LSH | BPF_K, BPF_ALU | BPF_RSH | BPF_K):
            if k >= 32:
                raise FilterError(pc, f"a shift by {k}: a register has 32 bits")
        elif code in (BPF_LD | BPF_MEM, BPF_LDX | BPF_MEM, BPF_ST, BPF_STX):
            if k >= BPF_MEMWORDS:
                raise FilterError(pc, f"there is no M[{k}]: scratch memory has {BPF_MEMWORDS} words")
        elif code == BPF_JMP | BPF_JA:
            if k >= flen - pc - 1:
                raise FilterError(pc, f"a jump to {pc + 1 + k}, out of a program of {flen}")
        elif is_branch(code):
            if pc + max(jt, jf) + 1 >= flen:
                raise FilterError(pc, f"a jump to {pc + 1 + max(jt, jf)}, out of a program of {flen}")
        elif is_ld_abs(code) and bpf_anc_helper(code, k) is None and k >= SKF_AD_OFF & U32:
            raise FilterError(pc, f"there is no ancillary at SKF_AD_OFF + {k - (SKF_AD_OFF & U32)}")
    if prog[-1].code not in (BPF_RET | BPF_K, BPF_RET | BPF_A):
        raise FilterError(flen - 1, "the last instruction is not a ret")
    check_load_and_stores(prog)


@mirrors("bpf_check_basics_ok@net/core/filter.c")
def bpf_check_basics_ok(prog: Sequence[sock_filter]) -> None:
    """Refuse a program of no length, or of too much."""
    if not 0 < len(prog) <= BPF_MAXINSNS:
        raise FilterError(0, f"a program of {len(prog)}: it has 1 to {BPF_MAXINSNS} instructions")


@mirrors("chk_code_allowed@net/core/filter.c")
def chk_code_allowed(code: int) -> bool:
    """Whether there is such an instruction."""
    return code in INSTRUCTIONS


@mirrors("check_load_and_stores@net/core/filter.c")
def check_load_and_stores(prog: Sequence[sock_filter]) -> None:
    """Refuse to read a word of M[] that some way through the program has not written.

    Left out: kmalloc_array, memset and kfree.
    """
    masks = [0xFFFF] * len(prog)  # of the words that every way to an instruction has written
    memvalid = 0
    for pc, (code, jt, jf, k) in enumerate(prog):
        memvalid &= masks[pc]
        if code in (BPF_ST, BPF_STX):
            memvalid |= 1 << k
        elif code in (BPF_LD | BPF_MEM, BPF_LDX | BPF_MEM):
            if not memvalid & 1 << k:
                raise FilterError(pc, f"M[{k}] is read, and may not have been written")
        elif code == BPF_JMP | BPF_JA:
            masks[pc + 1 + k] &= memvalid
            memvalid = 0xFFFF
        elif is_branch(code):
            masks[pc + 1 + jt] &= memvalid
            masks[pc + 1 + jf] &= memvalid
            memvalid = 0xFFFF
