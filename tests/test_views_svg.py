"""Pictures as SVG: well-formed, safe, at home in a page beside others."""

from __future__ import annotations

import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from graphs import DEV, GRAPH, ROUTES, graph_of

from explorer.errors import ExplorerError
from explorer.graph import name_of
from explorer.views.png import png
from explorer.views.svg import svg

_SVG = "{http://www.w3.org/2000/svg}"
_HOSTILE = '<script>alert("1")</script>&\x07'


def _texts(text: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(text).iter(f"{_SVG}text")]


def _titles(text: str) -> str:
    return "\n".join(element.text or "" for element in ElementTree.fromstring(text).iter(f"{_SVG}title"))


def test_a_map_is_well_formed_and_named() -> None:
    root = ElementTree.fromstring(svg(GRAPH, ROUTES))
    assert root.get("role") == "img"
    ids = {element.get("id"): element for element in root.iter() if element.get("id")}
    title, desc = (root.get("aria-labelledby") or "").split()
    assert "v3.4" in (ids[title].text or "")
    assert ids[desc].text


def test_every_function_is_written() -> None:
    words = _texts(svg(GRAPH, ROUTES))
    assert {name_of(key) for route in ROUTES for key in route.functions} <= set(words)
    assert {"user space", "device", "ptype_all", "Linux v3.4"} <= set(words)


def test_pointing_at_things_explains_them() -> None:
    titles = _titles(svg(GRAPH, ROUTES))
    assert f"dev_queue_xmit@{DEV}\nfunction, lines 10 to 15" in titles
    assert (
        "deliver_skb → packet_type.func, called at net/core/dev.c:53\non ptype_all: packet_rcv; tpacket_rcv\n" in titles
    )
    assert "on ptype_all, ptype_base: packet_rcv (stored at net/packet/af_packet.c:1150); tpacket_rcv (" in titles
    assert "netif_rx → process_backlog: handed over by softnet_data's backlog; put at net/core/dev.c:80" in titles
    assert "if CONFIG_NET_CLS_ACT" in titles


def test_hostile_names_stay_text() -> None:
    graph, route = graph_of([(f"{_HOSTILE}@a.c", f"b@{_HOSTILE}.c"), (f"b@{_HOSTILE}.c", _HOSTILE)])
    text = svg(graph, [route], '"><script>')
    assert "<script" not in text
    assert "\x07" not in text
    assert any("<script>alert" in words for words in _texts(text))


def test_two_pictures_share_no_id_and_no_class_rule() -> None:
    one, two = svg(GRAPH, ROUTES, "left"), svg(GRAPH, ROUTES, "right")
    ids = [re.findall(r'\bid="([^"]+)"', text) for text in (one, two)]
    assert len(ids[0]) == len(set(ids[0]))
    assert not set(ids[0]) & set(ids[1])
    style = re.search(r"<style>(.*?)</style>", one, re.DOTALL)
    assert style
    rules = re.findall(r"([^{}]+){[^{}]*}", style[1])
    assert all(".left " in rule for rule in rules)


def test_light_and_dark_and_jupyter() -> None:
    text = svg(GRAPH, ROUTES)
    assert "prefers-color-scheme:dark" in text
    assert "--jp-layout-color0" in text
    assert 'stroke-dasharray="5 3"' in text


def test_nothing_is_fetched() -> None:
    assert not re.search(r"url\(|href|@import|<image|<script", svg(GRAPH, ROUTES))


def test_a_route_without_a_rail_is_drawn_in_lanes() -> None:
    graph, route = graph_of([("a@x.c", "b@y.c"), ("b@y.c", "BUG_ON")], kind="macro")
    text = svg(graph, [route])
    assert {"x.c", "y.c", "definition not read", "macro"} <= set(_texts(text))
    assert 'class="edge plain macro"' in text


def test_the_same_graph_gives_the_same_text() -> None:
    code = "from graphs import *; from explorer.views.svg import svg; import sys; sys.stdout.write(svg(GRAPH, ROUTES))"
    where = str(__import__("pathlib").Path(__file__).parent)
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=where,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": f"{where}/.."},
            capture_output=True,
            check=True,
        )
        for seed in ("1", "2")
    ]
    assert runs[0].stdout == runs[1].stdout == svg(GRAPH, ROUTES).encode()


def test_png() -> None:
    pytest.importorskip("resvg_py")
    assert png(svg(GRAPH, ROUTES)).startswith(b"\x89PNG")


def test_png_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(ExplorerError, match=r"pip install 'packet-path-explorer\[png\]'"):
        png("<svg/>")
