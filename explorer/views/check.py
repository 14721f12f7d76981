"""What a check found, for a terminal and as values for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from explorer.check import Finding, Report
from explorer.tour.values import Fit
from explorer.views.terminal import expanded
from explorer.views.text import Line

__all__ = ["data_lines", "report_lines", "report_values"]

_STYLES = {Fit.MISSING: "bold red", Fit.AMBIGUOUS: "bold red", Fit.ABSENT: "dim", Fit.UNREAD: "yellow"}


def report_lines(report: Report, each: bool) -> Iterator[Line]:
    """A release: how many notes ended how, every note where `each` asks for it, and what is to be mended."""
    counts = [f"{report.count(fit):>3} {fit}" for fit in Fit if report.count(fit) or fit in (Fit.PLACED, Fit.ABSENT)]
    where = "" if report.kernel.has_text else "  (no text at hand: as data/checked.tsv has it)"
    yield (
        ("bold", f"{report.kernel.version!s:12}"),
        ("", "  ".join(counts)),
        ("dim", f"  {report.unreviewed} unreviewed{where}"),
    )
    for row in report.notes if each else ():
        placed = row.placement
        function = f"  {placed.function.name}" if placed.function else ""
        form = f"  form {placed.note.anchors.index(placed.anchor) + 1}" if placed.anchor else ""
        place = f"{placed.location.path}:{placed.location.line}" if placed.location else ""
        yield (
            ("", f"  {placed.note.id:28} "),
            (_STYLES.get(placed.outcome, ""), f"{placed.outcome:10}"),
            ("dim", f"{place}{function}{form}"),
        )
    for finding in report.findings:
        yield from _finding(finding)


def data_lines(findings: Iterable[Finding]) -> Iterator[Line]:
    """What is wrong whatever the release."""
    for finding in findings:
        yield from _finding(finding)


def _finding(finding: Finding) -> Iterator[Line]:
    sign = ("bold red", "  error  ") if finding.is_error else ("yellow", "  open   ")
    yield (sign, ("", str(finding)))
    for near in finding.near:
        yield (("dim", f"           {expanded(str(near), 0)}"),)


def report_values(report: Report) -> dict[str, object]:
    """A release as values."""
    return {
        "version": report.kernel.version,
        "has_text": report.kernel.has_text,
        "notes": [
            {
                "step": row.step.id,
                "note": row.placement.note.id,
                "outcome": row.placement.outcome,
                "location": row.placement.location,
                "last": row.placement.last,
                "reviewed": row.reviewed,
            }
            for row in report.notes
        ],
        "findings": report.findings,
    }
