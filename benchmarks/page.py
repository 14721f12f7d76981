"""What the page costs: bytes of a tour, Python's time for a step, from Run All to the widget, from a click to the pane.

    python benchmarks/page.py TREE [ROUNDS]

TREE is a kernel's source tree (any release). Python's part is processor time; a click is to a function whose page the
browser already has, or to one it has not, beside a bare round trip to the same kernel. Medians; nothing is compared
with a fixed time. Needs Chromium.
"""

from __future__ import annotations

import gzip
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from labs import chromium, jupyterlab, notebook_of, opened, run_all

from explorer import kernel
from explorer.kernel import Kernel
from explorer.notebook.content import Content
from explorer.notebook.widget import Explorer
from explorer.tour import load_tour, tours

LIMIT = 300_000  # bytes that a tour may take


def milliseconds(run: Callable[[], object], rounds: int) -> float:
    """The median of some runs, of the processor's time: another program beside this one does not matter."""
    spent = []
    for _ in range(rounds):
        begin = time.process_time()
        run()
        spent.append(1000 * (time.process_time() - begin))
    return statistics.median(spent)


def sizes(release: Kernel) -> None:
    """What crosses to the browser in a whole tour: the picture with its names once, and each page."""
    print(f"bytes of a tour with text, {release.version}, as they cross, not compressed; at most {LIMIT:,}")
    for tour in tours():
        content = Content(release, tour)
        parts = [content.chart("map"), *(content.shown(page) for page in content.pages)]
        rows = [json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode() for part in parts]
        whole, packed = sum(map(len, rows)), sum(len(gzip.compress(row)) for row in rows)
        print(
            f"  {tour.id:10} {len(content.pages):3} steps {whole:9,} of them picture and names {len(rows[0]):7,}",
            end="",
        )
        print(f", gzipped {packed:7,}{'  OVER' if whole > LIMIT else ''}")


def steps(release: Kernel, tree: str, rounds: int) -> None:
    """Python's part of a step, of the longest function, of another release beside it."""
    print("Python's part, processor time")
    widget = Explorer(str(release.version), source=tree)
    ids = [step["function"] for step in widget.chart["steps"]]
    own = [row for row in release.graph.functions if row.kind == "function" and row.file in release.texts]
    longest = max(own, key=lambda row: row.last - row.first)

    def choose(key: str) -> Callable[[], None]:
        def run() -> None:
            widget.selected = ids[0]
            widget.selected = key

        return run

    walked = statistics.median(milliseconds(choose(key), rounds) for key in ids[1:])
    print(f"  a step there and back {walked:22.1f} ms")
    size = longest.last - longest.first + 1
    print(f"  {longest.name}, {size} lines, and back {milliseconds(choose(longest.id), rounds):8.1f} ms")
    print(f"  a new widget {milliseconds(lambda: Explorer('v3.4'), rounds):31.1f} ms (facts without text)")


TIMED = """
const [key, done] = arguments;
const heading = () => document.querySelector('.xp-pane h4 code').textContent;
const box = document.querySelector(`.xp-picture [data-function="${key}"]`);
const begin = performance.now();
const watch = new MutationObserver(() => {
  if (heading() !== key.split('@')[0]) return;
  watch.disconnect();
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - begin)));
});
watch.observe(document.querySelector('.xp-pane'), {childList: true, subtree: true});
box.dispatchEvent(new MouseEvent('click', {bubbles: true}));
"""
POINTED = "document.querySelector('.xp-title').dispatchEvent(new MouseEvent('mouseover', {bubbles: true}))"
BOXES = ".xp-picture [data-function]"
BARE = """
const done = arguments[0], begin = performance.now();
const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
kernel.requestExecute({code: '0'}).done.then(() => done(performance.now() - begin));
"""


def browser(release: Kernel, tree: str, rounds: int) -> None:
    """From Run All to the first widget in a started kernel, from a click on a box to the pane."""
    code = f"from explorer.notebook.widget import Explorer\nExplorer({str(release.version)!r}, source={tree!r})"
    with tempfile.TemporaryDirectory() as place, chromium(Path(place, "profile")) as driver:
        root = Path(place, "lab")
        root.mkdir()
        with jupyterlab(root, notebook_of(code)) as address:
            opened(driver, address)
            begin = time.perf_counter()
            run_all(driver)
            first = time.perf_counter() - begin
            boxes = {box.get_attribute("data-function") for box in driver.find_elements("css selector", BOXES)}
            ids = Content(release, load_tour("transmit")).ids
            told = [key for key in ids[1:] if key in boxes]
            trips = [driver.execute_async_script(TIMED, key) for key in sorted(boxes - set(ids))]
            driver.execute_script(POINTED)
            time.sleep(5)  # in which the pages of the tour come
            clicks = [driver.execute_async_script(TIMED, key) for key in told]
            bare = [driver.execute_async_script(BARE) for _ in range(rounds)]
    print("in JupyterLab")
    print(f"  Run All to the widget, kernel started {first:10.2f} s")
    print(f"  a click to the pane, its page sent ahead {statistics.median(clicks):7.0f} ms")
    print(f"  a click to the pane, its page not sent {statistics.median(trips):9.0f} ms")
    print(f"  a bare round trip to the kernel {statistics.median(bare):16.0f} ms")


def main(tree: str, rounds: int) -> None:
    release = kernel.open(None, tree)
    sizes(release)
    steps(release, tree, rounds)
    browser(release, tree, rounds)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 9)
