"""Random classic BPF programs, in the model and on real sockets: refused alike, and cut alike?"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from explorer.conform.filter_draws import Program, accepted_program, any_program, netlink, network, refusal
from explorer.errors import LiveError
from explorer.model.filter import bpf_prog_run, extensions, sock_filter
from explorer.model.filter.uapi import INSTRUCTIONS, is_branch
from explorer.model.skbuff import sk_buff

if TYPE_CHECKING:
    from explorer.live.process import Agent
    from explorer.live.uml import Uml

__all__ = ["FilterFinding", "FilterReport", "Trial", "drawn_filter", "filtered", "smallest_program"]

_VLAN_VALID = 1 << 4  # TP_STATUS_VLAN_VALID
_LO = 1  # its ifindex in every namespace


@dataclass(frozen=True, slots=True)
class Trial:
    """A program and what it is tried on: ``check`` alone, a ``datagram``, a ``frame`` over lo with its mark."""

    program: Program
    kind: str
    content: bytes = b""
    protocol: int = 0
    mark: int = 0


@dataclass(frozen=True, slots=True)
class FilterFinding:
    """A trial and both answers: True for refused, else what was kept."""

    trial: Trial
    model: Any
    kernel: Any


@dataclass(frozen=True, slots=True)
class FilterReport:
    """What came of a comparison: programs drawn, refused by both, and the smallest that the two differ on."""

    kernel: str
    drawn: int
    refused: int
    finding: FilterFinding | None = None


def filtered(agent: Agent | Uml, count: int, seed: int = 0) -> FilterReport:
    """Programs number `seed` to `seed` + `count`, by the model and by a kernel, until they differ."""
    refused = 0
    for number in range(seed, seed + count):
        trial = drawn_filter(number)
        finding = _asked(agent, trial)
        if finding.model != finding.kernel:
            program = smallest_program(trial.program, partial(_differs, agent, trial))
            finding = _asked(agent, replace(trial, program=program))
            return FilterReport(f"Linux {agent.kernel}", number - seed + 1, refused, finding)
        refused += finding.kernel is True
    return FilterReport(f"Linux {agent.kernel}", count, refused)


def drawn_filter(number: int) -> Trial:
    """The trial of a number: the same in every run of every machine."""
    r = Random(number)
    kind = r.choice(("check", "datagram", "frame"))
    if kind == "check":
        return Trial(any_program(r), kind)
    if kind == "datagram":
        content = netlink(r) if r.random() < 0.5 else r.randbytes(r.randrange(1, 200))
        return Trial(accepted_program(r, len(content)), kind, content)
    protocol, packet = network(r, 3)
    frame = bytes.fromhex(r.choice(("00", "01", "02")) + "0000000000") + r.randbytes(6)
    frame = (frame + protocol.to_bytes(2, "big") + packet)[: r.choice((400, r.randrange(20, 120)))].ljust(20, b"\0")
    said = r.choice((protocol, protocol, 0x0800, 0x88B5))
    return Trial(accepted_program(r, len(frame)), kind, frame, said, r.choice((0, r.getrandbits(31))))


def _differs(agent: Agent | Uml, trial: Trial, program: Program) -> bool:
    finding = _asked(agent, replace(trial, program=program))
    return bool(finding.model != finding.kernel)


def _asked(agent: Agent | Uml, trial: Trial) -> FilterFinding:
    """Both answers; a socket without room for a long program has accepted it."""
    request = {"do": "filter", "kind": trial.kind, "program": trial.program, "content": trial.content.hex()}
    answer = agent.ask(request | {"protocol": trial.protocol, "mark": trial.mark})
    if answer["errno"] not in (0, errno.EINVAL, errno.ENOMEM):
        raise LiveError(f"SO_ATTACH_FILTER was refused: {errno.errorcode.get(answer['errno'], answer['errno'])}")
    kernel = answer["errno"] == errno.EINVAL or answer["got"]
    if refusal(trial.program):
        return FilterFinding(trial, True, kernel)
    if kernel is True or answer["got"] is None:
        return FilterFinding(trial, None, kernel or None)
    return FilterFinding(trial, _kept(trial, answer), kernel)


def _kept(trial: Trial, answer: dict[str, Any]) -> Any:
    """What the model keeps of a datagram, or by both taps of each skb that a frame was."""
    before, extensions.raw_smp_processor_id = extensions.raw_smp_processor_id, lambda: answer["cpu"]
    try:
        if trial.kind == "datagram":
            length = len(trial.content)
            skb = sk_buff(bytearray(trial.content), tail=length, len=length)
            return min(bpf_prog_run(trial.program, skb), length) or -1
        skbs = [_skb(shown, trial.mark) for shown in answer["shown"]]
        return [_cut(trial.program, skbs), _cut(trial.program, map(_cooked, skbs))]
    finally:
        extensions.raw_smp_processor_id = before


def _skb(shown: dict[str, Any], mark: int) -> sk_buff:
    data = bytearray.fromhex(shown["data"])
    return sk_buff(
        data,
        tail=len(data),
        len=len(data),
        dev=SimpleNamespace(ifindex=_LO, type=shown["hatype"]),
        protocol=shown["protocol"],
        pkt_type=shown["pkt_type"],
        mac_header=0,
        network_header=shown["network_header"],
        mark=mark,
        vlan_present=bool(shown["tp_status"] & _VLAN_VALID),
        vlan_tci=shown["vlan_tci"],
        vlan_proto=shown["vlan_proto"],
    )


def _cooked(skb: sk_buff) -> sk_buff:
    """The skb as packet_rcv shows it to a SOCK_DGRAM socket."""
    skb.len -= skb.network_header - skb.data
    skb.data = skb.network_header
    return skb


def _cut(program: Program, skbs: Any) -> list[list[int]]:
    """The packet type and the length of what is let through."""
    return [[skb.pkt_type, min(length, skb.len)] for skb in skbs if (length := bpf_prog_run(program, skb))]


def smallest_program(program: Program, differs: Callable[[Program], bool]) -> Program:
    """What is left of a program when nothing more can be taken from it without losing the difference."""
    while simpler := next((each for each in _smaller(program) if differs(each)), None):
        program = simpler
    return program


def _smaller(program: Program) -> Iterator[Program]:
    """Programs that are one step simpler: without some instructions, or with one of simpler fields."""
    size = len(program) // 2
    while size:
        for pc in range(0, len(program) - size + 1, size):
            yield _without(program, pc, size)
        size //= 2
    for pc, insn in enumerate(program):
        for fields in ({"k": 0}, {"k": 1}, {"jt": 0}, {"jf": 0}, {"k": insn.k // 2}):
            if any(getattr(insn, name) > value for name, value in fields.items()):
                yield (*program[:pc], insn._replace(**fields), *program[pc + 1 :])


def _without(program: Program, pc: int, size: int) -> Program:
    """A program less some instructions; what jumps over them jumps less far."""
    short = list(program[:pc])
    for at, (code, jt, jf, k) in enumerate(short):
        jt, jf, far = (skip - min(size, max(0, at + 1 + skip - pc)) for skip in (jt, jf, k))
        if is_branch(code):
            short[at] = sock_filter(code, jt, jf, k)
        elif INSTRUCTIONS.get(code, ("",))[0] == "ja":
            short[at] = sock_filter(code, 0, 0, far)
    return (*short, *program[pc + size :])
