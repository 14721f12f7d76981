"""A classic program as the eBPF that XDP wants: it may load bytes of the frame, count with constants, compare, return.

A load behind the frame's end returns 0, as in the classic machine; to XDP that is XDP_ABORTED.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from explorer.errors import LiveError
from explorer.model.filter import sock_filter

__all__ = ["sends_back", "translated"]

_ALU, _JMP, _RET = 0x04, 0x05, 0x06  # classes of classic BPF
_XDP_TX = 3
_A, _X = 0x10, 0x08  # of a return: what is in A; of the others: with X
_SIZES = {0x20: 4, 0x28: 2, 0x30: 1}  # BPF_LD | BPF_ABS | BPF_W, BPF_H, BPF_B
_LDX_MEM_W, _ADD_K, _JGT_X, _MOV32_K, _MOV64_X, _JA, _EXIT, _TO_BE = 0x61, 0x07, 0x2D, 0xB4, 0xBF, 0x05, 0x95, 0xDC
_LDX_MEM = {4: 0x61, 2: 0x69, 1: 0x71}
_ALU32, _JMP32 = 0x04, 0x06
_R0, _R1, _R2, _DATA, _END = 0, 1, 2, 6, 7  # A; struct xdp_md; the end of a load; where the frame begins and ends


class _Insn(NamedTuple):
    """A struct bpf_insn; `to` is the classic instruction that it jumps to, which sets its offset."""

    code: int
    dst: int = 0
    src: int = 0
    off: int = 0
    imm: int = 0
    to: int | None = None


def translated(program: tuple[sock_filter, ...]) -> bytes:
    """The struct bpf_insns of a program; LiveError names the instruction that XDP has nothing for."""
    code = [_Insn(_LDX_MEM_W, _DATA, _R1, 0), _Insn(_LDX_MEM_W, _END, _R1, 4), _Insn(_MOV32_K, _R0)]
    starts: list[int] = []
    for number, step in enumerate(program):
        starts.append(len(code))
        code += _step(number, step, len(program))
    starts.append(len(code))
    if any(insn.to == len(program) for insn in code):
        code += [_Insn(_MOV32_K, _R0), _Insn(_EXIT)]
    placed = (
        insn if insn.to is None else insn._replace(off=starts[insn.to] - place - 1) for place, insn in enumerate(code)
    )
    return b"".join(struct.pack("<BBhI", each.code, each.src << 4 | each.dst, each.off, each.imm) for each in placed)


def sends_back(program: tuple[sock_filter, ...]) -> bool:
    """Whether a program may return XDP_TX."""
    return any(code & 0x07 == _RET and (code & _A or k == _XDP_TX) for code, _, _, k in program)


def _step(number: int, step: sock_filter, end: int) -> Iterator[_Insn]:
    """What a classic instruction becomes; `end` is where a load goes that finds nothing."""
    code, jt, jf, k = step
    kind, op = code & 0x07, code & 0xF0
    if code in _SIZES and k < 1 << 16:
        yield from _load(_SIZES[code], k, end)
    elif kind == _RET and not code & _X:
        yield from () if code & _A else (_Insn(_MOV32_K, _R0, imm=k),)
        yield _Insn(_EXIT)
    elif kind == _ALU and not code & _X:
        yield _Insn(_ALU32 | op, _R0, imm=k)
    elif code == _JMP:
        yield _Insn(_JA, to=number + 1 + k)
    elif kind == _JMP and not code & _X:
        yield _Insn(_JMP32 | op, _R0, imm=k, to=number + 1 + jt)
        yield _Insn(_JA, to=number + 1 + jf)
    else:
        raise LiveError(f"instruction {number} of an XDP program, {tuple(step)}, is none that XDP has anything for")


def _load(size: int, offset: int, end: int) -> Iterator[_Insn]:
    yield _Insn(_MOV64_X, _R2, _DATA)
    yield _Insn(_ADD_K, _R2, imm=offset + size)
    yield _Insn(_JGT_X, _R2, _END, to=end)
    yield _Insn(_LDX_MEM[size], _R0, _DATA, offset)
    if size > 1:
        yield _Insn(_TO_BE, _R0, imm=8 * size)
