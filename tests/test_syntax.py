from collections import Counter
from pathlib import Path

import pytest
from marks import FIXTURES, found, is_complete, marked, read, silent_lines

_COMPLETE = [path for path in FIXTURES if is_complete(path)]
_each = pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
_each_complete = pytest.mark.parametrize("path", _COMPLETE, ids=lambda path: path.name)


@_each
def test_every_mark_is_found(path: Path) -> None:
    assert list((Counter(marked(path)) - Counter(found(read(path)))).elements()) == []


@_each_complete
def test_nothing_is_found_that_has_no_mark(path: Path) -> None:
    assert list((Counter(found(read(path))) - Counter(marked(path))).elements()) == []


@_each
def test_nothing_is_found_where_there_is_no_call(path: Path) -> None:
    silent = silent_lines(path)
    assert [row for row in found(read(path)) if row[0] in silent and row[1] != "if"] == []


@_each
def test_every_fixture_parses(path: Path) -> None:
    assert read(path).errors == 0
