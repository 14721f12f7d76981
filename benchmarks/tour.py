"""How long it takes to place every note, and to check many releases.

    python benchmarks/tour.py linux-3.4 linux-6.1 linux-6.12.tar.xz

Each source is read and analysed once before anything is measured. A table: for each release, the medians of reading it
from the cache, of placing all tours on it with text, and with facts only; then `explorer check` over all of them, a
process of its own. The targets are 100 ms for all tours on one release, 10 s for twenty releases.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from explorer import kernel
from explorer.kernel import Kernel
from explorer.tour import Ground, Tour, place, tours

RUNS = 5


def median(work: Callable[[], object]) -> str:
    """The medians of some runs, in milliseconds: on the clock, and of the processor."""
    rows = sorted(timed(work) for _ in range(RUNS))
    return "/".join(f"{statistics.median(column) * 1000:.0f}" for column in zip(*rows, strict=True))


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """One run, in seconds: on the clock, and of this processor and that of its children."""
    start, before = time.perf_counter(), spent()
    work()
    return time.perf_counter() - start, spent() - before


def spent() -> float:
    """Seconds of the processor that this process and its children have had."""
    return sum(os.times()[:4])


def placed(opened: Kernel, told: Sequence[Tour]) -> int:
    """Place every note of some tours on a release; how many there are."""
    ground = Ground(opened)
    return len([place(ground, leg.step, note) for tour in told for leg in tour.legs for note in leg.step.notes])


def main(sources: list[str]) -> None:
    """Print the table."""
    opened = [kernel.open(None, source) for source in sources]
    told = tours()
    legs = [leg for tour in told for leg in tour.legs]
    notes = sum(len(leg.step.notes) for leg in legs)
    print(f"{len(told)} tours, {len(legs)} steps, {notes} notes, read in {median(tours)} ms")
    print(f"medians of {RUNS} in ms, on the clock and of the processor")
    print(f"{'release':12} {'open':>10} {'place':>10} {'no text':>10}")
    for source, each in zip(sources, opened, strict=True):
        rows = (
            median(lambda source=source: kernel.open(None, source)),
            median(lambda each=each: placed(each, told)),
            median(lambda each=each: placed(replace(each, texts={}), told)),
        )
        print(f"{each.version!s:12} " + " ".join(f"{row:>10}" for row in rows), flush=True)
    words = [word for source in sources for word in ("--from", source)]
    run = timed(lambda: subprocess.run([sys.executable, "-m", "explorer", "check", *words], capture_output=True))
    print(f"explorer check over {len(opened)}: {run[0]:.1f} s, {run[1]:.1f} s of the processor")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
