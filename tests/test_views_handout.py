"""A handout as HTML and as Markdown: what it holds, what it says of what is not there, and that text stays text."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from handouts import ASKED, BODY, BREAKOUTS, COMPARED, FACTS, FIRST, HANDOUT, WALK, WORDS, hostile, page, remark
from markdown_it import MarkdownIt

from explorer.handout import Handout
from explorer.views.handout import html, markdown
from explorer.views.handout.markup import prose
from explorer.views.handout.turned import turned

_VOID = {"meta", "br", "link", "input", "img", "wbr"}
_BLOCKS = {"div", "ol", "p", "section", "table", "ul"}
_ENDED = {"li": {"li"}, "p": _BLOCKS}  # elements whose end tag may be left out, and what ends them
SEVERAL = replace(HANDOUT, walks=(WALK, replace(WALK, id="inject")))
COPIES = [HANDOUT, SEVERAL, FACTS, COMPARED, replace(HANDOUT, answers=True), replace(COMPARED, lang="zh")]


class Page(HTMLParser):
    """The tags of a page, its words without styles and scripts, and whether every tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.styles: list[str] = []
        self.scripts: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        while self.open and tag in _ENDED.get(self.open[-1], ()):
            self.open.pop()
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        while self.open[-1] in _ENDED and self.open[-1] != tag:
            self.open.pop()
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("style", "script"):
            (self.styles if self.open[-1] == "style" else self.scripts).append(data)
        else:
            self.words += data

    @property
    def text(self) -> str:
        return " ".join(self.words.split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]


def each_line(text: str) -> dict[int, str]:
    """The lines of C of a page, by number."""
    found = {}
    for start, rows in re.findall(r"<ol start=(\d+)>(.*?)</ol>", text, re.S):
        for number, row in enumerate(rows.split("<li")[1:], int(start)):
            found[number] = unescape(re.sub(r"<[^>]*>", "", row.partition(">")[2]))
    return found


@pytest.mark.parametrize("handout", COPIES)
@pytest.mark.parametrize("paper", ["", "a4"])
def test_a_page_is_well_formed_and_every_link_leads_somewhere(handout: Handout, paper: str) -> None:
    page = Page(html(handout, paper))
    assert not page.open
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    inside = {attrs["href"][1:] for attrs in page.all("a") if attrs["href"].startswith("#")}
    assert inside <= set(ids)
    assert {attrs["aria-labelledby"] for attrs in page.all("section") if "aria-labelledby" in attrs} <= set(ids)


@pytest.mark.parametrize("handout", COPIES)
def test_headings_follow_one_another_and_landmarks_are_there(handout: Handout) -> None:
    page = Page(html(handout))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert [len(page.all(tag)) for tag in ("header", "main", "footer")] == [1, 1, 1]
    assert all(attrs.get("aria-label") for attrs in page.all("nav"))


