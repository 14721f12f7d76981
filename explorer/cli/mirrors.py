"""mirrors and bundle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from explorer.cli.common import answer, form_of, formats, say, source_options, write
from explorer.version import Version

if TYPE_CHECKING:
    from explorer.sources.catalogue import Mirror
    from explorer.sources.probe import Probe

__all__ = ["bundle", "mirrors"]


@click.command(short_help="Where text comes from: the mirrors in their order, and which answer.")
@click.option("--probe", "probed", metavar="VERSION", help="Ask each for a file of this release.")
@formats("text", "json")
def mirrors(probed: str | None, form: str | None, target: Path | None) -> None:
    """List the mirrors in the order they are asked; with --probe, which answer, how fast and how sure their copy is.

    EXPLORER_MIRRORS=-google,-github leaves some out; a mirrors.toml of your own, at the place named last, adds some.

    Example: explorer mirrors
    """
    from explorer.sources import catalogue
    from explorer.sources.open import REQUIRED

    asked = {mirror.name for mirror in catalogue.in_use()}
    everyone = sorted(catalogue.mirrors(), key=lambda mirror: mirror.name not in asked)
    ordered = [*catalogue.in_use(), *(mirror for mirror in everyone if mirror.name not in asked)]
    chosen = form_of(form, target, ("text", "json"))
    if probed:
        from explorer.sources.probe import probe

        version = Version.parse(probed)
        found = probe([each for each in ordered if each.name in asked], version, REQUIRED[0], log=say)
        kind, content = "probe", {"version": str(version), "path": REQUIRED[0]}
        rows = [_probe_row(each) for each in found]
        lines = [f"{version}:{REQUIRED[0]}", *_probe_lines(found)]
    else:
        kind, content = "mirrors", {"config": str(catalogue.config_path())}
        rows = [_row(mirror, mirror.name in asked) for mirror in ordered]
        lines = [*_lines(ordered, asked), f"your own: {catalogue.config_path()}, or EXPLORER_MIRRORS"]
    answer(kind, content | {"mirrors": rows}, [(("", line),) for line in lines], chosen, target)


def _row(mirror: Mirror, used: bool) -> dict[str, object]:
    from dataclasses import asdict

    kept = {name: value for name, value in asdict(mirror).items() if name != "shelf"}
    return kept | {"use": "in turn" if used else "with --from"}


def _lines(ordered: list[Mirror], asked: set[str]) -> Iterator[str]:
    wide = max(len(mirror.name) for mirror in ordered)
    for number, mirror in enumerate(ordered, 1):
        turn = f"{number:>2}" if mirror.name in asked else " -"
        yield f"{turn} {mirror.name:{wide}}  {mirror.dialect:8} {mirror.mainline}"
        tried = {"server": "seen on the real server's program", "stub": "seen on a stub of its format only"}
        how = ": ".join(filter(None, (tried.get(mirror.seen, ""), mirror.remark)))
        yield f"   {'':{wide}}  {how or 'your own'}{'' if mirror.name in asked else '; only with --from'}"


def _probe_row(each: Probe) -> dict[str, object]:
    return {
        "name": each.mirror.name,
        "dialect": each.mirror.dialect,
        "answered": not each.error,
        "seconds": round(each.seconds, 3),
        "size": each.size,
        "blob": each.blob,
        "verified": each.verified,
        "remark": each.remark,
        "error": each.error,
    }


def _probe_lines(found: tuple[Probe, ...]) -> Iterator[str]:
    wide = max((len(each.mirror.name) for each in found), default=0)
    for each in found:
        told = "; ".join(filter(None, (each.verified, each.remark)))
        told = f"{each.size:>8} bytes  {each.blob[:12]:12}  {told}"
        yield f"{each.mirror.name:{wide}}  {each.seconds * 1000:>7.0f} ms  {each.error or told}"


@click.command(short_help="Put releases, notebooks and recordings into one file for a class.")
@click.argument("versions", nargs=-1, required=True, metavar="VERSION...")
@click.option("-o", "target", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@source_options
def bundle(versions: tuple[str, ...], target: Path, source: str | None, offline: bool) -> None:
    """Write one file with all that a class needs of some releases; --from FILE and EXPLORER_BUNDLE=FILE read it.

    Example: explorer bundle v6.1.7 --from linux-6.1 -o class.zip
    """
    from explorer.sources.bundling import make

    size = make(target, [Version.parse(version) for version in versions], source, offline, say)
    write(f"{size:,} bytes in {target}\n", None)
