"""Every call of a mirrored C function, in every release that has it, is modelled or named as left out.

A model function accounts for the calls it makes under the same name, and for what the model functions it calls account
for: the kernel moves code between functions, and the callee of one release is part of the caller in another. A word
under "Left out" is a function, or a category of data/left_out.toml.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pkgutil
import re
import textwrap
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import explorer.model
from explorer import kernel, resources
from explorer.graph import Call, CallGraph, name_of
from explorer.model._mirrors import MIRRORED
from explorer.version import Version

MODULES = [
    importlib.import_module(found.name) for found in pkgutil.walk_packages(explorer.model.__path__, "explorer.model.")
]
# Every function of the model by its name, mirroring or not.
MODEL = {
    name: value
    for module in MODULES
    for name, value in vars(module).items()
    if inspect.isfunction(value) and value.__module__ == module.__name__
}
CITED = {key: function for function in MIRRORED.values() for key in function.__mirrors__}
READ = {row["path"] for row in resources.data("files.toml")["files"]}  # type: ignore[attr-defined]
TABLES: dict[str, dict[str, str]] = resources.data("left_out.toml")  # type: ignore[assignment]
# The releases that people read; the atlas has every release candidate of 2.6 besides.
RELEASES = [Version.parse(tag) for tag in json.loads((Path(__file__).parent / "data/expected_routes.json").read_text())]
LEFT_OUT = re.compile(r"Left out:(.*)\.", re.S)

Function = Callable[..., Any]


@cache
def graphs() -> tuple[CallGraph, ...]:
    return tuple(kernel.open(version, offline=True).graph for version in RELEASES)


@cache
def called(function: Function) -> frozenset[str]:
    """The names that a function calls in its source, and the members that it calls through."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    targets = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    return frozenset(names | {target.attr for target in targets if isinstance(target, ast.Attribute)})


@cache
def words(function: Function) -> tuple[str, ...]:
    """What a docstring names as left out."""
    found = LEFT_OUT.search(inspect.getdoc(function) or "")
    return tuple(" ".join(word.split()) for word in found[1].split(",")) if found else ()


def left_out(function: Function) -> Iterator[str]:
    for word in words(function):
        yield from TABLES["categories"].get(word, word).split()


@cache
def accounted(function: Function) -> tuple[frozenset[str], frozenset[str]]:
    """The calls, and the patterns of calls left out, that a function and all it calls account for."""
    seen: set[Function] = set()
    todo, calls, patterns = [function], set(), set()
    while todo:
        each = todo.pop()
        if each not in seen:
            seen.add(each)
            calls |= called(each) | {name_of(key) for key in getattr(each, "__mirrors__", ())}
            patterns |= set(left_out(each))
            todo += [MODEL[name] for name in called(each) if name in MODEL]
    for name, variants in TABLES["variants"].items():
        patterns |= set(variants.split()) if name in calls else set()
    return frozenset(calls), frozenset([*patterns, *" ".join(TABLES["plain"].values()).split()])


def unaccounted(function: Function, calls: tuple[Call, ...]) -> set[str]:
    names, patterns = accounted(function)
    return {
        name
        for call in calls
        if call.kind in ("call", "pointer") and not {name := name_of(call.callee), call.via.rpartition(".")[2]} & names
        if not any(fnmatchcase(name, pattern) for pattern in patterns)
    }


def missing(key: str) -> dict[str, list[str]]:
    """What is neither modelled nor left out, with the releases that call it."""
    found: dict[str, list[str]] = {}
    for graph in graphs():
        if key in graph.definitions:
            for name in unaccounted(CITED[key], graph.callees(key)):
                found.setdefault(name, []).append(str(graph.version))
    return found


# The others are of files that the atlas does not read: eth.c, veth.c, vlan_dev.c, br_input.c, filter.c ...
KEYS = sorted(key for key in CITED if key.partition("@")[2] in READ)


@pytest.mark.parametrize("key", KEYS)
def test_every_call_is_modelled_or_named_as_left_out(key: str) -> None:
    assert missing(key) == {}


@pytest.mark.parametrize("key", KEYS)
def test_a_citation_is_a_function_of_some_release(key: str) -> None:
    assert any(key in graph.definitions for graph in graphs())


def test_a_call_that_nobody_accounts_for_is_found() -> None:
    def run_filter(skb: object) -> int:
        """Model less than the C does."""
        return 0

    calls = graphs()[-1].callees("run_filter@net/packet/af_packet.c")
    assert unaccounted(run_filter, calls) >= {"rcu_read_lock", "bpf_prog_run_clear_cb"}


def test_a_category_is_used() -> None:
    used = {word for function in MODEL.values() for word in words(function)}
    assert set(TABLES["categories"]) <= used
