"""Notebooks copied: what is new, what a newer explorer renews, and what a reader changed and keeps."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from explorer import resources
from explorer.errors import ExplorerError
from explorer.notebook.copies import FIRST, copy

OLD, NEW, OWN = "shipped once", "shipped now", "a reader's"


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A notebooks/ of our own."""
    place = tmp_path / "notebooks"
    place.mkdir()
    (place / "a.ipynb").write_text(NEW)
    (place / "a.py").write_text("its source, which no reader needs")
    monkeypatch.setattr(resources, "notebooks_path", lambda: place)
    return place


def test_the_first_notebook_is_shipped() -> None:
    assert resources.notebooks_path(FIRST).is_file()


# What the reader finds, what was copied before (as shipped then) and stands there now; what becomes of it.
@pytest.mark.parametrize(
    ("before", "there", "outcome", "left"),
    [
        (None, None, "new", NEW),
        (None, NEW, "same", NEW),
        (None, OWN, "kept", OWN),
        (None, OLD, "kept", OLD),  # nobody has told that it is ours
        (NEW, NEW, "same", NEW),
        (OLD, OLD, "renewed", NEW),
        (OLD, OWN, "kept", OWN),
        (OLD, None, "new", NEW),
        (OLD, NEW, "same", NEW),
    ],
)
def test_a_changed_notebook_is_never_written_over(
    before: str | None, there: str | None, outcome: str, left: str, room: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "deep/mine"
    if before:
        (room / "a.ipynb").write_text(before)
        copy(mine)
        (room / "a.ipynb").write_text(NEW)
        (mine / "a.ipynb").unlink()
    if there:
        mine.mkdir(parents=True, exist_ok=True)
        (mine / "a.ipynb").write_text(there)
    copied = copy(mine)
    assert copied.outcomes == {"a.ipynb": outcome}
    assert (mine / "a.ipynb").read_text() == left
    assert (outcome == "kept") == ("for you have changed it" in str(copied))
    assert not (mine / "a.py").exists()


def _notebook(source: str | list[str], **run: object) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": source, "outputs": [], **run}], "nbformat": 4})


# A notebook that was only opened and run still says what was shipped; one in which a cell was written does not.
@pytest.mark.parametrize(
    ("there", "outcome"),
    [
        (_notebook(["x = 1\n", "x"], outputs=["1"], execution_count=1), "renewed"),
        (_notebook("x = 2\nx"), "kept"),
        (_notebook("y = 1\ny", outputs=["1"]), "same"),
        ('{"cells": 1}', "kept"),
        ("{", "kept"),
    ],
)
def test_running_a_notebook_does_not_change_it(there: str, outcome: str, room: Path, tmp_path: Path) -> None:
    (room / "a.ipynb").write_text(_notebook("x = 1\nx"))
    copy(tmp_path / "mine")
    (room / "a.ipynb").write_text(_notebook("y = 1\ny"))
    (tmp_path / "mine/a.ipynb").write_text(there)
    assert copy(tmp_path / "mine").outcomes == {"a.ipynb": outcome}
    assert ((tmp_path / "mine/a.ipynb").read_text() == there) == (outcome != "renewed")


@pytest.mark.parametrize("manifest", ["", "[1]", '{"a.ipynb": 1}', "\0"])
def test_where_nothing_tells_what_was_copied_all_is_kept(manifest: str, room: Path, tmp_path: Path) -> None:
    (tmp_path / ".explorer-notebooks.json").write_text(manifest)
    (tmp_path / "a.ipynb").write_text(OLD)
    assert copy(tmp_path).outcomes == {"a.ipynb": "kept"}


def test_notebooks_are_not_copied_over_themselves(room: Path) -> None:
    assert copy(room).outcomes == {"a.ipynb": "same"}
    assert sorted(place.name for place in room.iterdir()) == ["a.ipynb", "a.py"]


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/no"])
def test_a_place_that_cannot_be_written_is_named(place: str, room: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text(OWN)
    with pytest.raises(ExplorerError, match=f"{place}.* cannot be written: .*; name another directory"):
        copy(tmp_path / place)


@pytest.mark.skipif(not os.geteuid(), reason="root may write everywhere")
def test_a_directory_of_others_is_named(room: Path, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs").chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(ExplorerError, match=r"theirs.* cannot be written: Permission denied"):
        copy(tmp_path / "theirs")
