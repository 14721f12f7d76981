"""The questions of data/questions.toml, found by the words people ask them in, English or Chinese."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from math import log

from explorer import resources
from explorer.tour.load import Tongue, tongue
from explorer.tour.toml import Table, read
from explorer.tour.values import Answer, Question

__all__ = ["find", "questions"]

_LIKE = 0.8  # of difflib's ratio, for a word that is misspelt or has another ending
_OTHER = 0.9  # what a word is worth that is not the question's own
_LONGEST = 40  # letters of a word; no longer one is looked for among the misspelt
_ENOUGH = 0.4  # of what the words asked weigh
_WORD = re.compile(r"[a-z0-9_]+|[\u4e00-\u9fff]+")
_COMMON = frozenset(
    "a an and are as at be but by can do does for from get have how i if in is it its my no not of on one or so that "
    "the then there they this to was what when where which who why with you your 为什 什么 怎么 我的".split()
)


@cache
def questions() -> tuple[Question, ...]:
    """Every question there is; TourError says what is wrong where."""
    place = resources.data_path("questions.toml")
    if not place.is_file():
        return ()
    return tuple(map(_question, read(place, "data/questions.toml").only("questions").rows("questions")))


def _question(row: Table) -> Question:
    row.only("id", "ask", "words", "scenario", "answers")
    answers = tuple(map(_answer, row.rows("answers")))
    if not answers:
        raise row.error("has no [[questions.answers]]")
    return Question(row.text("id"), row.text("ask"), row.texts("words"), answers, row.text("scenario", ""))


def _answer(row: Table) -> Answer:
    row.only("text", "notes", "since", "until")
    if not row.texts("notes"):
        raise row.error("names no note; write STEP.NOTE", "notes")
    return Answer(row.text("text"), row.texts("notes"), row.range())


def find(asked: str, among: Sequence[Question] | None = None, languages: Iterable[str] = ("zh",)) -> list[Question]:
    """The questions that the words fit, best first; a question's id is one of its words."""
    rows = questions() if among is None else among
    said = [tongue(lang, "", "questions") for lang in languages]
    known = [_terms(row, said) for row in rows]
    words = _words(asked)
    weights = {word: _weight(word, known) for word in words}
    scored = [
        (sum(weights[word] * _fit(word, terms) for word in words), row) for terms, row in zip(known, rows, strict=True)
    ]
    enough = _ENOUGH * sum(weights.values())
    return [row for score, row in sorted(scored, key=lambda each: -each[0]) if score > 0 and score >= enough]


def _terms(row: Question, said: Iterable[Tongue]) -> dict[str, float]:
    """The words a question is found by: its own in every language, and with less weight the others."""
    own = " ".join([row.id, row.ask, *(each.says("", row.ask)[1] for each in said)])
    return dict.fromkeys(_words(" ".join(row.words)), _OTHER) | dict.fromkeys(_words(own), 1.0)


def _words(text: str) -> frozenset[str]:
    """The words of a text; of Chinese, every two characters that stand together."""
    found: set[str] = set()
    for piece in _WORD.findall(text.lower().replace("-", " ")):
        found |= {piece} if piece.isascii() else {piece[at : at + 2] for at in range(max(len(piece) - 1, 1))}
    return frozenset(found - _COMMON) or frozenset(found)


def _fit(word: str, terms: Mapping[str, float]) -> float:
    if word in terms:
        return terms[word]
    if not word.isascii() or not 4 <= len(word) <= _LONGEST:
        return 0.0
    near = difflib.get_close_matches(word, terms, 1, _LIKE)
    return terms[near[0]] * difflib.SequenceMatcher(None, word, near[0]).ratio() if near else 0.0


def _weight(word: str, every: Sequence[Mapping[str, float]]) -> float:
    """A word that many questions have says little about which is meant, and one that none has little more."""
    having = sum(word in terms for terms in every)
    return log(1 + len(every) / (1 + having)) * (1 if having or word.isascii() else 0.5)
