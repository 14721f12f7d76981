"""A tcpdump command line, read and not run: which tap it would open."""

from __future__ import annotations

import getopt
import shlex
from dataclasses import dataclass
from pathlib import PurePath

from explorer.errors import DataError

__all__ = ["Capture", "is_tcpdump", "parsed"]

_SHORT = "aAb:B:c:C:dDeE:fF:G:hHi:IJj:KlLm:M:nNOpqQ:r:s:StT:uUvV:w:W:xXy:Yz:Z:#"
_LONG = (
    "absolute-tcp-sequence-numbers buffer-size= count direction= dont-verify-checksums immediate-mode"
    " interface= linktype= list-interfaces list-time-stamp-types micro monitor-mode nano no-optimize"
    " no-promiscuous-mode number packet-buffered print relinquish-privileges= snapshot-length= time-stamp-precision="
    " time-stamp-type= version help"
).split()
_BEFORE = {"sudo", "doas", "env", "exec", "nice", "timeout", "stdbuf"}
_WAYS = ("in", "out", "inout")


@dataclass(frozen=True, slots=True)
class Capture:
    """What a capture asks for: device, empty for all; direction; KiB of buffer and bytes of each frame, 0 if unsaid.

    `expression` is the filter's words. `file` names the file that is read instead of a device.
    """

    device: str = ""
    direction: str = "inout"
    promiscuous: bool = True
    buffer: int = 0
    snapshot: int = 0
    expression: tuple[str, ...] = ()
    file: str = ""


def is_tcpdump(line: str) -> bool:
    """Whether a text is a tcpdump command line."""
    return _tcpdump(line.split()) is not None


def parsed(line: str, first: str = "") -> Capture:
    """What a command line asks for; `first` is the device where it names none. DataError says what tcpdump has not."""
    try:
        words = shlex.split(line)
        place = _tcpdump(words)
        options, rest = getopt.gnu_getopt(words[(place or 0) + 1 :], _SHORT, _LONG)
    except (ValueError, getopt.GetoptError) as error:
        raise DataError(f"{line!r} is no tcpdump line: {error}") from error
    said = dict(options)
    device = said.get("-i", said.get("--interface", first))
    direction = said.get("-Q", said.get("--direction", "inout"))
    if direction not in _WAYS:
        raise DataError(f"tcpdump has no direction {direction!r}; it takes {', '.join(_WAYS)}")
    return Capture(
        "" if device == "any" else device,
        direction,
        not {"-p", "--no-promiscuous-mode"} & set(said),
        _number(said.get("-B", said.get("--buffer-size", "0"))),
        _number(said.get("-s", said.get("--snapshot-length", "0"))),
        tuple(rest),
        said.get("-r", ""),
    )


def _tcpdump(words: list[str]) -> int | None:
    """Where the command's own name stands, behind sudo and its like."""
    for place, word in enumerate(words):
        if PurePath(word).name == "tcpdump":
            return place
        if word not in _BEFORE and not word.startswith("-") and "=" not in word and not word[:1].isdigit():
            return None
    return None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise DataError(f"tcpdump takes a number there, not {text!r}")
    return int(text)
