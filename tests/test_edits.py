"""Functions of the model replaced and put back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from explorer import edits
from explorer.errors import FunctionNotFoundError
from explorer.model import dev, packet_rcv
from explorer.rehearse import rehearse, run
from explorer.scenario import load

OWN = load("own-sender")
DEAF = "def skb_loop_sk(ptype, skb):\n    return True\n"


@pytest.fixture(autouse=True)
def whole() -> Iterator[None]:
    yield
    edits.reset()


def test_an_edit_holds_until_it_is_reset() -> None:
    before = rehearse(OWN)
    assert edits.replace(DEAF, "<cell>") == ("skb_loop_sk",)
    assert edits.replaced() == ("skb_loop_sk",)
    assert rehearse(OWN) != before
    assert edits.reset() == ("skb_loop_sk",)
    assert edits.reset() == ()
    assert rehearse(OWN) == before


def test_a_second_edit_does_not_hide_the_models_own() -> None:
    before = rehearse(OWN)
    edits.replace(DEAF, "<one>")
    edits.replace(DEAF, "<two>")
    assert edits.reset(["skb_loop_sk"]) == ("skb_loop_sk",)
    assert rehearse(OWN) == before


def test_an_edit_is_put_aside_for_a_while() -> None:
    edits.replace(DEAF, "<cell>")
    edited = rehearse(OWN)
    with edits.aside():
        assert edits.replaced() == ()
        assert rehearse(OWN) != edited
    assert edits.replaced() == ("skb_loop_sk",)
    assert rehearse(OWN) == edited


def test_the_edit_is_seen_wherever_the_function_was_imported() -> None:
    assert packet_rcv.skb_pull is edits.functions()["skb_pull"]
    edits.replace("def skb_pull(skb, length):\n    raise KeyError(length)\n", "<cell>")
    with pytest.raises(KeyError):
        packet_rcv.skb_pull(None, 14)


def test_an_edit_still_mirrors_the_c_and_its_notes_are_seen() -> None:
    text = "@mirrors('x')\ndef skb_loop_sk(ptype, skb):\n    skb.len += 0  # note: mine\n    return False\n"
    edits.replace(text, "<cell>")
    _, root = run(OWN)
    names = {event.function for event in root.walk() if hasattr(event, "events")}
    assert "skb_loop_sk@net/core/dev.c" in names
    assert any(getattr(event, "id", "") == "mine" and event.file == "<cell>" for event in root.walk())
    assert dev.skb_loop_sk.__mirrors__ == ("skb_loop_sk@net/core/dev.c",)


def test_defaults_and_annotations_may_be_whatever_is_written() -> None:
    edits.replace("def skb_loop_sk(ptype: nothing, skb: sk_buff = None) -> bool:\n    return skb is None\n", "<cell>")
    assert dev.skb_loop_sk(None) is True
    edits.reset()
    with pytest.raises(TypeError):
        dev.skb_loop_sk(None)


def test_a_name_that_the_model_does_not_have() -> None:
    with pytest.raises(FunctionNotFoundError, match="no function 'skb_lop_sk'; near it: skb_loop_sk"):
        edits.replace(f"{DEAF}\ndef skb_lop_sk():\n    pass\n", "<cell>")
    assert edits.replaced() == ()
    with pytest.raises(FunctionNotFoundError, match="no function 'dev_quue_xmit'; near it: dev_queue_xmit"):
        edits.reset(["dev_quue_xmit"])


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("\n\ndef f(:\n    pass", 3, "invalid syntax"),
        (f"{DEAF}x = 3", 3, "only functions of the model"),
        ("import os", 1, "only functions of the model"),
    ],
)
def test_what_is_no_function_is_pointed_at(text: str, line: int, says: str) -> None:
    with pytest.raises(SyntaxError, match=says) as caught:
        edits.replace(text, "<cell>")
    assert (caught.value.filename, caught.value.lineno) == ("<cell>", line)
    assert edits.replaced() == ()
