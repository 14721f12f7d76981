"""The fixed words of a page in other languages: every one, nothing that is said no more, every value kept."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

import explorer
from explorer import resources
from explorer.tour.words import Words
from explorer.views.handout.pieces import TOLD
from explorer.views.layout import LEGEND, RAIL_NAMES
from explorer.views.routemap import LOOP, WAYS
from explorer.why.answer import _ALWAYS, _TELLING
from explorer.why.commands import _COMMANDS

PACKAGE = Path(explorer.__file__).parent
HOW = {"stored at {place}", "given at {place}", "named by an INDIRECT_CALL macro", "function", "definition not read"}
SURE = {"known blob", "blob id told", "git object", "two mirrors agree", "seen before", "shape only", "not exact"}
BUTTONS = {"File", "Verified", "Blob", "From", "Previous", "Next", "Unfold all"}
FATES = {"got", "lost", "refused", "passed over", "not asked", "unhooked"}
RANKS = {"certain", "likely", "possible"}
COMMENTS = {said.partition("  # ")[2] for said in _COMMANDS.values() if "  # " in said} | {"one like it"}
PICTURE = ("views/lanes.py", "views/layout.py", "views/routemap.py", "views/tips.py")
PLACES = ("tour/pages.py", "views/tour.py", "views/handout/*.py", "views/why.py", "why/*.py", "live/table.py", *PICTURE)


def spoken() -> set[str]:
    """What is said by Words: its arguments, and what is said by name."""
    found = set(TOLD.values()) | SURE | HOW | BUTTONS | FATES | RANKS | COMMENTS | _TELLING | {*_ALWAYS}
    found |= {LOOP, *WAYS.values(), *LEGEND.values(), *RAIL_NAMES.values()}
    found |= {row["title"] for row in resources.data("routes.toml")["routes"]}
    found |= {row["queue"] for row in resources.data("handovers.toml")["handovers"] if " " in row["queue"]}
    for place in (place for each in PLACES for place in PACKAGE.glob(each)):
        for node in ast.walk(ast.parse(place.read_text())):
            if (
                isinstance(node, ast.Call)
                and node.args
                and re.fullmatch(r"(self\._?)?say|Words\(.*\)", ast.unparse(node.func))
            ):
                found |= said(node.args[0])
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "heading":
                found |= said(node.args[1])
    return found


def said(node: ast.expr) -> set[str]:
    """The texts that an argument may be."""
    if isinstance(node, ast.IfExp):
        return said(node.body) | said(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) else set()


@pytest.mark.parametrize("lang", [place.parent.name for place in resources.data_path("lang").glob("*/words.toml")])
def test_a_language_has_all_that_is_said_and_no_more(lang: str) -> None:
    table = tomllib.loads(resources.data_path("lang", lang, "words.toml").read_text("utf-8"))
    assert set(table) == spoken()
    for english, said in table.items():
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", said)), english


def test_what_has_no_translation_is_said_in_english() -> None:
    assert Words("zh")("No such words of {version}", version="v3.4") == "No such words of v3.4"
    assert Words("en")("Contents") == "Contents"
    assert Words("zh")("Contents") != "Contents"


def test_a_value_is_not_read_as_words() -> None:
    assert Words()("In {version}:", version="{version!r}") == "In {version!r}:"
