"""atlas."""

from __future__ import annotations

from pathlib import Path

import click

from explorer.cli.common import say, write

__all__ = ["atlas"]


@click.group(short_help="The facts of releases that come with this program: list, build.")
def atlas() -> None:
    """The facts of releases that need no text: which there are, and how they are made.

    Example: explorer atlas list
    """


@atlas.command("list")
def list_() -> None:
    """List the releases of the atlas, and how sure each is.

    Example: explorer atlas list
    """
    from explorer import atlas as room

    rows = {release.version: release for shelf in reversed(room.shelves()) for release in shelf.releases()}
    write(
        "".join(f"{version!s:12} {len(row.files):>3} files  {row.how}\n" for version, row in sorted(rows.items())), None
    )


@atlas.command()
@click.argument("trees", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "-o", "target", required=True, type=click.Path(file_okay=False, path_type=Path), help="The directory to write."
)
def build(trees: tuple[Path, ...], target: Path) -> None:
    """Build an atlas of source trees or tarballs, each of one release that its Makefile names.

    Example: explorer atlas build linux-6.1 linux-6.12 -o atlas
    """
    from explorer import atlas as room
    from explorer import kernel

    releases = {}
    for tree in trees:
        opened = kernel.open(None, str(tree), log=say)
        releases[opened.version] = (room.how_sure(opened.infos), opened.facts)
        say(f"{opened.version}: {len(opened.facts)} files")
    write(f"{room.build(target, releases):,} bytes in {target}\n", None)
