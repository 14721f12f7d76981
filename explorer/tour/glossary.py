"""The words of the subject, each in a line: data/glossary.toml, in a language as far as there is a translation."""

from __future__ import annotations

from explorer import resources
from explorer.tour.load import tongue
from explorer.tour.toml import read

__all__ = ["glossary"]


def glossary(lang: str = "en") -> tuple[tuple[str, str], ...]:
    """Each word with what it means, in the order of the data; TourError says what is wrong where."""
    place = resources.data_path("glossary.toml")
    rows = read(place, "data/glossary.toml").only("words").rows("words") if place.is_file() else ()
    said = tongue(lang, "", "glossary")
    return tuple(said.says(row.only("word", "text").text("word"), row.text("text")) for row in rows)
