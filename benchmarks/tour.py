"""How long it takes to place every note, and to check many releases.

    python benchmarks/tour.py linux-3.4 linux-6.1 linux-6.12.tar.xz

Each source is read and analysed once before anything is measured. A table: for each release, the medians of reading it
from the cache, of placing all tours on it with text, and with facts only; then `explorer check` over all of them, whole
process, and how much of it is placing. The targets are 100 ms for all tours on one release, 10 s for twenty releases.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from explorer import kernel
from explorer.check import check
from explorer.kernel import Kernel
from explorer.tour import Ground, Tour, place, tours

RUNS = 5


def median(work: Callable[[], object]) -> float:
    """The median of some runs, in milliseconds."""
    return statistics.median(timed(work) for _ in range(RUNS))


def timed(work: Callable[[], object]) -> float:
    """One run, in milliseconds."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


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
    print(
        f"{len(told)} tours, {len(legs)} steps, {notes} notes, read in {median(tours):.0f} ms; medians of {RUNS} in ms"
    )
    print(f"{'release':12} {'open':>8} {'place':>8} {'no text':>8}")
    for source, each in zip(sources, opened, strict=True):
        rows = (
            median(lambda source=source: kernel.open(None, source)),
            median(lambda each=each: placed(each, told)),
            median(lambda each=each: placed(replace(each, texts={}), told)),
        )
        print(f"{each.version!s:12} " + " ".join(f"{row:8.0f}" for row in rows), flush=True)
    words = [word for source in sources for word in ("--from", source)]
    whole = timed(lambda: subprocess.run([sys.executable, "-m", "explorer", "check", *words], capture_output=True))
    inner = timed(lambda: [check(each) for each in opened])
    print(f"explorer check over {len(opened)}: {whole / 1000:.1f} s, of which the checks {inner / 1000:.1f} s")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
