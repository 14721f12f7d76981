"""The model against the kernel at hand, against a User Mode Linux, or against what was recorded of a kernel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from explorer import edits
from explorer.conform.compare import Report, conform
from explorer.conform.draws import drawn
from explorer.conform.recorded import recorded
from explorer.conform.trials import tried
from explorer.errors import LiveError
from explorer.live import recordings
from explorer.live.process import Agent
from explorer.live.runs import run

if TYPE_CHECKING:
    from explorer.live.uml import Uml

__all__ = ["argue", "asked", "opened"]


@contextmanager
def opened(kernel: str = "running") -> Iterator[Agent | Uml]:
    """Whoever asks a kernel: the ``running`` one in a namespace, or a ``uml`` booted for it; LiveError if it cannot."""
    if kernel == "uml":
        from explorer.live import uml

        with uml.Uml(uml.find()) as booted:
            yield booted
    else:
        with Agent() as agent:
            yield agent


def asked(agent: Agent | Uml, count: int, seed: int = 0) -> Report:
    """Scenarios number `seed` to `seed` + `count`, by a kernel and by the model with the features that trials find."""
    kernel = partial(run, agent=agent)
    with edits.aside():
        features = tried(kernel)
    return conform(map(drawn, range(seed, seed + count)), kernel, f"Linux {agent.kernel}", features)


def argue(count: int, seed: int = 0) -> tuple[Report, str]:
    """The model against the running kernel or, with the reason, against what was recorded of one."""
    try:
        with opened() as agent:
            return asked(agent, count, seed), ""
    except LiveError as refused:
        known = {scenario: outcome for scenario, outcome, _ in recorded()}
        sources = " and ".join(sorted({recordings.shown_as(row) for _, _, row in recorded()}))
        return conform(known, known.__getitem__, f"the answers {sources}", shrink=False), str(refused)
