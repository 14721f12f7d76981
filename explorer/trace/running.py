"""A scenario on the running kernel, as root: its frames' calls by ftrace, or by perf's tracepoints.

Where the kernel has function_graph, the whole tree is seen; with the function tracer the stack at every function of the
routes; with neither, perf gives the stack at the tracepoints on the way. Tracing is done in an instance of our own, so
that nobody else's is touched, and only of the helper process that runs the scenario.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import NoReturn

from explorer.errors import PrivilegeError, TraceError
from explorer.live.process import Agent
from explorer.live.runs import outcome_of
from explorer.scenario import Scenario
from explorer.trace import imported
from explorer.trace.values import Trace, bare

__all__ = ["means", "record"]

TRACEFS = Path("/sys/kernel/tracing")
_INSTEAD = "explorer trace SCENARIO --kernel uml needs no root"
_PLAIN = ("funcgraph-cpu", "funcgraph-duration", "funcgraph-overhead", "funcgraph-irqs")


def means() -> str:
    """How this kernel can be traced: function_graph, function or perf; PrivilegeError or TraceError if it cannot."""
    if os.geteuid():
        raise PrivilegeError(f"the running kernel is traced as root only: sudo, or {_INSTEAD}", need="root")
    try:
        tracers = (TRACEFS / "available_tracers").read_text().split()
    except OSError as error:
        if not any(TRACEFS.glob("*")):
            raise TraceError(f"tracefs is not mounted: mount -t tracefs none {TRACEFS}; or {_INSTEAD}") from error
        _refuse("available_tracers", error)
    found = next((name for name in ("function_graph", "function") if name in tracers), "perf")
    try:
        (TRACEFS / "available_filter_functions").open().close()
    except OSError:  # a kernel that is locked down has tracepoints all the same
        return "perf"
    return found


def record(scenario: Scenario, names: Iterable[str], by: str = "") -> Trace:
    """Run the scenario in a namespace of its own and trace it, by the best means there is or by the one named."""
    by = by or means()
    with Agent() as agent:
        request = {"scenario": asdict(scenario)}
        agent.ask({"do": "prepare", **request})
        taken = _perf if by == "perf" else _ftrace(by, names)
        outcome, trace = taken(agent.worker, lambda: agent.ask({"do": "scenario", **request})["outcome"])
        if refused := outcome_of(outcome).refused:
            raise TraceError(f"Linux {agent.kernel} refused {scenario.id}: {refused}")
        return replace(trace, scenario=scenario.id, kernel=agent.kernel)


Run = Callable[[], dict[str, object]]


def _ftrace(wanted: str, names: Iterable[str]) -> Callable[[int, Run], tuple[dict[str, object], Trace]]:
    def taken(pid: int, run: Run) -> tuple[dict[str, object], Trace]:
        with _instance() as room:
            # 6.1 has function_graph for the whole machine only, 6.12 for an instance too; else the stacks have to do
            tracer = wanted if wanted in (room / "available_tracers").read_text().split() else "function"
            watched = _filter(room, set(names))
            _put(room / "set_ftrace_pid", str(pid))
            _put(room / "tracing_on", "0")
            _put(room / "current_tracer", tracer)
            for option in _PLAIN if tracer == "function_graph" else ():
                if (room / "options" / option).exists():
                    _put(room / "options" / option, "0")
            if tracer == "function":
                _put(room / "options/func_stack_trace", "1")
            _put(room / "tracing_on", "1")
            outcome = run()
            _put(room / "tracing_on", "0")
            text = (room / "trace").read_text(errors="replace")
        trace = imported.read(text, "", "", f"what the {tracer} tracer said")
        return outcome, replace(trace, means="ftrace", watched=watched if tracer == "function_graph" else ())

    return taken


def _perf(pid: int, run: Run) -> tuple[dict[str, object], Trace]:
    from explorer.trace.perf import Samples

    with Samples(pid, TRACEFS) as samples:
        outcome = run()
        chains = samples.chains()
    return outcome, Trace("", "", "perf", chains)


@contextmanager
def _instance() -> Iterator[Path]:
    """A tracing instance of our own, taken away again."""
    room = TRACEFS / "instances" / f"explorer-{os.getpid()}"
    try:
        room.mkdir()
    except OSError as error:
        _refuse("instances", error)
    try:
        yield room
    finally:
        for name, text in (("tracing_on", "0"), ("current_tracer", "nop")):
            _put(room / name, text)
        room.rmdir()


def _filter(room: Path, names: set[str]) -> tuple[str, ...]:
    """Watch for these functions and their compiler's copies; those that the kernel can watch."""
    try:
        with (TRACEFS / "available_filter_functions").open(encoding="utf-8") as lines:
            there = [word for line in lines if bare(word := line.split()[0]) in names]
    except OSError as error:
        _refuse("available_filter_functions", error)
    if not there:
        raise TraceError(f"none of the routes' functions can be traced in this kernel; {_INSTEAD}")
    _put(room / "set_ftrace_filter", "\n".join(there) + "\n")
    return tuple(sorted(set(map(bare, there))))


def _put(place: Path, text: str) -> None:
    try:
        place.write_text(text)
    except OSError as error:
        _refuse(f"{place.name} = {text.split()[0]}", error)


def _refuse(what: str, error: OSError) -> NoReturn:
    name = errno.errorcode.get(error.errno or 0, str(error.errno))
    raise TraceError(f"tracefs: {what} is refused ({name}); {_INSTEAD}") from error
