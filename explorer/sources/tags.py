"""Which releases a git repository has, by the tags it advertises, and the nearest to one it has not."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Iterator

from explorer.errors import MirrorError, VersionError
from explorer.version import Version

__all__ = ["advertised", "nearest"]

_TAG = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?[ \t]refs/tags/([!-~]+?)(?:\^\{\})?(?:\0.*)?\n?", re.DOTALL)
_REF = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?[ \t][!-~]+(?:\0.*)?\n?", re.DOTALL)


def advertised(body: bytes) -> frozenset[str]:
    """The tags in the answer to GET info/refs, git's own (pkt-lines) or a plain list; MirrorError if it is neither."""
    lines = list(_packets(body) if body.startswith(b"001e# service=git-upload-pack\n") else body.splitlines())
    if not lines or not all(map(_REF.fullmatch, lines)):
        raise MirrorError("info/refs is not a list of references")
    return frozenset(found[1].decode("ascii") for found in map(_TAG.fullmatch, lines) if found)


def _packets(body: bytes) -> Iterator[bytes]:
    """The pkt-lines between the two flush packets; a body cut anywhere is refused.

    https://git-scm.com/docs/protocol-common: four hex digits count themselves; 0000 is a flush.
    """
    at = len(b"001e# service=git-upload-pack\n")
    if body[at : at + 4] == b"0000":
        at += 4
    while (size := _size(body[at : at + 4])) != 0:
        if size < 5 or at + size > len(body):
            raise MirrorError("info/refs is cut short")
        yield body[at + 4 : at + size]
        at += size


def _size(digits: bytes) -> int:
    return int(digits, 16) if re.fullmatch(rb"[0-9a-f]{4}", digits) else -1


def nearest(version: Version, tags: Iterable[str]) -> str:
    """Words for the end of a message: the releases among `tags` next to one that is not there."""
    there = sorted(_releases(tags))
    at = bisect(there, version)
    near = ", ".join(map(str, there[max(at - 2, 0) : at + 2]))
    return f"nearest there: {near}" if near else "it has no tag that names a release"


def _releases(tags: Iterable[str]) -> Iterator[Version]:
    for tag in tags:
        try:
            version = Version.parse(tag)
        except VersionError:
            continue
        if str(version) == tag:
            yield version
