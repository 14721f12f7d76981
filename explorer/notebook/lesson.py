"""What the cells of the notebooks call: look at a function, play a scenario, ask the kernel, check an answer.

from explorer.notebook.lesson import ask, check, got, look, play
"""

from __future__ import annotations

import textwrap
from functools import cache
from typing import Any

from IPython.display import HTML

from explorer import kernel, rehearse, scenario
from explorer.features import features_of
from explorer.kernel import Kernel
from explorer.live.answers import answers
from explorer.live.table import Frames, printable
from explorer.notebook.content import Content
from explorer.notebook.plain import looked
from explorer.tour import Leg, Tour, load_step
from explorer.tour.glossary import glossary
from explorer.version import Version
from explorer.views.rehearsed import scenario_lines, tap_lines
from explorer.views.steps import steps_text
from explorer.views.text import Glyphs, plain

__all__ = ["ask", "check", "got", "look", "play", "words"]

_WIDTH = 100
_MOST = 60  # lines of a run that are shown


def look(version: str, step: str) -> HTML:
    """A step in a release: the function's source with its own line numbers, each note below its statement.

    Where a widget runs in the same notebook, it brings this to life.
    """
    content = Content(_opened(version), Tour("", step, "", (), (Leg(load_step(step)),)))
    return HTML(looked(content.shown(content.pages[0]), content.ids[0]))  # type: ignore[no-untyped-call]


@cache
def _opened(version: str) -> Kernel:
    return kernel.open(Version.parse(version), offline=True)


def play(name: str, version: str = "") -> None:
    """Run a scenario in the mini-kernel, as it is or as %%model made it; print the taps, and what ran for its actions.

    With `version` the model does what the facts of that release decide.
    """
    row = scenario.load(name)
    outcome, root = rehearse.run(row, features_of(_opened(version)) if version else None)
    root.events = root.events[1:-1]  # the taps are opened and read around what is done
    lines = list(steps_text(root, Glyphs()))
    print(plain(scenario_lines(row, _WIDTH)))
    print(plain(tap_lines(row, outcome)))
    print(plain(lines[:_MOST]), end="")
    print(f"  and {len(lines) - _MOST} lines more\n" if len(lines) > _MOST else "", end="")


def ask(name: str) -> None:
    """Run a scenario on the running kernel, and print what each tap got; where it cannot run, what was recorded."""
    (answer,) = answers([scenario.load(name)])
    if answer.reason:
        print(f"Not run here: {printable(answer.reason)}")
    print(f"{name}: {answer.source}{'; ' * bool(answer.remark)}{answer.remark}")
    print(plain(tap_lines(answer.scenario, answer.outcome)), end="")


def got(name: str, tap: str) -> Frames:
    """The frames that a tap of a scenario gets in the mini-kernel."""
    return Frames(rehearse.rehearse(scenario.load(name)).of(tap), "in the mini-kernel")


def words() -> None:
    """Print the words of the subject, each with what it means beside it."""
    for word, meaning in glossary():
        print(textwrap.fill(meaning, 88, initial_indent=f"{word:11} ", subsequent_indent=" " * 12))


def check(answer: Any, truth: Any) -> None:
    """Say whether a reader's answer is the one that the cell computes."""
    if answer is None:
        print("Put your answer in the place of None, and run the cell again.")
    else:
        print("Right." if answer == truth else "Not yet. Play the scenario once more, and count what that tap got.")
