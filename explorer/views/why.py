"""Why a tap gets a frame or does not, described or on this machine: in a terminal and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from explorer.excerpt import Page
from explorer.live.reading import Interface
from explorer.live.table import ethertype, listens, printable
from explorer.views.terminal import cells, folded
from explorer.views.text import Glyphs, Line
from explorer.views.tour import page_lines
from explorer.why.answer import Finding
from explorer.why.suspects import Listener, Report, Suspect
from explorer.why.values import Meeting, Verdict

__all__ = ["finding_json", "finding_lines", "report_json", "report_lines"]

_PROSE = 100  # columns of a list of words


def finding_lines(
    finding: Finding, pages: Sequence[Page], glyphs: Glyphs, width: int, lang: str = "en"
) -> Iterator[Line]:
    """What each tap gets, where it was asked, what decided; the deciding statements; what is not so sure."""
    scenario = finding.case.scenario
    yield (("bold", printable(scenario.title)), ("dim", f"  {finding.version}, by the model"))
    for action in scenario.actions:
        yield (("dim", f"  {printable(str(action))}"),)
    if finding.refused:
        yield (("bold", f"  {printable(finding.refused)}"),)
    for verdict in finding.verdicts:
        yield ()
        yield from _verdict(finding, verdict, glyphs, width)
    yield ()
    for page in pages:
        yield from page_lines(page, glyphs, width, lang=lang)
    yield from _said("Not in the model: ", ", ".join(finding.left_out) + ".", width)
    for remark in finding.remarks:
        yield from _said("Note: ", f"{remark}.", width)
    for number, command in enumerate(finding.confirm):
        yield (("dim", "                " if number else "To confirm it:  "), ("bold", printable(command)))


def _verdict(finding: Finding, verdict: Verdict, glyphs: Glyphs, width: int) -> Iterator[Line]:
    yield (("bold", listens(verdict.tap)), ("", f"  {_gets(verdict)}"))
    rows = Counter(verdict.meetings)
    for number, (meeting, count) in enumerate(rows.items(), 1):
        sign = glyphs.last if number == len(rows) else glyphs.branch
        yield from _meeting(finding, meeting, count, sign, width)
    if not verdict.deciding:
        yield (("", "  it was closed, or nothing was sent, so there was nothing to decide"),)
        return
    statement = finding.statement(verdict.deciding)
    yield (("", "  decided by: "), ("bold", statement.title), ("dim", f"  {_place(finding, verdict.deciding)}"))
    for name in verdict.besides:
        yield (
            ("", "  and behind it: "),
            ("bold", finding.statement(name).title),
            ("dim", f"  {_place(finding, name)}"),
        )
    if verdict.otherwise is not None:
        yield (("", f"  without it the tap would get {_frames(verdict.otherwise)}"),)


def _gets(verdict: Verdict) -> str:
    lost = f", {verdict.dropped} lost for want of room" if verdict.dropped else ""
    return f"gets {_frames(verdict.got)}{lost}"


def _frames(got: Sequence[str]) -> str:
    """So many frames, and as what."""
    if not got:
        return "nothing"
    kinds = Counter(got)
    told = ", ".join(kind if len(kinds) == 1 else f"{count} {kind}" for kind, count in kinds.items())
    as_what = "" if "?" in kinds else f" as {told}"
    return f"{len(got)} frame{'s' * (len(got) != 1)}{as_what}"


def _meeting(finding: Finding, meeting: Meeting, count: int, sign: str, width: int) -> Iterator[Line]:
    """One place where the tap was asked: what became of it, by which statement."""
    told = meeting.pkttype not in ("", "?")
    where = f"{meeting.way} on {printable(meeting.device)}"
    head = f"{where:14}  {f'{meeting.fate} as {meeting.pkttype}' if told else meeting.fate:15}  "
    title = finding.statement(meeting.note).title + f"  {count} times" * (count > 1)
    place = _place(finding, meeting.note)
    gap = width - 2 - cells(sign + head + title + place) - 2
    yield (("dim", f"  {sign}"), ("", head), ("", title), *([("dim", " " * (gap + 2) + place)] if gap >= 0 else []))
    if gap < 0:
        yield (("dim", f"       {place}"),)


def _place(finding: Finding, name: str) -> str:
    row = finding.statement(name)
    return f"{row.location.path}:{row.location.line}" if row.location else f"{name}, {row.outcome} in {finding.version}"


def _said(head: str, text: str, width: int) -> Iterator[Line]:
    for line in folded(head + text, min(width, _PROSE)):
        yield (("dim", line),)


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding for other programs: data/schemas/why.schema.json."""
    case, scenario = finding.case, finding.case.scenario
    asked = {"id": scenario.id, "title": scenario.title, "devices": scenario.devices, "actions": scenario.actions}
    dropping = {name: getattr(case, name) for name in ("xdp", "tc_ingress", "tc_egress")}
    rows = {each.name: getattr(finding, each.name) for each in fields(finding) if each.name != "case"}
    return {"case": asked | dropping, **rows}


