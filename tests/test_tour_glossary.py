"""The words of the subject: each once, short, and in every language there is."""

from __future__ import annotations

from explorer.tour.glossary import glossary


def test_each_word_is_there_once_and_its_meaning_is_short() -> None:
    words = [word for word, _ in glossary()]
    assert len(words) == len(set(words))
    assert {"skb", "tap", "qdisc", "softirq", "GRO", "hand-over"} <= set(words)
    assert all(len(meaning.split()) <= 30 for _, meaning in glossary())


def test_every_word_is_told_in_chinese() -> None:
    assert not {meaning for _, meaning in glossary()} & {meaning for _, meaning in glossary("zh")}
    assert len(glossary("zh")) == len(glossary())
