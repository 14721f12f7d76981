"""The trace of a scenario by whatever means can be had, with the kernel that explains it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from explorer import kernel as kernels
from explorer.errors import LiveError, TraceError
from explorer.kernel import Kernel
from explorer.live import recordings, uml
from explorer.scenario import Scenario, load
from explorer.trace import imported, recorded
from explorer.trace.overlay import Overlay, overlay
from explorer.trace.values import Trace, watched
from explorer.version import Version

__all__ = ["Ask", "Taken", "trace"]

Open = Callable[[Version | None, str | None], Kernel]


@dataclass(frozen=True, slots=True, repr=False)
class Taken:
    """A trace, the kernel that explains it, and where the trace is from; a notebook shows it over the route map.

    The widget of a notebook walks it, function by function: Explorer(trace=taken).
    """

    trace: Trace
    kernel: Kernel
    source: str
    recorded: bool = False

    @property
    def id(self) -> str:
        """What it is called among tours."""
        return f"trace {self.trace.scenario}"

    @property
    def joined(self) -> Overlay:
        """The trace over the kernel's graph and routes."""
        return overlay(self.trace, self.kernel.graph, self.kernel.routes)

    def __str__(self) -> str:
        return f"{self.trace.scenario}, {self.source}: {self.joined}"

    def __repr__(self) -> str:
        return f"<{self}>"


def trace(
    scenario: str, version: str = "", means: str = "", source: str | None = None, build: str | Path | None = None
) -> Taken:
    """A scenario's real path, as `explorer trace` has it: trace("two-taps"), trace("two-taps", "v6.12.117").

    With build, a kernel tree, it runs in a User Mode Linux made from that, and its lines are exact. What it tells of
    where the answer is from goes to stderr, as the command's does.
    """
    asked = Version.parse(version) if version else None

    def say(line: str) -> None:
        print(line, file=sys.stderr)

    return Ask(load(scenario), asked, source, kernels.open, say).take(means, build=build)


@dataclass(frozen=True)
class Ask:
    """A scenario, and where its kernel's graph is from: a version, a source, or else the release nearest to the kernel.

    `open` opens a kernel, `log` is told what a reader should know.
    """

    scenario: Scenario | None
    version: Version | None
    source: str | None
    open: Open
    log: Callable[[str], object]

    def take(self, means: str = "", package: Path | None = None, build: str | Path | None = None) -> Taken:
        """By uml, running or recorded; else in a User Mode Linux if there is one and no version, else as recorded."""
        if build:
            return self._built(build)
        if means == "running":
            return self._running()
        if means == "uml" or not (means or self.version):
            try:
                program = uml.find(package)
            except LiveError as error:
                if means or package:
                    raise
                self.log(str(error))
            else:
                return self._uml(program)
        return self._recorded()

    def read(self, place: Path) -> Taken:
        """Out of what another tool printed."""
        if self.version is None and self.source is None:
            raise TraceError(f"of which version is {place.name}? explorer trace v6.12.117 --import {place.name}")
        kernel = self.open(self.version, self.source)
        name = self.scenario.id if self.scenario else place.name
        return Taken(imported.load(place, name, str(kernel.version)), kernel, f"imported from {place.name}")

    @property
    def _named(self) -> Scenario:
        if self.scenario is None:
            raise TraceError("a scenario is needed; explorer live --list shows them")
        return self.scenario

    def _kernel(self, release: str) -> Kernel:
        """The release itself if it is known, else the nearest, which is said."""
        if self.version or self.source:
            return self.open(self.version, self.source)
        known = kernels.nearest(Version.parse(release))
        if known != Version.parse(release):
            self.log(f"Linux {release} is not known here; the graph and its lines are of {known}, the nearest release")
        return self.open(known, None)

    def _uml(self, program: uml.Program) -> Taken:
        from explorer.trace import uml as traced

        kernel = self._kernel(program.release)
        trace, _ = traced.record(self._named, program, watched(kernel.routes))
        return Taken(trace, kernel, f"User Mode Linux {trace.kernel}, as it ran now")

    def _built(self, tree: str | Path) -> Taken:
        """In a User Mode Linux made from a tree, whose graph is the tree's, unless another source was named."""
        from explorer.live.umlbuild import build

        program = build(tree, self.log)
        return (self if self.version or self.source else replace(self, source=str(tree)))._uml(program)

    def _running(self) -> Taken:
        from explorer.trace import running

        kernel = self._kernel(str(kernels.running()))
        trace = running.record(self._named, watched(kernel.routes))
        return Taken(trace, kernel, f"the running Linux {trace.kernel}, by {trace.means}")

    def _recorded(self) -> Taken:
        found = recorded.find(self._named, self.version)
        if found is None:
            known = ", ".join(recorded.kernels(self._named)) or "no kernel"
            asked = f" on {self.version}" if self.version else ""
            raise TraceError(
                f"no recorded trace of {self._named.id}{asked}; it was recorded on {known}; --kernel uml takes one"
            )
        trace, recording = found
        source = f"{recordings.shown_as(recording)}, by {trace.means}"
        return Taken(trace, self._kernel(trace.kernel), source, recorded=True)
