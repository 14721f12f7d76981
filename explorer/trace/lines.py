"""Where in the source a call stands, and what was inlined there: line tables, read by addr2line of binutils."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from explorer.errors import TraceError
from explorer.trace.values import Frame, bare, in_tree

__all__ = ["Lines", "Place", "placed", "read"]


class Place(NamedTuple):
    """A line of a function; its path is one of the kernel tree, or empty."""

    function: str
    path: str
    line: int


# Places by where a call returns to: the function that is on the stack, then those that were inlined into it.
Lines = Mapping[int, tuple[Place, ...]]

_PLACE = re.compile(r"(.*):(\d+)(?: \(discriminator \d+\))?")


def read(program: Path, addresses: Iterable[int]) -> dict[int, tuple[Place, ...]]:
    """The places of return addresses in a program that has line tables; one that is not known there is left out.

    A call stands in front of where it returns to.
    """
    tool = shutil.which("addr2line")
    if not tool:
        raise TraceError("lines are read by addr2line: apt-get install binutils")
    asked = {f"{address - 1:#x}": address for address in addresses if address > 0}
    told = subprocess.run(
        [tool, "-afi", "-e", program], input="\n".join(asked), capture_output=True, text=True, errors="replace"
    )
    if told.returncode:
        raise TraceError(f"addr2line of {program}: {told.stderr.strip() or told.returncode}")
    found: dict[int, list[Place]] = {}
    lines = iter(told.stdout.splitlines())
    at: list[Place] = []
    for line in lines:
        if line.startswith("0x"):
            at = found.setdefault(asked[f"{int(line, 16):#x}"], [])
        elif place := _PLACE.fullmatch(next(lines, "")):
            path = in_tree(place[1])
            at.append(Place(bare(line), path, int(place[2]) if path else 0))
    return {address: tuple(_whole(places)) for address, places in found.items() if places}


def _whole(places: Sequence[Place]) -> Iterator[Place]:
    """Outermost first; a function that was split, and inlined into itself again, once."""
    for place, inner in pairwise([*reversed(places), None]):
        if place and not (inner and place.function == inner.function):
            yield place


def placed(frame: Frame, places: Sequence[Place]) -> Iterator[Frame]:
    """A frame with the line of its call, and behind it what was inlined there."""
    if not places:
        yield frame
        return
    first, *inlined = places
    yield replace(frame, path=first.path, line=first.line)
    for place in inlined:
        yield Frame(place.function, 0, frame.module, place.path, place.line, inlined=True)
