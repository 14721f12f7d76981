"""A handout opened from a file in Chromium, which can reach nobody: with a script and without, on any screen."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from handouts import BREAKOUTS, COMPARED, FACTS, HANDOUT, WALK, hostile

from explorer.views.handout import html

pytestmark = pytest.mark.browser
KINDS = {
    "handout": HANDOUT,
    "answers": replace(
        COMPARED,
        answers=True,
        lang="zh",
        walks=(WALK, replace(WALK, id="inject", title="Another")),
        changes=COMPARED.changes * 2,
    ),
    "facts": FACTS,
    "hostile": hostile("".join(BREAKOUTS[:3])),
}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    room = tmp_path_factory.mktemp("handouts")
    found = {name: room / f"{name}.html" for name in KINDS}
    for name, place in found.items():
        place.write_text(html(KINDS[name]), "utf-8")
    return found


@pytest.fixture
def page(driver: Any, places: dict[str, Path]) -> Iterator[Any]:
    driver.execute_cdp_cmd("Network.enable", {})
    cut = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", cut)
    driver.set_window_size(1200, 1000)
    driver.get("about:blank")
    driver.get(places["handout"].as_uri())
    yield driver
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def _ask(page: Any, script: str) -> Any:
    return page.execute_script(f"return {script}")


def _key(page: Any, letter: str) -> None:
    from selenium.webdriver import ActionChains

    ActionChains(page).send_keys(letter).perform()


@pytest.mark.parametrize("name", KINDS)
def test_it_asks_for_nothing_and_nothing_is_refused(page: Any, places: dict[str, Path], name: str) -> None:
    page.get_log("browser")
    page.get(places[name].as_uri())
    assert _ask(page, "performance.getEntriesByType('resource').length") == 0
    assert page.get_log("browser") == []
    assert _ask(page, "window.struck") is None
    assert _ask(page, "getComputedStyle(document.body).maxWidth") != "none"  # its own style is let through
    assert not _ask(page, "document.querySelector('.bar').hidden")  # and its script


def test_keys_and_buttons_step(page: Any) -> None:
    _key(page, "n")
    assert _ask(page, "location.hash") == "#transmit-1"
    _key(page, "n")
    assert _ask(page, "location.hash") == "#transmit-2"
    assert _ask(page, "document.activeElement.parentElement.id") == "transmit-2"
    page.find_element("id", "previous").click()
    assert _ask(page, "location.hash") == "#transmit-1"
    assert _ask(page, "document.getElementById('where').textContent") == "1 dev_queue_xmit"


def test_a_click_in_the_map_leads_to_the_step(page: Any) -> None:
    page.execute_script("document.querySelector('.picture a').scrollIntoView({block: 'center'})")
    page.find_element("css selector", '.picture a[href="#transmit-2"]').click()
    assert _ask(page, "location.hash") == "#transmit-2"
    assert _ask(page, "document.getElementById('transmit-2').getBoundingClientRect().top < innerHeight")


def test_what_is_folded_opens_alone_and_all_at_once(page: Any) -> None:
    opened = "[...document.querySelectorAll('details')].every((each) => each.open)"
    assert not _ask(page, opened)
    summary = page.find_element("css selector", "summary")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", summary)
    summary.click()
    assert _ask(page, opened)
    _key(page, "u")
    _key(page, "u")
    assert _ask(page, opened)


def test_without_a_script_everything_is_there(page: Any) -> None:
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page.refresh()
    assert page.find_element("css selector", ".piece .note p").text == "The test 104"
    assert not page.find_elements("css selector", ".bar:not([hidden])")
    summary = page.find_element("css selector", "summary")
    assert not page.find_element("css selector", "details li").is_displayed()
    summary.click()
    assert page.find_element("css selector", "details li").is_displayed()


@pytest.mark.parametrize("width", [420, 1200, 2560])
@pytest.mark.parametrize("name", ["handout", "answers", "hostile"])
def test_nothing_is_wider_than_the_screen(page: Any, places: dict[str, Path], name: str, width: int) -> None:
    page.get(places[name].as_uri())
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
    wide = _ask(page, "document.documentElement.scrollWidth")
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert wide <= width


def test_a_note_stands_beside_its_line_where_there_is_room(page: Any) -> None:
    top = "document.querySelector('{}').getBoundingClientRect()"
    line, note = (_ask(page, top.format(name)) for name in (".on", ".piece>.note"))
    assert abs(note["top"] - line["top"]) <= 4
    assert note["left"] >= line["right"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["handout", "answers", "facts"])
def test_axe_finds_nothing(page: Any, places: dict[str, Path], axe: str, name: str, scheme: str) -> None:
    page.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    page.get(places[name].as_uri())
    page.execute_script("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    page.execute_script(axe)
    rows = page.execute_async_script("axe.run({resultTypes: ['violations']}).then(arguments[0])")["violations"]
    assert not [f"{row['id']}: {node['failureSummary']} {node['html'][:160]}" for row in rows for node in row["nodes"]]


def test_it_prints_from_the_browser(page: Any) -> None:
    printed = page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
    data = base64.b64decode(printed["data"])
    assert data.startswith(b"%PDF")
    assert data.count(b"/Type /Page\n") + data.count(b"/Type /Page /") + data.count(b"/Type /Page>") >= 3
