"""The reader's own notes in the widget: kept at a statement, changed, removed, undone, refused with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from widgets import lines

from explorer.errors import ExplorerError, NotInVersionError
from explorer.notebook.widget import Explorer


def test_a_note_is_kept_at_its_statement_and_shown(told: Explorer) -> None:
    told.selected = "dev_queue_xmit_nit"
    told.line = lines(told, "if (head == ")[0]
    told.add_note("The second list.")
    (note,) = told.page["notes"]
    assert (note["title"], note["text"], note["first"], note["own"]) == (
        "Your note",
        ["The second list."],
        told.line,
        True,
    )


def test_two_statements_that_read_alike_are_told_apart_by_what_they_stand_in(told: Explorer) -> None:
    told.selected = "netif_receive_skb"
    numbers = lines(told, "deliver_skb")
    for number in numbers:
        told.add_note("Here.", f"line {number}", number)
    own = {(note["title"], note["first"]) for note in told.page["notes"] if note["own"]}
    assert own == {(f"line {number}", number) for number in numbers}


def _told(widget: Explorer) -> list[tuple[str, str]]:
    return [(note["title"], note["text"][0]) for note in (*widget.page["notes"], *widget.page["apart"]) if note["own"]]


def test_a_note_is_changed_and_removed_and_each_is_undone(told: Explorer) -> None:
    name = told.add_note("First.", line=lines(told, "return")[0]).id
    assert told.change_note(name, "Second.", "Better").text == "First."
    assert _told(told) == [("Better", "Second.")]
    assert told.undo_note().title == "Better"
    assert _told(told) == [("Your note", "First.")]
    told.remove_note(name)
    assert _told(told) == []
    told.undo_note()
    assert _told(told) == [("Your note", "First.")]
    with pytest.raises(ExplorerError, match="nothing was done"):
        told.undo_note()
    told.add_note("Another.", line=lines(told, "return")[0])
    told.undo_note()
    assert _told(told) == [("Your note", "First.")]


def test_the_front_end_keeps_changes_removes_and_undoes(told: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(told, "send", sent.append)
    told.line = lines(told, "return")[0]
    steps: list[tuple[dict[str, Any], str, bool]] = [
        ({"note": "", "title": "", "text": "Here."}, "Kept: Your note", True),
        ({"note": "mine-1", "title": "Better", "text": "There."}, "Changed: Better", True),
        ({"remove": "mine-1"}, "Removed: Better", True),
        ({"undo": True}, "Undone: Better", False),
    ]
    for message, done, undo in steps:
        told._asked(told, message, [])
        assert sent.pop() == {"done": done, "undo": undo}
    assert _told(told) == [("Better", "There.")]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"remove": "mine-7"}, "there is no note 'mine-7' of yours; there are none yet"),
        ({"undo": True}, "nothing was done to a note here that could be undone"),
        ({"text": " "}, "the note has no text yet"),
        ({}, "the note has no text yet"),
        (
            {"text": "There."},
            "no statement stands on line 0 of struck@net/core/dev.c in v6.1.7; choose a line with one",
        ),
    ],
)
def test_a_note_that_cannot_be_kept_is_refused_with_a_reason(
    told: Explorer, message: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(told, "send", sent.append)
    told._asked(told, message, [])
    assert sent == [{"refused": said}]


def test_without_text_a_note_has_no_place(widget: Explorer) -> None:
    with pytest.raises(NotInVersionError, match=r"explorer fetch v3\.4"):
        widget.add_note("There.", line=1)
