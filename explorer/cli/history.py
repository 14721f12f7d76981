"""history and identify."""

from __future__ import annotations

from pathlib import Path

import click

from explorer.cli.common import answer, form_of, formats, glyphs, width
from explorer.version import Version

__all__ = ["history", "identify"]


@click.command(short_help="Between which releases the path, or what is around FUNC, changed.")
@click.argument("function", metavar="[FUNC]", default="")
@click.option("--since", metavar="VERSION", help="Only from this release on.")
@click.option("--all", "every", is_flag=True, help="Compare release candidates too.")
@formats("text", "json")
def history(function: str, since: str | None, every: bool, form: str | None, target: Path | None) -> None:
    """Show what changed on the routes between one release and the next, over all that the atlas knows.

    Functions that join, leave, move or are renamed, calls, and the lists that taps are found on; with FUNC, its callers
    and callees.

    Example: explorer history deliver_skb --since v4.4
    """
    from explorer.history import history as told_of
    from explorer.views.history import history_lines

    chosen = form_of(form, target, ("text", "json"))
    told = told_of(function, Version.parse(since) if since else None, every)
    answer("history", {"history": told}, history_lines(told, glyphs(), width()), chosen, target)


@click.command(short_help="Which release a file of kernel source is of.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@formats("text", "json")
def identify(file: Path, form: str | None, target: Path | None) -> None:
    """Say which releases have just this file; else which are nearest, and how much of what it says is the same there.

    Example: explorer identify linux-6.1/net/core/dev.c
    """
    from explorer.identify import identify as look_up
    from explorer.sources.values import LIMIT, too_large
    from explorer.views.history import identity_lines

    chosen = form_of(form, target, ("text", "json"))
    with file.open("rb") as opened:
        text = opened.read(LIMIT + 1)
    if len(text) > LIMIT:
        raise too_large(str(file), file.stat().st_size)
    found = look_up(text)
    answer("identity", {"identity": found}, identity_lines(file.name, found, width()), chosen, target)
