"""show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from explorer.cli.common import form_of, formats, open_kernel, source_options, split_version, words, write, write_lines

if TYPE_CHECKING:
    from explorer.excerpt import Excerpt
    from explorer.graph import Function
    from explorer.kernel import Kernel
    from explorer.views.text import Line

__all__ = ["show"]


@click.command(short_help="A function's source with its real line numbers, or one statement of it.")
@words("[VERSION] FUNC | 'FUNC;PATTERN'", required=True)
@formats("text", "json")
@source_options
def show(words: tuple[str, ...], form: str | None, target: Path | None, source: str | None, offline: bool) -> None:
    """Show the source of a function, each line with the kernel's own number; with a pattern, the statement that fits.

    Where the text is not at hand, the place is shown instead.

    Example: explorer show v3.4 dev_queue_xmit_nit --offline
    """
    version, rest = split_version(words)
    if len(rest) != 1:
        raise click.UsageError("name one function: explorer show v3.4 packet_rcv")
    name, _, match = rest[0].partition(";")
    kernel = open_kernel(version, source, offline, text=True)
    definitions = kernel.function(name.strip())
    marked = _marked(kernel, definitions, rest[0]) if match else ()
    if form_of(form, target, ("text", "json")) == "json":
        write(_json(kernel, definitions, marked), target)
    else:
        write_lines([line for definition in definitions for line in _lines(kernel, definition, marked)], target)


def _marked(kernel: Kernel, definitions: tuple[Function, ...], text: str) -> tuple[tuple[int, int], ...]:
    """The first and last lines of the statements that a lazy pattern covers."""
    from explorer.errors import PatternError
    from explorer.pattern import Pattern
    from explorer.syntax.unit import Unit

    pattern = Pattern.parse(text)
    kernel.excerpt(definitions[0])  # says what to type where the text is not at hand
    found = pattern.find(Unit(kernel.texts[definitions[0].file].text))
    if not found:
        raise PatternError(f"no statement of {definitions[0].id} in {kernel.version} fits {pattern.match!r}")
    return tuple((statement.first, statement.last) for _, statement in found)


def _lines(kernel: Kernel, definition: Function, marked: tuple[tuple[int, int], ...]) -> Iterator[Line]:
    conditions = f"  [{', '.join(definition.conditions)}]" if definition.conditions else ""
    yield (("bold", f"{kernel.version}:{definition.file}:{definition.line}"), ("", f"  {definition.name}{conditions}"))
    if not kernel.has_text or not definition.file:
        yield (("dim", f"lines {definition.first} to {definition.last}; the text is not at hand"),)
        return
    excerpt = kernel.excerpt(definition)
    yield (("dim", f"{excerpt.origin.url}, {excerpt.origin.verified}"),)
    yield from _numbered(excerpt, marked)
    yield ()


def _numbered(excerpt: Excerpt, marked: tuple[tuple[int, int], ...]) -> Iterator[Line]:
    from explorer.views.terminal import source

    for number, tokens in enumerate(excerpt.lines, excerpt.first):
        on = any(first <= number <= last for first, last in marked)
        if marked and not on:
            continue
        yield (("dim", f"{number:>6}  "), *source(tokens))


def _json(kernel: Kernel, definitions: tuple[Function, ...], marked: tuple[tuple[int, int], ...]) -> str:
    from explorer.views.values import envelope

    rows = [
        {
            "function": row,
            "id": row.id,
            "text": kernel.excerpt(row).text if kernel.has_text and row.file else None,
        }
        for row in definitions
    ]
    statements = [{"first": first, "last": last} for first, last in marked]
    return envelope("excerpt", version=kernel.version, definitions=rows, statements=statements)
