"""A question is found by the words people ask it in."""

from __future__ import annotations

import pytest

from explorer.tour.questions import find, questions


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("why twice on lo", "lo-twice"),
        ("duplicate packets loopback", "lo-twice"),
        ("wrong cksum udp", "bad-checksum"),
        ("pacekts droped by qdisc", "qdisc-drop"),
        ("timestmap", "sent-time"),
        ("how to get inbound only", "only-incoming"),
        ("bad-checksum", "bad-checksum"),
        ("为什么回环上的包抓到两次", "lo-twice"),
        ("校验和错误", "bad-checksum"),
        ("只抓收到的包", "only-incoming"),
    ],
)
def test_a_question_is_found(asked: str, first: str) -> None:
    assert [question.id for question in find(asked)][:1] == [first]


@pytest.mark.parametrize("asked", ["", "  ", "blah foo", "x" * 5000, "\x1b[2J", "的"])
def test_what_nobody_asks_finds_nothing(asked: str) -> None:
    assert find(asked) == []


def test_every_question_finds_itself() -> None:
    assert [find(row.ask)[0].id for row in questions()] == [row.id for row in questions()]
    assert len({row.id for row in questions()}) == len(questions())
