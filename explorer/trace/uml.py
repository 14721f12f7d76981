"""A scenario in a kernel of one's own, and the exact call chains of its frames; no root, no ftrace, no symbols."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import asdict

from explorer.errors import TraceError
from explorer.live.runs import outcome_of
from explorer.live.uml import Program, Uml
from explorer.scenario import Outcome, Scenario
from explorer.trace import lines
from explorer.trace.ptrace import Tracer
from explorer.trace.symbols import Symbols
from explorer.trace.values import Trace, longest

__all__ = ["record"]

_MOST, _TIME = 20_000, 60.0  # chains; seconds for a scenario


def record(scenario: Scenario, program: Program, names: Iterable[str]) -> tuple[Trace, Outcome]:
    """Boot, run the scenario, and stop at each of these functions; what each tap got comes with the trace."""
    with Uml(program) as booted:
        request = {"scenario": asdict(scenario)}
        booted.ask({"do": "prepare", **request})
        symbols = Symbols((booted.box / booted.ask({"do": "symbols"})["symbols"]).read_text())
        tracer = Tracer(int((booted.box / "pid").read_text()), symbols)
        late = threading.Timer(_TIME, booted.stop)
        late.daemon = True
        late.start()
        try:
            points = symbols.named(names)
            tracer.watch(points)
            answer = booted.put({"do": "scenario", **request})
            stacks: list[tuple[int, ...]] = []
            tracer.run(stacks.append, lambda: answer.exists() or len(stacks) > _MOST)
            outcome = outcome_of(booted.told(answer)["outcome"])
        finally:
            late.cancel()
            booted.stop()
            tracer.close()
    if outcome.refused:
        raise TraceError(f"User Mode Linux {booted.kernel} refused {scenario.id}: {outcome.refused}")
    known = lines.read(program.path, {each for stack in stacks for each in stack[1:]}) if program.lines else None
    chains = longest([symbols.chain(stack, known) for stack in stacks])
    return Trace(scenario.id, booted.kernel, "uml", chains, tuple(sorted(set(points.values())))), outcome
