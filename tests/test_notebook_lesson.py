"""What the cells of the notebooks call."""

from __future__ import annotations

import pytest

pytest.importorskip("IPython")
from explorer.notebook import lesson


def test_look_shows_every_note_of_a_step_with_its_place() -> None:
    shown = lesson.look("v3.4", "dev_queue_xmit_nit").data
    assert "net/core/dev.c:1645" in shown
    assert "A tap does not hear its own socket" in shown
    assert "<script" not in shown


def test_play_shows_the_taps_and_what_ran_for_the_actions(capsys: pytest.CaptureFixture[str]) -> None:
    lesson.play("own-sender")
    told = capsys.readouterr().out
    assert "send over v0 by sender" in told
    assert "note own-sender  tap sender" in told
    assert "the taps are opened" not in told
    assert "HOST      0x88b5 experimental 1  v1  60\n\nsend over v0 by sender\n" in told


def test_frames_that_read_alike_are_told_apart_by_a_byte(capsys: pytest.CaptureFixture[str]) -> None:
    lesson.play("fanout-lb")
    assert "v1  60  byte 14: 02\n" in capsys.readouterr().out


def test_play_does_as_a_release_does(capsys: pytest.CaptureFixture[str]) -> None:
    lesson.play("two-taps", "v3.4")
    assert "xmit_one" not in capsys.readouterr().out


def test_a_long_run_says_how_much_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    lesson.play("receive-buffer-full")
    assert " lines more\n" in capsys.readouterr().out


def test_got_is_what_a_tap_gets_in_the_model() -> None:
    assert [row.pkttype for row in lesson.got("lo-twice", "all")] == ["OUTGOING", "HOST"]


@pytest.mark.parametrize(
    ("answer", "said"), [(None, "Put your answer in the place of None"), (2, "Right."), (3, "Not yet.")]
)
def test_check(answer: int | None, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    lesson.check(answer, 2)
    assert capsys.readouterr().out.startswith(said)
