"""%%live: the cell runs in the live helper, in a network namespace of its own; the Jupyter kernel's never changes."""

from __future__ import annotations

import argparse
import json
import shlex
from typing import Any, NoReturn

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.display import display

from explorer.errors import LiveError
from explorer.live import recordings
from explorer.live.process import Agent
from explorer.live.table import printable

__all__ = ["CellError", "LiveMagics", "options"]


class CellError(Exception):
    """A live cell failed: its own traceback is all that a notebook shows."""

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


class _Options(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"%%live: {message}; it takes --timeout SECONDS and --new")


def options(line: str) -> argparse.Namespace:
    """What stands behind %%live: `timeout` in seconds, `new` for a new namespace and forgotten names."""
    parser = _Options(add_help=False, allow_abbrev=False)
    parser.add_argument("--timeout", type=float, default=30.0)
    parser.add_argument("--new", action="store_true")
    try:
        return parser.parse_args(shlex.split(line))
    except ValueError as error:
        parser.error(str(error))


@magics_class
class LiveMagics(Magics):
    """%%live and the helper that its cells share."""

    agent: Agent | None = None

    @cell_magic
    def live(self, line: str, cell: str) -> None:
        """Run the cell in the live helper; `lab` is there, names last, the last expression is shown.

        %%live [--timeout SECONDS] [--new]

        Where this machine has no namespaces, what was recorded of exactly this cell is shown, and said to be recorded.
        """
        chosen = options(line)
        if chosen.new and self.agent:
            self.agent.close()
        if self.agent is None or not self.agent.close.alive:
            try:
                self.agent = Agent()
            except LiveError as refused:
                self._recorded(cell, refused)
                return
        self._run(self.agent, cell, chosen.timeout)

    def _run(self, agent: Agent, cell: str, timeout: float) -> None:
        printed: list[str] = []

        def show(text: str) -> None:
            printed.append(printable(text, "\n\t"))
            print(printed[-1], end="", flush=True)

        try:
            answer = agent.ask({"do": "cell", "code": cell}, timeout, show)
        except LiveError as error:
            raise CellError(f"LiveError: {error}") from None
        content = {"output": "".join(printed), "value": answer["value"], "error": answer["error"]}
        if not answer["stopped"]:
            recordings.keep(recordings.cell_key(cell), agent.kernel, content)
        self._show(content | {"error": answer["error"] and f"{answer['error']}{answer['stopped']}"})

    def _recorded(self, cell: str, refused: LiveError) -> None:
        found = recordings.find("cell", recordings.cell_key(cell))
        if found is None:
            print(f"There is no recording of this cell as it is written, and it cannot run here: {refused}")
            return
        print(f"{recordings.shown_as(found)[0].upper()}{recordings.shown_as(found)[1:]}; not run here: {refused}")
        content = json.loads(found.content)
        print(content["output"], end="")
        self._show(content)

    def _show(self, content: dict[str, Any]) -> None:
        """Show a cell's value, or raise its error."""
        if content["value"]:
            display(content["value"], raw=True)  # type: ignore[no-untyped-call]
        if content["error"]:
            raise CellError(printable(content["error"].rstrip(), "\n\t")) from None
