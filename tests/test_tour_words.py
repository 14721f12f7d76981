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

PACKAGE = Path(explorer.__file__).parent
SURE = {"known blob", "blob id told", "git object", "two mirrors agree", "seen before", "shape only", "not exact"}


def spoken() -> set[str]:
    """What is said by Words: its arguments, and the handout's heads and buttons, which are said by name."""
    found = set(TOLD.values()) | SURE | {"File", "Verified", "Blob", "From", "Previous", "Next", "Unfold all"}
    for place in (PACKAGE / "tour/pages.py", PACKAGE / "views/tour.py", *(PACKAGE / "views/handout").glob("*.py")):
        for node in ast.walk(ast.parse(place.read_text())):
            if (
                isinstance(node, ast.Call)
                and node.args
                and re.fullmatch(r"(self\._)?say|Words\(.*\)", ast.unparse(node.func))
            ):
                found |= {each.value for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant)}
    return found


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
