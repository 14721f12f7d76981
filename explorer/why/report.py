"""This machine told: who listens on a device, what keeps frames from them, and the statements that decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.live.reading import Hook, Interface, Socket
from explorer.tour.values import Fit
from explorer.version import Version
from explorer.why.answer import Statement, statements
from explorer.why.machine import Machine
from explorer.why.suspects import Suspect, concerns, suspects
from explorer.why.tcpdump import Capture

if TYPE_CHECKING:
    from explorer.kernel import Kernel

__all__ = ["Listener", "Report", "report"]

_ALL = 0x0003
_TYPES = {3: "raw", 2: "dgram", 10: "packet"}
_HANDLERS = {"packet_rcv", "tpacket_rcv", "packet_rcv_spkt", "packet_rcv_fanout"}


@dataclass(frozen=True, slots=True)
class Listener:
    """A tap there is: whose, what it asks for, and how full it is; -1 where that could not be read."""

    inode: int
    pid: int
    name: str
    type: str
    protocol: int
    device: str
    running: bool
    waiting: int
    room: int
    lost: int


@dataclass(frozen=True, slots=True)
class Report:
    """This machine asked about a device, or a process's taps: `version` is the release the statements are of.

    `others` are called for every frame as taps are, and are no packet sockets.
    """

    running: str
    version: Version
    asked: str
    device: Interface | None
    listeners: tuple[Listener, ...]
    others: tuple[Hook, ...]
    suspects: tuple[Suspect, ...]
    statements: tuple[Statement, ...]
    unread: tuple[str, ...]

    def statement(self, name: str) -> Statement:
        """What a STEP.NOTE says here."""
        return next(row for row in self.statements if row.name == name)


def report(kernel: Kernel, running: str, machine: Machine, asked: str, capture: Capture, lang: str = "en") -> Report:
    """What is known of a device and the taps on it; DataError if there is no such device."""
    device = machine.interface(capture.device) if capture.device else None
    found = suspects(machine, capture, lang)
    told = statements(kernel, dict.fromkeys(each.note for each in found), lang)
    here = {row.name for row in told if row.outcome != Fit.ABSENT}
    heard = tuple(_listener(machine, each) for each in machine.sockets if concerns(each, device))
    kept = tuple(each for each in found if each.note in here)
    others = tuple(each for each in machine.hooks if each.protocol == _ALL and each.function not in _HANDLERS)
    return Report(running, kernel.version, asked, device, heard, others, kept, told, machine.unread)


def _listener(machine: Machine, socket: Socket) -> Listener:
    owner, memory, on = machine.owners.get(socket.inode), machine.memories.get(socket.inode), machine.at(socket.index)
    return Listener(
        socket.inode,
        owner.pid if owner else 0,
        owner.name if owner else "",
        _TYPES.get(socket.type, str(socket.type)),
        socket.protocol,
        on.name if on else "" if not socket.index else f"number {socket.index}",
        socket.running,
        socket.rmem,
        memory.rcvbuf if memory else -1,
        memory.drops if memory else -1,
    )
