"""lab."""

from __future__ import annotations

from pathlib import Path

import click

from explorer.cli.common import say

__all__ = ["lab"]


@click.command(short_help="Copy the notebooks to a directory of yours, and open them in JupyterLab.")
@click.argument("words", nargs=-1, metavar="[DIR] [-- OPTION...]")
@click.option("--no-browser", is_flag=True, help="Start JupyterLab, open no browser.")
@click.option(
    "--port", type=click.IntRange(1, 65535), metavar="N", help="The port it listens on; else 8888 or the next free one."
)
@click.option("--copy-only", is_flag=True, help="Only copy the notebooks.")
def lab(words: tuple[str, ...], no_browser: bool, port: int | None, copy_only: bool) -> None:
    """Copy the notebooks into DIR, ./explorer-notebooks without one, and start JupyterLab there with this very Python.

    A notebook that you have changed stays as it is; one that you have not is renewed when a newer explorer brings a
    newer one. What stands behind -- is given to JupyterLab: explorer lab -- --ip=0.0.0.0

    Example: explorer lab my-notebooks --copy-only
    """
    from explorer.notebook import copies, jupyter

    named = words[:1] if words and not words[0].startswith("-") else ()
    copied = copies.copy(Path(*named or ("explorer-notebooks",)))
    say(str(copied))
    if not copy_only:
        options = [*(["--no-browser"] if no_browser else []), *([f"--port={port}"] if port else [])]
        jupyter.start(copied.place, copies.FIRST, [*options, *words[len(named) :]])
