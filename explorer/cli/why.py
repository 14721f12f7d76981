"""why: a question in words, a tap and a frame described, a scenario, or this machine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from explorer.cli.common import (
    answer,
    form_of,
    formats,
    glyphs,
    language,
    open_kernel,
    say,
    source_options,
    split_version,
    width,
    words,
)

if TYPE_CHECKING:
    from explorer.kernel import Kernel
    from explorer.version import Version
    from explorer.why.values import Case

__all__ = ["why"]


@click.command(short_help="Why a tap gets a frame or not: on this machine, in a case described, in words.")
@words("[VERSION] [DEVICE | 'tcpdump ...' | SCENARIO | 'WORDS']")
@click.option("--tap", metavar="PROTOCOL[,WORD...]", help="A tap: eth_p_all, eth_p_ip,dgram,any ...")
@click.option("--frame", metavar="WAY[,WORD...]", help="A frame: out, in,vlan=5,to=broadcast ...")
@click.option("--dev", metavar="NAME[,WORD...]", help="A device: lo, veth0,qdisc=blackhole, eth0,bridge-port ...")
@click.option("--pid", type=click.IntRange(1), metavar="N", help="The taps of a process of this machine.")
@formats("text", "json")
@source_options
@language
def why(
    words: tuple[str, ...],
    tap: str | None,
    frame: str | None,
    dev: str | None,
    pid: int | None,
    form: str | None,
    target: Path | None,
    source: str | None,
    offline: bool,
    lang: str,
) -> None:
    """Say why a tap gets a frame or does not, with the statement that decided it, as file and line.

    DEVICE is an interface of this machine, which is read and never changed: what keeps frames from the taps on it,
    the surest first, each with the command that shows it. A tcpdump line, which is not run, and --pid ask the same.

    --tap, --frame and --dev describe a case, which the model runs as the release would; each takes words with commas
    between, and says which there are when it does not know one. WORDS that are a scenario's id have that run. Any
    others are looked up among the questions people ask, in English and Chinese. With nothing, these are listed.

    Example: explorer why v3.4 --tap eth_p_ip --frame out --dev veth0 --offline
    """
    version, rest = split_version(words)
    chosen = form_of(form, target, ("text", "json"))
    asked = " ".join(rest)
    if tap or frame or dev:
        if rest or pid:
            raise click.UsageError("a case is described by options alone: --tap, --frame and --dev, without words")
        from explorer.why.describe import described

        case = described(tap or "eth_p_all", frame or "out", dev or "veth0")
        _case(open_kernel(version, source, offline), case, chosen, target, lang)
    elif pid or _is_here(asked):
        _machine(version, asked, pid or 0, source, offline, chosen, target, lang)
    elif case_of := _scenario(asked):
        _case(open_kernel(version, source, offline), case_of, chosen, target, lang)
    elif rest:
        _answer(version, asked, source, offline, chosen, target, lang)
    else:
        _questions(chosen, target, lang)


def _is_here(asked: str) -> bool:
    """Whether words mean this machine: the name of an interface, or a tcpdump line."""
    import socket

    from explorer.why.tcpdump import is_tcpdump

    return asked in {name for _, name in socket.if_nameindex()} or is_tcpdump(asked)


def _machine(
    version: Version | None,
    asked: str,
    pid: int,
    source: str | None,
    offline: bool,
    form: str,
    target: Path | None,
    lang: str,
) -> None:
    import platform

    from explorer.views.why import report_json, report_lines
    from explorer.why.machine import read
    from explorer.why.report import report
    from explorer.why.tcpdump import Capture, is_tcpdump, parsed

    machine = read(pid, lang=lang)
    first = next((each.name for each in machine.interfaces if each.up and each.name != "lo"), "lo")
    capture = parsed(asked, first) if is_tcpdump(asked) else Capture(asked)
    title = " ".join(filter(None, (asked, f"pid {pid}" * bool(pid))))
    told = report(open_kernel(version, source, offline), platform.release(), machine, title, capture, lang)
    answer("suspects", report_json(told), report_lines(told, glyphs(), width(), lang), form, target)


def _scenario(asked: str) -> Case | None:
    """The case that a scenario's id means."""
    from explorer.scenario import load, scenarios
    from explorer.why.values import Case

    return Case(load(asked)) if asked in scenarios() else None


def _case(kernel: Kernel, case: Case, form: str, target: Path | None, lang: str) -> None:
    from explorer.tour.pages import pages_of
    from explorer.views.why import finding_json, finding_lines
    from explorer.why.answer import answer as answered

    finding = answered(kernel, case, lang)
    lines = finding_lines(finding, pages_of(kernel, finding.deciding, lang), glyphs(), width(), lang)
    answer("why", finding_json(finding), lines, form, target)


def _questions(form: str, target: Path | None, lang: str) -> None:
    from explorer.tour.load import tongue
    from explorer.tour.questions import questions

    said = tongue(lang, "", "questions")
    rows = [(each.id, said.says("", each.ask)[1]) for each in questions()]
    content = {"questions": [{"id": name, "ask": ask} for name, ask in rows]}
    room = max(len(name) for name, _ in rows) + 2
    answer("questions", content, [(("bold", name.ljust(room)), ("", ask)) for name, ask in rows], form, target)


def _answer(
    version: Version | None, asked: str, source: str | None, offline: bool, form: str, target: Path | None, lang: str
) -> None:
    from explorer.errors import TourError
    from explorer.tour.pages import answered
    from explorer.tour.questions import find
    from explorer.views.tour import reply_lines

    found = find(asked)
    if not found:
        said = f"no question fits {asked!r}, and it is no scenario's id and no device here"
        raise TourError(f"{said}; `explorer why` lists the questions, `explorer live --list` the scenarios")
    if re.fullmatch(r"[a-z]+\d+(\.\d+)?", asked):
        say(f"there is no device {asked} here, so it is looked up among the questions")
    reply = answered(open_kernel(version, source, offline), found[0], lang)
    also = [each.id for each in found[1:]]
    answer(
        "answer", {"reply": reply, "also": also}, reply_lines(reply, also[:3], glyphs(), width(), lang), form, target
    )
