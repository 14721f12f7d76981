"""Would the comparison notice? Every `if` of the model is negated and dropped, one at a time, against kernels' answers.

The running kernel, and a User Mode Linux where there is one, answer the drawn scenarios, the shipped ones and those of
tests/data/teeth.toml; their answers are kept for the next time. One run of the model with all its tests watched says
which scenarios meet an `if`, and how it decides there; each mutant then answers those that it can change, until one
differs. What no scenario tells from the model survives: survivors.toml beside this file says why each may. The exit
status is 1 if one is not named there, or more than one mutant in ten survives.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import signal
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import cache, partial
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from explorer import edits, resources
from explorer.conform import drawn, opened
from explorer.conform.compare import Finding
from explorer.conform.trials import TRIALS, tried
from explorer.errors import LiveError
from explorer.live import recordings
from explorer.live.runs import outcome_of, run
from explorer.model.features import Features
from explorer.rehearse import rehearse
from explorer.scenario import Outcome, Scenario, load, parse, scenarios

HERE = Path(__file__).parent
REASONS, MADE = HERE / "survivors.toml", HERE.parent / "tests/data/teeth.toml"
PASSED_OVER = ("steps", "features", "_mirrors", "filter", "ip_input")
TEXT = {"6.1": {"per_netns_lists": False}}  # what a kernel's text says, and no tap can tell
PATIENCE = 2.0  # seconds of processor time for one scenario

Place = tuple[str, int, int]  # of an `if`: its function, line and column


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
    place: Place
    code: CodeType

    @property
    def key(self) -> str:
        """What survivors.toml calls it."""
        return f"{self.function.__name__}: {self.change}: {self.test}"

    @property
    def module(self) -> str:
        """The module of its function."""
        return self.function.__module__.removeprefix("explorer.model.")


class Change(ast.NodeTransformer):
    """Gives each `if` that a function changes another test."""

    def __init__(self, changed: Callable[[ast.If], ast.expr]) -> None:
        self.changed = changed

    def visit_If(self, node: ast.If) -> ast.If:
        self.generic_visit(node)
        node.test = ast.copy_location(self.changed(node), node.test)
        ast.fix_missing_locations(node)
        return node


def conformed() -> Iterator[FunctionType]:
    """The functions that kernels are asked about."""
    for function in edits.functions().values():
        if function.__module__.removeprefix("explorer.model.").partition(".")[0] not in PASSED_OVER:
            yield function


def mutants() -> Iterator[Mutant]:
    """Two for every `if` of every function."""
    for function in conformed():
        for node in [node for node in ast.walk(definition(function)) if isinstance(node, ast.If)]:
            place = (function.__name__, node.lineno, node.col_offset)
            for change in ("negated", "dropped"):
                code = compiled(function, partial(_at, place[1:], change))
                yield Mutant(function, ast.unparse(node.test), change, place, code)


def _at(place: tuple[int, int], change: str, node: ast.If) -> ast.expr:
    if (node.lineno, node.col_offset) != place:
        return node.test
    return ast.UnaryOp(ast.Not(), node.test) if change == "negated" else ast.Constant(False)


def compiled(function: FunctionType, changed: Callable[[ast.If], ast.expr]) -> CodeType:
    """A function's code with other tests; what a test may call beside the function's own names is `met`."""
    tree = Change(changed).visit(definition(function))
    names = dict(function.__globals__)
    exec(compile(ast.Module([tree], []), inspect.getsourcefile(function) or "", "exec"), names)
    code: CodeType = names[function.__name__].__code__
    return code


def definition(function: FunctionType) -> ast.FunctionDef:
    """The syntax tree of a function, with the line numbers of its file and without decorators."""
    tree = ast.parse(inspect.getsource(sys.modules[function.__module__]))
    found = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function.__name__)
    found.decorator_list = []
    return found


def wanted(count: int) -> list[Scenario]:
    """The shipped scenarios and the trials, those made for this, then the drawn ones, each once."""
    trials = [trial for trial, _ in TRIALS if isinstance(trial, Scenario)]
    made = [parse({"expect": "", **row}, row["id"], MADE.name) for row in tomllib.loads(MADE.read_text())["scenarios"]]
    return [*map(load, scenarios()), *trials, *made, *map(drawn, range(count))]


def cases(kernel: str, count: int, anew: bool) -> list[Case]:
    """What a kernel answers, less what it cannot set up; it is an end to all if the model itself differs."""
    with opened(kernel) as agent:
        features = tried(partial(run, agent=agent))
        features = replace(features, **TEXT.get(".".join(agent.kernel.split(".")[:2]), {}))
        kept = resources.cache_dir() / "teeth" / f"{agent.kernel}.jsonl"
        known = {} if anew else {row.key: outcome_of(json.loads(row.content)) for row in recordings.read(kept)}
        found, new = [], []
        for scenario in wanted(count):
            key = recordings.scenario_key(scenario)
            late = key in known and not finding(Case(scenario, known[key], features)).agrees  # on a busy machine
            if late or key not in known:
                known[key] = run(scenario, agent)
                new.append(recordings.made("draw", key, agent.kernel, asdict(known[key])))
            found.append(Case(scenario, known[key], features))
        recordings.merge(kept, new)
        asked = [case for case in found if not finding(case).lacking]
        print(f"Linux {agent.kernel}: {len(asked)} scenarios, {len(new)} asked now", flush=True)
    if wrong := [case.scenario.id for case in asked if not finding(case).agrees]:
        sys.exit(f"the model itself is wrong in {', '.join(wrong)}")
    return asked


def finding(case: Case) -> Finding:
    return Finding(case.scenario, rehearse(case.scenario, case.features), case.answer)


def meeting(found: list[Case]) -> dict[Place, dict[bool, list[Case]]]:
    """Of every `if` the cases that meet it, by how it decided in them."""
    met: dict[Place, dict[bool, list[Case]]] = defaultdict(lambda: {True: [], False: []})
    seen: set[tuple[Place, bool]] = set()

    def watch(place: Place, value: Any) -> Any:
        seen.add((place, bool(value)))
        return value

    with ExitStack() as stack:
        for function in conformed():
            function.__globals__["met"] = watch
            stack.callback(function.__globals__.pop, "met", None)
            stack.enter_context(edits.lent(function, compiled(function, partial(_watched, function.__name__))))
        for case in found:
            seen.clear()
            rehearse(case.scenario, case.features)
            for place, value in seen:
                met[place][value].append(case)
    return met


def _watched(name: str, node: ast.If) -> ast.expr:
    place = ast.Constant((name, node.lineno, node.col_offset))
    return ast.Call(ast.Name("met", ast.Load()), [place, node.test], [])


def killer(mutant: Mutant, met: dict[bool, list[Case]]) -> str:
    """The first scenario whose answer a mutant has not; empty if it has them all.

    To drop a test that says no changes nothing, unless it calls what acts.
    """
    both = mutant.change == "negated" or "(" in mutant.test
    with edits.lent(mutant.function, mutant.code):
        for case in [*met[True], *(met[False] if both else ())]:
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
    parser.add_argument("--anew", action="store_true", help="ask the kernels again what they have answered before")
    parser.add_argument("--function", action="append", help="only this function's mutants; may be given again")
    chosen = parser.parse_args()
    found: list[Case] = []
    for kernel in ("running", "uml"):
        try:
            found += cases(kernel, chosen.scenarios, chosen.anew)
        except LiveError as error:
            print(f"{kernel} is not asked: {error}")
    signal.signal(signal.SIGVTALRM, expired)
    began, met = time.monotonic(), meeting(sorted(found, key=lambda case: len(repr(case.scenario))))
    everyone = [each for each in mutants() if not chosen.function or each.function.__name__ in chosen.function]
    left = [mutant for mutant in everyone if not killer(mutant, met[mutant.place])]
    unnamed = [mutant for mutant in left if mutant.key not in reasons()]
    for module, count in sorted(Counter(each.module for each in everyone).items()):
        print(f"{module:14}{count:5} mutants{sum(mutant.module == module for mutant in left):4} survive")
    for mutant in left:
        times = {value: len(cases) for value, cases in met[mutant.place].items()}
        print(f"\n{mutant.module}.py:{mutant.place[1]} {mutant.key}", end="")
        print(f"    (true in {times[True]}, false in {times[False]})\n    {reasons().get(mutant.key, 'NOT NAMED')}")
    share = len(left) / len(everyone)
    print(f"\n{len(everyone)} mutants, {len(left)} survive ({share:.1%}), {len(unnamed)} of them not named;", end=" ")
    print(f"{time.monotonic() - began:.0f} s")
    if not chosen.function:
        stale = reasons().keys() - {mutant.key for mutant in left}
        print("".join(f"named but killed: {key}\n" for key in sorted(stale)), end="")
    return bool(unnamed or share > 0.1)


if __name__ == "__main__":
    sys.exit(main())
