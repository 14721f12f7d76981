"""A JupyterLab and a Chromium of our own, which talk to nobody: for tests, and for benchmarks/page.py."""

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
from contextlib import contextmanager
from pathlib import Path
from typing import Any

QUIET = {"fetchNews": "false", "checkForUpdates": False}  # no request, no question on the first start
KERNEL = "return !!window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
DRAWN = "return !!document.querySelector('.xp-pane h4')"


class NoBrowserError(Exception):
    """Chromium is not here, or cannot be driven: why, and what brings it."""


@contextmanager
def chromium(profile: Path) -> Iterator[Any]:
    """Chromium without a window; NoBrowserError where there is none."""
    from selenium import webdriver
    from selenium.common.exceptions import WebDriverException

    binary, program = shutil.which("chromium"), shutil.which("chromedriver")
    if not binary or not program:
        raise NoBrowserError("apt-get install --no-install-recommends chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    quiet = "--disable-background-networking --disable-component-update --disable-sync --disable-quic --no-first-run"
    for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--no-proxy-server", *quiet.split()):
        options.add_argument(word)
    options.add_argument(f"--user-data-dir={profile}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    try:
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(program))
    except WebDriverException as error:  # a bare root has no name for localhost, a container no shared memory
        raise NoBrowserError(f"Chromium cannot be driven here: {error.msg}") from error
    driver.set_window_size(1200, 1000)
    try:
        yield driver
    finally:
        driver.quit()


@contextmanager
def jupyterlab(root: Path, notebook: dict[str, Any]) -> Iterator[str]:
    """The address of a notebook in a JupyterLab whose settings and data are its own; `root` is an empty directory."""
    (root / "work").mkdir()
    (root / "work/it.ipynb").write_text(json.dumps(notebook))
    settings = root / "settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(QUIET))
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    token = secrets.token_hex(16)
    kept = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_RUNTIME_DIR": "run", "JUPYTERLAB_SETTINGS_DIR": "settings"}
    kept |= {
        "JUPYTER_DATA_DIR": "data",
        "JUPYTERLAB_WORKSPACES_DIR": "spaces",
        "IPYTHONDIR": "ipython",
        "EXPLORER_DATA": "own",
    }
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
        wait(lambda: process.poll() is not None or _answers(f"{address}/api?token={token}"), "JupyterLab is silent", 90)
        assert process.poll() is None, (root / "log").read_text()
        yield f"{address}/lab/tree/it.ipynb?token={token}"
    finally:
        process.terminate()
        process.wait(30)


def notebook_of(*cells: str) -> dict[str, Any]:
    """A notebook of code cells."""
    empty = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    rows = [{**empty, "id": f"c{number}", "source": text} for number, text in enumerate(cells)]
    return {"cells": rows, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def opened(driver: Any, address: str) -> None:
    """Open a notebook and wait for its kernel."""
    driver.get(address)
    wait(lambda: driver.execute_script(KERNEL), "the notebook does not open", 90)
    driver.execute_script("jupyterapp.shell.collapseLeft()")


def run_all(driver: Any) -> None:
    """Run all cells and wait for the widget."""
    driver.execute_script("jupyterapp.commands.execute('notebook:run-all-cells')")
    wait(lambda: driver.execute_script(DRAWN), "no widget after Run All", 90)


def wait(ready: Callable[[], Any], words: str, seconds: float = 30) -> Any:
    """Wait until something is so; AssertionError, with these words, if it does not become so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := ready():
            return found
        time.sleep(0.02)
    raise AssertionError(words)


def _answers(address: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(OSError), opener.open(address, timeout=5) as answer:
        return bool(answer.status == 200)
    return False
