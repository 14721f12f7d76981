"""What a comparison of model and kernel came to, as lines: counts, and the smallest difference with both answers."""

from __future__ import annotations

import linecache
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import zip_longest

from explorer.conform import Finding, Report
from explorer.conform.filters import FilterReport
from explorer.live.table import ethertype, printable
from explorer.model.features import Features
from explorer.model.filter import disassemble
from explorer.model.steps import Note
from explorer.scenario import Action, Device, Row, Tap
from explorer.views.text import Line

__all__ = ["filters_text", "finding_text", "report_text"]


def report_text(report: Report) -> Iterator[Line]:
    """A line of counts and, where the two differ, the smallest scenario that shows it."""
    words = f"{report.drawn} scenarios, {report.run} run, {report.drawn - report.run} refused"
    if report.finding is None:
        yield (("bold", f"the model and {report.kernel} agree"), ("", f": {words}"))
    else:
        yield (("bold", f"the model and {report.kernel} differ"), ("", f": {words}"))
    for reason, count in report.refused:
        yield (("dim", f"  refused {count} times: {printable(reason)}"),)
    if report.finding:
        yield ()
        yield from finding_text(report.finding, report.kernel, report.features)


def finding_text(finding: Finding, kernel: str, features: Features | None = None) -> Iterator[Line]:
    """The scenario, both answers side by side, and the lines that decided in the model."""
    scenario = finding.scenario
    parts: list[Device | Tap | Action] = [*scenario.devices, *scenario.taps, *scenario.actions]
    for part in parts:
        yield (("", f"  {_said(part)}"),)
    yield ()
    rows = [("", "model", kernel), *_answers(finding)]
    wide = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for tap, model, other in rows:
        line = f"  {tap:{wide[0]}}  {model:{wide[1]}}  {'  ' if model == other else '!='}  {other}"
        yield (("" if model == other else "bold", line.rstrip()),)
    if notes := finding.decisions(features):
        yield ()
        yield (("bold", "  what decided in the model"),)
        lines = [_decided(note) for note in notes]
        long = max(len(text) for text, _ in lines)
        yield from ((("", f"    {text:{long}}"), ("dim", f"  {place}")) for text, place in lines)


def filters_text(report: FilterReport) -> Iterator[Line]:
    """A line of counts and, where the two differ, the smallest program that shows it."""
    found = report.finding
    words = "differ" if found else "agree"
    yield (
        ("bold", f"the model and {report.kernel} {words}"),
        ("", f": {report.drawn} filters, {report.refused} refused by both"),
    )
    if found:
        yield ()
        yield from ((("", f"  {line}"),) for line in disassemble(found.trial.program).splitlines())
        yield ()
        yield (("", f"  on a {found.trial.kind} {_brief(found.trial.content.hex())}"),)
        yield (("", f"  model   {_kept(found.model)}"),)
        yield (("", f"  kernel  {_kept(found.kernel)}"),)


def _kept(answer: object) -> str:
    """What became of a program: refused, accepted, or what it let through."""
    if answer is True:
        return "refused"
    return "accepted" if answer is None else f"kept {answer}"


def _answers(finding: Finding) -> Iterator[tuple[str, str, str]]:
    """Row by row, what a tap got by the model and by the kernel; equal frames stand beside one another."""
    model, kernel = finding.settled
    if finding.raised or model.refused or kernel.refused:
        yield "", finding.raised or _refused(model.refused), _refused(kernel.refused)
        return
    counts = {name: f"{packets} counted, {drops} dropped" for name, packets, drops in model.counts}
    others = {name: f"{packets} counted, {drops} dropped" for name, packets, drops in kernel.counts}
    for tap in finding.scenario.taps:
        for one, other in _paired(model.of(tap.name), kernel.of(tap.name)):
            yield tap.name, _row(one, other), _row(other, one)
        yield tap.name, counts[tap.name], others[tap.name]


def _refused(reason: str) -> str:
    return f"refused: {printable(reason)}" if reason else "answered"


def _paired(left: tuple[Row, ...], right: tuple[Row, ...]) -> Iterator[tuple[Row | None, Row | None]]:
    for _, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        yield from zip_longest(left[a:b], right[c:d])


def _row(row: Row | None, other: Row | None) -> str:
    """A frame in a line; beside another that differs only in its bytes or auxdata, those too."""
    if row is None:
        return "-"
    words = f"{row.pkttype or '-'} {ethertype(row.protocol)} {printable(row.device)} {row.length}"
    if other and row.data != other.data:
        words += f" {_brief(row.data)}"
    if other and row.aux != other.aux:
        words += "".join(f" {name}={value}" for name, value in row.aux if (name, value) not in other.aux)
    return words


def _decided(note: Note) -> tuple[str, str]:
    """The marked line, and where it stands."""
    lines = linecache.getlines(note.file)[: note.line]
    text = next((line for line in reversed(lines) if f"note: {note.id}" in line), "")
    tap = f", tap {note.tap}" if note.tap else ""
    return text.strip(), f"{note.function}{tap}"


def _said(part: Device | Tap | Action) -> str:
    """A device, tap or action with all that is special about it, as its line in a file would be."""
    words = [type(part).__name__.lower()]
    for name in part.__dataclass_fields__:
        value = getattr(part, name)
        if value != part.__dataclass_fields__[name].default:
            words.append(f"{name}={_value(name, value)}")
    return " ".join(words)


def _value(name: str, value: object) -> str:
    if name == "protocol":
        return f"0x{value:04x}"
    if name == "frame":
        return _brief(str(value))
    return printable(str(value)) if value is not True else "yes"


def _brief(data: str) -> str:
    """Hexadecimal digits in pairs, a long run of one byte as 70*46."""
    pairs = re.findall("..", data)
    shown: list[str] = []
    while pairs:
        run = next((n for n, pair in enumerate(pairs) if pair != pairs[0]), len(pairs))
        shown += [f"{pairs[0]}*{run}"] if run > 4 else pairs[:run]
        del pairs[:run]
    return " ".join(shown)
