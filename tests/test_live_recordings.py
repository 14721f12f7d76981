"""Recordings: their keys, their files, and that everything live has one."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from explorer import live, resources, scenario
from explorer.errors import DataError, LiveError
from explorer.live import answers, recorder, recordings
from explorer.scenario import Action, Outcome, Recording, Row, Scenario, Tap

ONE = Scenario("one", "One", "Expect.", (), (Tap("all"),), (Action("udp", "lo", length=20),))
ROW = Row("all", "HOST", 0x0800, "lo", 62, "00ff", (("tp_len", 62),))


def kept(outcome: Outcome, kernel: str) -> Recording:
    return recordings.made("scenario", recordings.scenario_key(ONE), kernel, asdict(outcome))


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of recordings that nothing else reads."""
    place = tmp_path / "kept.jsonl"
    monkeypatch.setattr(recordings, "place_of", lambda kind: place)
    recordings._shelf.cache_clear()
    yield place
    recordings._shelf.cache_clear()


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """No agent can be started."""
    monkeypatch.setattr("explorer.live.process.command", lambda: ["false"])


def test_a_scenarios_words_are_not_its_key() -> None:
    key = recordings.scenario_key(ONE)
    assert key.startswith("one:")
    assert recordings.scenario_key(replace(ONE, title="Other", expect="Other.", steps=("f",), needs=("x",))) == key
    assert recordings.scenario_key(replace(ONE, actions=(Action("udp", "lo", length=21),))) != key


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("x = 1\n", "x = 1", True), ("x = 1", "x = 2", False), ("x = 1 ", "x = 1", False), ("\nx", "x", False)],
)
def test_a_cells_key_is_its_exact_text(one: str, other: str, same: bool) -> None:
    assert (recordings.cell_key(one) == recordings.cell_key(other)) is same


def test_an_outcome_is_kept_and_found(shelf: Path) -> None:
    outcome = Outcome("one", (ROW,), (("all", 2, 1),))
    for kernel in ("6.12.9", "6.1.200", "6.12.10"):
        recordings.merge(shelf, [kept(outcome, kernel)])
    found = recordings.outcomes(ONE)
    assert [each for each, _ in found] == [outcome] * 3
    assert [row.kernel for _, row in found] == ["6.1.200", "6.12.9", "6.12.10"]
    newest = recordings.find("scenario", recordings.scenario_key(ONE))
    assert newest
    assert recordings.shown_as(newest) == f"recorded on Linux 6.12.10, {newest.date}"
    again = replace(newest, date="2030-01-01")
    recordings.merge(shelf, [again])
    assert len(recordings.read(shelf)) == 3
    assert recordings.find("scenario", newest.key) == again
    recordings.merge(shelf, [], ["other"])
    assert recordings.read(shelf) == recordings.outcomes(ONE) == ()


def test_nothing_is_kept_unless_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "kept.jsonl"
    recordings.keep("key", "6.1", {})
    assert not place.exists()
    monkeypatch.setenv("EXPLORER_RECORD", str(place))
    recordings.keep("key", "6.1", {})
    (row,) = recordings.read(place)
    assert (row.kind, row.key, row.kernel, row.content) == ("cell", "key", "6.1", "{}")


@pytest.mark.parametrize("line", ["{", "[]", '{"kind": "cell"}', "null"])
def test_a_bad_line_is_named(shelf: Path, line: str) -> None:
    shelf.write_text("\n" * 0 + line + "\n")
    with pytest.raises(DataError, match=r"kept.jsonl, line 1: "):
        recordings.read(shelf)


@pytest.mark.usefixtures("refused")
def test_where_namespaces_are_refused_the_recording_answers_and_says_so(shelf: Path) -> None:
    outcome = Outcome("one", (ROW,), (("all", 2, 1),))
    recordings.merge(shelf, [kept(outcome, "6.99")])
    (answer,) = answers.answers([ONE])
    assert answer.outcome == outcome
    assert not answer.live
    assert answer.source.startswith("recorded on Linux 6.99, 20")
    assert "did not start" in answer.reason
    with pytest.raises(LiveError, match="did not start"):
        live.run(ONE)  # what is asked of the kernel is never answered by a recording


