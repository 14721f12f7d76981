"""What is asked of a tap and a frame, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.scenario import Scenario, Tap

__all__ = ["Case", "Meeting", "Verdict"]


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario that is asked about."""

    scenario: Scenario

    def having(self, program: str) -> tuple[str, ...]:
        """The devices that have a program: `xdp`, `tc_ingress` or `tc_egress`."""
        return tuple(device.name for device in self.scenario.devices if getattr(device, program))


@dataclass(frozen=True, slots=True)
class Meeting:
    """A place where taps are asked for a frame, and what became of it for one tap.

    `way` is out or in, on `device`. `fate` is got, lost (for want of room), refused (by the tap's own handler), passed
    over (on the list, and not called), not asked (on no list that was walked), unhooked (on no list at all), or gone
    (the frame was no more). `note` is the STEP.NOTE of the statement that decided, `pkttype` that with which the tap
    got the frame, ``?`` if a SOCK_PACKET did, which is not told.
    """

    way: str
    device: str
    note: str
    fate: str
    pkttype: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a tap gets, by the model, and the statement that decided it.

    `got` has the packet type of each frame, in order, and `meetings` where it was asked. `deciding` is a STEP.NOTE,
    empty where nothing was sent; `otherwise` is what the tap would get without that statement, None if just the same;
    `besides` stand behind it, and had to be taken out as well for that. `notes` are all the marked statements that had
    to do with its frames.
    """

    tap: Tap
    got: tuple[str, ...]
    dropped: int
    meetings: tuple[Meeting, ...]
    deciding: str
    otherwise: tuple[str, ...] | None
    besides: tuple[str, ...]
    notes: tuple[str, ...]
