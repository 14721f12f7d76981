import random
import subprocess
import sys
from pathlib import Path

import pytest
from hostile import CASES
from marks import FIXTURES

from explorer.facts import analyse
from explorer.syntax.statements import statements
from explorer.syntax.unit import Unit

# Many times what all cases take; what is quadratic in the length of the text takes hours.
_SECONDS = 120
_DAMAGE = [b"", b"{", b"}", b"(", b")", b"else", b'"', b"/*", b"#"]
_READ = {"a long line", "a long chain of locals", "a local put in itself", "#define", "3 MB"}


@pytest.fixture(scope="module")
def answers() -> dict[str, str]:
    """The errors counted in each case, by a process that can be ended where a search does not."""
    command = [sys.executable, str(Path(__file__).with_name("hostile.py"))]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS)
        out = run.stdout + run.stderr
    except subprocess.TimeoutExpired as error:
        out = (error.stdout or b"").decode()
    return dict(line.split("\t", 1) for line in out.splitlines() if "\t" in line)


@pytest.mark.parametrize("name", CASES)
def test_hostile_text_comes_to_an_end(name: str, answers: dict[str, str]) -> None:
    assert answers.get(name, "").isdigit()


@pytest.mark.parametrize("name", _READ)
def test_long_text_that_is_c_is_read(name: str, answers: dict[str, str]) -> None:
    assert answers[name] == "0"


@pytest.mark.parametrize("name", ["random bytes", "1 MB of (", "1 MB of {", "deep calls", "stars", "calls of calls"])
def test_what_is_not_read_is_counted(name: str, answers: dict[str, str]) -> None:
    assert int(answers[name]) > 0


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_a_damaged_file_is_read_all_the_same(path: Path) -> None:
    draw = random.Random(path.name)
    for _ in range(25):
        text = bytearray(path.read_bytes())
        for _ in range(draw.randrange(1, 6)):
            start = draw.randrange(len(text))
            text[start : start + draw.randrange(30)] = draw.choice(_DAMAGE)
        facts = analyse(bytes(text), "net/damaged.c", "")
        assert all(0 <= site.caller < len(facts.definitions) for site in facts.sites)
        unit = Unit(bytes(text))
        assert len(unit.code) == len(text)
        assert all(row.first <= row.last for function in unit.functions for row in statements(unit, function))