@pytest.mark.usefixtures("refused", "shelf")
def test_what_is_not_recorded_says_so() -> None:
    (answer,) = answers.answers([ONE])
    assert (answer.live, answer.outcome.rows, answer.source) == (
        (False, (), "nothing is recorded of this scenario as it is now")
    )


@pytest.mark.live
def test_a_live_answer_is_compared_with_what_was_recorded(shelf: Path) -> None:
    able, reason = live.available()
    if not able:
        pytest.skip(reason)
    real = live.run(ONE)
    recordings.merge(shelf, [kept(real, "6.98")])
    (answer,) = answers.answers([ONE])
    assert answer.remark == "the same as recorded on Linux 6.98"
    other = replace(real, rows=real.rows[1:])
    recordings.merge(shelf, [kept(other, "6.98")])
    (answer,) = answers.answers([ONE])
    assert (answer.live, answer.outcome, answer.remark) == (True, real, "unlike what is recorded on Linux 6.98")


@pytest.mark.parametrize("name", scenario.scenarios())
def test_every_scenario_is_recorded(name: str) -> None:
    assert recordings.outcomes(scenario.load(name)), f"explorer live --record (and --all) after editing {name}"


def live_cells() -> list[tuple[str, str]]:
    """Every %%live cell of the notebooks, without its first line."""
    found = []
    for place in sorted(resources.notebooks_path().glob("**/*.ipynb")):
        for cell in json.loads(place.read_text(encoding="utf-8"))["cells"]:
            first, _, text = "".join(cell["source"]).partition("\n")
            if cell["cell_type"] == "code" and first.startswith("%%live"):
                found.append((place.name, text))
    return found


def test_every_live_cell_of_the_notebooks_is_recorded() -> None:
    missing = [(name, text) for name, text in live_cells() if not recordings.find("cell", recordings.cell_key(text))]
    assert not missing, "explorer live --record"


@pytest.mark.live
def test_notebooks_are_recorded_by_running_them(tmp_path: Path) -> None:
    pytest.importorskip("nbconvert")
    pytest.importorskip("ipykernel")
    able, reason = live.available()
    if not able:
        pytest.skip(reason)
    place = tmp_path / "one.ipynb"
    lab = "from explorer import live\nwith live.Lab() as lab:\n    lab.udp()"
    place.write_text(json.dumps(notebook("%load_ext explorer.notebook", "%%live\nx = 6\nprint('said')\nx * 7", lab)))
    (cell, call) = recorder.notebooks([place])
    assert (cell.kind, cell.key) == ("cell", recordings.cell_key("x = 6\nprint('said')\nx * 7"))
    assert json.loads(cell.content) == {"output": "said\n", "value": {"text/plain": "42"}, "error": ""}
    assert (call.kind, call.key[:4], call.content) == ("cell", "lab:", "null")
    place.write_text(json.dumps(notebook("%load_ext explorer.notebook", "%%live\n1 / 0")))
    with pytest.raises(LiveError, match=r"(?s)one.ipynb does not run: .*ZeroDivisionError"):
        recorder.notebooks([place])


def notebook(*cells: str) -> dict[str, object]:
    rows = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "source": text,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for number, text in enumerate(cells)
    ]
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return {"cells": rows, "metadata": spec, "nbformat": 4, "nbformat_minor": 5}


def test_recordings_are_what_their_schemas_say() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    told, outcome = (
        json.loads(resources.data_path("schemas", f"{name}.schema.json").read_text())
        for name in ("recording", "outcome")
    )
    for kind in ("scenario", "cell", "trace"):
        for row in recordings.read(recordings.place_of(kind)):
            jsonschema.validate(asdict(row), told)
            content = json.loads(row.content)
            if kind == "scenario":
                jsonschema.validate(content, outcome)
