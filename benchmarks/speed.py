"""How quick `explorer graph --all` is beside ctags, cscope, codequery and cflow, on the same three files.

    python benchmarks/speed.py TREE [ROUNDS]

TREE is a source tree of 6.1 (any other works too). Runs are interleaved, medians are printed as ratios; nothing is
compared with a fixed time. Debian's packages: universal-ctags cscope codequery cflow.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

FILES = ("net/core/dev.c", "net/packet/af_packet.c", "net/sched/sch_generic.c")
EXPLORER = (sys.executable, "-m", "explorer")


def measure(command: tuple[str, ...], where: Path, environment: dict[str, str]) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak MiB of a command."""
    begin = time.perf_counter()
    with subprocess.Popen(
        command, cwd=where, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as run:
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - begin
        if run.returncode:
            raise SystemExit(f"{' '.join(command)}: {run.stderr.read().decode() if run.stderr else ''}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def chain(steps: list[tuple[str, ...]], where: Path) -> tuple[float, float, float]:
    """Several commands as one: times add up, the largest memory counts."""
    rows = [measure(step, where, dict(os.environ)) for step in steps]
    return sum(row[0] for row in rows), sum(row[1] for row in rows), max(row[2] for row in rows)


def tree_of(source: Path, place: Path) -> Path:
    for path in (*FILES, "Makefile"):
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / path, place / path)
    return place


def contestants(tree: Path, scratch: Path) -> dict[str, Callable[[], tuple[float, float, float]]]:
    graph = (*EXPLORER, "graph", "--from", str(tree), "--all", "-f", "json")
    warm = dict(os.environ, EXPLORER_CACHE=str(scratch / "warm"))
    warm.pop("PYTHONDONTWRITEBYTECODE", None)  # pip compiles what it installs

    def cold() -> tuple[float, float, float]:
        with tempfile.TemporaryDirectory(dir=scratch) as empty:
            return measure(graph, tree, warm | {"EXPLORER_CACHE": empty})

    def codequery() -> tuple[float, float, float]:
        with tempfile.TemporaryDirectory(dir=scratch) as out:
            lists = Path(out, "cscope.files")
            lists.write_text("\n".join(str(tree / path) for path in FILES) + "\n")
            tags, database = f"{out}/tags", f"{out}/cscope.out"
            steps = [
                ("ctags", "--fields=+i", "-n", "-L", str(lists), "-f", tags),
                ("cscope", "-cb", "-i", str(lists), "-f", database),
                ("cqmakedb", "-s", f"{out}/code.db", "-c", database, "-t", tags, "-p"),
            ]
            return chain(steps, Path(out))

    return {
        "ctags + cscope + cqmakedb": codequery,
        "cflow": lambda: measure(("cflow", "-i", "_s", *FILES), tree, dict(os.environ)),
        "explorer graph --all, nothing analysed": cold,
        "explorer graph --all, analysed before": lambda: measure(graph, tree, warm),
        "explorer graph v3.4 --offline": lambda: measure((*EXPLORER, "graph", "v3.4", "--offline"), tree, warm),
        "explorer --version": lambda: measure((*EXPLORER, "--version"), tree, warm),
        "python -c pass": lambda: measure((sys.executable, "-c", "pass"), tree, warm),
    }


def main(source: Path, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        scratch = Path(directory)
        runners = contestants(tree_of(source, scratch / "tree"), scratch)
        for run in runners.values():
            run()
        rows: dict[str, list[tuple[float, float, float]]] = {name: [] for name in runners}
        for _ in range(rounds):
            for name, run in runners.items():
                rows[name].append(run())
    report({name: tuple(map(statistics.median, zip(*each, strict=True))) for name, each in rows.items()}, rounds)


def report(medians: dict[str, tuple[float, ...]], rounds: int) -> None:
    peer, bare = medians["ctags + cscope + cqmakedb"][0], medians["python -c pass"][0]
    print(f"medians of {rounds} interleaved runs\n{'':42}{'wall':>8}{'CPU':>8}{'MiB':>7}  to codequery's")
    for name, (wall, cpu, memory) in medians.items():
        print(f"{name:42}{wall:7.3f}s{cpu:7.3f}s{memory:7.0f}  {wall / peer:6.2f}")
    print(f"\nexplorer --version over bare python: {1000 * (medians['explorer --version'][0] - bare):.0f} ms")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 11)
