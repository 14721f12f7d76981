"""The verdict on each tap of a case: what it gets, and the statement without which it would not be so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from explorer.model.features import Features
from explorer.model.steps import Step
from explorer.scenario import Outcome, Scenario, Tap
from explorer.why.replay import outcome_of, steps_of
from explorer.why.reversal import Removal, without
from explorer.why.values import Case, Meeting, Verdict
from explorer.why.walk import Asking, Seen, Walk

__all__ = ["PKTTYPES", "got_of", "verdicts", "verdicts_of"]

PKTTYPES = ("HOST", "BROADCAST", "MULTICAST", "OTHERHOST", "OUTGOING")
_ALL = 0x0003
_DEEPEST = 6  # rules taken out one after another
_GOT, _LOST = {"queued", "in-ring"}, {"receive-buffer-full", "ring-full"}
_REFUSED = {"filter-drop", "packet-loopback", "other-netns", "uncounted"}
_PASSED_OVER = {"own-sender", "ignore-outgoing", "bound-elsewhere", "protocol", "member"}
_ENDS = _GOT | _LOST | _REFUSED | _PASSED_OVER
# Where a frame ends, or takes another way, for all taps; in the functions of the way, and before a pass is over.
_STOPS = {
    "qdisc", "qdisc-bypass", "tc-egress", "device-down", "too-long", "driver", "backlog-full", "not-running",
    "vlan-down", "xdp-generic", "tc-ingress", "rx-handler",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Ruling:
    """A statement that may have decided: how near it is to the tap, and what takes it out of the model."""

    name: str
    nearness: int
    removals: tuple[Removal, ...]


def verdicts(case: Case, features: Features | None = None) -> tuple[Verdict, ...]:
    """The verdict on each tap, in their order."""
    return verdicts_of(case, features, *steps_of(case, features))


def verdicts_of(case: Case, features: Features | None, outcome: Outcome, root: Step) -> tuple[Verdict, ...]:
    """The same of a run that is there."""
    walk = Walk(root, features)
    return tuple(_verdict(case, features, outcome, walk, tap) for tap in case.scenario.taps)


def got_of(outcome: Outcome, tap: str) -> tuple[str, ...]:
    """The packet type of each frame that a tap got; ``?`` where it is not told."""
    return tuple(row.pkttype or "?" for row in outcome.of(tap))


def _verdict(case: Case, features: Features | None, outcome: Outcome, walk: Walk, tap: Tap) -> Verdict:
    meetings = tuple(meeting for meeting, _ in _meetings(walk, tap))
    got = tuple(_type(seen, tap) for seen in walk.asked if seen.note.tap == tap.name and seen.note.id in _GOT)
    decided = _decided(case, features, outcome, tap, _rulings(case.scenario, walk, tap))
    notes = dict.fromkeys([*(each.name for each in _concerning(walk, tap)), *(each.note for each in meetings)])
    lost = sum(meeting.fate == "lost" for meeting in meetings)
    return Verdict(tap, got, lost, meetings, *decided, tuple(filter(None, notes)))


def _rulings(scenario: Scenario, walk: Walk, tap: Tap) -> list[_Ruling]:
    """What may have decided, the nearest to the tap first; where frames were lost for want of room, that."""
    told = list(_meetings(walk, tap))
    loose = _loose(scenario, walk, tap, [meeting for meeting, _ in told])
    near = [ruling for _, rulings in told for ruling in rulings]
    rulings = sorted([*near, *loose], key=lambda each: -each.nearness)
    lost = [ruling for meeting, rulings in told for ruling in rulings if meeting.fate == "lost"]
    return list(dict.fromkeys([*lost, *rulings]))


def _type(seen: Seen, tap: Tap) -> str:
    told = seen.note.pkttype is not None and tap.type != "packet"
    return PKTTYPES[seen.note.pkttype or 0] if told else "?"


def _concerning(walk: Walk, tap: Tap) -> Iterator[Seen]:
    """What was seen of this tap, and of its frames on their way."""
    for seen in (*(seen for seen, _ in walk.loose), *walk.asked):
        if not seen.note.tap or seen.about(tap.name):
            yield seen


def _decided(
    case: Case, features: Features | None, outcome: Outcome, tap: Tap, rulings: Sequence[_Ruling]
) -> tuple[str, tuple[str, ...] | None, tuple[str, ...]]:
    """The nearest statement without which the tap gets something else, what that is, and what else had to go.

    If none is enough alone, the nearest of all is taken out, then what is in the way next, and so on.
    """
    if not rulings:
        return "", None, ()
    before = _rows(outcome, tap)
    for ruling in rulings:
        with without(ruling.removals):
            other = outcome_of(case, features)
        if _rows(other, tap) != before:
            return ruling.name, got_of(other, tap.name), ()
    out = [rulings[0]]
    while len(out) < _DEEPEST:
        with without([removal for ruling in out for removal in ruling.removals]):
            other, root = steps_of(case, features)
        if _rows(other, tap) != before:
            return out[0].name, got_of(other, tap.name), tuple(ruling.name for ruling in out[1:])
        further = [each for each in _rulings(case.scenario, Walk(root, features), tap) if each not in out]
        if not further:
            break
        out.append(further[0])
    return rulings[0].name, None, ()


def _rows(outcome: Outcome, tap: Tap) -> list[tuple[str, str, str]]:
    return [(row.pkttype, row.device, row.data) for row in outcome.of(tap.name)]


def _meetings(walk: Walk, tap: Tap) -> Iterator[tuple[Meeting, tuple[_Ruling, ...]]]:
    """Each place where the tap was asked, or would have been, while it was open; and what may have decided there."""
    for asking in walk.askings:
        if asking.why_off.get(tap.name) == "":
            continue
        mine = [seen for seen in asking.seen if seen.about(tap.name) and seen.note.id in _ENDS]
        if tap.name in asking.why_off:
            fate, rulings = "unhooked", [_unhooked(asking.why_off[tap.name], tap)]
        elif mine:
            fate, rulings = _fate(mine[-1]), [_asked(walk, asking, tap, mine[-1])]
        else:
            rulings = list(_unasked(walk, asking, tap))
            fate = "gone" if rulings[0].removals[0].tap == "" else "not asked"
        pkttype = _type(mine[-1], tap) if fate == "got" else ""
        if tap.fanout and fate != "got":  # a member must be chosen, besides
            rulings = [replace(each, removals=_once(*each.removals, _chosen(tap))) for each in rulings]
        yield Meeting(asking.way, asking.device, rulings[0].name, fate, pkttype), tuple(rulings)


def _fate(last: Seen) -> str:
    """What became of a frame for a tap that was asked, by the last statement about it."""
    for ids, fate in ((_GOT, "got"), (_LOST, "lost"), (_REFUSED, "refused")):
        if last.note.id in ids:
            return fate
    return "passed over"


def _once(*removals: Removal) -> tuple[Removal, ...]:
    return tuple(dict.fromkeys(removals))


def _chosen(tap: Tap) -> Removal:
    return Removal("packet_rcv_fanout", "member", tap.name, "join")


def _asked(walk: Walk, asking: Asking, tap: Tap, last: Seen) -> _Ruling:
    id = last.note.id
    if id in _GOT:
        return _Ruling(_on_list(walk.features, asking, tap), 5, _lists(asking, tap, "leave"))
    nearness = 1 if id == "bound-elsewhere" else 3 if id in _PASSED_OVER else 4
    removal = _chosen(tap) if id == "member" else Removal(last.note.place, id, tap.name)
    return _Ruling(last.name, nearness, (removal,))


def _unasked(walk: Walk, asking: Asking, tap: Tap) -> Iterator[_Ruling]:
    """The tap stood on no list that was walked: it is another device's, or for one protocol, or the frame was gone."""
    stop = next((seen for seen in asking.seen if seen.note.id in _STOPS and seen.name), None)
    join = _lists(asking, tap, "join")
    elsewhere = tap.device not in ("", asking.device)
    if elsewhere:
        yield _Ruling(f"{_walker(asking, tap)}.bound-elsewhere", 1, join)
    if asking.way == "in" and stop:
        yield _stopped(stop, 0 if elsewhere else 2)
    elif not elsewhere:
        yield _Ruling(_on_list(walk.features, asking, tap), 2, join)


