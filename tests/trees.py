"""A small kernel tree of our own, for tests that need a release from end to end."""

from __future__ import annotations

from pathlib import Path

KERNEL = Path(__file__).parent / "kernel"


def small_tree(place: Path, version: str = "6.1.7") -> Path:
    """A source tree with a Makefile, a device layer (out.c) and packet sockets (tap.c)."""
    major, minor, sub = version.split(".")
    files = {
        "Makefile": f"VERSION = {major}\nPATCHLEVEL = {minor}\nSUBLEVEL = {sub}\nEXTRAVERSION =\n",
        "net/core/dev.c": (KERNEL / "out.c").read_text(),
        "net/packet/af_packet.c": (KERNEL / "tap.c").read_text(),
    }
    for path, text in files.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(text)
    return place
