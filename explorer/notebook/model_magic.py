"""%%model and %model: the cell's functions replace the model's, and the kernel says whether they are right."""

from __future__ import annotations

import argparse
import traceback
from typing import NoReturn

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class

from explorer import edits
from explorer.conform import argue
from explorer.errors import ExplorerError
from explorer.notebook.magics import CellError
from explorer.views.conform import report_text
from explorer.views.text import plain

__all__ = ["ModelMagics", "options"]

_USAGE = "%%model takes --reset [NAME...], --conform, --scenarios N and --seed S"


class _Options(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"%%model: {message}; {_USAGE}")


def options(line: str) -> argparse.Namespace:
    """What stands behind %%model: names to `reset` (None for not at all), whether to `conform`, and how far."""
    parser = _Options(add_help=False, allow_abbrev=False)
    parser.add_argument("--reset", nargs="*")
    parser.add_argument("--conform", action="store_true")
    parser.add_argument("--scenarios", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(line.split())


@magics_class
class ModelMagics(Magics):
    """%%model, whose functions stay replaced for every later cell."""

    @line_cell_magic
    def model(self, line: str, cell: str = "") -> None:
        """Put the cell's functions in the place of the model's of the same name.

        %%model [--conform [--scenarios N] [--seed S]]
        %model [--reset [NAME...]] [--conform [--scenarios N] [--seed S]]

        --reset puts the model's own back first, all or the named. --conform then asks the running kernel, and where
        there is none to ask the answers recorded of one, and shows the smallest scenario that proves the edit wrong.
        """
        chosen = options(line)
        try:
            if chosen.reset is not None:
                _told(edits.reset(chosen.reset), "the model's own again")
            if cell.strip():
                text = f"\n{cell}"  # a line number is that of the whole cell
                place = self.shell.compile.cache(text, number=self.shell.execution_count)  # type: ignore[union-attr]
                _told(edits.replace(text, place), "replaced in the model; %model --reset undoes")
        except SyntaxError as error:
            error.filename = f"In[{self.shell.execution_count}]"  # type: ignore[union-attr]
            raise CellError("".join(traceback.format_exception_only(error))) from None
        except ExplorerError as error:
            raise CellError(f"{type(error).__name__}: {error}") from None
        if chosen.conform:
            report, refused = argue(chosen.scenarios, chosen.seed)
            if refused:
                print(f"Recorded, not run here: {refused}")
            print(plain(report_text(report)), end="")


def _told(names: tuple[str, ...], what: str) -> None:
    print(f"{', '.join(names) or 'nothing'}: {what}")
