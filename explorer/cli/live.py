"""live."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from explorer.cli.common import form_of, formats, say, width, write, write_lines

if TYPE_CHECKING:
    from explorer.live.answers import Answer
    from explorer.scenario import Scenario
    from explorer.views.text import Line

__all__ = ["live"]

_FORMATS = ("text", "json", "pcapng")


@click.command(short_help="Run a scenario on the running kernel, without root, and show what each tap got.")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO...]", shell_complete=lambda *_: list(_known()))
@click.option("--all", "everything", is_flag=True, help="Every scenario there is.")
@click.option("--list", "listing", is_flag=True, help="List the scenarios.")
@click.option("--hex", "dump", is_flag=True, help="The bytes of each frame, too.")
@click.option("--record", is_flag=True, help="Keep what this kernel answers, of scenarios and notebooks (author only).")
@formats(*_FORMATS)
def live(
    scenarios: tuple[str, ...],
    everything: bool,
    listing: bool,
    dump: bool,
    record: bool,
    form: str | None,
    target: Path | None,
) -> None:
    """Set up devices and taps in a network namespace of its own, send real frames, show what each tap got, in order.

    Where namespaces are refused, or the kernel lacks what a scenario needs, a recorded run is shown and says so.

    Example: explorer live two-taps
    """
    from explorer import scenario

    if record:
        _record(target)
        return
    if not (scenarios or everything or listing):
        raise click.UsageError("name a scenario, as explorer live --list shows them, or say --all")
    rows = [scenario.load(name) for name in scenarios or _known()]
    if listing:
        wide = max((len(row.id) for row in rows), default=0)
        write("".join(f"{row.id:{wide}}  {row.title}\n" for row in rows), target)
        return
    chosen = form_of(form, target, _FORMATS)
    if chosen == "pcapng" and len(rows) != 1:
        raise click.UsageError("a pcapng file is of one scenario")
    _answer(rows, chosen, dump, target)


def _known() -> tuple[str, ...]:
    from explorer.scenario import scenarios

    return scenarios()


def _answer(rows: Sequence[Scenario], chosen: str, dump: bool, target: Path | None) -> None:
    from explorer.live.answers import answers

    found = answers(rows)
    if chosen == "json":
        from explorer.views.values import envelope

        write(envelope("live", answers=[_values(each) for each in found]), target)
    elif chosen == "pcapng":
        (answer,) = found
        write(_pcapng(answer), target)
    elif target is None:
        for each in found:  # shown as they come
            write_lines(_lines(each, dump), None)
    else:
        write_lines((line for each in found for line in _lines(each, dump)), target)


def _lines(answer: Answer, dump: bool) -> Iterator[Line]:
    import textwrap

    from explorer.live.table import listens, printable, table

    scenario, outcome = answer.scenario, answer.outcome
    yield (("bold", scenario.id), ("", f"  {scenario.title}"))
    for line in textwrap.wrap(" ".join(scenario.expect.split()), width() - 4):
        yield (("", f"  {line}"),)
    if answer.reason:
        yield (("bold", f"  {'not run' if not outcome.refused else 'refused'} here: {printable(answer.reason)}"),)
    style = "dim" if answer.live else "bold"
    yield ((style, f"  {answer.source}" + (f"; {answer.remark}" if answer.remark else "")),)
    counts = {tap: (packets, drops) for tap, packets, drops in outcome.counts}
    for tap in scenario.taps if not outcome.refused else ():
        packets, drops = counts[tap.name]
        yield (("bold", f"  {listens(tap)}"), ("", f"  {packets} counted, {drops} dropped"))
        yield from ((("", f"    {line}"),) for line in table(outcome.of(tap.name), dump, tap=False))
    yield ()


def _values(answer: Answer) -> dict[str, object]:
    return {
        "scenario": answer.scenario.id,
        "title": answer.scenario.title,
        "expect": answer.scenario.expect,
        "live": answer.live,
        "source": answer.source,
        "reason": answer.reason,
        "remark": answer.remark,
        "outcome": answer.outcome,
    }


def _pcapng(answer: Answer) -> bytes:
    from explorer.errors import LiveError
    from explorer.live.pcapng import LINKTYPE_ETHERNET, link_type, pcapng

    if answer.outcome.refused:
        raise LiveError(f"{answer.reason}; {answer.source}")
    cooked = [tap.name for tap in answer.scenario.taps if tap.type == "dgram"]
    rows = answer.outcome.rows
    if not answer.live:
        say(f"{answer.source}; not run here: {answer.reason}")
    if cooked and link_type(rows, cooked) != LINKTYPE_ETHERNET:
        say("a dgram tap's frames have no MAC header, so all are written as Linux cooked captures")
    return pcapng(rows, cooked, f"{answer.scenario.id}, {answer.source}")


def _record(target: Path | None) -> None:
    """Run every scenario and every notebook, and merge what they gave into the recordings, or into a file."""
    from explorer import scenario
    from explorer.live.recorder import notebooks, scenarios
    from explorer.live.recordings import merge, place_of, scenario_key

    rows = [scenario.load(name) for name in _known()]
    made, cells = scenarios(rows), notebooks()
    if target:
        merge(target, [*made, *cells])
    else:
        merge(place_of("scenario"), made, [scenario_key(row) for row in rows])
        merge(place_of("cell"), cells, [row.key for row in cells])
    say(f"{len(made)} scenarios and {len(cells)} cells recorded")
