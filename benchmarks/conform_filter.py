"""Random classic BPF programs, in the model and in the running kernel: refused alike, and answered alike?

Three comparisons, none of which needs root: which programs SO_ATTACH_FILTER refuses; how much of a datagram a program
leaves on an AF_UNIX socket; how much of a frame it leaves to packet sockets on lo, in a namespace of this process.
A program that differs is shrunk to the smallest that still does, and shown. The exit status is 1 if any differs.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import fcntl
import json
import operator
import os
import platform
import random
import select
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from filter_draws import Program, accepted_program, any_program, netlink, network, refusal

from explorer.model.filter import bpf_prog_run, disassemble, extensions, sock_filter
from explorer.model.filter.uapi import INSTRUCTIONS, is_branch
from explorer.model.skbuff import sk_buff

SO_ATTACH_FILTER, SO_MARK, SOL_PACKET, PACKET_AUXDATA, ETH_P_ALL = 26, 36, 263, 8, 3
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
TP_STATUS_VLAN_VALID = 1 << 4


def smaller(prog: Program) -> Iterator[Program]:
    """Programs that are one step simpler: without some instructions, or with one of simpler fields."""
    size = len(prog) // 2
    while size:
        for pc in range(0, len(prog) - size + 1, size):
            yield without(prog, pc, size)
        size //= 2
    for pc, insn in enumerate(prog):
        for fields in ({"k": 0}, {"k": 1}, {"jt": 0}, {"jf": 0}, {"k": insn.k // 2}):
            if any(getattr(insn, name) > value for name, value in fields.items()):
                yield (*prog[:pc], insn._replace(**fields), *prog[pc + 1 :])


def without(prog: Program, pc: int, size: int) -> Program:
    """A program less some instructions; what jumps over them jumps less far."""
    short = list(prog[:pc])
    for at, (code, jt, jf, k) in enumerate(short):
        jt, jf, far = (skip - min(size, max(0, at + 1 + skip - pc)) for skip in (jt, jf, k))
        if is_branch(code):
            short[at] = sock_filter(code, jt, jf, k)
        elif INSTRUCTIONS.get(code, ("",))[0] == "ja":
            short[at] = sock_filter(code, 0, 0, far)
    return (*short, *prog[pc + size :])


def shrink(prog: Program, differs: Callable[[Program], bool]) -> Program:
    """The smallest program, reached by such steps, for which `differs` still holds."""
    while simpler := next((each for each in smaller(prog) if differs(each)), None):
        prog = simpler
    return prog


def attach(tap: socket.socket, prog: Program) -> int:
    """Attach a program; what errno says, 0 if it was accepted."""
    code = b"".join(struct.pack("=HBBI", *insn) for insn in prog)
    buffer = ctypes.create_string_buffer(code, len(code) + 1)
    try:
        tap.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("@HP", len(prog), ctypes.addressof(buffer)))
    except OSError as error:
        return error.errno or 0
    return 0


def received(tap: socket.socket) -> int:
    """The length of what a socket got, -1 for nothing."""
    try:
        return len(tap.recv(65536))
    except BlockingIOError:
        return -1


class Refusal:
    """Is a program refused by both, or by neither? That a socket has no room for a program is another matter."""

    def __init__(self) -> None:
        self.tap = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    def draw(self, rng: random.Random) -> tuple[Program, None]:
        return any_program(rng), None

    def both(self, prog: Program, frame: None) -> tuple[Any, Any]:
        number = attach(self.tap, prog)
        if number not in (0, errno.EINVAL, errno.ENOMEM):
            raise OSError(number, os.strerror(number))
        return number == errno.EINVAL, bool(refusal(prog))


class Datagram:
    """A datagram between two AF_UNIX sockets: an skb without a device, a MAC header or a protocol."""

    def __init__(self) -> None:
        self.sender, self.tap = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.tap.setblocking(False)

    def draw(self, rng: random.Random) -> tuple[Program, bytes]:
        frame = netlink(rng) if rng.random() < 0.5 else rng.randbytes(rng.randrange(1, 200))
        return accepted_program(rng, len(frame)), frame

    def both(self, prog: Program, frame: bytes) -> tuple[Any, Any]:
        if refusal(prog) or attach(self.tap, prog):
            return None, None if refusal(prog) else "accepted"
        self.sender.send(frame)
        skb = sk_buff(bytearray(frame), tail=len(frame), len=len(frame))
        return received(self.tap), min(bpf_prog_run(prog, skb), len(frame)) or -1


class Frame:
    """A frame over lo, seen by a raw and a cooked packet socket, going out and coming in.

    A third socket, without a filter, says what skb it was: the model answers for that.
    """

    def __init__(self) -> None:
        enter_namespace()
        self.ifindex = socket.if_nametoindex("lo")
        self.control = packet_socket(socket.SOCK_RAW)  # the first on the list of taps, so the last that gets a frame
        self.control.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.taps = {"raw": packet_socket(socket.SOCK_RAW), "dgram": packet_socket(socket.SOCK_DGRAM)}
        self.sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)

    def draw(self, rng: random.Random) -> tuple[Program, tuple[bytes, int, int]]:
        protocol, content = network(rng, 3)
        address = rng.choice(("00", "01", "02")) + "0000000000"
        frame = bytes.fromhex(address) + rng.randbytes(6) + protocol.to_bytes(2, "big") + content
        frame = frame[: rng.choice((400, rng.randrange(20, 120)))].ljust(20, b"\0")
        said = rng.choice((protocol, protocol, 0x0800, 0x88B5))
        return accepted_program(rng, len(frame)), (frame, said, rng.choice((0, rng.getrandbits(31))))

    def both(self, prog: Program, frame: tuple[bytes, int, int]) -> tuple[Any, Any]:
        if refusal(prog) or attach(self.taps["raw"], prog) or attach(self.taps["dgram"], prog):
            return None, None if refusal(prog) else "accepted"
        content, protocol, mark = frame
        self.sender.setsockopt(socket.SOL_SOCKET, SO_MARK, mark)
        self.sender.sendto(content, ("lo", protocol))
        raw = [self.shown(mark), self.shown(mark)]
        kernel = [delivered(tap) for tap in self.taps.values()]
        return kernel, [kept(prog, raw), kept(prog, map(cooked, raw))]

    def shown(self, mark: int) -> sk_buff:
        """The skb that the next frame of the control socket was."""
        if not select.select([self.control], [], [], 2)[0]:
            raise TimeoutError("a frame over lo does not arrive")
        data, ancillary, _, (_, protocol, pkt_type, hatype, _) = self.control.recvmsg(65536, 64)
        status, _, _, _, network_header, tci, tpid = struct.unpack("=IIIHHHH", ancillary[0][2])
        return sk_buff(
            bytearray(data),
            tail=len(data),
            len=len(data),
            dev=SimpleNamespace(ifindex=self.ifindex, type=hatype),
            protocol=protocol,
            pkt_type=pkt_type,
            mac_header=0,
            network_header=network_header,
            mark=mark,
            vlan_present=bool(status & TP_STATUS_VLAN_VALID),
            vlan_tci=tci,
            vlan_proto=tpid,
        )


def cooked(skb: sk_buff) -> sk_buff:
    """The skb as packet_rcv shows it to a SOCK_DGRAM socket."""
    skb.len -= skb.network_header - skb.data
    skb.data = skb.network_header
    return skb


def kept(prog: Program, skbs: Iterable[sk_buff]) -> list[tuple[int, int]]:
    """The packet type and the length of what the model lets through."""
    return [(skb.pkt_type, min(length, skb.len)) for skb in skbs if (length := bpf_prog_run(prog, skb))]


def delivered(tap: socket.socket) -> list[tuple[int, int]]:
    """The packet type and the length of what a packet socket got."""
    got = []
    while True:
        try:
            data, address = tap.recvfrom(65536)
        except BlockingIOError:
            return got
        got.append((address[2], len(data)))


def packet_socket(kind: int) -> socket.socket:
    """A packet socket that hears everything on lo."""
    tap = socket.socket(socket.AF_PACKET, kind, 0)
    tap.bind(("lo", ETH_P_ALL))
    tap.setblocking(False)
    return tap


def enter_namespace() -> None:
    """Take this process into a user and a network namespace of its own, with lo up and no IPv6 to answer."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare(NEWUSER|NEWNET)")
    with socket.socket() as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def compare(trial: Any, programs: int, seed: int) -> dict[str, Any]:
    """Draw programs until one differs or there are enough."""
    rng, count, began = random.Random(seed), Counter(), time.perf_counter()
    mismatch = None
    while count["drawn"] < programs and mismatch is None:
        prog, frame = trial.draw(rng)
        kernel, model = trial.both(prog, frame)
        count["drawn"] += 1
        count["refused" if kernel is True else "dropped" if kernel in (-1, [[], []]) else "accepted"] += 1
        if kernel != model:
            prog = shrink(prog, lambda each, frame=frame: operator.ne(*trial.both(each, frame)))
            kernel, model = trial.both(prog, frame)
            mismatch = {"program": disassemble(prog), "frame": repr(frame), "kernel": kernel, "model": model}
    return {**count, "mismatch": mismatch, "seconds": round(time.perf_counter() - began, 2)}


def main() -> int:
    """Compare, print what was seen, and exit 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--programs", type=int, default=3000, metavar="N", help="programs for each comparison")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    cpu = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cpu})
    extensions.raw_smp_processor_id = lambda: cpu
    jit = Path("/proc/sys/net/core/bpf_jit_enable")
    report: dict[str, Any] = {"kernel": platform.release(), "jit": jit.read_text().strip() if jit.exists() else None}
    differs = False
    for kind in (Refusal, Datagram, Frame):
        name = kind.__name__.lower()
        try:
            trial = kind()
        except OSError as error:
            report[name] = {"not_run": str(error)}
            continue
        report[name] = compare(trial, arguments.programs, arguments.seed)
        if differs := report[name]["mismatch"] is not None:
            break  # what a wrong checker admits cannot be run
    print(json.dumps(report, indent=2))
    return differs


if __name__ == "__main__":
    sys.exit(main())
