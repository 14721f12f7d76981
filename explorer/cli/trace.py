"""trace."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from explorer.cli.common import (
    form_of,
    formats,
    glyphs,
    open_kernel,
    say,
    source_options,
    split_version,
    width,
    words,
    write,
    write_lines,
)

if TYPE_CHECKING:
    from explorer.kernel import Kernel
    from explorer.scenario import Scenario
    from explorer.trace import Overlay
    from explorer.trace.take import Taken
    from explorer.version import Version
    from explorer.views.text import Line

__all__ = ["trace"]

_FORMATS = ("text", "json", "svg", "png")


@click.command(short_help="The functions a scenario's frames really run through, over the call graph.")
@words("[VERSION] SCENARIO")
@click.option(
    "--kernel",
    "means",
    type=click.Choice(["uml", "running", "recorded"]),
    help="User Mode Linux, as an ordinary user; the running kernel, as root; what was recorded.",
)
@click.option(
    "--uml",
    "package",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A user-mode-linux package, or the program of one that was made.",
)
@click.option(
    "--build",
    "tree",
    type=click.Path(path_type=Path),
    metavar="TREE",
    help="Make a User Mode Linux with line numbers from a kernel tree, in the cache: minutes, then seconds.",
)
@click.option(
    "--import", "imported", type=click.Path(path_type=Path), metavar="FILE", help="What another tool printed of it."
)
@click.option("--step", "stepwise", is_flag=True, help="Call by call, with the C beside it.")
@formats(*_FORMATS)
@source_options
def trace(
    words: tuple[str, ...],
    means: str | None,
    package: Path | None,
    tree: Path | None,
    imported: Path | None,
    stepwise: bool,
    form: str | None,
    target: Path | None,
    source: str | None,
    offline: bool,
) -> None:
    """Run a scenario in a real kernel, and show the calls that its frames went through, over the call graph.

    Without root it boots a User Mode Linux (apt-get download user-mode-linux; nothing is installed); --build makes one
    that knows the line of every call, and what was inlined. With VERSION, or where that cannot be had, a recorded run
    is shown and says so. --import reads what trace-cmd, ftrace, perf script, bpftrace, pwru, retis or gdb printed.

    Example: explorer trace v6.12.117 two-taps --offline
    """
    from explorer import scenario
    from explorer.trace.take import Ask

    chosen = form_of(form, target, _FORMATS)
    version, rest = _asked(words)
    row = scenario.load(rest[0]) if len(rest) == 1 else None
    if row is None and not (imported and not rest):
        raise click.UsageError(f"name one scenario, of {', '.join(scenario.scenarios())}")
    if tree and (package or imported or means not in (None, "uml")):
        raise click.UsageError("--build TREE makes the kernel to trace in: not with --uml, --import or another kernel")
    ask = Ask(row, version, source, lambda version, source: open_kernel(version, source, offline), say)
    taken = ask.read(imported) if imported else ask.take(means or "", package, tree)
    joined = taken.joined
    if stepwise:
        _steps(joined, taken, target)
    elif chosen == "text":
        write_lines([*_head(row, taken), *_text(joined)], target)
    elif chosen == "json":
        from explorer.views.trace import trace_json

        write(trace_json(joined, taken.source, taken.recorded), target)
    else:
        write(_picture(joined, taken.kernel, chosen), target)


def _asked(words: tuple[str, ...]) -> tuple[Version | None, tuple[str, ...]]:
    """The version and the other words; here it may stand behind the scenario too."""
    version, rest = split_version(words)
    if version is None and len(rest) > 1:
        version, more = split_version(rest[1:])
        rest = (rest[0], *more)
    return version, rest


def _head(row: Scenario | None, taken: Taken) -> Sequence[Line]:
    from explorer.live.table import printable

    title = f"  {row.title}" if row else ""
    style = "bold" if taken.recorded else "dim"
    source = printable(f"  {taken.source}; the graph is of {taken.kernel.version}")
    return ((("bold", printable(taken.trace.scenario)), ("", title)), ((style, source),), ())


def _text(joined: Overlay) -> Sequence[Line]:
    from explorer.views.trace import trace_text

    return tuple(trace_text(joined, glyphs(), width()))


def _steps(joined: Overlay, taken: Taken, target: Path | None) -> None:
    """All calls one after the other; in a terminal a key leads to the next."""
    from explorer.views.trace import step_text, steps_of

    steps = steps_of(joined)
    shown = [tuple(step_text(joined, taken.kernel, step, at, len(steps))) for at, step in enumerate(steps, 1)]
    if target or not (sys.stdin.isatty() and sys.stdout.isatty()):
        write_lines([*_head(None, taken), *(line for lines in shown for line in lines)], target)
        return
    at = 0
    while 0 <= at < len(shown):
        write_lines(shown[at], None)
        say("any key: next · b: back · q: leave")
        at += {"q": len(shown), "b": -1 if at else 0}.get(click.getchar(), 1)


def _picture(joined: Overlay, kernel: Kernel, form: str) -> str | bytes:
    from explorer.views.svg import svg

    picture = svg(kernel.graph, kernel.routes, trace=joined)
    if form == "svg":
        return picture
    from explorer.views.png import png

    return png(picture)
