"""The page: one file, no request, everything said in words as well."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

from graphs import GRAPH, ROUTES, graph_of

from explorer.graph import FileInfo, Route, name_of
from explorer.views.html import html

_VOID = {"meta", "br", "hr", "img", "link", "input"}


class _Page(HTMLParser):
    """The tags in order, the text of the page without its picture, and whether every tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "svg" not in self.open and "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words))

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def test_the_page_is_well_formed_with_landmarks() -> None:
    page = _Page(html(GRAPH, ROUTES))
    assert not page.open
    assert [page.count(tag) for tag in ("h1", "header", "main", "footer", "nav")] == [1] * 5
    assert page.count("h2") == len(ROUTES) + 1
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_the_page_asks_for_nothing() -> None:
    text = html(GRAPH, ROUTES)
    page = _Page(text)
    assert not page.count("script")
    assert not {"link", "img", "iframe", "object", "embed"} & {tag for tag, _ in page.tags}
    assert not any("src" in attrs or "style" in attrs for _, attrs in page.tags)
    policies = [attrs["content"] for _, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    links = [attrs["href"] or "" for tag, attrs in page.tags if tag == "a"]
    outside = [link for link in links if not link.startswith("#")]
    assert outside == ["https://mirror.example/dev.c"]
    bare = text.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert set(re.findall(r"https?://[^\s\"'<]+", bare)) == set(outside)
    assert "url(" not in text


def test_every_pointer_call_has_its_evidence() -> None:
    words = _Page(html(GRAPH, ROUTES)).text
    for route in ROUTES:
        for call in route.calls:
            assert name_of(call.callee) in words
            assert f"{call.location.path}:{call.location.line}" in words
            if call.kind == "pointer" and call.evidence:
                assert call.via in words
                assert all(f"{place.path}:{place.line}" in words for place in call.evidence.registrations)
    assert "packet_rcv: on ptype_all; stored at net/packet/af_packet.c:1150" in words
    assert "packet_rcv: on ptype_all and ptype_base; stored at net/packet/af_packet.c:1150" in words
    assert "netif_rx hands over to process_backlog" in words
    assert "by softnet_data's backlog; taken at net/core/dev.c:100" in words
    assert "if CONFIG_NET_CLS_ACT" in words


def test_the_bar_says_how_sure_we_are() -> None:
    words = _Page(html(GRAPH, ROUTES)).text
    for info in GRAPH.files:
        assert all(part in words for part in (info.path, info.blob, info.origin, info.verified))
    assert "did not parse" in words


def test_hostile_words_stay_text() -> None:
    nasty = '<script>alert("1")</script>'
    graph, route = graph_of([(f"{nasty}@a.c", "b@a.c")])
    files = (FileInfo(nasty, nasty, f'javascript:alert("{nasty}")', nasty, nasty),)
    text = html(replace(graph, files=files), [Route(nasty, nasty, "", route.calls)], nasty)
    page = _Page(text)
    assert not page.open
    assert not page.count("script")
    assert not any((attrs.get("href") or "#").startswith("javascript") for _, attrs in page.tags)
    assert page.text.count(nasty) > 5


def test_a_heading_names_the_question() -> None:
    graph, route = graph_of([("a@x.c", "b@y.c")])
    assert "<h1>a, its callees in Linux v3.4</h1>" in html(graph, [route])
    assert "<h1>Mine in Linux v3.4</h1>" in html(graph, [route], "Mine")


def test_the_same_graph_gives_the_same_page() -> None:
    assert html(GRAPH, ROUTES) == html(GRAPH, ROUTES)
