"""Why a tap gets a frame or does not, described or on this machine: in a terminal and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from explorer.excerpt import Page
from explorer.live.reading import Interface
from explorer.live.table import ethertype, listens, printable
from explorer.tour.values import Fit
from explorer.tour.words import Words
from explorer.views.terminal import cells, folded, padded
from explorer.views.text import Glyphs, Line
from explorer.views.tour import page_lines
from explorer.why.answer import Finding
from explorer.why.report import Listener, Report
from explorer.why.suspects import Suspect
from explorer.why.values import Meeting, Verdict

__all__ = ["finding_json", "finding_lines", "report_json", "report_lines"]

_PROSE = 100  # columns of a list of words
_RANK = 10  # columns of how sure a suspect is


def finding_lines(
    finding: Finding, pages: Sequence[Page], glyphs: Glyphs, width: int, lang: str = "en"
) -> Iterator[Line]:
    """What each tap gets, where it was asked, what decided; the deciding statements; what is not so sure."""
    scenario, told = finding.case.scenario, _Told(finding, glyphs, width, Words(lang))
    say = told.say
    yield (("bold", printable(scenario.title)), ("dim", f"  {say('{version}, by the model', version=finding.version)}"))
    for action in scenario.actions:
        yield (("dim", f"  {printable(str(action))}"),)
    if finding.refused:
        yield (("bold", f"  {printable(finding.refused)}"),)
    for verdict in finding.verdicts:
        yield ()
        yield from told.verdict(verdict)
    yield ()
    for page in pages:
        yield from page_lines(page, glyphs, width, lang=lang)
    missing = say(", ").join(map(say, finding.left_out))
    yield from _said(say("Not in the model: {names}.", names=missing), width)
    for remark in finding.remarks:
        yield from _said(say("Note: {remark}.", remark=remark), width)
    head = say("To confirm it:  ")
    for number, command in enumerate(finding.confirm):
        yield (("dim", " " * cells(head) if number else head), ("bold", _command(command, say)))


class _Told:
    """A finding's verdicts, told in a language."""

    def __init__(self, finding: Finding, glyphs: Glyphs, width: int, say: Words) -> None:
        self._finding, self._glyphs, self._width, self.say = finding, glyphs, width, say

    def verdict(self, verdict: Verdict) -> Iterator[Line]:
        """What a tap gets, each place where it was asked, and what decided."""
        say = self.say
        yield (("bold", listens(verdict.tap, say)), ("", f"  {self._gets(verdict)}"))
        rows = Counter(verdict.meetings)
        for number, (meeting, count) in enumerate(rows.items(), 1):
            sign = self._glyphs.last if number == len(rows) else self._glyphs.branch
            yield from self._meeting(meeting, count, sign)
        if not verdict.deciding:
            yield (("", f"  {say('it was closed, or nothing was sent, so there was nothing to decide')}"),)
            return
        yield self._deciding(say("decided by: "), verdict.deciding)
        for name in verdict.besides:
            yield self._deciding(say("and behind it: "), name)
        if verdict.otherwise is not None:
            got = self._frames(verdict.otherwise)
            yield (("", f"  {say('without it the tap would get {frames}', frames=got)}"),)

    def _deciding(self, head: str, name: str) -> Line:
        title = self._finding.statement(name).title
        return (("", f"  {head}"), ("bold", title), ("dim", f"  {self._place(name)}"))

    def _gets(self, verdict: Verdict) -> str:
        say, frames, lost = self.say, self._frames(verdict.got), verdict.dropped
        if not lost:
            return say("gets {frames}", frames=frames)
        return say("gets {frames}, {lost} lost for want of room", frames=frames, lost=lost)

    def _frames(self, got: Sequence[str]) -> str:
        """So many frames, and as what."""
        say, kinds = self.say, Counter(got)
        if not got:
            return say("nothing")
        frames = say("{count} frame" if len(got) == 1 else "{count} frames", count=len(got))
        if "?" in kinds:
            return frames
        told = say(", ").join(kind if len(kinds) == 1 else f"{count} {kind}" for kind, count in kinds.items())
        return say("{what} as {kind}", what=frames, kind=told)

    def _meeting(self, meeting: Meeting, count: int, sign: str) -> Iterator[Line]:
        """One place where the tap was asked: what became of it, by which statement."""
        say = self.say
        fate = say("frame gone" if meeting.fate == "gone" else meeting.fate)
        if meeting.pkttype not in ("", "?"):
            fate = say("{what} as {kind}", what=fate, kind=meeting.pkttype)
        way = say("out on {device}" if meeting.way == "out" else "in on {device}", device=printable(meeting.device))
        title = self._finding.statement(meeting.note).title
        title += f"  {say('{count} times', count=count)}" if count > 1 else ""
        head, place = f"{padded(way, 14)}  {padded(fate, 15)}  ", self._place(meeting.note)
        gap = self._width - 2 - cells(sign + head + title + place) - 2
        beside = [("dim", " " * (gap + 2) + place)] if gap >= 0 else []
        yield (("dim", f"  {sign}"), ("", head), ("", title), *beside)
        if gap < 0:
            yield (("dim", f"       {place}"),)

    def _place(self, name: str) -> str:
        row, say = self._finding.statement(name), self.say
        if row.location:
            return f"{row.location.path}:{row.location.line}"
        absent, version = row.outcome == Fit.ABSENT, self._finding.version
        return f"{name}, {say('absent in {version}' if absent else 'not located in {version}', version=version)}"