@pytest.mark.parametrize("handout", [*COPIES, *map(hostile, BREAKOUTS)])
def test_a_page_asks_for_nothing_and_runs_only_what_it_brought(handout: Handout) -> None:
    page = Page(html(handout))
    policy = next(each["content"] for each in page.all("meta") if each.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert set(rules) == {"default-src", "style-src", "script-src"}
    for kind, parts in (("style-src", page.styles), ("script-src", page.scripts)):
        hashes = [base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in parts]
        assert sorted(rules[kind].split()) == sorted(f"'sha256-{each}'" for each in hashes)
    assert len(page.scripts) == 1
    assert not any(
        {"style", "src", "srcset"} & set(attrs) or name in ("img", "link", "iframe") for name, attrs in page.tags
    )
    assert not any("url(" in style or "@import" in style for style in page.styles)


def test_each_line_has_the_files_own_number() -> None:
    lines = each_line(html(HANDOUT))
    excerpt = WALK.pages[0].excerpt
    assert excerpt is not None
    source = dict(enumerate(excerpt.text.split("\n"), excerpt.first))
    assert {number: text for number, text in lines.items() if number < 200} == source


def test_what_is_not_spoken_of_is_folded_and_on_paper_left_out() -> None:
    assert "<summary>… 20 lines …</summary>" in html(HANDOUT)
    paper = html(HANDOUT, "a4")
    assert "<p class=fold>… 20 lines …</p>" in paper
    assert paper.count("work(skb);") == html(HANDOUT).count("work(skb);") - 19
    assert "\t" not in re.sub(r"<style>.*?</style>", "", paper, flags=re.S)


@pytest.mark.parametrize(
    ("lines", "told", "folds"),
    [(6, WORDS * 6, []), (6, WORDS, [4]), (20, WORDS * 6, [18]), (6, "我们" * 60, [])],
)
def test_on_paper_lines_left_out_fill_the_gap_beside_a_longer_note(lines: int, told: str, folds: list[int]) -> None:
    body = [*BODY[:4], *["\twork(skb);"] * lines, "}"]
    told_of = page("dev_queue_xmit", body, 101, remark("test", 104, "The test", text=told))
    paper = html(replace(HANDOUT, walks=(replace(WALK, pages=(told_of,)),)), "a4")
    assert [int(count) for count in re.findall(r"<p class=fold>… (\d+) lines …", paper)] == folds


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("PACKET_FANOUT_FLAG_DEFRAG", "PACKET_<wbr>FANOUT_<wbr>FLAG_<wbr>DEFRAG"),
        ("有net.core.netdev_max_backlog", "有net.<wbr>core.<wbr>netdev_<wbr>max_<wbr>backlog"),
        ("__netif_receive_skb", "__netif_receive_skb"),
        ("skb->len", "<span class=whole>skb->len</span>"),
        ("`tcpdump -i lo --immediate-mode`", "<code>tcpdump {-i} lo {--immediate-mode}</code>"),
        ("one-way", "one-way"),
    ],
)
def test_a_name_is_broken_between_its_parts_only_and_an_option_nowhere(words: str, shown: str) -> None:
    assert prose(words) == "<p>" + shown.replace("{", "<span class=whole>").replace("}", "</span>")


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        ("\tshort();", [(0, "        short();")]),
        (
            "\tif (" + "one && " * 12 + "two)",
            [(0, "        if (" + "one && " * 9 + "one "), (12, "&& one && one && two)")],
        ),
        (
            "\t\t\tcall_by_a_long_name(" + "x" * 60 + ");",
            [(0, f"{24 * ' '}call_by_a_long_name("), (28, "x" * 52), (28, "x" * 8 + ");")],
        ),
        ("\t" * 7 + "x" * 30, [(0, ""), (40, "x" * 30)]),
        ("x" * 90, [(0, "x" * 80), (4, "x" * 10)]),
        ("", [(0, "")]),
    ],
)
def test_on_paper_a_long_line_is_turned_and_all_of_it_is_there(line: str, rows: list[tuple[int, str]]) -> None:
    half = len(line) // 2
    found = list(turned([("b", line[:half]), ("", line[half:])]))
    assert [(deep, "".join(text for _, text in row)) for deep, row in found] == rows


def test_a_note_stands_behind_the_statement_it_is_about() -> None:
    piece = html(HANDOUT).partition("class=on")[2]
    head, _, note = piece.partition("<div class=note>")
    assert head.startswith(">\tif (skb->len)</")
    assert note.startswith("<p><b>The test</b> <small>104</small><p>We follow")


def test_a_call_of_a_function_with_a_step_leads_there() -> None:
    assert "<a href=#transmit-2>dev_queue_xmit_nit</a>(skb);" in html(HANDOUT)
    assert '<a href="#transmit-2"><g class="' in html(HANDOUT)


def test_what_is_not_so_is_said() -> None:
    words = Page(html(HANDOUT)).text
    assert "The lost not located in v3.4" in words
    assert "The other net/core/dev.c:9" in words
    assert "Not in this version: The gone" in words
    assert "Functions not in this version: skb_loop_sk" in words
    assert "net/core/dev.c:101 · known blob · unreviewed in this version" in words


def test_origin_and_licence_are_told_and_not_where_their_owner_keeps_them() -> None:
    for text in (html(HANDOUT), html(HANDOUT, "a4"), markdown(HANDOUT)):
        assert "linux-3.4" in text
        assert "somebody" not in text
        assert "GPL-2.0" in text
        assert "0123456789ab" in text


@pytest.mark.parametrize("write", [html, markdown, lambda handout: html(handout, "a4")])
def test_answers_are_in_the_teachers_copy_only(write: object) -> None:
    pupil, teacher = (write(replace(HANDOUT, answers=each)) for each in (False, True))  # type: ignore[operator]
    assert "Why is every packet captured twice?" in pupil
    assert "round." not in pupil
    assert "round." in teacher
    assert "explorer live lo-twice" in pupil
    assert "the teacher's copy" in teacher.replace("&#x27;", "'")


def test_a_note_is_named_in_the_teachers_copy_only() -> None:
    both = replace(ASKED, notes=tuple(row.id for row in FIRST.here))
    pupil, teacher = (html(replace(HANDOUT, questions=(both,), answers=each)) for each in (False, True))
    assert re.findall(r"Look at (.*?)[.] See", re.sub(r"<[^>]*>", "", pupil)) == ["step 1 dev_queue_xmit"]
    told = [f"step 1 dev_queue_xmit: {row.title}" for row in FIRST.here]
    assert re.findall(r"Look at (.*?)[.] See", re.sub(r"<[^>]*>", "", teacher)) == ["; ".join(told)]


