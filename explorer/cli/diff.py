"""diff."""

from __future__ import annotations

from pathlib import Path

import click

from explorer.cli.common import answer, form_of, formats, glyphs, open_kernel, source_options, width
from explorer.version import Version

__all__ = ["diff"]


@click.command(short_help="What moved, changed, is new or gone from one release to another.")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.argument("function", metavar="[FUNC]", required=False)
@click.option("--to-source", metavar="SOURCE", help="Where B is read from, if not from the same as A.")
@formats("text", "json")
@source_options
def diff(
    before: str,
    after: str,
    function: str | None,
    to_source: str | None,
    form: str | None,
    target: Path | None,
    source: str | None,
    offline: bool,
) -> None:
    """Compare two releases: the calls and functions of every route, or with FUNC its lines, calls and notes.

    A function that has another name in B is found where a step of a tour names both.

    Example: explorer diff v3.4 v6.6 dev_queue_xmit_nit --offline
    """
    from explorer.compare import compare, compare_function
    from explorer.views.diff import difference_lines

    chosen = form_of(form, target, ("text", "json"))
    old = open_kernel(Version.parse(before), source, offline)
    new = open_kernel(Version.parse(after), to_source or source, offline)
    found = compare_function(old, new, function) if function else compare(old, new)
    answer("diff", {"difference": found}, difference_lines(found, glyphs(), width()), chosen, target)