def _command(command: str, say: Words) -> str:
    """A command, its comment in the language."""
    typed, mark, comment = command.partition("  # ")
    return printable(typed) + mark + printable(say(comment) if comment else "")


def _said(text: str, width: int) -> Iterator[Line]:
    for line in folded(text, min(width, _PROSE)):
        yield (("dim", line),)


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding for other programs: data/schemas/why.schema.json."""
    case, scenario = finding.case, finding.case.scenario
    asked = {"id": scenario.id, "title": scenario.title, "devices": scenario.devices, "actions": scenario.actions}
    dropping = {name: case.having(name) for name in ("xdp", "tc_ingress", "tc_egress")}
    rows = {each.name: getattr(finding, each.name) for each in fields(finding) if each.name != "case"}
    return {"case": asked | dropping, **rows}


def report_lines(report: Report, glyphs: Glyphs, width: int, lang: str = "en") -> Iterator[Line]:
    """This machine: what was asked for, who listens there, what stands in the way, and what was not read."""
    say = Words(lang)
    running, version = printable(report.running), report.version
    head = say("this machine, Linux {running}; statements of {version}", running=running, version=version)
    yield (("bold", printable(report.asked)), ("dim", f"  {head}"))
    if report.device:
        yield (("", f"  {_device(report.device, say)}"),)
    for row in report.listeners:
        yield (("", f"  {say('heard by ')}"), ("bold", _owner(row)), ("", f"  {_listening(row, say)}"))
    if not report.listeners:
        yield (("", f"  {say('no tap listens here now')}"),)
    for hook in report.others:
        on = printable(hook.device) or say("every device")
        called = say("besides, {function} is called for every frame, {device}", function=hook.function, device=on)
        yield (("", f"  {printable(called)}"),)
    yield ()
    if not report.suspects:
        yield (("", say("Nothing that was read stands in a frame's way.")),)
    for suspect in report.suspects:
        yield from _suspect(report, suspect, width, say)
    if report.suspects:
        yield ()
    yield from _said(say("Not read: {what}.", what=say("; ").join(map(printable, report.unread))), width)


def _device(device: Interface, say: Words) -> str:
    words = [say("up" if device.up else "down"), say("carrier" if device.carrier else "no carrier"), device.kind]
    words += [f"qdisc {device.qdisc}" * bool(device.qdisc), f"mtu {device.mtu}"]
    words += [f"VLAN {device.vlan}" * bool(device.vlan), f"XDP {device.xdp}" * bool(device.xdp)]
    words += [say("promiscuous") * bool(device.promiscuity)]
    return printable(say(", ").join(filter(None, words)))


def _owner(row: Listener) -> str:
    return f"{printable(row.name)} (pid {row.pid})" if row.pid else f"inode {row.inode}"


def _listening(row: Listener, say: Words) -> str:
    words = [ethertype(row.protocol), printable(row.device) or say("every device"), row.type]
    words += [say("on no list")] * (not row.running)
    if row.room >= 0:
        room = {"waiting": row.waiting, "room": row.room, "lost": row.lost}
        words.append(say("{waiting} of {room} bytes waiting, {lost} lost", **room))
    return say(", ").join(words)


def _suspect(report: Report, suspect: Suspect, width: int, say: Words) -> Iterator[Line]:
    """A suspect: what is so, the statement that decides, the command that shows it."""
    statement = report.statement(suspect.note)
    style = {"certain": "bold red", "likely": "bold yellow"}.get(suspect.rank, "bold")
    rank = padded(say(suspect.rank), _RANK)
    for number, line in enumerate(folded(suspect.said, min(width, _PROSE) - _RANK)):
        yield ((style, " " * _RANK if number else rank), ("", line))
    place = f"{statement.location.path}:{statement.location.line}" if statement.location else str(statement.outcome)
    yield (("", " " * _RANK), ("italic", statement.title), ("dim", f"  {place}"))
    if suspect.command:
        yield (("", " " * _RANK), ("dim", "$ "), ("", _command(suspect.command, say)))


def report_json(report: Report) -> dict[str, Any]:
    """A report for other programs: data/schemas/suspects.schema.json."""
    return {each.name: getattr(report, each.name) for each in fields(report)}
