"""The command line: open, call, print; no logic."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line; errors go to stderr as one line, and the exit status is 1."""
    import sys

    if sys.argv[1:] == ["--version"]:  # asked by scripts, in loops: answered before anything is imported
        from explorer import __version__

        print(f"explorer {__version__}")
        return
    import gc

    from explorer.cli.app import run

    gc.set_threshold(100_000)  # a short life that makes many values and few cycles: collecting costs a tenth of it
    sys.exit(run())