def report_lines(report: Report, glyphs: Glyphs, width: int) -> Iterator[Line]:
    """This machine: what was asked for, who listens there, what stands in the way, and what was not read."""
    head = f"this machine, Linux {printable(report.running)}; statements of {report.version}"
    yield (("bold", printable(report.asked)), ("dim", f"  {head}"))
    if report.device:
        yield (("", f"  {_device(report.device)}"),)
    for row in report.listeners:
        yield (("", "  heard by "), ("bold", _owner(row)), ("", f"  {_listening(row)}"))
    if not report.listeners:
        yield (("", "  no tap listens here now"),)
    for hook in report.others:
        on = printable(hook.device) or "every device"
        yield (("", "  besides, "), ("bold", printable(hook.function)), ("", f" is called for every frame, {on}"))
    yield ()
    if not report.suspects:
        yield (("", "Nothing that was read stands in a frame's way."),)
    for suspect in report.suspects:
        yield from _suspect(report, suspect, width)
    if report.suspects:
        yield ()
    yield from _said("Not read: ", "; ".join(map(printable, report.unread)) + ".", width)


def _device(device: Interface) -> str:
    words = ["up" if device.up else "down", "carrier" if device.carrier else "no carrier", device.kind]
    words += [f"qdisc {device.qdisc}" * bool(device.qdisc), f"mtu {device.mtu}"]
    words += [f"VLAN {device.vlan}" * bool(device.vlan), f"XDP {device.xdp}" * bool(device.xdp)]
    words += ["promiscuous" * bool(device.promiscuity)]
    return printable(", ".join(filter(None, words)))


def _owner(row: Listener) -> str:
    return f"{printable(row.name)} (pid {row.pid})" if row.pid else f"inode {row.inode}"


def _listening(row: Listener) -> str:
    words = [ethertype(row.protocol), printable(row.device) or "every device", row.type]
    words += ["on no list"] * (not row.running)
    words += [f"{row.waiting} of {row.room} bytes waiting, {row.lost} lost"] * (row.room >= 0)
    return ", ".join(words)


def _suspect(report: Report, suspect: Suspect, width: int) -> Iterator[Line]:
    """A suspect: what is so, the statement that decides, the command that shows it."""
    statement = report.statement(suspect.note)
    style = {"certain": "bold red", "likely": "bold yellow"}.get(suspect.rank, "bold")
    for number, line in enumerate(folded(suspect.said, min(width, _PROSE) - 10)):
        yield ((style, f"{'' if number else suspect.rank:10}"), ("", line))
    place = f"{statement.location.path}:{statement.location.line}" if statement.location else str(statement.outcome)
    yield (("", " " * 10), ("italic", statement.title), ("dim", f"  {place}"))
    if suspect.command:
        yield (("", " " * 10), ("dim", "$ "), ("", printable(suspect.command)))


def report_json(report: Report) -> dict[str, Any]:
    """A report for other programs: data/schemas/suspects.schema.json."""
    return {each.name: getattr(report, each.name) for each in fields(report)}
