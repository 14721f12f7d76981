"""The widget in a real JupyterLab, driven with Debian's Chromium: every interaction, and what axe-core says of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from labs import wait
from reader import (
    all_of,
    cells,
    choose,
    click,
    drawn,
    findings,
    focus,
    heading,
    keys,
    press,
    run,
    sees,
    status,
    toggle,
    troubles,
)
from two_releases import NIT

pytestmark = pytest.mark.browser


def test_a_click_on_a_box_shows_its_function(page: Any) -> None:
    click(page, "deliver_skb@net/core/dev.c")
    assert page.execute_script(
        "return [...document.querySelectorAll('.xp-lit')].map((each) => each.dataset.function)"
    ) == ["deliver_skb@net/core/dev.c"]
    assert all_of(page, "[aria-current=step]") == ["deliver_skb"]
    assert "int deliver_skb(struct sk_buff *skb" in "".join(all_of(page, ".xp-text"))
    sees(page, "w.selected", "'deliver_skb@net/core/dev.c'")


CLICKED = """
const [before, key] = arguments;
if (before) eval(before);
const box = document.querySelector(`.xp-picture [data-function="${key}"]`);
box.dispatchEvent(new MouseEvent('click', {bubbles: true}));
return document.querySelector('.xp-pane h4 code').textContent"""
OTHER = """const list = document.querySelector('.xp-bar select');
list.value = 'v6.1.8'; list.dispatchEvent(new Event('change'))"""


def _sent_ahead(page: Any, key: str) -> None:
    """Point at the widget, and wait until Python has sent a page nobody asked to see."""
    run(page, "sent = []; w.on_msg(lambda widget, message, buffers: sent.append(message.get('ahead', [0, ''])[1]))")
    run(page, f"w.version = 'v3.4'; w.version = 'v6.1.7'; w.selected = {NIT!r}")  # the page forgets what it had
    wait(lambda: heading(page) == "dev_queue_xmit_nit", "the widget does not follow")
    script = "document.querySelector(arguments[0]).dispatchEvent(new MouseEvent('mouseover', {bubbles: true}))"
    page.execute_script(script, f'.xp-picture [data-function="{key}"]')
    sees(page, f"{key!r} in sent", "True")


def test_a_page_sent_ahead_is_drawn_before_python_is_told(page: Any) -> None:
    _sent_ahead(page, "packet_sendmsg@net/packet/af_packet.c")
    assert page.execute_script(CLICKED, "", "packet_sendmsg@net/packet/af_packet.c") == "packet_sendmsg"
    sees(page, "w.selected", "'packet_sendmsg@net/packet/af_packet.c'")
    sees(page, "w.page['title']", "'packet_sendmsg'")
    assert heading(page) == "packet_sendmsg"


def test_what_was_sent_of_another_version_is_never_drawn(page: Any) -> None:
    _sent_ahead(page, "deliver_skb@net/core/dev.c")
    assert page.execute_script(CLICKED, OTHER, "deliver_skb@net/core/dev.c") == "dev_queue_xmit_nit"
    wait(lambda: heading(page) == "deliver_skb", "the page does not come")
    wait(lambda: all_of(page, ".xp-title")[0].endswith("v6.1.8"), "the version does not come")
    sees(page, "w.page['version']", "'v6.1.8'")


def test_a_click_on_a_step_or_a_name_in_the_source_leads_there(page: Any) -> None:
    press(page, "dev_hard_start_xmit")
    wait(lambda: heading(page) == "dev_hard_start_xmit", "a step does not lead")
    page.find_element("css selector", f'.xp-pane .xp-link[data-key="{NIT}"]').click()
    wait(lambda: heading(page) == "dev_queue_xmit_nit", "a name in the source does not lead")


def test_keys_step_and_are_said(page: Any) -> None:
    click(page, NIT)
    for key, there in (
        ("p", "dev_hard_start_xmit"),
        ("n", "dev_queue_xmit_nit"),
        ("\ue014", "skb_loop_sk"),
        ("\ue012", "dev_queue_xmit_nit"),
    ):
        keys(page, key)
        wait(lambda there=there: heading(page) == there, f"{key!r} does not lead to {there}")
    assert re.match(r"Step \d+ of \d+: dev_queue_xmit_nit, net/core/dev\.c:", status(page))


def test_arrows_go_along_callers_and_callees(page: Any) -> None:
    click(page, NIT)
    for key, there in (("\ue013", "dev_hard_start_xmit"), ("\ue015", "dev_queue_xmit_nit")):
        keys(page, key)
        wait(lambda there=there: heading(page) == there, f"an arrow does not lead to {there}")
    assert page.execute_script("return document.activeElement.dataset.function") == NIT


@pytest.mark.parametrize(
    "where", [".xp-picture", ".xp-source", ".xp-steps button", ".xp-bar select", ".xp-search", ".xp-pane"]
)
def test_jupyterlab_never_sees_a_key(page: Any, where: str) -> None:
    before = cells(page)
    focus(page, where)
    keys(page, "b", "d", "d", "a", "x", "m", "\ue00c")
    assert cells(page) == before
    assert page.execute_script("return jupyterapp.shell.currentWidget.content.activeCell.model.type") == "code"
    page.execute_script("document.querySelector('.xp-search').value = ''")


def test_another_version_keeps_the_step(page: Any) -> None:
    choose(page, "Linux", "v3.4")
    wait(lambda: all_of(page, ".xp-title")[0].endswith("Linux v3.4"), "v3.4 does not come")
    assert heading(page) == "dev_queue_xmit_nit"
    assert "A tap does not hear its own socket" in all_of(page, ".xp-pane .xp-name strong")
    sees(page, "w.version", "'v3.4'")


def test_two_versions_stand_side_by_side(page: Any) -> None:
    choose(page, "beside", "v6.1.8")
    wait(lambda: all_of(page, ".xp-both"), "the other version does not come")
    sides = [all_of(page, f".xp-differs .xp-side:{which}-child .xp-text") for which in ("first", "last")]
    assert [[line.strip() for line in side] for side in sides] == [
        ["struct packet_type *ptype, *last = NULL;", "net_stamp(skb);"],
        ["struct packet_type *ptype, *last;", "last = NULL;", "last = NULL;"],
    ]
    assert all_of(page, ".xp-heads strong") == ["v6.1.7", "v6.1.8"]
    assert "In v6.1.8 dev_queue_xmit_nit has changed." in all_of(page, ".xp-pane > p")
    assert "new in v6.1.8: xmit_one" in all_of(page, ".xp-said")[0]
    tops = "return [...document.querySelector('.xp-differs').children].map((each) => each.getBoundingClientRect().top)"
    assert len(set(page.execute_script(tops))) == 1
    page.set_window_size(560, 1000)
    wait(lambda: len(set(page.execute_script(tops))) == 2, "the sides do not stack on a narrow screen")
    sees(page, "w.compare", "'v6.1.8'")
    run(page, "w.compare = ''")
    wait(lambda: not all_of(page, ".xp-both"), "Python does not end it")


def test_beside_a_version_without_text_calls_are_compared(page: Any) -> None:
    run(page, "w.version = 'v3.4'; w.compare = 'v6.6'; w.selected = 'dev_hard_start_xmit'")
    wait(lambda: all_of(page, ".xp-changes"), "no changes are shown")
    said = all_of(page, ".xp-changed")
    assert "not in v6.6dev_queue_xmit_nit2196" in said
    assert "movedIn the capture, not yet on the wire2235 → 3573" in said


def test_a_function_is_found(page: Any) -> None:
    focus(page, ".xp-picture")
    keys(page, "/", "rcv")
    wait(lambda: all_of(page, "[role=option] code"), "nothing is found")
    assert all_of(page, "[role=option] code") == ["packet_rcv", "tpacket_rcv"]
    keys(page, "\ue015", "\ue015", "\ue007")
    wait(lambda: heading(page) == "tpacket_rcv", "the second match is not shown")
    assert page.execute_script("return document.querySelector('.xp-matches').hidden")
    keys(page, "zzz")
    wait(lambda: status(page) == "No function is named like zzz", "that nothing is found is not said")
    keys(page, "\ue00c")
    assert page.execute_script("return document.activeElement.className") == "xp-pane"
    page.execute_script("document.querySelector('.xp-search').value = ''")


def test_the_picture_shows_what_is_asked_for(page: Any) -> None:
    before = drawn(page)
    toggle(page, "All calls")
    sees(page, "w.all_edges", "True")
    assert {NIT, "packet_sendmsg@net/packet/af_packet.c"} <= drawn(page)
    toggle(page, "Macros")
    wait(lambda: "net_stamp@net/core/dev.c" in drawn(page), "the macro is not drawn")
    run(page, "w.all_edges = w.macros = False")
    wait(lambda: drawn(page) == before, "the map does not come back")
    tag = "return getComputedStyle(document.querySelector('.xp-picture .tag')).display"
    run(page, "w.version = 'v3.4'")
    wait(lambda: all_of(page, ".xp-picture .tag"), "v3.4 has no condition")
    toggle(page, "Conditions")
    wait(lambda: page.execute_script(tag) == "none", "conditions stay")


def test_help_comes_and_goes(page: Any) -> None:
    focus(page, ".xp-picture")
    hidden = "return document.querySelector('.xp-help').hidden"
    keys(page, "?")
    assert not page.execute_script(hidden)
    assert "search a function" in all_of(page, ".xp-help dd")
    keys(page, "\ue00c")
    assert page.execute_script(hidden)


def test_a_permanent_link_is_copied(page: Any) -> None:
    origin = page.current_url.partition("/lab")[0]
    permissions = {"origin": origin, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    page.execute_cdp_cmd("Browser.grantPermissions", permissions)
    first = page.find_elements("css selector", ".xp-pane .xp-number")[2]
    first.click()
    line = first.text
    sees(page, "w.line", line)
    press(page, "Copy link")
    wait(lambda: status(page) == f"Copied v6.1.7:net/core/dev.c:{line}", "it is not said")
    copied = page.execute_async_script("navigator.clipboard.readText().then(arguments[0])")
    assert copied.splitlines()[0] == f"v6.1.7:net/core/dev.c:{line}"
    assert copied.splitlines()[1].endswith(f"/tree/net/core/dev.c?h=v6.1.7#n{line}")
    sees(page, "str(w.location)", f"'v6.1.7:net/core/dev.c:{line}'")


def test_a_line_is_chosen_with_arrows(page: Any) -> None:
    focus(page, ".xp-source")
    keys(page, "\ue015", "\ue015", "\ue013", "\ue015")
    numbers = all_of(page, ".xp-pane .xp-number")
    sees(page, "w.line", numbers[1])
    assert all_of(page, ".xp-chosen .xp-number") == [numbers[1]]


def test_the_picture_is_saved(page: Any, tmp_path: Path) -> None:
    page.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    press(page, "Save picture")
    wait(lambda: list(tmp_path.glob("*.svg")), "no file comes")
    root = ElementTree.parse(tmp_path / "v6.1.7-transmit.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert any(each.get("data-function") == NIT for each in root.iter())


def test_a_trace_is_drawn_over_the_picture(page: Any) -> None:
    rows = [("dev_hard_start_xmit", "dev_queue_xmit_nit", "seen"), ("dev_queue_xmit", "dev_hard_start_xmit", "unseen")]
    rows.append(("deliver_skb", "packet_create", "unexpected"))
    run(page, f"w.trace = {rows!r}")
    wait(lambda: all_of(page, ".xp-extra path"), "what was not expected is not drawn")
    seen = page.execute_script("return [...document.querySelectorAll('.xp-seen')].map((each) => each.dataset.calls)")
    assert seen == [f"dev_hard_start_xmit@net/core/dev.c {NIT}"]
    assert all_of(page, ".xp-said") == [
        "Trace: 1 call seen (heavy), 1 not (pale); not in the graph (broken): deliver_skb → packet_create."
    ]
    run(page, "w.trace = []")
    wait(lambda: not all_of(page, ".xp-seen, .xp-unseen"), "the trace stays")


def test_a_name_and_its_box_light_together(page: Any) -> None:
    from selenium.webdriver import ActionChains

    lit = "return [...document.querySelectorAll('.xp-near')].map((each) => each.dataset.function || each.textContent)"
    name = page.find_element("css selector", '.xp-pane .xp-link[data-key="deliver_skb@net/core/dev.c"]')
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", name)
    ActionChains(page).move_to_element(name).perform()
    assert set(page.execute_script(lit)) == {"deliver_skb@net/core/dev.c", "deliver_skb"}
    box = page.find_element("css selector", '.xp-picture [data-function="dev_queue_xmit@net/core/dev.c"]')
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
    ActionChains(page).move_to_element(box).perform()
    assert page.execute_script(lit) == ["dev_queue_xmit@net/core/dev.c"]


def test_nothing_moves_where_motion_is_not_wanted(page: Any) -> None:
    spent = "return getComputedStyle(document.querySelector('.xp-picture [data-function] rect')).transitionDuration"
    assert page.execute_script(spent).startswith("0.15s")
    page.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}
    )
    assert set(page.execute_script(spent).split(", ")) == {"0s"}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.mark.parametrize(
    ("theme", "width"), [("Dark", 1200), ("Dark High Contrast", 1200), ("Light", 420), ("Light", 2560)]
)
def test_axe_finds_nothing(page: Any, axe: str, theme: str, width: int) -> None:
    page.execute_script(
        "jupyterapp.commands.execute('apputils:change-theme', {theme: arguments[0]})", f"JupyterLab {theme}"
    )
    wait(
        lambda: page.execute_script("return document.body.dataset.jpThemeName") == f"JupyterLab {theme}",
        "the theme does not come",
    )
    page.set_window_size(width, 1000)
    run(page, "w.version = 'v3.4'; w.trace = [('deliver_skb', 'packet_rcv', 'seen')]")
    focus(page, ".xp-picture")
    keys(page, "?")
    assert not findings(page, axe)
    run(page, "w.trace = []; w.version = 'v6.1.7'; w.line = 50; w.compare = 'v6.1.8'")
    wait(lambda: all_of(page, ".xp-both"), "the other version does not come")
    page.execute_script("document.querySelector('.xp-writing').open = true")
    assert not findings(page, axe)
    assert page.execute_script(
        "const root = document.querySelector('.xp'); return root.scrollWidth <= root.clientWidth"
    )
    focus(page, ".xp-picture")
    keys(page, "?")


def test_no_cell_failed_and_no_script(page: Any) -> None:
    assert not troubles(page)
