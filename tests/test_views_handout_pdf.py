"""A handout on paper, as poppler reads it back."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from handouts import BREAKOUTS, HANDOUT, WALK, WORDS, hostile

from explorer.handout import Handout
from explorer.views.handout import pdf

pytest.importorskip("weasyprint", reason="pip install weasyprint")
if not shutil.which("pdftotext"):
    pytest.skip("apt-get install poppler-utils", allow_module_level=True)

Read = Callable[..., str]
_MM = 72 / 25.4


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The paths of handouts printed once each."""
    room = tmp_path_factory.mktemp("paper")
    kinds: dict[str, tuple[Handout, str]] = {
        "a4": (replace(HANDOUT, walks=(replace(WALK, pages=WALK.pages * 6),)), "a4"),
        "letter": (HANDOUT, "letter"),
        "zh": (replace(HANDOUT, lang="zh"), "a4"),
        "hostile": (hostile(BREAKOUTS[0]), "a4"),
    }

    def path(kind: str) -> Path:
        place = room / f"{kind}.pdf"
        if not place.exists():
            place.write_bytes(pdf(*kinds[kind]))
        return place

    return path


def said(program: str, *words: str | Path) -> str:
    return subprocess.run([program, *words], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(("kind", "size"), [("a4", "595.276 x 841.89 pts (A4)"), ("letter", "612 x 792 pts (letter)")])
def test_it_is_of_the_paper_asked_for_tagged_and_with_a_title(
    kind: str, size: str, printed: Callable[[str], Path]
) -> None:
    told = dict(line.split(":", 1) for line in said("pdfinfo", printed(kind)).splitlines())
    assert told["Page size"].strip() == size
    assert told["Tagged"].strip() == "yes"
    assert told["Title"].strip() == "A sent frame, Linux v3.4"
    assert 'pdfuaid:part="1"' in said("pdfinfo", "-meta", printed(kind))


def test_each_line_of_c_is_whole_and_has_its_number(printed: Callable[[str], Path]) -> None:
    text = said("pdftotext", "-layout", printed("letter"), "-")
    rows = dict(re.findall(r"^ *(1\d\d|20\d) +(\S.*?)(?:  .*)?$", text, re.M))
    assert rows["101"] == "int dev_queue_xmit(struct sk_buff *skb)"
    assert rows["104"] == "if (skb->len)"
    assert rows["105"] == "return dev_queue_xmit_nit(skb);"
    assert rows["203"] == "go();"
    assert "… 20 lines …" in text


def test_a_note_stands_in_the_margin_at_its_line(printed: Callable[[str], Path]) -> None:
    boxes = said("pdftotext", "-bbox", printed("letter"), "-")
    found = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">([^<]+)<', boxes)
    title = next(row for row in found if row[3] == "The" and float(row[0]) > 440)
    line = next(row for row in found if row[3] == "104" and float(row[0]) < 100)
    middle = (float(line[1]) + float(line[2])) / 2
    assert float(title[1]) < middle < float(title[2])


def test_nothing_stands_outside_of_the_paper(printed: Callable[[str], Path]) -> None:
    for kind in ("a4", "letter", "hostile"):
        text = said("pdftotext", "-bbox", printed(kind), "-")
        width, height = map(float, re.findall(r'<page width="([\d.]+)" height="([\d.]+)"', text)[0])
        boxes = [
            tuple(map(float, row)) for row in re.findall(r'xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)"', text)
        ]
        assert all(row[0] > 5 * _MM and row[2] < width - 5 * _MM for row in boxes)
        assert all(row[1] > 5 * _MM and row[3] < height - 5 * _MM for row in boxes)


def test_the_head_says_version_and_origin_and_each_page_has_its_number(printed: Callable[[str], Path]) -> None:
    pages = said("pdftotext", "-layout", printed("a4"), "-").split("\f")[:-1]
    assert 5 <= len(pages) <= 9
    for number, page in enumerate(pages, 1):
        assert re.search(r"A sent frame +Linux v3\.4 · known blob · from linux-3\.4", page)
        assert re.search(rf"{number} ?/ ?{len(pages)}$", page.rstrip())
    assert "user space" in pages[1]


def test_an_address_is_a_footnote_and_the_contents_have_pages(printed: Callable[[str], Path]) -> None:
    text = said("pdftotext", "-layout", printed("letter"), "-")
    assert re.search(r"^ *1\. https://mirror\.example/dev\.c#n101$", text, re.M)
    assert re.search(r"1 +dev_queue_xmit[ .]+3\b", text, re.M)


def test_the_outline_names_the_steps(printed: Callable[[str], Path]) -> None:
    outline = said("pdfinfo", "-dests", printed("letter"))
    assert all(f'"{anchor}"' in outline for anchor in ("transmit-1", "transmit-2", "questions"))
    assert said("pdfinfo", "-struct-text", printed("letter")).count("dev_queue_xmit_nit") > 2


def test_chinese_has_a_font(printed: Callable[[str], Path]) -> None:
    if not said("fc-list", ":lang=zh"):
        pytest.skip("apt-get install fonts-noto-cjk")
    assert "思考题" in said("pdftotext", printed("zh"), "-")
    assert "CJK" in said("pdffonts", printed("zh")) or said("pdffonts", printed("zh")).count("yes yes yes") > 2


def test_on_paper_words_of_others_are_text(printed: Callable[[str], Path]) -> None:
    text = said("pdftotext", printed("hostile"), "-")
    assert "struck" in text
    assert "<img" in text
    data = printed("hostile").read_bytes()
    assert not {b"/JavaScript", b"/JS ", b"/Launch"} & {
        each for each in (b"/JavaScript", b"/JS ", b"/Launch") if each in data
    }
    assert "javascript" not in said("pdfinfo", "-url", printed("hostile")).lower()


def test_prose_is_not_lost(printed: Callable[[str], Path]) -> None:
    text = " ".join(said("pdftotext", printed("letter"), "-").split())
    assert WORDS.strip() in text
    assert "Not in this version: The gone" in text
