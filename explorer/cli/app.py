"""The verbs, in the groups that -h shows, each loaded when it is called."""

from __future__ import annotations

import importlib
import os
import sys

import click

from explorer import __version__
from explorer.errors import ExplorerError

__all__ = ["cli", "run"]

# verb -> module of explorer.cli; the name of the command in it is the verb's.
_VERBS = {
    "read": {
        "graph": "graph",
        "path": "graph",
        "show": "show",
        "tour": "tour",
        "diff": "diff",
        "history": "history",
        "identify": "history",
    },
    "try": {"why": "why", "model": "model", "live": "live", "trace": "trace"},
    "keep": {
        "fetch": "keep",
        "mirrors": "mirrors",
        "cache": "keep",
        "bundle": "mirrors",
        "note": "note",
        "handout": "handout",
        "lab": "lab",
        "completion": "keep",
    },
    "maintain": {"check": "check", "quote": "quote", "conform": "conform", "atlas": "maintain"},
}


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return [verb for verbs in _VERBS.values() for verb in verbs]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for verbs in _VERBS.values():
            if cmd_name in verbs:
                found: click.Command = getattr(importlib.import_module(f"explorer.cli.{verbs[cmd_name]}"), cmd_name)
                return found
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        verbs = self.list_commands(ctx)
        if args[0] not in verbs and not args[0].startswith("-"):
            import difflib

            near = ", ".join(difflib.get_close_matches(args[0], verbs, 3))
            raise click.UsageError(f"there is no verb {args[0]!r}{near and f'; near it: {near}'}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for group, verbs in _VERBS.items():
            rows = [
                (verb, command.get_short_help_str(70)) for verb in verbs if (command := self.get_command(ctx, verb))
            ]
            with formatter.section(group):
                formatter.write_dl(rows)


@click.command(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(__version__, message="explorer %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """How a Linux frame reaches a packet socket, in any kernel version.

    Without a verb it is shown in one view, for the release nearest to the kernel that runs here; `explorer tour v3.4`
    shows another.

    Example: explorer graph v3.4
    """
    if ctx.invoked_subcommand is None:
        from explorer.cli.common import open_kernel
        from explorer.cli.tour import show_first

        show_first(open_kernel(None, None, offline=True), "text", None, "en")


def run() -> int:
    """Run a verb; return the exit status."""
    try:
        left = cli(prog_name="explorer", standalone_mode=False)
        sys.stdout.flush()
        return left if isinstance(left, int) else 0  # what a verb left with, by ctx.exit
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.exceptions.NoArgsIsHelpError as asked:
        asked.show()
        return asked.exit_code
    except click.ClickException as misuse:
        print(f"error: {_said(misuse)}", file=sys.stderr)
        return misuse.exit_code
    except (click.Abort, KeyboardInterrupt):
        print("stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader left; nothing more to say, not even at exit
        return 0
    except OSError as error:
        place = f"{error.filename!r}: " if error.filename else ""
        print(f"error: {place}{error.strerror or error}", file=sys.stderr)
        return 1
    except ExplorerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _said(misuse: click.ClickException) -> str:
    """What click says of a misuse, in the voice of all other errors: what is wrong, then what to type."""
    told = misuse.format_message().rstrip(".")
    told = told if told[1:2].isupper() else told[:1].lower() + told[1:]
    asked = misuse.ctx.command_path if isinstance(misuse, click.UsageError) and misuse.ctx else "explorer"
    return f"{told}; `{asked} -h` tells what it takes"
