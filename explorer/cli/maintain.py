"""atlas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from explorer.cli.common import answer, form_of, formats, say, write

if TYPE_CHECKING:
    from explorer.facts import FileFacts
    from explorer.version import Version

__all__ = ["atlas"]

Command = TypeVar("Command", bound=Callable[..., Any])


@click.group(short_help="The facts of releases that come with this program: list, build, add.")
def atlas() -> None:
    """The facts of releases that need no text: which there are, and how they are made.

    Example: explorer atlas list
    """


@atlas.command("list")
@formats("text", "json")
def list_(form: str | None, target: Path | None) -> None:
    """List the releases of the atlas, and how sure each is.

    Example: explorer atlas list
    """
    from explorer import atlas as room

    rows = sorted(
        {release.version: release for shelf in reversed(room.shelves()) for release in shelf.releases()}.items()
    )
    releases = [{"version": version, "how": row.how, "files": dict(row.files)} for version, row in rows]
    lines = ((("", f"{version!s:12} {len(row.files):>3} files  {row.how}"),) for version, row in rows)
    answer("atlas", {"releases": releases}, lines, form_of(form, target, ("text", "json")), target)


def _sources(command: Command) -> Command:
    """What an atlas is made of."""
    options = (
        click.argument("sources", nargs=-1, metavar="[SOURCE...]"),
        click.option(
            "--list", "listed", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
            help="A table with tabs: version, place, revision, folder, how sure.",
        ),
        click.option(
            "--room", type=click.Path(exists=True, file_okay=False, path_type=Path), default=Path(),
            help="The directory that places in the table are in.",
        ),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@atlas.command(short_help="Build an atlas of trees, tarballs or bundles.")
@_sources
@click.option(
    "-o", "target", required=True, type=click.Path(file_okay=False, path_type=Path), help="The directory to write."
)
@click.option("--blobs", type=click.Path(dir_okay=False, path_type=Path), help="Add the blob ids to this table.")
def build(sources: tuple[str, ...], listed: Path | None, room: Path, target: Path, blobs: Path | None) -> None:
    """Build an atlas of source trees, tarballs or bundles, each of one release, and of those that a list names.

    Example: explorer atlas build linux-6.1 linux-6.12 -o atlas
    """
    from explorer import atlas as shelf

    releases = _read(sources, listed, room)
    if blobs:
        say(f"{shelf.learn(blobs, releases):,} files known in {blobs}")
    write(f"{shelf.build(target, releases):,} bytes in {target}\n", None)


@atlas.command(short_help="Add releases to your own atlas.")
@_sources
def add(sources: tuple[str, ...], listed: Path | None, room: Path) -> None:
    """Add releases to your own atlas, so that they are answered without their text.

    Example: explorer atlas add linux-6.1
    """
    from explorer import atlas as shelf
    from explorer import resources

    place = resources.user_dir() / "atlas"
    write(f"{shelf.add(place, _read(sources, listed, room)):,} bytes in {place}\n", None)


def _read(sources: Sequence[str], listed: Path | None, room: Path) -> dict[Version, tuple[str, Sequence[FileFacts]]]:
    """The facts of every release named, and how sure each is."""
    from explorer import atlas as shelf
    from explorer import kernel
    from explorer.facts import facts_of
    from explorer.sources.listed import read_list
    from explorer.sources.open import path_files

    releases: dict[Version, tuple[str, Sequence[FileFacts]]] = {}
    for row in read_list(listed, room) if listed else ():
        files = row.files(path_files())
        releases[row.version] = (row.how, [facts_of(file) for file in files.values()])
        say(f"{row.version}: {len(files)} files")
    for source in sources:
        opened = kernel.open(None, source, log=say)
        releases[opened.version] = (shelf.how_sure(opened.infos), opened.facts)
        say(f"{opened.version}: {len(opened.facts)} files")
    if not releases:
        raise click.UsageError("name a source tree, a tarball or a bundle, or a list of them with --list")
    return releases
