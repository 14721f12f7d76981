"""The tree of a run, read for one tap: where it was asked for a frame, and what each time decided."""

from __future__ import annotations

from dataclasses import dataclass, field

from explorer.model.features import Features
from explorer.model.steps import Note, Step
from explorer.why.marks import name_of_note

__all__ = ["UNHOOKED", "Asking", "Seen", "Walk"]

# Outgoing taps are asked only if there is one for all; whether there is, is asked here.
_ASKING = {"dev_nit_active_rcu": "out", "__netif_receive_skb_one_core": "in", "__netif_receive_skb_list_core": "in"}
_ON, _OFF = {"dev_add_pack", "__fanout_link"}, {"__dev_remove_pack", "__fanout_unlink"}
UNHOOKED = {"packet_notifier.device-down", "packet_do_bind.no-protocol", "packet_do_bind.down"}


@dataclass(frozen=True, slots=True)
class Seen:
    """A marked line that acted, and its STEP.NOTE, empty if no step has it."""

    note: Note
    name: str

    def about(self, tap: str) -> bool:
        """Whether it was about a tap, or about the group that the tap is in."""
        return tap in self.note.tap.split(",")


@dataclass(slots=True)
class Asking:
    """A place where taps were asked for a frame, what was seen there, and which taps were off every list, and why.

    `why_off` has an empty reason for a tap that was closed.
    """

    way: str
    device: str
    why_off: dict[str, str]
    seen: list[Seen] = field(default_factory=list)


class Walk:
    """A run as the places where taps were asked, in the order they began.

    `asked` is all that was seen at them, in the order it happened, and `loose` what was seen on the way between, each
    with the taps that were closed then.
    """

    def __init__(self, root: Step, features: Features | None = None) -> None:
        self.features = features or Features()
        self.askings: list[Asking] = []
        self.loose: list[tuple[Seen, frozenset[str]]] = []
        self.asked: list[Seen] = []
        self._off: dict[str, str] = {}
        self._reasons: dict[str, str] = {}
        for branch in root.events:
            if isinstance(branch, Step):
                self._step(branch, (), None)

    def _step(self, step: Step, chain: tuple[str, ...], at: Asking | None) -> None:
        chain = (step.name, *chain)
        self._hook(step)
        if step.name == "__netif_receive_skb_list_core":
            return self._list(step, chain)
        if way := _ASKING.get(step.name):
            at = self._asking(way, step)
        elif step.name == "dev_queue_xmit_nit":
            at = self.askings[-1]
        for event in step.events:
            self._event(event, chain, at)

    def _asking(self, way: str, step: Step) -> Asking:
        self.askings.append(Asking(way, step.device, dict(self._off)))
        return self.askings[-1]

    def _event(self, event: Step | Note, chain: tuple[str, ...], at: Asking | None) -> None:
        if isinstance(event, Step):
            return self._step(event, chain, at)
        seen = Seen(event, name_of_note(event.id, chain))
        if at:
            at.seen.append(seen)
            self.asked.append(seen)
        else:
            self.loose.append((seen, frozenset(tap for tap, why in self._off.items() if not why)))
        if seen.name in UNHOOKED:
            self._reasons[event.tap] = self._off[event.tap] = seen.name

    def _list(self, step: Step, chain: tuple[str, ...]) -> None:
        """A list of frames, each asked about by itself; the last taker of a run is called at the run's end."""
        at, run = None, list[Asking | None]()
        for event in step.events:
            if isinstance(event, Note):
                run += [at] * (event.id == "sublist")
                self._event(event, chain, None)
            elif event.name == "__netif_receive_skb_core":
                at = self._asking("in", event)
                self._step(event, chain, at)
            else:
                self._run(event, (event.name, *chain), run)
                run = []

    def _run(self, step: Step, chain: tuple[str, ...], run: list[Asking | None]) -> None:
        """What a taker without a function for lists is given, one frame after the other."""
        at, left = None, iter(run)
        for event in step.events:
            if isinstance(event, Note) and event.id == "list-func":
                at = next(left)
            self._event(event, chain, at)

    def _hook(self, step: Step) -> None:
        """Keep account of who is on a list."""
        for tap in step.tap.split(",") if step.tap else ():
            if step.name in _ON:
                self._off.pop(tap, None)
            elif step.name == "packet_release":
                self._off[tap] = ""
            elif step.name in _OFF:
                self._off[tap] = self._reasons.get(tap, "")
