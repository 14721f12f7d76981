"""Which statements may have decided for a tap, read from a run: where it was asked, and what takes each rule out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from explorer.model.features import Features
from explorer.scenario import Scenario, Tap
from explorer.why.reversal import Removal
from explorer.why.values import Meeting
from explorer.why.walk import UNHOOKED, Asking, Seen, Walk

__all__ = ["GOT", "Ruling", "meetings", "pkttype", "rulings"]

_PKTTYPES = ("HOST", "BROADCAST", "MULTICAST", "OTHERHOST", "OUTGOING")
_ALL = 0x0003
GOT, _LOST = {"queued", "in-ring"}, {"receive-buffer-full", "ring-full"}
_REFUSED = {"filter-drop", "packet-loopback", "other-netns", "uncounted"}
_PASSED_OVER = {"own-sender", "ignore-outgoing", "bound-elsewhere", "protocol", "member"}
_ENDS = GOT | _LOST | _REFUSED | _PASSED_OVER
# Where a frame ends, or takes another way, for all taps; in the functions of the way, and before a pass is over.
_STOPS = {
    "qdisc", "qdisc-bypass", "tc-egress", "device-down", "too-long", "driver", "backlog-full", "not-running",
    "vlan-down", "xdp-generic", "tc-ingress", "rx-handler",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ruling:
    """A statement that may have decided: how near it is to the tap, and what takes it out of the model."""

    name: str
    nearness: int
    removals: tuple[Removal, ...]


def rulings(scenario: Scenario, walk: Walk, tap: Tap) -> list[Ruling]:
    """What may have decided, the nearest to the tap first; where frames were lost for want of room, that."""
    told = list(meetings(walk, tap))
    loose = _loose(scenario, walk, tap, [meeting for meeting, _ in told])
    near = sorted([*(each for _, rows in told for each in rows), *loose], key=lambda each: -each.nearness)
    lost = [each for meeting, rows in told for each in rows if meeting.fate == "lost"]
    return list(dict.fromkeys([*lost, *near]))


def pkttype(seen: Seen, tap: Tap) -> str:
    """The packet type of the frame that a statement was about; ``?`` where the tap is not told."""
    told = seen.note.pkttype is not None and tap.type != "packet"
    return _PKTTYPES[seen.note.pkttype or 0] if told else "?"


def meetings(walk: Walk, tap: Tap) -> Iterator[tuple[Meeting, tuple[Ruling, ...]]]:
    """Each place where the tap was asked, or would have been, while it was open; and what may have decided there."""
    for asking in walk.askings:
        if asking.why_off.get(tap.name) == "":
            continue
        mine = [seen for seen in asking.seen if seen.about(tap.name) and seen.note.id in _ENDS]
        if tap.name in asking.why_off:
            fate, rows = "unhooked", [_unhooked(asking.why_off[tap.name], tap)]
        elif mine:
            fate, rows = _fate(mine[-1]), [_asked(walk, asking, tap, mine[-1])]
        else:
            rows = list(_unasked(walk, asking, tap))
            fate = "gone" if rows[0].removals[0].tap == "" else "not asked"
        kind = pkttype(mine[-1], tap) if fate == "got" else ""
        if tap.fanout and fate != "got":  # a member must be chosen, besides
            rows = [replace(each, removals=_once(*each.removals, _chosen(tap))) for each in rows]
        yield Meeting(asking.way, asking.device, rows[0].name, fate, kind), tuple(rows)


def _fate(last: Seen) -> str:
    """What became of a frame for a tap that was asked, by the last statement about it."""
    for ids, fate in ((GOT, "got"), (_LOST, "lost"), (_REFUSED, "refused")):
        if last.note.id in ids:
            return fate
    return "passed over"


def _once(*removals: Removal) -> tuple[Removal, ...]:
    return tuple(dict.fromkeys(removals))


def _chosen(tap: Tap) -> Removal:
    return Removal("packet_rcv_fanout", "member", tap.name, "join")


def _asked(walk: Walk, asking: Asking, tap: Tap, last: Seen) -> Ruling:
    id = last.note.id
    if id in GOT:
        return Ruling(_on_list(walk.features, asking, tap), 5, _lists(asking, tap, "leave"))
    nearness = 1 if id == "bound-elsewhere" else 3 if id in _PASSED_OVER else 4
    how = "room" if id == "ring-full" else ""
    removal = _chosen(tap) if id == "member" else Removal(last.note.place, id, tap.name, how)
    return Ruling(last.name, nearness, (removal,))


def _unasked(walk: Walk, asking: Asking, tap: Tap) -> Iterator[Ruling]:
    """The tap stood on no list that was walked: it is another device's, or for one protocol, or the frame was gone."""
    stop = next((seen for seen in asking.seen if seen.note.id in _STOPS and seen.name), None)
    join = _lists(asking, tap, "join")
    elsewhere = tap.device not in ("", asking.device)
    if elsewhere:
        yield Ruling(f"{_walker(asking, tap)}.bound-elsewhere", 1, join)
    if asking.way == "in" and stop:
        yield _stopped(stop, 0 if elsewhere else 2)
    elif not elsewhere:
        yield Ruling(_on_list(walk.features, asking, tap), 2, join)