def _unhooked(name: str, tap: Tap) -> _Ruling:
    place, _, id = name.partition(".")
    return _Ruling(name, 3, (Removal(place, id, tap.name),))


def _stopped(seen: Seen, nearness: int) -> _Ruling:
    """What ended a frame's way for all taps."""
    return _Ruling(seen.name, nearness, (Removal(seen.note.place, seen.note.id),))


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


def _loose(scenario: Scenario, walk: Walk, tap: Tap, meetings: Sequence[Meeting]) -> Iterator[_Ruling]:
    """What may have ended a frame before any tap was asked, the last first; near if the tap's device saw none."""
    reached = {device for action in scenario.actions for device in _near(scenario, action.device)}
    awaited = tap.device in {"", *reached}
    met = any(tap.device in ("", meeting.device) for meeting in meetings)
    for seen, closed in reversed(walk.loose):
        if seen.note.id in _STOPS and seen.name and tap.name not in closed:
            yield _stopped(seen, 2 if awaited and not met else 0)


def _near(scenario: Scenario, name: str) -> tuple[str, ...]:
    """A device that sends, and those that what it sends comes to."""
    below = [device.link for device in scenario.devices if device.name == name and device.link]
    first = [name, *below]
    others = [scenario.peers[each] for each in first if each in scenario.peers]
    return (*first, *others, *(device.name for device in scenario.devices if device.link in others))
