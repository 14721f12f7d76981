"""Commands that confirm a verdict on a real machine; none of them changes anything but what it says."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from explorer.scenario import scenarios
from explorer.tour.questions import questions
from explorer.why.values import Case, Verdict

__all__ = ["command", "confirming"]

# By the note's id; {dev} is the device that matters.
_COMMANDS = {
    "lists": "ss -0 -n -p  # the first column of the address is the tap's protocol: * is ETH_P_ALL",
    "protocol-lists": "ss -0 -n -p",
    "namespace-specific": "ss -0 -n -p",
    "device-specific": "ss -0 -n -p",
    "all-list": "cat /proc/net/ptype  # which taps stand on which list, and for which device",
    "bound-elsewhere": "ss -0 -n -p  # behind the colon: the device a tap is bound to",
    "protocol": "tcpdump -e -n -c 10 -i {dev}  # which ethertypes come in",
    "own-sender": "ss -0 -n -p  # a second socket is a second tap",
    "ignore-outgoing": "tcpdump -n -i {dev}  # a tap of its own, that asks for both directions",
    "filter-drop": "ss -0 -n -p --bpf  # as root: the filter of each tap",
    "receive-buffer-full": "ss -0 -n -p -m  # rmem against rcvbuf, and d: the drops",
    "ring-full": "ss -0 -n -p -e  # the ring of each tap",
    "uncounted": "ss -0 -n -p -m --bpf",
    "member": "ss -0 -n -p -e  # the taps of a fanout group",
    "other-netns": "lsns -t net  # a tap hears the namespace it was opened in",
    "no-protocol": "cat /proc/net/packet  # Proto 0000, and R 0: not hooked in",
    "device-down": "ip link show dev {dev}",
    "down": "ip link show dev {dev}",
    "qdisc": "tc -s qdisc show dev {dev}  # dropped; noop if there is no carrier",
    "qdisc-bypass": "perf trace -e setsockopt  # PACKET_QDISC_BYPASS is option 20 of level 263",
    "tc-egress": "tc -s filter show dev {dev} egress",
    "tc-ingress": "tc -s filter show dev {dev} ingress",
    "xdp-generic": "ip -details link show dev {dev}  # prog/xdp",
    "rx-handler": "ip -details link show dev {dev}  # master",
    "vlan-down": "ip -details link show type vlan",
    "driver": "ip -s link show dev {dev}  # dropped",
    "backlog-full": "cat /proc/net/softnet_stat  # the second column",
    "not-running": "ip -s link show dev {dev}",
    "too-long": "ip link show dev {dev}  # mtu",
    "drop-count": "ss -0 -n -p -m  # d: the drops",
    "vlan-device": "ip -details link show type vlan",
    "promiscuous": "ip -details link show dev {dev}  # promiscuity",
    "outgoing": "tcpdump -n -Q in -i {dev}  # one direction alone",
}


def command(note: str, device: str) -> str:
    """The command that shows what a STEP.NOTE is about on a device; empty if none does."""
    return _COMMANDS.get(note.partition(".")[2], "").format(dev=shlex.quote(device))


def confirming(case: Case, verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """What to type to see it: the scenario on the running kernel, then what shows each deciding statement's cause."""
    return tuple(dict.fromkeys(_confirming(case, verdicts)))


def _confirming(case: Case, verdicts: Sequence[Verdict]) -> Iterator[str]:
    scenario = case.scenario
    if scenario.id in scenarios():
        yield f"explorer live {scenario.id}"
    else:
        yield from (f"explorer live {like}  # one like it" for each in verdicts if (like := _like(each.deciding)))
    devices = [action.device for action in scenario.actions if action.device]
    for each in verdicts:
        if shown := command(each.deciding, each.tap.device or next(iter(devices), "lo")):
            yield shown


def _like(note: str) -> str:
    """The scenario of the first question that is answered by a note."""
    asked = [row for row in questions() for answer in row.answers if note in answer.notes and row.scenario]
    return asked[0].scenario if asked else ""