def _unhooked(name: str, tap: Tap) -> Ruling:
    place, _, id = name.partition(".")
    return Ruling(name, 3, (Removal(place, id, tap.name),))


def _stopped(seen: Seen, nearness: int) -> Ruling:
    """What ended a frame's way for all taps."""
    return Ruling(seen.name, nearness, (Removal(seen.note.place, seen.note.id),))


def _on_list(features: Features, asking: Asking, tap: Tap) -> str:
    """The statement that walks the list of taps of this kind."""
    if asking.way == "out":
        return "dev_queue_xmit_nit.lists"
    if tap.protocol == _ALL:
        note = "bound-elsewhere" if tap.device else "all-list"
    elif tap.device and features.per_device_lists:
        note = "device-specific"
    else:
        note = "namespace-specific" if features.per_netns_lists else "protocol-lists"
    return f"__netif_receive_skb_core.{note}"


def _lists(asking: Asking, tap: Tap, how: str) -> tuple[Removal, ...]:
    """What puts a tap on the lists that are walked, or takes it off; outgoing ones are walked if they have one."""
    removal = Removal(_walker(asking, tap), "bound-elsewhere", tap.name, how)
    walked = (Removal("xmit_one", "active", how="enter"), Removal("dev_hard_start_xmit", "checksum", how="enter"))
    return (removal, *(walked if asking.way == "out" and how == "join" else ()))


def _walker(asking: Asking, tap: Tap) -> str:
    """The function whose loop asks taps of this kind."""
    if asking.way == "out":
        return "dev_queue_xmit_nit"
    return "__netif_receive_skb_core" if tap.protocol == _ALL else "deliver_ptype_list_skb"


def _loose(scenario: Scenario, walk: Walk, tap: Tap, met_at: Sequence[Meeting]) -> Iterator[Ruling]:
    """What may have ended a frame before any tap was asked, the last first; near if the tap's device saw none."""
    reached = {device for action in scenario.actions for device in _near(scenario, action.device)}
    awaited = tap.device in {"", *reached}
    met = any(tap.device in ("", meeting.device) for meeting in met_at)
    for seen, closed in reversed(walk.loose):
        if seen.note.id in _STOPS and seen.name not in {"", *UNHOOKED} and tap.name not in closed:
            yield _stopped(seen, 2 if awaited and not met else 0)


def _near(scenario: Scenario, name: str) -> tuple[str, ...]:
    """A device that sends, and those that what it sends comes to."""
    below = [device.link for device in scenario.devices if device.name == name and device.link]
    first = [name, *below]
    others = [scenario.peers[each] for each in first if each in scenario.peers]
    return (*first, *others, *(device.name for device in scenario.devices if device.link in others))