@pytest.mark.parametrize("write", [html, markdown])
def test_a_step_of_several_tours_is_told_from_its_namesakes(write: object) -> None:
    alone, several = (re.sub(r"<[^>]*>|`", "", write(each)) for each in (HANDOUT, SEVERAL))  # type: ignore[operator]
    assert "Look at step 1 dev_queue_xmit" in alone
    assert "Look at step 1.1 dev_queue_xmit" in several
    assert "2.1 dev_queue_xmit" in several


@pytest.mark.parametrize("write", [html, markdown, lambda handout: html(handout, "a4")])
def test_what_two_tours_have_is_printed_once(write: object) -> None:
    alone, several = (re.sub(r"<[^>]*>|`", "", write(each)) for each in (HANDOUT, SEVERAL))  # type: ignore[operator]
    assert several.count("The test 104") + several.count("**The test** 104") == 1
    assert "Its source and notes: step 1.1 dev_queue_xmit" in several
    assert "Its source and notes" not in alone


def test_where_there_are_several_tours_long_stretches_are_left_out_and_it_is_said() -> None:
    body = [*BODY[:5], *["\twork(skb);"] * 30, "}"]
    long = replace(WALK, pages=(page("dev_queue_xmit", body, 101, *FIRST.remarks[:1]),))
    alone, several = (html(replace(HANDOUT, walks=walks)) for walks in ((long,), (long, replace(WALK, id="inject"))))
    assert "<summary>… 29 lines …</summary>" in alone
    assert "<p class=fold>… 29 lines …</p>" in several
    assert "More than 20 lines without a note" in several
    assert "More than 20 lines without a note" not in alone


def test_without_text_there_is_no_c_and_each_note_has_its_place() -> None:
    page = Page(html(FACTS))
    assert "This handout has no C: only facts of v3.4 were at hand" in page.text
    assert "The test net/core/dev.c:104" in page.text
    assert "https://mirror.example/dev.c#n104" in [attrs["href"] for attrs in page.all("a")]
    assert not re.search(r"<ol start=", html(FACTS))
    assert "[`net/core/dev.c:104`](<https://mirror.example/dev.c#n104>)" in markdown(FACTS)
    assert "```c" not in markdown(FACTS)


def test_a_comparison_says_what_became_of_each_step() -> None:
    for words in (Page(html(COMPARED)).text, re.sub(r"[*`\[\]]|\(<.*?>\)", "", markdown(COMPARED))):
        assert "In v6.12: dev_queue_xmit net/core/dev.c:301" in words
        assert "reads differently The test" in words
        assert "Else." in words
        assert "gone The other" in words
        assert re.search(r"New in v6\.12\s+(#+ )?xmit_more net/core/dev\.c:401", words)


def test_chinese_is_marked_as_such() -> None:
    page = Page(html(replace(HANDOUT, lang="zh")))
    assert "用户空间" in page.text
    assert "user space" not in page.text
    assert page.all("html") == [{"lang": "zh-Hans"}]
    assert "思考题" in page.text


@pytest.mark.parametrize("words", BREAKOUTS)
@pytest.mark.parametrize("paper", ["", "letter"])
def test_in_html_words_of_others_are_text(words: str, paper: str) -> None:
    page = Page(html(hostile(words), paper))
    assert not page.open
    names = {name for _, attrs in page.tags for name in attrs}
    assert not [name for name in names if name.startswith("on")]
    assert not {"img", "svg:script", "iframe", "object", "base"} & {tag for tag, _ in page.tags}
    assert all(attrs["href"].startswith(("#", "https://")) for attrs in page.all("a"))
    assert all("struck" not in text for text in page.scripts)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\u2028]", page.words)
    shown = re.sub(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\u2028]", "\ufffd", " ".join(words.split(" ")))
    assert "".join(shown.split()) in "".join(page.words.split())


@pytest.mark.parametrize("words", BREAKOUTS)
def test_in_markdown_words_of_others_are_text(words: str) -> None:
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown(hostile(words)))
    every = [each for token in tokens for each in (token, *(token.children or ()))]
    assert not {"html_block", "html_inline", "image", "s_open", "hr"} & {each.type for each in every[:-6]}
    assert all(str(each.attrs["href"]).startswith("https://") for each in every if each.type == "link_open")
    headings = [token.tag for token in tokens if token.type == "heading_open"]
    assert headings.count("h1") == 1
    assert "\x1b" not in markdown(hostile(words))
    assert "\u202e" not in markdown(hostile(words))


def test_markdown_has_lines_with_numbers_and_notes_below_them() -> None:
    text = markdown(HANDOUT)
    assert re.search(r"\n   104 ▌         if \(skb->len\)\n```\n\n> \*\*The test\*\* 104\n>\n> We follow", text)
    assert "\n         … 20 lines …\n" in text
    assert "```mermaid\n%% Linux v3.4" in text
    assert "> **The lost** *not located in v3.4*" in text


def test_the_same_handout_gives_the_same_file() -> None:
    assert html(COMPARED) == html(COMPARED)
    assert ASKED.texts[0] not in html(HANDOUT)
