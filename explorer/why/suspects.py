"""What on this machine keeps frames from a tap, or is about to: ranked, each with the statement that decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from explorer.live.reading import Interface, Socket
from explorer.live.table import ethertype, printable
from explorer.tour.words import Words
from explorer.why.commands import command
from explorer.why.machine import Machine
from explorer.why.tcpdump import Capture

__all__ = ["Suspect", "concerns", "suspects"]

_ALL = 0x0003
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


def suspects(machine: Machine, capture: Capture, lang: str = "en") -> tuple[Suspect, ...]:
    """What was found, the surest first; of devices that are down only if one was asked for by name."""
    say = Words(lang)
    device = machine.interface(capture.device) if capture.device else None
    devices = [device] if device else [each for each in machine.interfaces if each.up and _listened(machine, each)]
    found = [each for row in devices for each in _of_device(machine, row, capture, say)]
    found += [each for row in machine.sockets if concerns(row, device) for each in _of_tap(machine, row, say)]
    if device and not any(concerns(each, device) for each in machine.sockets):
        found += [
            _suspect("certain", "dev_queue_xmit_nit.bound-elsewhere", *_elsewhere(machine, row, say))
            for row in machine.sockets
        ]
    if machine.backlog_drops:
        said = say("the backlog of a CPU was full {count} times since boot", count=machine.backlog_drops)
        found.append(_suspect("likely", "enqueue_to_backlog.backlog-full", said, device.name if device else "lo"))
    return tuple(dict.fromkeys(sorted(found, key=lambda each: _RANKS.index(each.rank))))


def _listened(machine: Machine, device: Interface) -> bool:
    """Whether a device matters: to one of the taps where they are all a process has, else always."""
    return not machine.pid or any(concerns(each, device) for each in machine.sockets)


def _suspect(rank: str, note: str, said: str, device: str) -> Suspect:
    return Suspect(rank, note, said, command(note, device))


def _of_device(machine: Machine, device: Interface, capture: Capture, say: Words) -> Iterator[Suspect]:
    name = printable(device.name)
    for rank, note, said in (
        *_state(device, name, say),
        *_queue(machine, device, name, say),
        *_programs(machine, device, name, say),
        *_above(machine, device, name, say),
        *_heard(device, name, capture, say),
    ):
        yield _suspect(rank, note, said, device.name)


_Row = tuple[str, str, str]


def _state(device: Interface, name: str, say: Words) -> Iterator[_Row]:
    if not device.up:
        said = say("{name} is down: taps bound to it are off their list, and a sender is refused", name=name)
        yield "certain", "packet_notifier.device-down", said
    elif not device.carrier:
        said = say(
            "{name} has no carrier: its queue has noop, which drops what is sent before a tap sees it", name=name
        )
        yield "certain", "__dev_queue_xmit.qdisc", said


def _queue(machine: Machine, device: Interface, name: str, say: Words) -> Iterator[_Row]:
    note = "__dev_queue_xmit.qdisc"
    for each in (each for each in machine.queues if each.index == device.index):
        told = {"kind": printable(each.kind), "name": name}
        if each.kind == "blackhole":
            said = say("the qdisc of {name} is blackhole: all that is sent ends there, before the taps", name=name)
            yield "certain", note, said
        elif each.drops:
            said = say(
                "the qdisc {kind} of {name} has dropped {count} frames, before the taps", **told, count=each.drops
            )
            yield "likely", note, said
        elif each.kind == "netem":
            said = say("the qdisc netem of {name} delays or drops what is sent, before the taps", name=name)
            yield "possible", note, said
    if device.tx_dropped:
        said = say(
            "{name} counts {count} tx_dropped: what a driver drops is in a capture, and not on the wire",
            name=name,
            count=device.tx_dropped,
        )
        yield "likely", "xmit_one.driver", said


def _programs(machine: Machine, device: Interface, name: str, say: Words) -> Iterator[_Row]:
    mine = [each for each in machine.filters if each.index == device.index]
    if out := [each.kind for each in mine if each.way == "egress"]:
        told = {"kinds": _names(out, say), "name": name}
        said = say("tc filters ({kinds}) on the egress of {name}: what they drop, no tap sees", **told)
        yield "possible", "__dev_queue_xmit.tc-egress", said
    if came := [each.kind for each in mine if each.way == "ingress"]:
        told = {"kinds": _names(came, say), "name": name}
        said = say(
            "tc filters ({kinds}) on the ingress of {name}: a tap for one protocol gets what they let through", **told
        )
        yield "possible", "sch_handle_ingress.tc-ingress", said
    if device.xdp == "generic":
        said = say("an XDP program (generic) on {name} runs before the taps", name=name)
        yield "possible", "__netif_receive_skb_core.xdp-generic", said
    elif device.xdp:
        told = {"kind": printable(device.xdp), "name": name}
        said = say("an XDP program ({kind}) on {name} runs in the driver, before there is an skb", **told)
        yield "possible", "__netif_receive_skb_core.xdp-generic", said


def _above(machine: Machine, device: Interface, name: str, say: Words) -> Iterator[_Row]:
    """What stands on the device, below it, or behind it."""
    if device.master:
        master, kind = machine.at(device.master), printable(device.port) or say("a master")
        of = say(", ").join([*([printable(master.name)] if master else []), kind])
        said = say("{name} is a port of {master}: a tap for one protocol misses what that takes", name=name, master=of)
        yield "possible", "__netif_receive_skb_core.rx-handler", said
    for each in machine.interfaces:
        if each.kind == "vlan" and each.link == device.index and not each.elsewhere:
            told = {"vlan": each.vlan, "name": name, "device": printable(each.name)}
            if each.up:
                said = say("VLAN {vlan} of {name} belongs to {device}", **told)
                yield "possible", "vlan_do_receive.vlan-device", said
            else:
                said = say("VLAN {vlan} of {name} belongs to {device}, which is down: its frames end there", **told)
                yield "certain", "vlan_do_receive.vlan-down", said
    if device.kind == "vlan" and (lower := machine.at(device.link)) and not (lower.up and lower.carrier):
        said = say(
            "{device}, below {name}, is without carrier" if lower.up else "{device}, below {name}, is down",
            device=printable(lower.name),
            name=name,
        )
        yield "certain", "__dev_queue_xmit.qdisc", said
    if device.kind == "veth" and device.elsewhere:
        said = say(
            "the other end of {name} is in another network namespace: its taps are others, and so is its lo", name=name
        )
        yield "possible", "packet_rcv.other-netns", said


def _heard(device: Interface, name: str, capture: Capture, say: Words) -> Iterator[_Row]:
    """What the capture that is meant hears twice, or does not hear."""
    if device.name == "lo" and capture.direction == "inout":
        said = say("each frame over lo comes to a tap twice: sent, then received")
        yield "possible", "dev_queue_xmit_nit.outgoing", said
    if not capture.promiscuous and not device.promiscuity and device.name != "lo":
        said = say(
            "{name} is not promiscuous, and -p leaves it so: frames for other stations are not received", name=name
        )
        yield "possible", "packet_dev_mc.promiscuous", said


def _names(kinds: Sequence[str], say: Words) -> str:
    return say(", ").join(dict.fromkeys(map(printable, kinds)))


def concerns(socket: Socket, device: Interface | None) -> bool:
    """Whether a tap may get what passes a device, or any."""
    return device is None or socket.index in (0, device.index)


def _of_tap(machine: Machine, socket: Socket, say: Words) -> Iterator[Suspect]:
    on = machine.at(socket.index)
    for rank, note, said in (
        *_asked_for(machine, socket, _whose(machine, socket, say), say),
        *_room_of(machine, socket, _whose(machine, socket, say), say),
    ):
        yield _suspect(rank, note, said, on.name if on else "any")


def _asked_for(machine: Machine, socket: Socket, tap: str, say: Words) -> Iterator[_Row]:
    """What a tap cannot hear for what it asks for, or for where it is."""
    on = machine.at(socket.index)
    if not socket.protocol:
        yield "certain", "packet_do_bind.no-protocol", say("{tap} asks for protocol 0, and hears nothing", tap=tap)
    elif not socket.running and on and not on.up:
        said = say("{tap} is on no list: {device} is down", tap=tap, device=printable(on.name))
        yield "certain", "packet_notifier.device-down", said
    elif not socket.running:
        yield "certain", "packet_notifier.device-down", say("{tap} is on no list", tap=tap)
    elif socket.protocol != _ALL:
        protocol = ethertype(socket.protocol)
        said = say("{tap} asks for {protocol}: it is never shown what this machine sends", tap=tap, protocol=protocol)
        yield "certain", "dev_queue_xmit_nit.lists", said


def _room_of(machine: Machine, socket: Socket, tap: str, say: Words) -> Iterator[_Row]:
    """What a tap loses for want of room, or to others of its group."""
    memory = machine.memories.get(socket.inode)
    room = memory.rcvbuf if memory else machine.rmem_default
    if socket.rmem >= room:
        said = say(
            "the receive buffer of {tap} is full, {waiting} bytes of {room}: what comes is lost until it reads",
            tap=tap,
            waiting=socket.rmem,
            room=room,
        )
        yield "certain" if memory else "likely", "packet_rcv.receive-buffer-full", said
    if memory and memory.drops:
        note = "tpacket_rcv.ring-full" if memory.ring else "packet_rcv.drop-count"
        yield "likely", note, say("{tap} has lost {count} frames for want of room", tap=tap, count=memory.drops)
    if memory and memory.fanout:
        said = say("{tap} is in a fanout group: each frame goes to one member", tap=tap)
        yield "possible", "packet_rcv_fanout.member", said


def _elsewhere(machine: Machine, socket: Socket, say: Words) -> tuple[str, str]:
    """What a tap that is bound to another device is told of, and the device its command is about."""
    on = machine.at(socket.index)
    device = printable(on.name) if on else say("a device that is gone")
    told = say("{tap} is bound to {device}", tap=_whose(machine, socket, say), device=device)
    return told, on.name if on else "any"


def _whose(machine: Machine, socket: Socket, say: Words) -> str:
    """A tap by its owner, as far as that is known."""
    owner = machine.owners.get(socket.inode)
    if owner:
        return f"{printable(owner.name)} (pid {owner.pid})"
    return say("the tap of inode {inode}", inode=socket.inode)
