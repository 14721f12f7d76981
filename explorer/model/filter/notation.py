"""The notation of tcpdump -d, written and read; what tcpdump -dd and -ddd print is read too."""

# ruff: noqa: F403, F405 -- uapi is the header that C would include

from __future__ import annotations

import re
from collections.abc import Sequence

from explorer.model.filter.uapi import *

NUMBER = r"(-?(?:0x[0-9a-f]+|\d+))"
LINE = re.compile(r"(?:\((\d+)\)\s*)?([a-z]+)\b\s*(.*?)(?:\s*\bjt\s+(\d+)\s+jf\s+(\d+))?", re.IGNORECASE)
DD = re.compile(rf"\{{\s*{NUMBER}\s*,\s*{NUMBER}\s*,\s*{NUMBER}\s*,\s*{NUMBER}\s*\}}\s*,?")
DDD = re.compile(rf"{NUMBER} +{NUMBER} +{NUMBER} +{NUMBER}")

# beside tcpdump's words, those of the kernel's bpf_asm
ANCILLARY = {name: k for k, name in zip(range(0, 64, 4), ANCILLARIES, strict=True)}
ANCILLARY |= {"vlan_pr": SKF_AD_VLAN_TAG_PRESENT, "vlan_avail": SKF_AD_VLAN_TAG_PRESENT, "rand": SKF_AD_RANDOM}
OPERANDS: dict[str, dict[int, re.Pattern[str]]] = {}
for code, (op, form) in INSTRUCTIONS.items():
    shape = re.escape(form.lower().replace(" ", "").replace("0x{:x}", "{}"))
    OPERANDS.setdefault(op, {})[code] = re.compile(shape.replace(r"\{\}", NUMBER))
SYNONYMS = {"len": "#pktlen", "#len": "#pktlen", "%x": "x", "a": "", "%a": ""}


class NotationError(ValueError):
    """A text is no program: `line`, from 1, says where, `reason` why."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(line, reason)
        self.line, self.reason = line, reason

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


def disassemble(prog: Sequence[sock_filter]) -> str:
    """A program as tcpdump -d prints it."""
    return "".join(bpf_image(insn, n) + "\n" for n, insn in enumerate(prog))


def bpf_image(insn: sock_filter, n: int) -> str:
    """Instruction number n as libpcap's bpf_image prints it, less the blanks at its end."""
    code, jt, jf, k = insn
    op, operand = INSTRUCTIONS.get(code, ("unimp", f"0x{code:x}"))
    if op == "ja":
        k += n + 1
    if (ancillary := bpf_anc_helper(code, k)) is not None:
        operand = f"[{ANCILLARIES[ancillary // 4]}]"
    operand = operand.format(k if "x}" in operand else s32(k))
    if not is_branch(code):
        return f"({n:03d}) {op:<8} {operand}".rstrip()
    return f"({n:03d}) {op:<8} {operand:<16} jt {n + 1 + jt}\tjf {n + 1 + jf}"


def assemble(text: str) -> tuple[sock_filter, ...]:
    """Read a program; NotationError names the line that is wrong. Comments begin with a semicolon."""
    prog: list[sock_filter] = []
    count = None
    for number, line in enumerate(text.splitlines(), 1):
        line = line.partition(";")[0].strip()
        try:
            if count is None and not prog and line.isdecimal():
                count = int(line)
            elif numbers := DD.fullmatch(line) or DDD.fullmatch(line):
                prog.append(_sock_filter(*map(_number, numbers.groups())))
            elif line:
                prog.append(_instruction(line, len(prog)))
        except ValueError as error:
            raise NotationError(number, str(error)) from None
    if count not in (None, len(prog)):
        raise NotationError(1, f"{count} instructions announced, {len(prog)} found")
    return tuple(prog)


def _instruction(line: str, pc: int) -> sock_filter:
    """One line in the notation of tcpdump -d."""
    found = LINE.fullmatch(line)
    if found is None:
        raise ValueError(f"{line!r} is no instruction")
    index, op, operand, *targets = found.groups()
    if index and int(index) != pc:
        raise ValueError(f"({index}) stands where ({pc:03d}) belongs")
    code, k = _operand(op.lower(), operand)
    if is_branch(code) != (targets[0] is not None):
        raise ValueError(f"{op} needs jt and jf" if is_branch(code) else f"{op} has no jt and jf")
    if code == BPF_JMP | BPF_JA:
        return _sock_filter(code, 0, 0, _skip(pc, k))
    jt, jf = (_skip(pc, int(target or pc + 1)) for target in targets)
    return _sock_filter(code, jt, jf, k)


def _operand(op: str, operand: str) -> tuple[int, int]:
    """The code, and the k that stands in the operand."""
    if op not in OPERANDS:
        raise ValueError(f"there is no instruction {op!r}")
    operand = re.sub(r"\s", "", operand.lower())
    operand = SYNONYMS.get(operand, operand)
    for code, pattern in OPERANDS[op].items():
        if found := pattern.fullmatch(operand):
            return code, _number(*found.groups() or ("0",))
        if is_ld_abs(code) and (name := operand.strip("[]#")) in ANCILLARY:
            return code, (SKF_AD_OFF & U32) + ANCILLARY[name]
    wanted = " or ".join(re.sub("{.*}", "K", INSTRUCTIONS[code][1]) or "nothing" for code in OPERANDS[op])
    raise ValueError(f"{op} takes {wanted}, not {operand or 'nothing'}")


def _number(text: str) -> int:
    """A number, decimal or hexadecimal."""
    return int(text, 16 if "x" in text.lower() else 10)


def _skip(pc: int, target: int) -> int:
    """How many instructions lie between pc and the one it jumps to."""
    if target <= pc:
        raise ValueError(f"a jump back, from {pc} to {target}")
    return target - pc - 1


def _sock_filter(code: int, jt: int, jf: int, k: int) -> sock_filter:
    """An instruction, if every field has room for its value; k may be signed."""
    if -(1 << 31) <= k < 0:
        k &= U32
    for name, value, room in (("code", code, 1 << 16), ("jt", jt, 1 << 8), ("jf", jf, 1 << 8), ("k", k, 1 << 32)):
        if not 0 <= value < room:
            raise ValueError(f"{name} has no room for {value}: 0 to {room - 1}")
    return sock_filter(code, jt, jf, k)
