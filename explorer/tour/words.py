"""The fixed words of a page in another language: data/lang/<lang>/words.toml, keyed by the English."""

from __future__ import annotations

from collections.abc import Mapping

from explorer import resources

__all__ = ["Words"]


class Words:
    """Says a sentence in a language, in English where it has none; {name} in it stands for a value."""

    def __init__(self, lang: str = "en") -> None:
        self.lang = lang
        place = ("lang", lang, "words.toml")
        self._said: Mapping[str, object] = (
            resources.data("/".join(place)) if resources.data_path(*place).is_file() else {}
        )

    def __call__(self, english: str, **values: object) -> str:
        """The sentence, with its values."""
        said = str(self._said.get(english, english))
        return said.format(**values) if values else said
