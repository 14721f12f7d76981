"""Values as HTML for a notebook: what they say is there, and nothing of it is markup."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from graphs import GRAPH, ROUTES
from IPython.core.interactiveshell import InteractiveShell
from trees import small_tree

import explorer.kernel
from explorer.excerpt import excerpt
from explorer.graph import Function
from explorer.kernel import Kernel
from explorer.notebook.reprs import register
from explorer.sources.values import Origin, SourceFile
from explorer.tour import load_step
from explorer.trace import Frame, Taken, Trace
from explorer.version import Version
from explorer.views import fragments

HOSTILE = "</pre></code><script>alert(1)</script><img src=x onerror=alert(2)> & \"'\x1b[31m"
BREAKERS = {"script", "img", "onerror", "onload"}
TEXT = f'int f(int x)\n{{\n\treturn "{HOSTILE}"; /* {HOSTILE} */\n}}\n'.encode()
FUNCTION = Function("f", "net/core/x.c", 1, 1, 4, "function", "static", ("CONFIG_X",))
EXCERPT = excerpt(
    SourceFile(Version.parse("v9.1"), "net/core/x.c", TEXT, Origin("tree", HOSTILE, "shape only")), FUNCTION
)
CALL = ROUTES[0].calls[0]
ROUTE = replace(ROUTES[0], title=HOSTILE, calls=(replace(CALL, caller=HOSTILE, callee=HOSTILE, via=HOSTILE),))
STEP = load_step("dev_queue_xmit_nit")
KERNEL = Kernel(GRAPH.version, (), (), {})
KERNEL.__dict__.update(graph=GRAPH, routes=ROUTES)
CHAIN = tuple(map(Frame, ("dev_queue_xmit", "dev_hard_start_xmit", "dev_queue_xmit_nit")))
TAKEN = Taken(Trace("own", "3.4", "import", (CHAIN,)), KERNEL, "recorded on 3.4", recorded=True)


class Seen(HTMLParser):
    """The tags and attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags |= {tag, *(name for name, _ in attrs if name.startswith("on"))}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: fragments.graph_html(GRAPH, "a"), ["Linux", "calls through pointers", "dev_queue_xmit_nit"]),
        (lambda: fragments.kernel_html(Kernel(GRAPH.version, (), (), {}, "from the atlas"), "a"), ["from the atlas"]),
        (
            lambda: fragments.route_html(ROUTES[0]),
            ["deliver_skb", "calls through", "packet_type.func", "net/core/dev.c:"],
        ),
        (
            lambda: fragments.route_html(ROUTES[0], GRAPH, "a"),
            ["dev.c:", "deliver_skb", f"{len(ROUTES[0].calls)} calls"],
        ),
        (
            lambda: fragments.trace_html(TAKEN, "a"),
            ["own", "recorded on 3.4", "2 of", "dev_hard_start_xmit", "~net/core"],
        ),
        (lambda: fragments.function_html(FUNCTION), ["net/core/x.c:1", "static function, lines 1 to 4, if CONFIG_X"]),
        (lambda: fragments.excerpt_html(EXCERPT), ["v9.1:net/core/x.c:1", "     3          return"]),
        (
            lambda: fragments.function_html(FUNCTION, EXCERPT),
            ["static function, lines 1 to 4", "     3          return"],
        ),
        (
            lambda: fragments.step_html(STEP),
            [STEP.notes[0].title, STEP.notes[0].anchors[0].match, "dev_queue_xmit_nit@net/core/dev.c"],
        ),
    ],
)
def test_a_value_says_what_it_is(draw: Callable[[], str], words: list[str]) -> None:
    said = Seen(draw()).text
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize(
    "html",
    [
        fragments.excerpt_html(EXCERPT),
        fragments.route_html(ROUTE),
        fragments.trace_html(replace(TAKEN, source=HOSTILE, trace=Trace(HOSTILE, HOSTILE, "import", ())), "a"),
        fragments.function_html(replace(FUNCTION, name=HOSTILE, file=HOSTILE, conditions=(HOSTILE,))),
        fragments.step_html(replace(STEP, id=HOSTILE, summary=HOSTILE, functions=(HOSTILE,))),
    ],
)
def test_what_others_wrote_is_text(html: str) -> None:
    seen = Seen(html)
    assert not seen.tags & BREAKERS
    assert "<script>alert(1)</script><img src=x onerror=alert(2)> & \"'" in seen.text
    assert "\x1b" not in seen.text


def test_ipython_shows_values_by_name_and_two_maps_share_no_id() -> None:
    shell: Any = InteractiveShell()
    register(shell)
    show = shell.display_formatter.format
    assert "CONFIG_X" in show(FUNCTION)[0]["text/html"]
    assert 'id="repr-' in show(GRAPH)[0]["text/html"]
    assert show(GRAPH)[0]["text/html"] != show(GRAPH)[0]["text/html"]
    assert show(GRAPH)[0]["text/plain"]
    assert "<svg" not in show(ROUTES[0])[0]["text/html"]
    shell.user_ns["k"] = KERNEL
    assert 'data-function="deliver_skb' in show(ROUTES[0])[0]["text/html"]


def test_a_function_is_shown_with_its_source_where_the_notebook_has_its_release(tmp_path: Path) -> None:
    shell: Any = InteractiveShell()
    register(shell)
    kernel = explorer.kernel.open(None, str(small_tree(tmp_path)))
    (function,) = kernel.function("deliver_skb")
    assert "<pre>" not in shell.display_formatter.format(function)[0]["text/html"]
    shell.user_ns["k"] = kernel
    assert "int deliver_skb(" in Seen(shell.display_formatter.format(function)[0]["text/html"]).text
    assert "<pre>" not in shell.display_formatter.format(replace(function))[0]["text/html"]


def test_a_route_of_a_release_known_offline_has_its_picture() -> None:
    shell: Any = InteractiveShell()
    register(shell)
    route = explorer.kernel.open(Version.parse("v3.4"), offline=True).routes[0]
    assert 'data-function="dev_queue_xmit_nit@net/core/dev.c"' in shell.display_formatter.format(route)[0]["text/html"]


def test_no_value_needs_a_notebook() -> None:
    code = "import sys, explorer.kernel, explorer.tour.pages; sys.exit(bool({'IPython', 'anywidget'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
