"""What the verbs share: options, the version in front, where answers go."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from explorer import resources
from explorer.errors import ExplorerError, NotInVersionError, VersionError
from explorer.version import Version, looks_like_version

if TYPE_CHECKING:
    from explorer.kernel import Kernel
    from explorer.views.text import Glyphs, Line

__all__ = [
    "answer",
    "form_of",
    "formats",
    "glyphs",
    "language",
    "open_anywhere",
    "open_kernel",
    "say",
    "source_options",
    "split_version",
    "width",
    "words",
    "write",
    "write_lines",
]

Command = TypeVar("Command", bound=Callable[..., Any])

_LEAST_WIDTH = 40


def source_options(command: Command) -> Command:
    """--from, --offline: where the answer comes from."""
    options = (
        click.option(
            "--from",
            "source",
            metavar="SOURCE",
            help="A mirror's name or URL, a git repository, a source tree, a tarball or a bundle.",
        ),
        click.option("--offline", is_flag=True, help="Never use the network."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def language(command: Command) -> Command:
    """--lang, of the verbs that print notes."""
    choice = click.Choice(["en", "zh"])
    return click.option("--lang", type=choice, default="en", help="The language of what is printed.")(command)


def formats(*names: str) -> Callable[[Command], Command]:
    """-f one of the formats, -o FILE whose suffix chooses one as well."""

    def decorate(command: Command) -> Command:
        choice = click.option(
            "-f", "form", type=click.Choice(names), help=f"The format; else the suffix of FILE, else {names[0]}."
        )
        target = click.option(
            "-o", "target", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to a file."
        )
        return choice(target(command))

    return decorate


def words(name: str, required: bool = False) -> Callable[[Command], Command]:
    """The words behind a verb: a version perhaps, then what the verb asks for."""
    return click.argument("words", nargs=-1, metavar=name, required=required, shell_complete=_versions)


def _versions(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    from explorer import atlas

    return [str(version) for version in atlas.known() if str(version).startswith(incomplete)]


def split_version(given: tuple[str, ...]) -> tuple[Version | None, tuple[str, ...]]:
    """The version that a first word is, and the other words."""
    if given and looks_like_version(given[0]):
        return Version.parse(given[0]), given[1:]
    return None, given


def open_kernel(version: Version | None, source: str | None, offline: bool, text: bool = False) -> Kernel:
    """Open a release, telling on stderr what a reader should know about where it came from."""
    from explorer import kernel

    opened = kernel.open(
        version, source, offline=offline, text=text, log=say, progress=_progress if sys.stderr.isatty() else None
    )
    if opened.note:
        say(opened.note)
    return opened


def open_anywhere(version: Version, source: str | None, offline: bool, text: bool = False) -> Kernel:
    """Open a release out of what --from names, if that has it; else from where it is had when nothing is named."""
    if source is not None:
        with suppress(VersionError, NotInVersionError):
            return open_kernel(version, source, offline)
    return open_kernel(version, None, offline, text)


def say(line: str) -> None:
    """Talk to the reader, not to the pipe."""
    click.echo(line, err=True)


def _progress(done: int, total: int) -> None:
    filled = 30 * done // max(total, 1)
    end = "\r" if done < total else "\r\033[K"
    click.echo(f"reading the tarball [{'#' * filled:30}] {done >> 20} of {total >> 20} MiB", nl=False, err=True)
    click.echo(end, nl=False, err=True)


def form_of(form: str | None, target: Path | None, names: Iterable[str]) -> str:
    """The format asked for: by -f, else by the suffix of the file, else the first."""
    known = list(names)
    if form:
        return form
    if target is None:
        return known[0]
    suffix = target.suffix.lstrip(".").lower()
    suffix = {"txt": "text", "gv": "dot", "mmd": "mermaid", "htm": "html"}.get(suffix, suffix)
    if suffix not in known:
        raise click.UsageError(f"the suffix of {target} names no format; add -f with one of {', '.join(known)}")
    return suffix


def width() -> int:
    """The columns a text may use."""
    import shutil

    return max(shutil.get_terminal_size((100, 24)).columns, _LEAST_WIDTH)


def glyphs() -> Glyphs:
    """Box drawing where the output's encoding has it."""
    from explorer.views.text import Glyphs

    drawn = Glyphs()
    try:
        f"{drawn}".encode((sys.stdout and sys.stdout.encoding) or "ascii")
    except UnicodeEncodeError:
        return Glyphs.ascii()
    return drawn


def answer(kind: str, content: Mapping[str, object], lines: Iterable[Line], form: str, target: Path | None) -> None:
    """Print an answer as lines, or, where JSON was asked for, its values as a document of that kind."""
    if form == "json":
        from explorer.views.values import envelope

        write(envelope(kind, **content), target)
    else:
        write_lines(lines, target)


def write_lines(lines: Iterable[Line], target: Path | None) -> None:
    """Print styled lines: with rich in a terminal, plain in a pipe or a file."""
    from explorer.views.text import plain

    if target is None and sys.stdout and sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        from rich.console import Console
        from rich.text import Text

        console = Console(highlight=False, soft_wrap=True)
        for line in lines:
            console.print(Text.assemble(*((text, style) for style, text in line)))
        return
    write(plain(lines), target)


def write(content: str | bytes, target: Path | None) -> None:
    """Print, or write a file whole or not at all; what is no file (a device, a pipe) is written as it stands."""
    data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
    if target is None:
        if sys.stdout is None:
            raise ExplorerError("standard output is closed; name a file with -o")
        if isinstance(content, str):
            sys.stdout.write(content)
        else:
            sys.stdout.buffer.write(data)
        return
    place = target.resolve()
    try:
        if place.exists() and not place.is_file():
            place.write_bytes(data)
        else:
            resources.write_whole(place, data)
    except OSError as error:
        raise ExplorerError(f"{target} cannot be written: {error.strerror}") from error
