"""Kernel versions and places in kernel text.

A version is what a git tag says: v2.6.36, v3.4-rc7, v6.1.192, with a vendor's suffix kept as it was found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering

from explorer.errors import VersionError

__all__ = ["Location", "Version", "looks_like_version"]

_VERSION = re.compile(r"v?(\d{1,3}(?:\.\d{1,5}){1,3})(?:-rc(\d{1,3}))?((?:[-+~._][A-Za-z0-9]+){0,8})", re.ASCII)
_NO_RC = 1 << 16  # v3.4-rc7 < v3.4


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """A kernel release, ordered as releases are: v2.6.37 < v3.4-rc7 < v3.4 < v3.4.39.

    `suffix` is what a vendor appended (``-imx``); it is shown and compared for equality, never ordered.
    """

    numbers: tuple[int, ...]
    rc: int | None = None
    suffix: str = ""

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read `v3.4`, `3.4-rc7` or `v6.1.192-vendor`; VersionError otherwise."""
        found = _VERSION.fullmatch(text)
        if not found or len(text) > 64:
            raise VersionError(
                f"not a kernel version: {text[:64]!r}; type it as its tag is, for example v3.4 or v6.1.192"
            )
        numbers = tuple(int(part) for part in found[1].split("."))
        if numbers[0] >= 3 and len(numbers) == 3 and numbers[2] == 0:
            numbers = numbers[:2]  # a Makefile says 3.4.0, the tag v3.4
        return cls(numbers, int(found[2]) if found[2] else None, found[3])

    @property
    def base(self) -> Version:
        """The same release without a vendor's suffix."""
        return Version(self.numbers, self.rc)

    @property
    def is_mainline(self) -> bool:
        """Whether the tag is in Linus's tree (v2.6.N, vX.Y, -rc) and not only in a stable one."""
        return not self.suffix and len(self.numbers) == (3 if self.numbers[0] == 2 else 2)

    def _order(self) -> tuple[tuple[int, ...], int]:
        return self.numbers, _NO_RC if self.rc is None else self.rc

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Version):
            return NotImplemented
        return self._order() < other._order()

    def __str__(self) -> str:
        rc = "" if self.rc is None else f"-rc{self.rc}"
        return "v" + ".".join(map(str, self.numbers)) + rc + self.suffix


def looks_like_version(word: str) -> bool:
    """Whether a command's first word is a version rather than a function or a file."""
    return _VERSION.fullmatch(word) is not None


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A line of a file of a version; prints as git would, v3.4:net/core/dev.c:1652."""

    version: Version
    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.version}:{self.path}:{self.line}"
