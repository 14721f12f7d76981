"""What on this machine keeps frames from a tap, or is about to: ranked, each with the statement that decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.live.reading import Hook, Interface, Socket
from explorer.live.table import ethertype, printable
from explorer.tour.values import Fit
from explorer.version import Version
from explorer.why.answer import Statement, statements
from explorer.why.commands import command
from explorer.why.machine import Machine
from explorer.why.tcpdump import Capture

if TYPE_CHECKING:
    from explorer.kernel import Kernel

__all__ = ["Listener", "Report", "Suspect", "report", "suspects"]

_ALL = 0x0003
_TYPES = {3: "raw", 2: "dgram", 10: "packet"}
_HANDLERS = {"packet_rcv", "tpacket_rcv", "packet_rcv_spkt", "packet_rcv_fanout"}
_RANKS = ("certain", "likely", "possible")


@dataclass(frozen=True, slots=True)
class Suspect:
    """Something that keeps frames from taps.

    `rank` is certain (as things stand it does), likely (a counter says that it did) or possible (what it does depends
    on a program, or on the frame). `note` is the STEP.NOTE of the statement that decides, `command` shows its cause.
    """

    rank: str
    note: str
    said: str
    command: str


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
    found = suspects(machine, capture)
    told = statements(kernel, dict.fromkeys(each.note for each in found), lang)
    here = {row.name for row in told if row.outcome != Fit.ABSENT}
    heard = tuple(_listener(machine, each) for each in machine.sockets if _concerns(each, device))
    kept = tuple(each for each in found if each.note in here)
    others = tuple(each for each in machine.hooks if each.protocol == _ALL and each.function not in _HANDLERS)
    return Report(running, kernel.version, asked, device, heard, others, kept, told, machine.unread)


def suspects(machine: Machine, capture: Capture) -> tuple[Suspect, ...]:
    """What was found, the surest first; of devices that are down only if one was asked for by name."""
    device = machine.interface(capture.device) if capture.device else None
    devices = [device] if device else [each for each in machine.interfaces if each.up and _listened(machine, each)]
    found = [each for row in devices for each in _of_device(machine, row, capture)]
    found += [each for row in machine.sockets if _concerns(row, device) for each in _of_tap(machine, row)]
    if device and not any(_concerns(each, device) for each in machine.sockets):
        found += [
            _suspect("certain", "dev_queue_xmit_nit.bound-elsewhere", *_elsewhere(machine, row))
            for row in machine.sockets
        ]
    if machine.backlog_drops:
        said = f"the backlog of a CPU was full {machine.backlog_drops} times since boot"
        found.append(_suspect("likely", "enqueue_to_backlog.backlog-full", said, device.name if device else "lo"))
    return tuple(dict.fromkeys(sorted(found, key=lambda each: _RANKS.index(each.rank))))


def _listened(machine: Machine, device: Interface) -> bool:
    """Whether a device matters: to one of the taps where they are all a process has, else always."""
    return not machine.pid or any(_concerns(each, device) for each in machine.sockets)


def _suspect(rank: str, note: str, said: str, device: str) -> Suspect:
    return Suspect(rank, note, said, command(note, device))


def _of_device(machine: Machine, device: Interface, capture: Capture) -> Iterator[Suspect]:
    name = printable(device.name)
    for rank, note, said in (
        *_state(device, name),
        *_queue(machine, device, name),
        *_programs(machine, device, name),
        *_above(machine, device, name, capture),
    ):
        yield _suspect(rank, note, said, device.name)


_Row = tuple[str, str, str]


def _state(device: Interface, name: str) -> Iterator[_Row]:
    if not device.up:
        said = f"{name} is down: taps bound to it are off their list, and a sender is refused"
        yield "certain", "packet_notifier.device-down", said
    elif not device.carrier:
        said = f"{name} has no carrier: its queue has noop, which drops what is sent before a tap sees it"
        yield "certain", "__dev_queue_xmit.qdisc", said


def _queue(machine: Machine, device: Interface, name: str) -> Iterator[_Row]:
    mine = [each for each in machine.queues if each.index == device.index]
    for each in mine:
        kind, note = printable(each.kind), "__dev_queue_xmit.qdisc"
        if kind == "blackhole":
            yield "certain", note, f"the qdisc of {name} is blackhole: all that is sent ends there, before the taps"
        elif each.drops:
            yield "likely", note, f"the qdisc {kind} of {name} has dropped {each.drops} frames, before the taps"
        elif kind == "netem":
            yield "possible", note, f"the qdisc netem of {name} delays or drops what is sent, before the taps"
    if device.tx_dropped:
        said = f"{name} counts {device.tx_dropped} tx_dropped: what a driver drops is in a capture, and not on the wire"
        yield "likely", "xmit_one.driver", said


def _programs(machine: Machine, device: Interface, name: str) -> Iterator[_Row]:
    mine = [each for each in machine.filters if each.index == device.index]
    if out := [each.kind for each in mine if each.way == "egress"]:
        said = f"tc filters ({_names(out)}) on the egress of {name}: what they drop, no tap sees"
        yield "possible", "__dev_queue_xmit.tc-egress", said
    if came := [each.kind for each in mine if each.way == "ingress"]:
        said = (
            f"tc filters ({_names(came)}) on the ingress of {name}: a tap for one protocol gets what they let through"
        )
        yield "possible", "sch_handle_ingress.tc-ingress", said
    if device.xdp:
        before = "in the driver, before there is an skb" if device.xdp != "generic" else "before the taps"
        yield (
            "possible",
            "__netif_receive_skb_core.xdp-generic",
            f"an XDP program ({device.xdp}) on {name} runs {before}",
        )


def _above(machine: Machine, device: Interface, name: str, capture: Capture) -> Iterator[_Row]:
    """What stands on the device, below it, or behind it."""
    if device.master:
        master, kind = machine.at(device.master), printable(device.port) or "a master"
        of = f"{printable(master.name)}, {kind}" if master else kind
        said = f"{name} is a port of {of}: a tap for one protocol misses what that takes"
        yield "possible", "__netif_receive_skb_core.rx-handler", said
    for each in machine.interfaces:
        if each.kind == "vlan" and each.link == device.index and not each.elsewhere:
            state = "" if each.up else ", which is down: its frames end there"
            note = "vlan_do_receive.vlan-device" if each.up else "vlan_do_receive.vlan-down"
            said = f"VLAN {each.vlan} of {name} belongs to {printable(each.name)}{state}"
            yield ("possible" if each.up else "certain"), note, said
    if device.kind == "vlan" and (lower := machine.at(device.link)) and not (lower.up and lower.carrier):
        said = f"{printable(lower.name)}, below {name}, is {'without carrier' if lower.up else 'down'}"
        yield "certain", "__dev_queue_xmit.qdisc", said
    if device.kind == "veth" and device.elsewhere:
        said = f"the other end of {name} is in another network namespace: its taps are others, and so is its lo"
        yield "possible", "packet_rcv.other-netns", said
    if device.name == "lo" and capture.direction == "inout":
        yield "possible", "dev_queue_xmit_nit.outgoing", "each frame over lo comes to a tap twice: sent, then received"
    if not capture.promiscuous and not device.promiscuity and device.name != "lo":
        said = f"{name} is not promiscuous, and -p leaves it so: frames for other stations are not received"
        yield "possible", "packet_dev_mc.promiscuous", said


def _names(kinds: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(map(printable, kinds)))


def _concerns(socket: Socket, device: Interface | None) -> bool:
    return device is None or socket.index in (0, device.index)


def _of_tap(machine: Machine, socket: Socket) -> Iterator[Suspect]:
    whose, on = _whose(machine, socket), machine.at(socket.index)
    device = on.name if on else "any"
    if not socket.protocol:
        yield _suspect(
            "certain", "packet_do_bind.no-protocol", f"{whose} asks for protocol 0, and hears nothing", device
        )
    elif not socket.running:
        said = f"{whose} is on no list{f': {printable(device)} is down' if on and not on.up else ''}"
        yield _suspect("certain", "packet_notifier.device-down", said, device)
    elif socket.protocol != _ALL:
        said = f"{whose} asks for {ethertype(socket.protocol)}: it is never shown what this machine sends"
        yield _suspect("certain", "dev_queue_xmit_nit.lists", said, device)
    memory = machine.memories.get(socket.inode)
    room = memory.rcvbuf if memory else machine.rmem_default
    if socket.rmem >= room:
        said = (
            f"the receive buffer of {whose} is full, {socket.rmem} bytes of {room}: what comes is lost until it reads"
        )
        yield _suspect("certain" if memory else "likely", "packet_rcv.receive-buffer-full", said, device)
    if memory and memory.drops:
        note = "tpacket_rcv.ring-full" if memory.ring else "packet_rcv.drop-count"
        yield _suspect("likely", note, f"{whose} has lost {memory.drops} frames for want of room", device)
    if memory and memory.fanout:
        said = f"{whose} is in a fanout group: each frame goes to one member"
        yield _suspect("possible", "packet_rcv_fanout.member", said, device)


def _elsewhere(machine: Machine, socket: Socket) -> tuple[str, str]:
    on = machine.at(socket.index)
    return (
        f"{_whose(machine, socket)} is bound to {printable(on.name) if on else 'a device that is gone'}",
        on.name if on else "any",
    )


def _whose(machine: Machine, socket: Socket) -> str:
    """A tap by its owner, as far as that is known."""
    owner = machine.owners.get(socket.inode)
    return f"{printable(owner.name)} (pid {owner.pid})" if owner else f"the tap of inode {socket.inode}"


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
