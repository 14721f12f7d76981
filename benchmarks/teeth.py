"""Would the comparison notice? Every `if` of the model is negated and dropped, one at a time, against kernels' answers.

The running kernel, and a User Mode Linux where there is one, answer the drawn scenarios and the shipped ones once; then
each mutant answers those that call its function, until one differs. What no scenario tells from the model survives:
survivors.toml beside this file says why each may. The exit status is 1 if one is not named there, or more than one
mutant in ten survives.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import signal
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from explorer import edits
from explorer.conform import drawn, opened
from explorer.conform.compare import Finding
from explorer.conform.trials import tried
from explorer.errors import LiveError
from explorer.live.runs import run
from explorer.model.features import Features
from explorer.rehearse import rehearse
from explorer.scenario import Outcome, Scenario, load, scenarios

REASONS = Path(__file__).parent / "survivors.toml"
PASSED_OVER = ("steps", "features", "_mirrors", "filter")  # no part of a frame's way; filters have their own comparison
PATIENCE = 2.0  # seconds of processor time for one scenario


class Case(NamedTuple):
    """A scenario, a kernel's answer to it, and the features that this kernel has."""

    scenario: Scenario
    answer: Outcome
    features: Features


class Mutant(NamedTuple):
    """A function with one `if` changed."""

    function: FunctionType
    test: str
    change: str
    line: int
    code: CodeType

    @property
    def key(self) -> str:
        """What survivors.toml calls it."""
        return f"{self.function.__name__}: {self.change}: {self.test}"


class Change(ast.NodeTransformer):
    """Negates or drops the `if` that starts at a place."""

    def __init__(self, place: tuple[int, int], change: str) -> None:
        self.place, self.change = place, change

    def visit_If(self, node: ast.If) -> ast.If:
        if (node.lineno, node.col_offset) == self.place:
            test = ast.UnaryOp(ast.Not(), node.test) if self.change == "negated" else ast.Constant(False)
            node.test = ast.copy_location(test, node.test)
            ast.fix_missing_locations(node)
        self.generic_visit(node)
        return node


def mutants() -> Iterator[Mutant]:
    """Two for every `if` of every function."""
    for function in edits.functions().values():
        room = function.__module__.removeprefix("explorer.model.").partition(".")[0]
        if room in PASSED_OVER:
            continue
        place = inspect.getsourcefile(function)
        for node in [node for node in ast.walk(definition(function)) if isinstance(node, ast.If)]:
            for change in ("negated", "dropped"):
                tree = Change((node.lineno, node.col_offset), change).visit(definition(function))
                names = dict(function.__globals__)
                exec(compile(ast.Module([tree], []), place or "", "exec"), names)
                code = names[function.__name__].__code__
                yield Mutant(function, ast.unparse(node.test), change, node.lineno, code)


def definition(function: FunctionType) -> ast.FunctionDef:
    """The syntax tree of a function, with the line numbers of its file and without decorators."""
    tree = ast.parse(inspect.getsource(sys.modules[function.__module__]))
    found = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function.__name__)
    found.decorator_list = []
    return found


def cases(kernel: str, count: int) -> list[Case]:
    """What a kernel answers, less what it cannot set up; it is an end to all if the model itself differs."""
    with opened(kernel) as agent:
        features = tried(partial(run, agent=agent))
        found = [
            Case(scenario, run(scenario, agent), features)
            for scenario in [*map(load, scenarios()), *map(drawn, range(count))]
        ]
        print(f"Linux {agent.kernel}: {len(found)} scenarios", flush=True)
    wrong = [case.scenario.id for case in found if not finding(case).agrees]
    if wrong:
        sys.exit(f"the model itself is wrong in {', '.join(wrong)}")
    return [case for case in found if not finding(case).lacking]


def finding(case: Case) -> Finding:
    return Finding(case.scenario, rehearse(case.scenario, case.features), case.answer)


def by_function(found: list[Case]) -> dict[CodeType, list[Case]]:
    """The cases that call each function."""
    calling: dict[CodeType, list[Case]] = defaultdict(list)
    for case in found:
        seen: set[CodeType] = set()
        sys.setprofile(lambda frame, event, argument, seen=seen: seen.add(frame.f_code))
        try:
            rehearse(case.scenario, case.features)
        finally:
            sys.setprofile(None)
        for code in seen:
            calling[code].append(case)
    return calling


def killer(mutant: Mutant, found: list[Case]) -> str:
    """The first scenario whose answer a mutant has not; empty if it has them all."""
    with edits.lent(mutant.function, mutant.code):
        for case in found:
            signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
            try:
                if not finding(case).agrees:
                    return case.scenario.id
            except Exception:  # a mutant may fail in any way, and may run for ever
                return case.scenario.id
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return ""


def expired(*_: Any) -> None:
    raise TimeoutError


@cache
def reasons() -> dict[str, str]:
    groups = tomllib.loads(REASONS.read_text()).values()
    return {mutant: group["why"] for group in groups for mutant in group["mutants"]}


def main() -> int:
    """Ask, change, compare; print the survivors with their reasons."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--scenarios", type=int, default=1000, help="how many are drawn for each kernel")
    chosen = parser.parse_args()
    found: list[Case] = []
    for kernel in ("running", "uml"):
        try:
            found += cases(kernel, chosen.scenarios)
        except LiveError as error:
            print(f"{kernel} is not asked: {error}")
    signal.signal(signal.SIGVTALRM, expired)
    began, calling = time.monotonic(), by_function(found)
    everyone = list(mutants())
    left = [mutant for mutant in everyone if not killer(mutant, calling[mutant.function.__code__])]
    unnamed = [mutant for mutant in left if mutant.key not in reasons()]
    for module, count in sorted(Counter(each.function.__module__ for each in everyone).items()):
        survived = sum(mutant.function.__module__ == module for mutant in left)
        print(f"{module.removeprefix('explorer.model.'):14}{count:5} mutants{survived:4} survive")
    for mutant in left:
        module = mutant.function.__module__.removeprefix("explorer.model.")
        print(f"\n{module}.py:{mutant.line} {mutant.key}\n    {reasons().get(mutant.key, 'NOT NAMED')}")
    share = len(left) / len(everyone)
    print(f"\n{len(everyone)} mutants, {len(left)} survive ({share:.1%}), {len(unnamed)} of them not named;", end=" ")
    print(f"{time.monotonic() - began:.0f} s")
    stale = reasons().keys() - {mutant.key for mutant in left}
    print("".join(f"named but killed: {key}\n" for key in sorted(stale)), end="")
    return bool(unnamed or share > 0.1)


if __name__ == "__main__":
    sys.exit(main())
