"""Steps, tours and translations: what is read, and errors that name file, key and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer import resources
from explorer.errors import PatternError, TourError
from explorer.pattern import Pattern
from explorer.tour import load_step, load_tour, notes
from explorer.tour.load import pieces, read_step, tongue
from explorer.tour.values import Range, digest
from explorer.version import Version

STEP = """\
# A step of our own.
function = ["show_all@net/core/dev.c"]
summary  = "It shows a frame."
model    = "dev.show_all"
scenario = "two"
since    = "v3.6"

[[notes]]
id    = "first"
title = "A title"
text  = '''
The text, which has
id = "not a key" in it.'''
  [[notes.anchors]]
  match = 'last = each'
  [[notes.anchors]]
  match  = 'drop(frame)'
  within = 'if (!dev->up)'
  in     = "show_one@net/core/dev.c"
  text   = "Another text."

[[notes]]
id    = "second"
title = "B title"
text  = "B text."
until = "v4.20"
  [[notes.anchors]]
  match = 'continue'
"""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data/ of our own."""
    (tmp_path / "steps").mkdir()
    (tmp_path / "tours").mkdir()
    (tmp_path / "steps/show_all.toml").write_text(STEP)
    (tmp_path / "tours/mine.toml").write_text(
        'title = "T"\ntext = "W"\nroutes = []\n[[steps]]\nstep = "show_all"\nwords = "Go."\n'
    )
    monkeypatch.setattr(resources, "data_path", lambda *parts: tmp_path.joinpath(*parts))
    return tmp_path


def test_a_step_is_read(data: Path) -> None:
    step = load_step("show_all")
    assert (step.id, step.functions, step.model) == ("show_all", ("show_all@net/core/dev.c",), "dev.show_all")
    first, second = step.notes
    assert first.texts == ('The text, which has\nid = "not a key" in it.', "Another text.")
    assert (first.anchors[1].within, first.anchors[1].function) == ("if (!dev->up)", "show_one@net/core/dev.c")
    assert (first.meant, second.meant) == (Range(Version.parse("v3.6")), Range(None, Version.parse("v4.20")))


@pytest.mark.parametrize(
    ("before", "after", "line", "key"),
    [
        ('id    = "second"', 'idd   = "second"', 23, "notes.1.idd"),
        ("  match = 'continue'", "  match = ''", 28, "notes.1.anchors.0.match"),
        ("  match = 'continue'", "", 27, "notes.1.anchors.0"),
        ('id    = "second"', 'id    = "first"', 23, "notes.1.id"),
        ('title = "B title"', "title = 3", 24, "notes.1.title"),
        ("  within = ", "  whithin = ", 18, "notes.0.anchors.1.whithin"),
        ('show_one@net/core/dev.c"\n  text', 'show_one"\n  text', 19, "notes.0.anchors.1.in"),
        ('["show_all@net/core/dev.c"]', '["show_all"]', 2, "function"),
        ('since    = "v3.6"', 'since    = "three"', 6, "since"),
        ('summary  = "It', 'summary  = "It" "', 3, ""),
    ],
)
def test_an_error_names_file_key_and_line(before: str, after: str, line: int, key: str, data: Path) -> None:
    assert STEP.count(before) == 1
    (data / "steps/show_all.toml").write_text(STEP.replace(before, after))
    with pytest.raises(TourError) as caught:
        load_step("show_all")
    assert (caught.value.file, caught.value.key, caught.value.line) == ("data/steps/show_all.toml", key, line)
    assert str(caught.value).startswith(f"data/steps/show_all.toml:{line}: {key}")


def test_a_tour_is_read_and_one_that_is_not_there_is_said(data: Path) -> None:
    tour = load_tour("mine")
    assert [(leg.step.id, leg.words) for leg in tour.legs] == [("show_all", "Go.")]
    with pytest.raises(TourError, match="there are mine"):
        load_tour("yours")
    (data / "tours/mine.toml").write_text('title = "T"\ntext = "W"\n[[steps]]\nstep = "nosuch"\n')
    with pytest.raises(TourError, match=r"data/tours/mine.toml:4: steps.0.step: there is no data/steps/nosuch.toml"):
        load_tour("mine")


def test_a_translation_is_by_digest_and_a_stale_one_is_not_shown(data: Path) -> None:
    of = digest("B title", "B  text.")  # however it is folded
    (data / "lang/zh/steps").mkdir(parents=True)
    rows = f'[[notes]]\nid = "second"\nof = "{of}"\ntitle = "标题"\ntext = "文"\n'
    rows += '[[notes]]\nid = "x"\nof = "0"\ntext = "旧"\n'
    (data / "lang/zh/steps/show_all.toml").write_text(rows)
    said = tongue("zh", "steps", "show_all")
    assert said.says("B title", "B text.") == ("标题", "文")
    assert said.says("B title", "Changed.") == ("B title", "Changed.")
    stale = said.stale({digest(title, text) for _, title, text in pieces(load_step("show_all"))})
    assert [(error.key, error.line) for error in stale] == [("notes.1.of", 8)]
    assert tongue("en", "steps", "show_all").says("B title", "B text.") == ("B title", "B text.")


def test_a_readers_own_note_is_kept_in_our_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    text = 'A "quote", a \\ and\na line; 中文\x7f\x01'
    for match in ("last = each", "continue"):
        notes.add(Pattern("show_all", "net/core/dev.c", match, "if (x)", "CONFIG_A"), text)
    (step,) = notes.of(["show_all@net/core/dev.c", "older@net/core/dev.c"])
    assert [note.text for note in step.notes] == [text.strip()] * 2
    assert [note.id for note in step.notes] == ["mine-1", "mine-2"]
    assert (step.notes[1].anchors[0].match, step.notes[1].anchors[0].under) == ("continue", "CONFIG_A")
    assert step.functions[1] == "older@net/core/dev.c"
    assert notes.of(["other@net/core/dev.c"]) == ()
    assert [read_step(place, place.name).notes for place in (tmp_path / "steps").glob("*.toml")] == [step.notes]


def test_a_readers_own_note_needs_a_file() -> None:
    with pytest.raises(PatternError, match="say which file too"):
        notes.add(Pattern("show_all", "", "continue"), "text")


@pytest.mark.parametrize(
    ("since", "until", "version", "inside"),
    [
        ("v3.6", None, "v3.6-rc1", True),
        ("v3.6", None, "v3.5.7", False),
        (None, "v3.5", "v3.5.7", True),
        (None, "v3.5", "v3.6-rc1", False),
        (None, "v2.6.36", "v2.6.36.4", True),
        ("v4.0", "v4.20", "v4.19.95-vendor", True),
    ],
)
def test_a_range_has_both_its_ends(since: str | None, until: str | None, version: str, inside: bool) -> None:
    ends = [text and Version.parse(text) for text in (since, until)]
    assert (Version.parse(version) in Range(*ends)) is inside  # type: ignore[arg-type]
