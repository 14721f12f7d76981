"""tour."""

from __future__ import annotations

from dataclasses import replace
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
    source_options,
    split_version,
    width,
    words,
)

if TYPE_CHECKING:
    from explorer.kernel import Kernel
    from explorer.tour import Tour

__all__ = ["show_first", "tour"]


@click.command(short_help="A walk through the source with notes, whose statements are found in any version.")
@words("[VERSION] [TOUR]")
@click.option("--step", type=click.IntRange(1), metavar="N", help="Only the Nth step that this version has.")
@formats("text", "json")
@source_options
@language
def tour(
    words: tuple[str, ...],
    step: int | None,
    form: str | None,
    target: Path | None,
    source: str | None,
    offline: bool,
    lang: str,
) -> None:
    """Walk with a frame through the source of a version, each note beside the statement it is about.

    Without TOUR, how a frame reaches the sockets in this version, in one view; without VERSION either, the tours there
    are. A note that could not be located in the version says so.

    Example: explorer tour v3.4 transmit --offline
    """
    version, rest = split_version(words)
    if len(rest) > 1:
        raise click.UsageError("name one tour: explorer tour v3.4 transmit")
    chosen = form_of(form, target, ("text", "json"))
    if not rest:
        if version or source:
            show_first(open_kernel(version, source, offline), chosen, target, lang)
        else:
            _list(chosen, target, lang)
        return
    from explorer.tour import load_tour

    asked = load_tour(rest[0])
    _walk(open_kernel(version, source, offline), asked, step, chosen, target, lang)


def show_first(kernel: Kernel, form: str, target: Path | None, lang: str) -> None:
    """Print the first screen."""
    from explorer.tour.first import first
    from explorer.views.first import first_lines

    screen = first(kernel, lang)
    answer("first", {"screen": screen}, first_lines(screen, glyphs(), width()), form, target)


def _list(form: str, target: Path | None, lang: str) -> None:
    from explorer.tour import tours
    from explorer.tour.load import tongue
    from explorer.views.tour import tours_lines

    rows = [(each.id, *tongue(lang, "tours", each.id).says(each.title, each.text)) for each in tours()]
    content = {"tours": [{"id": name, "title": title, "text": text} for name, title, text in rows]}
    answer("tours", content, tours_lines(rows, width()), form, target)


def _walk(kernel: Kernel, tour: Tour, step: int | None, form: str, target: Path | None, lang: str) -> None:
    from explorer.tour.pages import walk
    from explorer.views.tour import tour_lines

    walked = walk(kernel, tour, lang)
    if step and step > len(walked.pages):
        raise click.UsageError(f"the tour {tour.id} has {len(walked.pages)} steps in {kernel.version}")
    only = walked if step is None else replace(walked, pages=walked.pages[step - 1 : step])
    answer("tour", {"walk": only}, tour_lines(walked, step, glyphs(), width(), lang), form, target)
