"""handout."""

from __future__ import annotations

from pathlib import Path

import click

from explorer.cli.common import (
    form_of,
    formats,
    language,
    open_anywhere,
    open_kernel,
    source_options,
    split_version,
    words,
    write,
)
from explorer.version import Version

__all__ = ["handout"]

_FORMATS = ("md", "html", "pdf")


@click.command(short_help="Tours on paper or in one file: map, source, notes beside their lines, questions.")
@words("[VERSION] [TOUR...]")
@click.option("--answers", is_flag=True, help="The teacher's copy: with the answers.")
@click.option("--compare", metavar="VERSION", help="What of each step moved, changed or is new in another version.")
@click.option("--to-source", metavar="SOURCE", help="Where the other version is read from, if not from the same.")
@click.option("--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True, help="Of a PDF.")
@formats(*_FORMATS)
@source_options
@language
def handout(
    words: tuple[str, ...],
    answers: bool,
    compare: str | None,
    to_source: str | None,
    paper: str,
    form: str | None,
    target: Path | None,
    source: str | None,
    offline: bool,
    lang: str,
) -> None:
    """Write a handout of tours, of all if none is named: FILE.html, FILE.pdf (extra: pdf) or FILE.md.

    Where only facts of the version are at hand the notes are printed without the source. A PDF in Chinese needs a font
    that has it, Debian's fonts-noto-cjk.

    Example: explorer handout v3.4 transmit -o tap.html --offline
    """
    from explorer.handout import handout as make
    from explorer.tour import load_tour, tours
    from explorer.views import handout as views

    version, names = split_version(words)
    chosen = form_of(form, target, _FORMATS)
    asked = tuple(map(load_tour, dict.fromkeys(names))) or tours()
    other = None
    if compare:
        opened = open_kernel if to_source else open_anywhere
        other = opened(Version.parse(compare), to_source or source, offline)
    made = make(open_kernel(version, source, offline), asked, lang, answers, other)
    write(
        views.pdf(made, paper) if chosen == "pdf" else {"md": views.markdown, "html": views.html}[chosen](made), target
    )
