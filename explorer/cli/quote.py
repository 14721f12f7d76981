"""quote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from explorer.cli.common import answer, form_of, formats, open_anywhere, open_kernel, say, source_options, width
from explorer.version import Version

if TYPE_CHECKING:
    from explorer.kernel import Kernel
    from explorer.quotes import Claim, Reading

__all__ = ["quote"]


@click.command(short_help="What notes say of the kernel's lines, against a version: exact, moved, changed, not found.")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--at", "version", metavar="VERSION", help="Compare all with this version, whatever FILE names.")
@formats("text", "json")
@source_options
@click.pass_context
def quote(
    ctx: click.Context,
    files: tuple[Path, ...],
    version: str | None,
    form: str | None,
    target: Path | None,
    source: str | None,
    offline: bool,
) -> None:
    """Compare quotes of C, and functions said to stand at a file and line, in Markdown and notebooks with a version.

    Without --at, the release that fits best is named, and each claim is compared with the version that the text names
    before it. In a notebook's code, comments and strings are read. A file that no frame's path runs through comes from
    --from, the store or a mirror. Exit status 1 if anything is not exact.

    Example: explorer quote notes.md --offline
    """
    from explorer.quotes import read_claims
    from explorer.views.quotes import reading_lines, reading_values

    chosen = form_of(form, target, ("text", "json"))
    asked = Version.parse(version) if version else None
    rows = [(str(file), _read(read_claims(file), asked, source, offline)) for file in files]
    lines = (line for row in rows for line in reading_lines(*row, width()))
    answer("quotes", {"files": [reading_values(*row) for row in rows]}, lines, chosen, target)
    if not all(read.holds for _, read in rows):
        ctx.exit(1)


def _read(claims: tuple[Claim, ...], asked: Version | None, source: str | None, offline: bool) -> Reading:
    from explorer.quotes import Column, Elsewhere, Reading, judged, reading

    text, elsewhere = any(claim.code for claim in claims), Elsewhere(source, offline, say)
    if asked is not None:
        column = Column(asked, judged(open_kernel(asked, source, offline, text), claims, elsewhere))
        return Reading(claims, (column,), asked=True)
    near = {kernel.version: kernel for kernel in _near(source, offline)}

    def opened(version: Version) -> Kernel:
        return near.get(version) or open_anywhere(version, source, offline, text)

    return reading(claims, opened, near.values(), elsewhere)


def _near(source: str | None, offline: bool) -> Iterator[Kernel]:
    """The release that --from says it is, and those in the store, whose text is at hand."""
    from explorer import kernel
    from explorer.errors import VersionError
    from explorer.sources.open import stored
    from explorer.sources.store import Store

    if source is not None:
        with suppress(VersionError):  # a mirror has them all
            yield open_kernel(None, source, offline)
    store = Store()
    for version in store.versions():
        if stored(version, store):
            yield kernel.open(version, offline=True)
