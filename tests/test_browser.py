"""The widget in a real JupyterLab, driven with Debian's Chromium: every interaction, and what axe-core says of it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from trees import small_tree

pytestmark = pytest.mark.browser

NOTEBOOK = "widget.ipynb"
NIT = "dev_queue_xmit_nit@net/core/dev.c"
HOSTILE = "</pre></script><img src=x onerror='window.struck = 1'><svg onload='window.struck = 1'>"
MORE = """
int struck(struct sk_buff *skb)
{
	/* HOSTILE */
	return deliver_skb(skb, "HOSTILE");
}

int endless(struct sk_buff *skb)
{
	MANY
	return netif_receive_skb(skb);
}
""".replace("HOSTILE", HOSTILE).replace("MANY", "skb->len += 1;\n\t" * 1500)
QUIET = {"fetchNews": "false", "checkForUpdates": False}  # no request, no question on the first start


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab of our own, with a notebook that shows two releases of our own."""
    root = tmp_path_factory.mktemp("lab")
    (root / "work").mkdir()
    (root / "work" / NOTEBOOK).write_text(json.dumps(_notebook(_releases(root))))
    settings = root / "settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(QUIET))
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    token = secrets.token_hex(16)
    kept = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_RUNTIME_DIR": "run", "JUPYTERLAB_SETTINGS_DIR": "settings"}
    kept |= {"JUPYTER_DATA_DIR": "data", "JUPYTERLAB_WORKSPACES_DIR": "spaces", "IPYTHONDIR": "ipython"}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"]
    command += ["--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, f"--ServerApp.root_dir={root / 'work'}"],
            env=os.environ | {name: str(root / place) for name, place in kept.items()},
            stdout=log,
            stderr=log,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(lambda: process.poll() is not None or _answers(f"{address}/api?token={token}"), "no answer", 60)
        if process.poll() is not None:
            pytest.fail((root / "log").read_text())
        yield f"{address}/lab/tree/{NOTEBOOK}?token={token}"
    finally:
        process.terminate()
        process.wait(30)


def _releases(root: Path) -> dict[str, str]:
    """Two releases with text; in the second dev_queue_xmit_nit has other lines, and xmit_one stands before it."""
    trees = {f"v{version}": small_tree(root / version, version) for version in ("6.1.7", "6.1.8")}
    place = trees["v6.1.7"] / "net/core/dev.c"
    place.write_text(place.read_text() + MORE)
    place = trees["v6.1.8"] / "net/core/dev.c"
    text = place.read_text().replace("*last = NULL;", "*last;").replace("\tnet_stamp(skb);\n", "\tlast = NULL;\n" * 2)
    one = "static int xmit_one(struct sk_buff *skb, struct net_device *dev)\n{\n\tdev_queue_xmit_nit(skb, dev);\n}\n\n"
    text = text.replace("static int dev_hard_start_xmit", f"{one}static int dev_hard_start_xmit")
    place.write_text(text.replace("\tdev_queue_xmit_nit(skb, dev);\n\treturn", "\txmit_one(skb, dev);\n\treturn"))
    return {version: str(tree) for version, tree in trees.items()}


def _notebook(trees: dict[str, str]) -> dict[str, Any]:
    code = f"from explorer.notebook.widget import Explorer\nw = Explorer('v6.1.7', source={trees!r})\nw"
    cells = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": text,
        }
        for number, text in enumerate((code, "1 + 1", "2 + 2"))
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _answers(address: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(OSError), opener.open(address, timeout=5) as answer:
        return bool(answer.status == 200)
    return False


def _wait(ready: Callable[[], Any], words: str, seconds: float = 30) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := ready():
            return found
        time.sleep(0.02)
    pytest.fail(words)


@pytest.fixture(scope="module")
def lab_page(driver: Any, lab: str) -> Any:
    """The notebook after Run All, with the widget drawn."""
    driver.get(lab)
    script = "return !!window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
    _wait(lambda: driver.execute_script(script), "the notebook does not open", 60)
    driver.execute_script("jupyterapp.shell.collapseLeft(); jupyterapp.commands.execute('notebook:run-all-cells')")
    _wait(
        lambda: driver.execute_script("return !!document.querySelector('.xp-pane h4')"), "no widget after Run All", 60
    )
    return driver


@pytest.fixture
def page(lab_page: Any) -> Iterator[Any]:
    """The widget as it began, at dev_queue_xmit_nit."""
    _run(lab_page, "w.compare = ''; w.trace = []; w.all_edges = w.macros = False; w.conditions = True")
    _run(lab_page, f"w.tour = 'transmit'; w.version = 'v6.1.7'; w.selected = {NIT!r}; w.line = 0")
    _wait(lambda: _heading(lab_page) == "dev_queue_xmit_nit", "the widget does not follow")
    lab_page.execute_script("document.activeElement?.blur(); document.querySelector('.xp').scrollIntoView()")
    yield lab_page
    lab_page.set_window_size(1200, 1000)


def _run(page: Any, code: str, value: str = "None") -> str:
    """Run code in the notebook's kernel; the text of a value afterwards."""
    script = """const [code, value, done] = arguments;
        const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
        kernel.requestExecute({code, user_expressions: {value}}).done.then((reply) => done(reply.content));"""
    reply = page.execute_async_script(script, code, value)
    assert reply["status"] == "ok", reply
    return str(reply["user_expressions"]["value"]["data"]["text/plain"])


def _is(page: Any, value: str, expected: str) -> None:
    """Python sees what the reader did."""
    _wait(lambda: _run(page, "", value) == expected, f"{value} is {_run(page, '', value)}, not {expected}")


def _keys(page: Any, *keys: str) -> None:
    from selenium.webdriver import ActionChains

    ActionChains(page).send_keys(*keys).perform()


def _all(page: Any, selector: str, what: str = "textContent") -> list[str]:
    script = "return [...document.querySelectorAll(arguments[0])].map((each) => each[arguments[1]])"
    return list(page.execute_script(script, f".xp {selector}", what))


def _focus(page: Any, selector: str) -> None:
    page.execute_script("document.querySelector(arguments[0]).focus()", f".xp {selector}")


def _press(page: Any, name: str) -> None:
    """Click a button by its name."""
    script = "[...document.querySelectorAll('.xp button')].find((each) => each.textContent === arguments[0]).click()"
    page.execute_script(script, name)


def _heading(page: Any) -> str:
    return str(page.execute_script("return document.querySelector('.xp-pane h4 code')?.textContent"))


def _status(page: Any) -> str:
    return _all(page, ".xp-status[role=status]")[0]


def _cells(page: Any) -> int:
    return int(page.execute_script("return jupyterapp.shell.currentWidget.content.model.cells.length"))


def _click(page: Any, function: str) -> None:
    box = page.find_element("css selector", f'.xp-picture [data-function="{function}"]')
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
    box.click()
    _wait(lambda: _heading(page) == function.partition("@")[0], f"a click on {function} does not show it")


def test_a_click_on_a_box_shows_its_function(page: Any) -> None:
    _click(page, "deliver_skb@net/core/dev.c")
    assert page.execute_script(
        "return [...document.querySelectorAll('.xp-lit')].map((each) => each.dataset.function)"
    ) == ["deliver_skb@net/core/dev.c"]
    assert _all(page, "[aria-current=step]") == ["deliver_skb"]
    assert "int deliver_skb(struct sk_buff *skb" in "".join(_all(page, ".xp-text"))
    _is(page, "w.selected", "'deliver_skb@net/core/dev.c'")


def test_a_click_on_a_step_or_a_name_in_the_source_leads_there(page: Any) -> None:
    _press(page, "dev_hard_start_xmit")
    _wait(lambda: _heading(page) == "dev_hard_start_xmit", "a step does not lead")
    page.find_element("css selector", f'.xp-pane .xp-link[data-key="{NIT}"]').click()
    _wait(lambda: _heading(page) == "dev_queue_xmit_nit", "a name in the source does not lead")


def test_keys_step_and_are_said(page: Any) -> None:
    _click(page, NIT)
    for key, there in (
        ("p", "dev_hard_start_xmit"),
        ("n", "dev_queue_xmit_nit"),
        ("\ue014", "skb_loop_sk"),
        ("\ue012", "dev_queue_xmit_nit"),
    ):
        _keys(page, key)
        _wait(lambda there=there: _heading(page) == there, f"{key!r} does not lead to {there}")
    assert _status(page).startswith("Step 8 of 10: dev_queue_xmit_nit, net/core/dev.c:")


def test_arrows_go_along_callers_and_callees(page: Any) -> None:
    _click(page, NIT)
    for key, there in (("\ue013", "dev_hard_start_xmit"), ("\ue015", "dev_queue_xmit_nit")):
        _keys(page, key)
        _wait(lambda there=there: _heading(page) == there, f"an arrow does not lead to {there}")
    assert page.execute_script("return document.activeElement.dataset.function") == NIT


@pytest.mark.parametrize(
    "where", [".xp-picture", ".xp-source", ".xp-steps button", ".xp-bar select", ".xp-search", ".xp-pane"]
)
def test_jupyterlab_never_sees_a_key(page: Any, where: str) -> None:
    before = _cells(page)
    _focus(page, where)
    _keys(page, "b", "d", "d", "a", "x", "m", "\ue00c")
    assert _cells(page) == before
    assert page.execute_script("return jupyterapp.shell.currentWidget.content.activeCell.model.type") == "code"
    page.execute_script("document.querySelector('.xp-search').value = ''")


def test_another_version_keeps_the_step(page: Any) -> None:
    _choose(page, "Linux", "v3.4")
    _wait(lambda: _all(page, ".xp-title")[0].endswith("Linux v3.4"), "v3.4 does not come")
    assert _heading(page) == "dev_queue_xmit_nit"
    assert "A tap does not hear its own socket" in _all(page, ".xp-pane .xp-name strong")
    _is(page, "w.version", "'v3.4'")


def _choose(page: Any, label: str, value: str) -> None:
    script = """const [label, value] = arguments;
        const all = [...document.querySelectorAll('.xp label')];
        const list = all.find((each) => each.textContent.startsWith(label)).querySelector('select');
        list.value = value; list.dispatchEvent(new Event('change'))"""
    page.execute_script(script, label, value)


def test_two_versions_stand_side_by_side(page: Any) -> None:
    _choose(page, "beside", "v6.1.8")
    _wait(lambda: _all(page, ".xp-both"), "the other version does not come")
    sides = [_all(page, f".xp-differs .xp-side:{which}-child .xp-text") for which in ("first", "last")]
    assert [[line.strip() for line in side] for side in sides] == [
        ["struct packet_type *ptype, *last = NULL;", "net_stamp(skb);"],
        ["struct packet_type *ptype, *last;", "last = NULL;", "last = NULL;"],
    ]
    assert _all(page, ".xp-heads strong") == ["v6.1.7", "v6.1.8"]
    assert "In v6.1.8 dev_queue_xmit_nit has changed." in _all(page, ".xp-pane > p")
    assert "new in v6.1.8: xmit_one" in _all(page, ".xp-said")[0]
    tops = "return [...document.querySelector('.xp-differs').children].map((each) => each.getBoundingClientRect().top)"
    assert len(set(page.execute_script(tops))) == 1
    page.set_window_size(560, 1000)
    _wait(lambda: len(set(page.execute_script(tops))) == 2, "the sides do not stack on a narrow screen")
    _is(page, "w.compare", "'v6.1.8'")
    _run(page, "w.compare = ''")
    _wait(lambda: not _all(page, ".xp-both"), "Python does not end it")


def test_beside_a_version_without_text_calls_are_compared(page: Any) -> None:
    _run(page, "w.version = 'v3.4'; w.compare = 'v6.6'; w.selected = 'dev_hard_start_xmit'")
    _wait(lambda: _all(page, ".xp-changes"), "no changes are shown")
    said = _all(page, ".xp-changed")
    assert "not in v6.6dev_queue_xmit_nit2196" in said
    assert "movedIn the capture, not yet on the wire2235 → 3573" in said


def test_a_function_is_found(page: Any) -> None:
    _focus(page, ".xp-picture")
    _keys(page, "/", "rcv")
    _wait(lambda: _all(page, "[role=option] code"), "nothing is found")
    assert _all(page, "[role=option] code") == ["packet_rcv", "tpacket_rcv"]
    _keys(page, "\ue015", "\ue015", "\ue007")
    _wait(lambda: _heading(page) == "tpacket_rcv", "the second match is not shown")
    assert page.execute_script("return document.querySelector('.xp-matches').hidden")
    _keys(page, "zzz")
    _wait(lambda: _status(page) == "No function is named like zzz", "that nothing is found is not said")
    _keys(page, "\ue00c")
    assert page.execute_script("return document.activeElement.className") == "xp-pane"
    page.execute_script("document.querySelector('.xp-search').value = ''")


def test_the_picture_shows_what_is_asked_for(page: Any) -> None:
    before = _drawn(page)
    _toggle(page, "All calls")
    _is(page, "w.all_edges", "True")
    assert {NIT, "packet_sendmsg@net/packet/af_packet.c"} <= _drawn(page)
    _toggle(page, "Macros")
    _wait(lambda: "net_stamp@net/core/dev.c" in _drawn(page), "the macro is not drawn")
    _run(page, "w.all_edges = w.macros = False")
    _wait(lambda: _drawn(page) == before, "the map does not come back")
    tag = "return getComputedStyle(document.querySelector('.xp-picture .tag')).display"
    _run(page, "w.version = 'v3.4'")
    _wait(lambda: _all(page, ".xp-picture .tag"), "v3.4 has no condition")
    _toggle(page, "Conditions")
    _wait(lambda: page.execute_script(tag) == "none", "conditions stay")


def _drawn(page: Any) -> set[str]:
    """The functions of the picture."""
    script = "return [...document.querySelectorAll('.xp-picture [data-function]')].map((each) => each.dataset.function)"
    return set(page.execute_script(script))


def _toggle(page: Any, name: str) -> None:
    script = "[...document.querySelectorAll('.xp-toggle')].find((each) => each.textContent === arguments[0]).click()"
    page.execute_script(script, name)


def test_help_comes_and_goes(page: Any) -> None:
    _focus(page, ".xp-picture")
    hidden = "return document.querySelector('.xp-help').hidden"
    _keys(page, "?")
    assert not page.execute_script(hidden)
    assert "search a function" in _all(page, ".xp-help dd")
    _keys(page, "\ue00c")
    assert page.execute_script(hidden)


def test_a_permanent_link_is_copied(page: Any, lab: str) -> None:
    origin = lab.partition("/lab")[0]
    permissions = {"origin": origin, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    page.execute_cdp_cmd("Browser.grantPermissions", permissions)
    first = page.find_elements("css selector", ".xp-pane .xp-number")[2]
    first.click()
    line = first.text
    _is(page, "w.line", line)
    _press(page, "Copy link")
    _wait(lambda: _status(page) == f"Copied v6.1.7:net/core/dev.c:{line}", "it is not said")
    copied = page.execute_async_script("navigator.clipboard.readText().then(arguments[0])")
    assert copied.splitlines()[0] == f"v6.1.7:net/core/dev.c:{line}"
    assert copied.splitlines()[1].endswith(f"/tree/net/core/dev.c?h=v6.1.7#n{line}")
    _is(page, "str(w.location)", f"'v6.1.7:net/core/dev.c:{line}'")


def test_a_line_is_chosen_with_arrows(page: Any) -> None:
    _focus(page, ".xp-source")
    _keys(page, "\ue015", "\ue015", "\ue013", "\ue015")
    numbers = _all(page, ".xp-pane .xp-number")
    _is(page, "w.line", numbers[1])
    assert _all(page, ".xp-chosen .xp-number") == [numbers[1]]


def test_the_picture_is_saved(page: Any, tmp_path: Path) -> None:
    page.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    _press(page, "Save picture")
    _wait(lambda: list(tmp_path.glob("*.svg")), "no file comes")
    root = ElementTree.parse(tmp_path / "v6.1.7-transmit.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert any(each.get("data-function") == NIT for each in root.iter())


def test_a_trace_is_drawn_over_the_picture(page: Any) -> None:
    rows = [("dev_hard_start_xmit", "dev_queue_xmit_nit", "seen"), ("dev_queue_xmit", "dev_hard_start_xmit", "unseen")]
    rows.append(("deliver_skb", "packet_create", "unexpected"))
    _run(page, f"w.trace = {rows!r}")
    _wait(lambda: _all(page, ".xp-extra path"), "what was not expected is not drawn")
    seen = page.execute_script("return [...document.querySelectorAll('.xp-seen')].map((each) => each.dataset.calls)")
    assert seen == [f"dev_hard_start_xmit@net/core/dev.c {NIT}"]
    assert _all(page, ".xp-said") == [
        "Trace: 1 calls seen (heavy), 1 not (pale); not in the graph (broken): deliver_skb → packet_create."
    ]
    _run(page, "w.trace = []")
    _wait(lambda: not _all(page, ".xp-seen, .xp-unseen"), "the trace stays")


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


def test_a_note_is_written_and_stands_beside_its_statement(page: Any) -> None:
    before = _cells(page)
    _write(page, "", "Nothing is chosen yet.")
    _wait(lambda: _all(page, ".xp-answer")[0], "it is not refused")
    assert _all(page, ".xp-answer")[0].startswith("No statement stands on line 0 of")
    number = _number(page, "\tstruct list_head *head = &ptype_all;")
    page.execute_script("document.querySelector(`.xp-pane [data-line='${arguments[0]}'] .xp-number`).click()", number)
    _is(page, "w.line", number)
    _write(page, "bdd", "Where the walk begins, and why.")
    _wait(lambda: "bdd" in _all(page, ".xp-note strong"), "the note does not come")
    assert _all(page, ".xp-on .xp-number") == [number]
    assert " yours" in _all(page, ".xp-note em")
    assert _status(page) == "Kept: bdd"
    assert _cells(page) == before


def _number(page: Any, text: str) -> str:
    rows = dict(zip(_all(page, ".xp-pane .xp-text"), _all(page, ".xp-pane .xp-number"), strict=True))
    return rows[text]


def _write(page: Any, title: str, text: str) -> None:
    page.execute_script("document.querySelector('.xp-writing').open = true")
    for selector, words in ((".xp-writing input", title), (".xp-writing textarea", text)):
        page.find_element("css selector", selector).clear()
        page.find_element("css selector", selector).send_keys(words)
    _press(page, "Keep note")


def test_what_the_source_says_is_never_markup(page: Any) -> None:
    _run(page, "w.selected = 'struck'")
    _wait(lambda: _heading(page) == "struck", "the page does not come")
    assert HOSTILE in "".join(_all(page, ".xp-text"))
    _run(
        page,
        f"w.trace = [({HOSTILE!r}, {HOSTILE!r}, 'unexpected')]; w.add_note({HOSTILE!r}, {HOSTILE!r}, {_return(page)})",
    )
    _wait(lambda: HOSTILE in _all(page, ".xp-note strong"), "the note does not come")
    assert HOSTILE in _all(page, ".xp-said")[0]
    _run(page, "w.compare = 'v6.1.8'")
    _wait(lambda: "In v6.1.8 struck is not there." in _all(page, ".xp-pane > p"), "it is not said")
    line = {"number": 1, "fold": False, "tokens": [["c", HOSTILE, ""], ["n", HOSTILE, HOSTILE]]}
    note = {"title": HOSTILE, "text": [HOSTILE], "first": 1, "last": 1, "place": HOSTILE, "link": "javascript:struck=1"}
    told = {"title": HOSTILE, "trust": [HOSTILE], "place": HOSTILE, "link": "javascript:struck=1", "words": [HOSTILE]}
    told |= {"lacking": HOSTILE, "lines": [line], "absent": [HOSTILE], "version": HOSTILE}
    told |= {key: [note | {"sure": HOSTILE, "reviewed": "", "own": False}] for key in ("notes", "apart")}
    _run(page, f"w.compare = ''; w.page = {told!r}")
    _wait(lambda: _heading(page) == HOSTILE, "the page does not come")
    assert not page.find_elements("css selector", ".xp-pane :is(img, svg, script, a)")
    assert page.execute_script("return window.struck") is None
    _run(page, "w.step = 1")


def _return(page: Any) -> str:
    return next(
        number
        for number, text in zip(_all(page, ".xp-pane .xp-number"), _all(page, ".xp-pane .xp-text"), strict=True)
        if "return" in text
    )


def test_a_long_function_is_folded(page: Any) -> None:
    _run(page, "w.selected = 'endless'")
    _wait(lambda: _heading(page) == "endless", "the function does not come")
    assert len(_all(page, ".xp-row")) < 100
    (button,) = [text for text in _all(page, ".xp-fold") if text.startswith("… 1")]
    _press(page, button)
    _wait(lambda: len(_all(page, ".xp-row")) > 1500, "the lines do not come")


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
    _wait(
        lambda: page.execute_script("return document.body.dataset.jpThemeName") == f"JupyterLab {theme}",
        "the theme does not come",
    )
    page.set_window_size(width, 1000)
    _run(page, "w.version = 'v3.4'; w.trace = [('deliver_skb', 'packet_rcv', 'seen')]")
    _focus(page, ".xp-picture")
    _keys(page, "?")
    assert not _findings(page, axe)
    _run(page, "w.trace = []; w.version = 'v6.1.7'; w.line = 50; w.compare = 'v6.1.8'")
    _wait(lambda: _all(page, ".xp-both"), "the other version does not come")
    page.execute_script("document.querySelector('.xp-writing').open = true")
    assert not _findings(page, axe)
    assert page.execute_script(
        "const root = document.querySelector('.xp'); return root.scrollWidth <= root.clientWidth"
    )
    _focus(page, ".xp-picture")
    _keys(page, "?")


def _findings(page: Any, axe: str) -> list[str]:
    page.execute_script(f"if (!window.axe) {{ {axe} }}")
    script = "axe.run(document.querySelector('.xp'), {resultTypes: ['violations']}).then(arguments[0])"
    rows = page.execute_async_script(script)["violations"]
    return [f"{row['id']}: {node['failureSummary']} {node['html'][:120]}" for row in rows for node in row["nodes"]]


def test_no_cell_failed_and_no_script(page: Any) -> None:
    assert not page.find_elements("css selector", '[data-mime-type="application/vnd.jupyter.error"]')
    assert not [row for row in page.get_log("browser") if row["level"] == "SEVERE" and "explorer" in row["message"]]
