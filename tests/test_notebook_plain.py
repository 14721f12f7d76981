"""The widget where no script runs: a viewer of its HTML, an executed copy, hostile source in both."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

from widgets import NIT, lines

from explorer.notebook.widget import Explorer


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag, *(name for name, _ in attrs if name.startswith("on"))}

    def handle_data(self, data: str) -> None:
        self.words += data


def test_a_viewer_without_scripts_sees_function_and_note(widget: Explorer) -> None:
    widget.step = NIT
    data, _ = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "<code>dev_queue_xmit_nit</code>" in data["text/html"]
    assert "A tap does not hear its own socket" in data["text/html"]
    assert "<code>explorer fetch v3.4</code>" in data["text/html"]


def test_hostile_source_is_text_everywhere(told: Explorer) -> None:
    parser = Tags()
    parser.feed(told._repr_mimebundle_()[0]["text/html"])
    assert "</pre></script><img src=x onerror=alert(1)>" in parser.words
    assert "<svg onload=alert(2)>&amp;" in parser.words
    assert not parser.seen & {"img", "script", "onerror", "onload"}
    assert "\x1b" not in parser.words


def _converted(place: Path, code: str) -> str:
    """A notebook of one cell, run and made HTML without the state of widgets; the text a reader sees."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cell = {"cell_type": "code", "id": "c", "metadata": {}, "outputs": [], "execution_count": None, "source": code}
    notebook = {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (place / "it.ipynb").write_text(json.dumps(notebook))
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--execute", str(place / "it.ipynb")]
    stateless = "--ExecutePreprocessor.store_widget_state=False"
    subprocess.run([*command, stateless], check=True, capture_output=True)
    page = (place / "it.html").read_text()
    return re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.S)


def test_an_executed_copy_shows_source_and_note_without_scripts_and_styles(told: Explorer, tmp_path: Path) -> None:
    line = lines(told, "return")[0]
    code = f"""from explorer.notebook.widget import Explorer
w = Explorer("v6.1.7", source={str(tmp_path)!r})
w.selected = "struck"
w.add_note("It says so itself.", "Why it returns", {line})
w"""
    page = _converted(tmp_path, code)
    tags = Tags()
    tags.feed(page)
    assert "Why it returns" in tags.words
    assert "It says so itself." in tags.words
    assert f"{line} ▌         return " in tags.words
    assert not tags.seen & {"onerror", "onload"}


def test_values_have_their_looks_once_the_room_is_imported(tmp_path: Path) -> None:
    code = "import explorer, explorer.notebook\nexplorer.open(explorer.Version.parse('v3.4'), offline=True)"
    page = _converted(tmp_path, code)
    assert "calls through pointers" in page
    assert 'data-function="packet_rcv@net/packet/af_packet.c"' in page
