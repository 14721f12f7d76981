"""The tour: steps, notes and questions from data/, and where each note stands in a release."""

from __future__ import annotations

from explorer.tour.load import load_step, load_tour, steps, tours
from explorer.tour.placement import Ground, place
from explorer.tour.values import Anchor, Fit, Leg, Note, Placement, Step, Tour

__all__ = [
    "Anchor",
    "Fit",
    "Ground",
    "Leg",
    "Note",
    "Placement",
    "Step",
    "Tour",
    "load_step",
    "load_tour",
    "place",
    "steps",
    "tours",
]
