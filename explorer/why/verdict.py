"""The verdict on each tap of a case: what it gets, and the statement without which it would not be so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from explorer.model.features import Features
from explorer.model.steps import Step
from explorer.scenario import Outcome, Tap
from explorer.why.replay import outcome_of, steps_of
from explorer.why.reversal import without
from explorer.why.rulings import GOT, Ruling, meetings, pkttype, rulings
from explorer.why.values import Case, Verdict
from explorer.why.walk import Seen, Walk

__all__ = ["got_of", "verdicts", "verdicts_of"]

_DEEPEST = 6  # rules taken out one after another


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
    met = tuple(meeting for meeting, _ in meetings(walk, tap))
    got = tuple(pkttype(seen, tap) for seen in walk.asked if seen.note.tap == tap.name and seen.note.id in GOT)
    decided = _decided(case, features, outcome, tap, rulings(case.scenario, walk, tap))
    notes = dict.fromkeys([*(each.name for each in _concerning(walk, tap)), *(each.note for each in met)])
    lost = sum(meeting.fate == "lost" for meeting in met)
    return Verdict(tap, got, lost, met, *decided, tuple(filter(None, notes)))


def _concerning(walk: Walk, tap: Tap) -> Iterator[Seen]:
    """What was seen of this tap, and of its frames on their way."""
    for seen in (*(seen for seen, _ in walk.loose), *walk.asked):
        if not seen.note.tap or seen.about(tap.name):
            yield seen


def _decided(
    case: Case, features: Features | None, outcome: Outcome, tap: Tap, may: Sequence[Ruling]
) -> tuple[str, tuple[str, ...] | None, tuple[str, ...]]:
    """The nearest statement without which the tap gets something else, what that is, and what else had to go.

    If none is enough alone, the nearest of all is taken out, then what is in the way next, and so on.
    """
    if not may:
        return "", None, ()
    before = _rows(outcome, tap)
    for ruling in may:
        with without(ruling.removals):
            other = outcome_of(case, features)
        if _rows(other, tap) != before:
            return ruling.name, got_of(other, tap.name), ()
    out = [may[0]]
    while len(out) < _DEEPEST:
        with without([removal for ruling in out for removal in ruling.removals]):
            other, root = steps_of(case, features)
        if _rows(other, tap) != before:
            return out[0].name, got_of(other, tap.name), tuple(ruling.name for ruling in out[1:])
        further = [each for each in rulings(case.scenario, Walk(root, features), tap) if each not in out]
        if not further:
            break
        out.append(further[0])
    return may[0].name, None, ()


def _rows(outcome: Outcome, tap: Tap) -> list[tuple[str, str, str]]:
    return [(row.pkttype, row.device, row.data) for row in outcome.of(tap.name)]
