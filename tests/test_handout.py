"""What a handout holds of a release."""

from __future__ import annotations

from pathlib import Path

import pytest
from trees import small_tree

from explorer import kernel
from explorer.handout import handout
from explorer.kernel import Kernel
from explorer.tour import load_tour, tours
from explorer.version import Version
from explorer.views.handout import html

TARBALL = Path("/usr/src/linux-source-6.1.tar.xz")


@pytest.fixture(scope="module")
def known() -> Kernel:
    return kernel.open(Version.parse("v3.4"), offline=True)


def test_it_has_the_tours_asked_for_and_the_files_they_run_through(known: Kernel) -> None:
    made = handout(known, [load_tour("transmit"), load_tour("inject")])
    assert [walk.id for walk in made.walks] == ["transmit", "inject"]
    paths = {page.location.path for walk in made.walks for page in walk.pages if page.location}
    assert {info.path for info in made.files} == paths
    assert not made.has_text
    assert made.other is None


def test_its_questions_are_those_its_notes_answer_in_this_release(known: Kernel) -> None:
    asked = {tour.id: {row.id for row in handout(known, [tour]).questions} for tour in tours()}
    assert "lo-twice" in asked["transmit"]
    assert "lo-twice" not in asked["inject"]
    made = handout(known, tours())
    shown = {remark.id for walk in made.walks for page in walk.pages for remark in page.remarks}
    assert all(set(row.notes) <= shown and row.notes and row.texts for row in made.questions)
    assert {row.id for row in made.questions} >= set().union(*asked.values())


def test_another_release_is_walked_beside_it(known: Kernel) -> None:
    later = kernel.open(Version.parse("v6.12.117"), offline=True)
    made = handout(known, [load_tour("transmit")], other=later)
    assert made.other == later.version
    assert len(made.changes[0].pairs) == len(made.walks[0].pages)
    assert {"validate_xmit_skb", "skb_loop_sk"} <= {page.title for page in made.changes[0].new}


def test_another_language_is_spoken_where_there_is_a_translation(known: Kernel) -> None:
    made = handout(known, [load_tour("transmit")], "zh")
    assert made.lang == "zh"
    assert made.walks[0].title == "发出的帧怎样到达 tap"
    assert next(row for row in made.questions if row.id == "lo-twice").ask == "为什么 lo 上的每个包都抓到两次？"  # noqa: RUF001


def test_with_text_each_page_knows_its_file(tmp_path: Path) -> None:
    made = handout(kernel.open(None, str(small_tree(tmp_path))), tours())
    assert made.has_text
    assert all(made.file(page) in made.files for walk in made.walks for page in walk.pages if page.location)


@pytest.mark.kernel
@pytest.mark.skipif(not TARBALL.exists(), reason=f"{TARBALL.name} is not there: apt-get install linux-source-6.1")
def test_a_file_stays_small() -> None:
    text = kernel.open(None, str(TARBALL))
    longest = max(tours(), key=lambda tour: sum(len(leg.step.notes) for leg in tour.legs))
    assert len(html(handout(text, [longest], answers=True)).encode()) <= 250_000
    assert len(html(handout(text, tours(), answers=True)).encode()) <= 400_000
