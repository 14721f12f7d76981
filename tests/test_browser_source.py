"""What stands in the pane, in a real JupyterLab: notes of one's own, text that is no markup, folds, looks."""

from __future__ import annotations

from typing import Any

import pytest
from labs import wait
from reader import all_of, cells, findings, heading, keys, number_of, press, run, sees, status, troubles, write_note
from two_releases import HOSTILE

pytestmark = pytest.mark.browser


def test_a_note_is_written_and_stands_beside_its_statement(page: Any) -> None:
    before = cells(page)
    write_note(page, "", "Nothing is chosen yet.")
    wait(lambda: all_of(page, ".xp-answer")[0], "it is not refused")
    assert all_of(page, ".xp-answer")[0].startswith("No statement stands on line 0 of")
    number = number_of(page, "\tstruct list_head *head = &ptype_all;")
    page.execute_script("document.querySelector(`.xp-pane [data-line='${arguments[0]}'] .xp-number`).click()", number)
    sees(page, "w.line", number)
    write_note(page, "bdd", "Where the walk begins, and why.")
    wait(lambda: "bdd" in all_of(page, ".xp-note strong"), "the note does not come")
    assert all_of(page, ".xp-on .xp-number") == [number]
    assert " yours" in all_of(page, ".xp-note em")
    wait(lambda: status(page) == "Kept: bdd", "that it is kept is not said")
    assert cells(page) == before


def test_a_note_is_changed_removed_and_brought_back_by_keys(page: Any) -> None:
    run(page, "w.selected = 'netif_receive_skb'")
    wait(lambda: heading(page) == "netif_receive_skb", "the function does not come")
    run(page, f"n = w.add_note('Old words.', 'Mine', {_return(page)})")
    wait(lambda: "Mine" in all_of(page, ".xp-note strong"), "the note does not come")
    _focus_act(page, "Change “Mine”")
    keys(page, "\ue007")
    assert page.execute_script("return document.activeElement.value") == "Old words."
    keys(page, " New ones.", "\ue004", "\ue007")
    wait(lambda: status(page) == "Changed: Mine", "that it is changed is not said")
    assert "Old words. New ones." in all_of(page, ".xp-notes .xp-note p")
    keys(page, "\ue007")  # Undo has the focus
    wait(lambda: "Old words." in all_of(page, ".xp-notes .xp-note p"), "the old words do not come back")
    wait(lambda: page.execute_script("return document.activeElement.className") == "xp-pane", "the focus is lost")
    _focus_act(page, "Remove “Mine”")
    before = cells(page)
    keys(page, "\ue007")
    wait(lambda: all_of(page, ".xp-done span") == ["Removed: Mine"], "that it is gone is not said")
    assert "Mine" not in all_of(page, ".xp-note strong")
    assert page.execute_script("return document.activeElement.textContent") == "Undo"
    keys(page, "\ue007")
    wait(lambda: "Mine" in all_of(page, ".xp-note strong"), "the note does not come back")
    wait(lambda: page.execute_script("return document.querySelector('.xp-done').hidden"), "Undo stays")
    assert cells(page) == before
    run(page, "w.remove_note(n.id)")


def _focus_act(page: Any, name: str) -> None:
    """Give a note's button the focus; of the two that a note has, beside and below its line, the one that is seen."""
    script = "[...document.querySelectorAll(arguments[0])].find((each) => each.offsetParent).focus()"
    page.execute_script(script, f'.xp-pane button[aria-label="{name}"]')


