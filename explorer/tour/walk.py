"""A tour as a release has it: stops, each a function with the notes that stand on it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from explorer.graph.values import CallGraph, Function
from explorer.tour.placement import Ground, place
from explorer.tour.values import Fit, Leg, Placement, Step, Tour

__all__ = ["Stop", "joined", "stops"]


@dataclass(frozen=True, slots=True)
class Stop:
    """Consecutive legs that stand on one function in a release: what is two functions now was one before.

    `definitions` is empty where the release has none of the functions, and yet a note that should be there.
    """

    legs: tuple[Leg, ...]
    definitions: tuple[Function, ...]
    placements: tuple[tuple[Step, Placement], ...]

    @property
    def id(self) -> str:
        """The function FUNC@SRC, the newest name of it where the release has none."""
        return self.definitions[0].id if self.definitions else self.legs[0].step.functions[0]


def stops(ground: Ground, tour: Tour) -> tuple[tuple[Stop, ...], tuple[Leg, ...]]:
    """The stops of a tour in a release, and the legs it is not meant to have."""
    rows = []
    gone = []
    for leg in tour.legs:
        definitions = ground.definitions(leg.step.functions)
        placements = tuple((leg.step, place(ground, leg.step, note)) for note in leg.step.notes)
        if definitions or any(each.outcome is not Fit.ABSENT for _, each in placements):
            rows.append(Stop((leg,), definitions, placements))
        else:
            gone.append(leg)
    groups = [tuple(group) for _, group in groupby(rows, key=lambda row: row.id)]
    return tuple(map(_together, groups)), tuple(gone)


def _together(group: tuple[Stop, ...]) -> Stop:
    legs = tuple(leg for row in group for leg in row.legs)
    return Stop(legs, group[0].definitions, tuple(each for row in group for each in row.placements))


def joined(graph: CallGraph, before: Stop, after: Stop) -> bool:
    """Whether a call or a declared hand-over leads from one stop to another."""
    if not before.definitions or not after.definitions:
        return False
    return any(call.callee == after.id and call.kind != "macro" for call in graph.callees(before.id))
