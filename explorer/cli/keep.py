"""fetch, cache, completion."""

from __future__ import annotations

from pathlib import Path

import click

from explorer.cli.common import answer, form_of, formats, say, source_options, split_version, words, write

__all__ = ["cache", "completion", "fetch"]


@click.command(short_help="Bring the source of a release into the store, and say how sure it is.")
@words("[VERSION] [PATH...]")
@formats("text", "json")
@source_options
def fetch(words: tuple[str, ...], form: str | None, target: Path | None, source: str | None, offline: bool) -> None:
    """Fetch the files that a frame's path runs through, or the PATHs given, verify them and keep them.

    From a tree, a repository or a tarball too: what a known blob id proves is the release from then on, what is not
    proved is that copy's word, and said to be where it is used.

    Example: explorer fetch --from linux-6.1
    """
    from explorer import kernel
    from explorer.sources.open import fetch as fetch_files
    from explorer.sources.open import keep, open_source, path_files
    from explorer.sources.store import Store

    chosen = form_of(form, target, ("text", "json"))
    version, paths = split_version(words)
    store = Store()
    if version is None and source is None:
        version = kernel.running()
        say(f"this machine runs {version}")
    opened = open_source(source, store=store, offline=offline, log=say)
    said = opened.version(version)
    paths = paths or path_files()
    files = fetch_files(opened, said, paths, store, offline, say)
    if opened.shelf is None:
        keep(opened, said, files, paths, store, say)
    rows = [
        {
            "path": file.path,
            "blob": file.blob,
            "verified": file.origin.verified,
            "origin": file.origin.url,
            "remark": file.origin.remark,
        }
        for file in files.values()
    ]
    wide = max(len(row["path"]) for row in rows)
    lines = [
        f"{said}:{row['path']:{wide}}  {row['blob'][:12]}  {row['verified']}{'; ' * bool(row['remark'])}{row['remark']}"
        for row in rows
    ]
    answer("files", {"version": said, "files": rows}, [(("", line),) for line in lines], chosen, target)


@click.group(short_help="What is kept on this machine: list, clear, gc, path.")
def cache() -> None:
    """What is kept on this machine: fetched texts and analysed facts.

    Example: explorer cache list
    """


@cache.command("list")
@formats("text", "json")
def list_(form: str | None, target: Path | None) -> None:
    """List the releases in the store.

    Example: explorer cache list
    """
    from explorer.sources.store import Store

    store = Store()
    rows = [(str(version), [*dict.fromkeys(ref.path for ref in store.files(version))]) for version in store.versions()]
    size = store.size()
    lines = [f"{version:12} {len(paths)} files" for version, paths in rows] or [
        "nothing is kept yet; explorer fetch v3.4 would"
    ]
    content = {"size": size, "releases": dict(rows)}
    chosen = form_of(form, target, ("text", "json"))
    answer("cache", content, [(("", line),) for line in [*lines, f"{size:,} bytes"]], chosen, target)


@cache.command()
@click.argument("versions", nargs=-1, metavar="[VERSION...]")
@click.option("--yes", is_flag=True, help="Do not ask.")
def clear(versions: tuple[str, ...], yes: bool) -> None:
    """Remove releases, or everything, from this machine.

    Example: explorer cache clear v3.4
    """
    import shutil

    from explorer import resources
    from explorer.sources.store import Store
    from explorer.version import Version

    store = Store()
    for version in versions:
        store.remove(Version.parse(version))
    if not versions and (yes or click.confirm(f"remove everything kept in {resources.cache_dir()}?", err=True)):
        store.clear()
        for room in ("facts", "clones", "uml", "uml-built"):
            shutil.rmtree(resources.cache_dir() / room, ignore_errors=True)


@cache.command()
def gc() -> None:
    """Remove what no release refers to and what a killed process left.

    Example: explorer cache gc
    """
    from explorer.sources.store import Store

    write(f"{Store().gc():,} bytes freed\n", None)


@cache.command()
def path() -> None:
    """Print where it is; EXPLORER_CACHE moves it.

    Example: explorer cache path
    """
    from explorer import resources

    write(f"{resources.cache_dir()}\n", None)


@click.command(short_help="Print what makes a shell complete verbs, options and versions.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    Example: explorer completion bash
    """
    from click.shell_completion import get_completion_class

    from explorer.cli.app import cli

    found = get_completion_class(shell)
    assert found is not None
    write(found(cli, {}, "explorer", "_EXPLORER_COMPLETE").source() + "\n", None)