def test_what_the_source_says_is_never_markup(page: Any) -> None:
    run(page, "w.selected = 'struck'")
    wait(lambda: heading(page) == "struck", "the page does not come")
    assert HOSTILE in "".join(all_of(page, ".xp-text"))
    run(
        page,
        f"w.trace = [({HOSTILE!r}, {HOSTILE!r}, 'unexpected')]; w.add_note({HOSTILE!r}, {HOSTILE!r}, {_return(page)})",
    )
    wait(lambda: HOSTILE in all_of(page, ".xp-note strong"), "the note does not come")
    assert HOSTILE in all_of(page, ".xp-said")[0]
    run(page, "w.compare = 'v6.1.8'")
    wait(lambda: "In v6.1.8 struck is not there." in all_of(page, ".xp-pane > p"), "it is not said")
    line = [HOSTILE, [HOSTILE, "c"], [HOSTILE, "", HOSTILE]]
    note = {"title": HOSTILE, "text": [HOSTILE], "first": 1, "last": 1, "place": HOSTILE, "link": "javascript:struck=1"}
    told = {"title": HOSTILE, "trust": [HOSTILE], "place": HOSTILE, "link": "javascript:struck=1", "words": [HOSTILE]}
    told |= {"lacking": HOSTILE, "first": 1, "lines": [line, HOSTILE], "folded": []}
    told |= {"absent": HOSTILE, "version": HOSTILE}
    told |= {key: [note | {"sure": HOSTILE, "reviewed": "", "own": False}] for key in ("notes", "apart")}
    run(page, f"w.compare = ''; w.page = {told!r}")
    wait(lambda: heading(page) == HOSTILE, "the page does not come")
    assert not page.find_elements("css selector", ".xp-reading .xp-pane :is(img, svg, script, a)")
    assert page.execute_script("return window.struck") is None
    run(page, "w.step = 1")


def _return(page: Any) -> str:
    return next(
        number
        for number, text in zip(all_of(page, ".xp-pane .xp-number"), all_of(page, ".xp-pane .xp-text"), strict=True)
        if "return" in text
    )


def test_a_long_function_is_folded(page: Any) -> None:
    run(page, "w.selected = 'endless'")
    wait(lambda: heading(page) == "endless", "the function does not come")
    assert len(all_of(page, ".xp-row")) < 100
    (button,) = [text for text in all_of(page, ".xp-fold") if text.startswith("… 1")]
    press(page, button)
    wait(lambda: len(all_of(page, ".xp-row")) > 1500, "the lines do not come")


def test_what_a_cell_looks_at_comes_to_life_and_leads_on_by_itself(page: Any, axe: str) -> None:
    before = cells(page)
    title = "return document.querySelector('.xp-look h4 code').textContent"
    page.execute_script("document.querySelector('.xp-look').scrollIntoView()")
    wait(lambda: page.execute_script("return !!document.querySelector('.xp-look .xp-source')"), "it does not live")
    assert page.execute_script(title) == "dev_queue_xmit_nit"
    page.execute_script("for (const each of document.querySelectorAll('.xp-look .xp-fold')) each.click()")
    page.execute_script("document.querySelector('.xp-look .xp-link').focus()")
    there = page.execute_script("return document.activeElement.textContent")
    keys(page, "b", "d", "d", "\ue007")
    wait(lambda: page.execute_script(title) == there, "a name in it does not lead")
    assert page.execute_script("return document.activeElement.className") == "xp-pane"
    assert (heading(page), cells(page)) == ("dev_queue_xmit_nit", before)
    page.execute_script("document.querySelector('.xp-look .xp-own button').click()")
    wait(lambda: page.execute_script(title) == "dev_queue_xmit_nit", "it does not come back")
    assert page.execute_script("return document.querySelector('.xp-look .xp-own').hidden")
    assert not findings(page, axe, ".xp-look")
    source = page.execute_script("return jupyterapp.shell.currentWidget.content.model.cells.get(1).toJSON().outputs")
    assert "<section>" in source[0]["data"]["text/html"]


def test_without_the_widget_a_look_is_plain_again(page: Any) -> None:
    script = "return document.querySelectorAll('.xp-look > section').length"
    page.execute_script("document.querySelector('.xp-look').scrollIntoView()")
    wait(lambda: not page.execute_script(script), "it does not live")
    run(page, "w.close()")
    wait(lambda: page.execute_script(script), "the plain page does not come back")
    page.execute_script("jupyterapp.commands.execute('notebook:run-all-cells')")
    wait(lambda: page.execute_script("return !!document.querySelector('.xp:not(.xp-look *) .xp-head')"), "no widget")
    alive = "document.querySelector('.xp-look')?.scrollIntoView(); return !!document.querySelector('.xp-look > .xp')"
    wait(lambda: page.execute_script(alive), "it does not live again")


def test_no_cell_failed_and_no_script(page: Any) -> None:
    assert not troubles(page)
