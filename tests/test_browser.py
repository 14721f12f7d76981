"""The widget in a real JupyterLab, driven with Debian's Chromium."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from explorer import resources

pytestmark = pytest.mark.browser

NOTEBOOK = "00-how-a-frame-reaches-a-tap.ipynb"
QUIET = {"fetchNews": "false", "checkForUpdates": False}  # no request, no question on the first start


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Chromium without a window."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="pip install selenium")
    from selenium.common.exceptions import WebDriverException

    chromium, program = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not program:
        pytest.skip("apt-get install --no-install-recommends chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    profile = tmp_path_factory.mktemp("profile")
    quiet = "--disable-background-networking --disable-component-update --disable-sync --disable-quic --no-first-run"
    for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--no-proxy-server", *quiet.split()):
        options.add_argument(word)
    options.add_argument(f"--user-data-dir={profile}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    try:
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(program))
    except WebDriverException as error:  # a bare root has no name for localhost, a container no shared memory
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"Chromium cannot be driven here: {error.msg}")
    driver.set_window_size(1200, 1000)
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab of our own, with notebook 00 in its folder."""
    root = tmp_path_factory.mktemp("lab")
    (root / "work").mkdir()
    shutil.copy(resources.notebooks_path(NOTEBOOK), root / "work")
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
def page(driver: Any, lab: str) -> Any:
    """The notebook after Run All, with the widget drawn."""
    driver.get(lab)
    script = "return !!window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
    _wait(lambda: driver.execute_script(script), "the notebook does not open", 60)
    driver.execute_script("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    _wait(
        lambda: driver.execute_script("return !!document.querySelector('.xp-pane h4')"), "no widget after Run All", 60
    )
    return driver


def _heading(page: Any) -> str:
    return str(page.execute_script("return document.querySelector('.xp-pane h4 code').textContent"))


def _cells(page: Any) -> int:
    return int(page.execute_script("return window.jupyterapp.shell.currentWidget.content.model.cells.length"))


def _click(page: Any, function: str) -> None:
    box = page.find_element("css selector", f'.xp-picture [data-function="{function}"]')
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
    box.click()
    _wait(lambda: _heading(page) == function.partition("@")[0], f"a click on {function} does not show it")


def test_a_click_on_a_box_shows_its_function(page: Any) -> None:
    _click(page, "dev_queue_xmit_nit@net/core/dev.c")
    lit = "return [...document.querySelectorAll('.xp-lit')].map((each) => each.dataset.function)"
    assert page.execute_script(lit) == ["dev_queue_xmit_nit@net/core/dev.c"]
    assert page.execute_script("return document.querySelectorAll('.xp-pane .xp-note').length") > 2
    assert (
        page.execute_script("return document.querySelector('[aria-current=step]').textContent") == "dev_queue_xmit_nit"
    )


def test_a_key_steps_and_is_said_and_jupyterlab_never_sees_it(page: Any) -> None:
    from selenium.webdriver import ActionChains

    _click(page, "dev_queue_xmit_nit@net/core/dev.c")
    before = _cells(page)
    ActionChains(page).send_keys("b", "d", "d", "n").perform()
    _wait(lambda: _heading(page) == "deliver_skb", "n does not step")
    assert _cells(page) == before
    said = page.execute_script("return document.querySelector('.xp-status').textContent")
    assert said == "Step 8 of 8: deliver_skb, net/core/dev.c:1632"
    page.execute_script("document.querySelector('.xp-picture').focus()")
    ActionChains(page).send_keys("p").perform()
    _wait(lambda: _heading(page) == "dev_queue_xmit_nit", "p does not step back")


def test_another_version_keeps_the_step(page: Any) -> None:
    _click(page, "dev_queue_xmit_nit@net/core/dev.c")
    choose = """const list = document.querySelector('.xp-bar select');
        list.value = arguments[0]; list.dispatchEvent(new Event('change'))"""
    page.execute_script(choose, "v6.6")
    shown = "return document.querySelector('.xp-title').textContent"
    _wait(lambda: page.execute_script(shown).endswith("Linux v6.6"), "v6.6 does not come")
    _wait(lambda: _heading(page) == "dev_queue_xmit_nit", "the step is lost")
    page.execute_script(choose, "v3.4")
    _wait(lambda: page.execute_script(shown).endswith("Linux v3.4"), "v3.4 does not come back")


def test_a_cell_leads_the_reader(page: Any) -> None:
    code = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({code: arguments[0]})"
    page.execute_script(code, "w.step = 2")
    _wait(lambda: _heading(page) == "__dev_xmit_skb", "w.step does not lead")


def test_what_the_source_says_is_never_markup(page: Any) -> None:
    hostile = "</script><img src=x onerror='window.struck = 1'><svg onload='window.struck = 1'>"
    line = {"number": 1, "fold": False, "tokens": [["c", hostile, ""], ["n", hostile, hostile]]}
    note = {"title": hostile, "text": [hostile], "first": 1, "last": 1, "place": hostile, "link": "javascript:struck=1"}
    told = {"title": hostile, "trust": [hostile], "place": hostile, "link": "javascript:struck=1", "words": [hostile]}
    told |= {"lacking": "", "lines": [line], "absent": [hostile]}
    told |= {key: [note | {"sure": hostile, "reviewed": ""}] for key in ("notes", "apart")}
    code = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({code: arguments[0]})"
    page.execute_script(code, f"w.page = {told!r}")
    _wait(lambda: _heading(page) == hostile, "the page does not come")
    assert not page.find_elements("css selector", ".xp-pane :is(img, svg, script, a)")
    assert page.execute_script("return window.struck") is None
    page.execute_script(code, "w.step = 1")
    _wait(lambda: _heading(page) == "dev_queue_xmit", "the page does not come back")


def test_no_cell_failed_and_no_script(page: Any) -> None:
    assert not page.find_elements("css selector", '[data-mime-type="application/vnd.jupyter.error"]')
    assert not [row for row in page.get_log("browser") if row["level"] == "SEVERE" and "explorer" in row["message"]]
