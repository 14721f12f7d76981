"""check: what is lost, torn, stale or not there yet is found, and the exit status says so."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from referencing import Registry, Resource
from trees import small_tree

from explorer import check as room
from explorer import resources
from explorer.check import check, check_data
from explorer.cli.app import run
from explorer.kernel import open as open_kernel
from explorer.pattern import Pattern
from explorer.tour import load, notes, questions, review, table
from explorer.tour.pages import answered, walk
from explorer.tour.values import digest

Data = Callable[..., Path]
NIT = "dev_queue_xmit_nit@net/core/dev.c"
HARD = "dev_hard_start_xmit@net/core/dev.c"


def step(function: str, match: str, more: str = "") -> str:
    head = f'function = ["{function}"]\nsummary = "S."\nmodel = "dev.deliver_skb"\nscenario = "two"\n'
    return head + f'[[notes]]\nid = "a"\ntitle = "A"\ntext = "Words."\n{more}[[notes.anchors]]\nmatch = "{match}"\n'


OURS = {
    "steps",
    "tours",
    "lang",
    "scenarios",
    "questions.toml",
    "first.toml",
    "glossary.toml",
    "reviewed.toml",
    "checked.tsv",
}
FIRST = 'title = "T"\ntext = "W"\n[words]\non = "O"\n'
STEPS = {
    "hard": step(HARD, "dev_queue_xmit_nit(skb, dev)"),
    "nit": step(NIT, "last->func(skb, dev, last)"),
    "xmit": step("dev_queue_xmit@net/core/dev.c", "return *"),
}
TOUR = 'title = "T"\ntext = "W"\nroutes = ["transmit"]\n' + "".join(
    f'[[steps]]\nstep = "{name}"\n' for name in ("hard", "nit")
)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Data:
    """A data/ of our own, with files put in place of others."""
    place = tmp_path / "data"

    def make(**files: str) -> Path:
        rows = {"tours/mine.toml": TOUR, "scenarios/two.toml": 'title = "T"\nexpect = "E"\n'}
        rows["first.toml"] = FIRST
        rows |= {f"steps/{name}.toml": text for name, text in STEPS.items()}
        for path, text in (rows | {key.replace("__", "/") + ".toml": text for key, text in files.items()}).items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_text(text)
        return place

    shipped = resources.data_path
    monkeypatch.setattr(
        resources, "data_path", lambda *parts: (place.joinpath if parts[0] in OURS else shipped)(*parts)
    )
    review._reviews.cache_clear()
    questions.questions.cache_clear()
    yield make
    review._reviews.cache_clear()
    questions.questions.cache_clear()


@pytest.fixture
def tree(tmp_path: Path) -> str:
    return str(small_tree(tmp_path / "linux-6.1"))


def said(findings: tuple[room.Finding, ...]) -> list[tuple[str, bool]]:
    return [(str(finding), finding.is_error) for finding in findings]


def test_nothing_is_found_where_nothing_is_wrong(data: Data, tree: str) -> None:
    data()
    report = check(open_kernel(None, tree))
    assert (report.findings, report.failed, len(report.rows), report.unreviewed) == ((), False, 3, 3)


def test_a_lost_note_is_an_error_with_what_is_near(data: Data, tree: str) -> None:
    data(steps__nit=step(NIT, "last->func(skb, dev)"))
    (finding,) = check(open_kernel(None, tree)).findings
    assert (str(finding), finding.is_error) == ("nit.a: missing in v6.1.7", True)
    assert "last->func(skb, dev, last)" in finding.near[0].text


def test_steps_that_no_call_joins_need_a_bridge(data: Data, tree: str) -> None:
    torn = TOUR + '[[steps]]\nstep = "xmit"\n'
    data(tours__mine=torn)
    (finding,) = check(open_kernel(None, tree)).findings
    assert "no call or hand-over leads from dev_queue_xmit_nit@net/core/dev.c to dev_queue_xmit@" in str(finding)
    data(tours__mine=torn + 'bridge = "Back to the door."\n')
    assert check(open_kernel(None, tree)).findings == ()


def test_a_bridge_is_shown_only_where_no_call_leads(data: Data, tree: str) -> None:
    rows = "".join(f'[[steps]]\nstep = "{name}"\nbridge = "Over to {name}."\n' for name in ("xmit", "hard", "xmit"))
    data(tours__mine=TOUR.partition("[[")[0] + rows)
    pages = walk(open_kernel(None, tree), load.load_tour("mine")).pages
    assert [page.words for page in pages] == [(), (), ("Over to xmit.",)]


def test_steps_on_one_function_are_one_page(data: Data, tree: str) -> None:
    older = step("not_yet@net/core/dev.c", "return 0").replace("]\n", f', "{NIT}"]\n', 1)
    data(steps__older=older.replace("return 0", "again:"), tours__mine=TOUR + '[[steps]]\nstep = "older"\n')
    pages = walk(open_kernel(None, tree), load.load_tour("mine")).pages
    assert [(page.title, len(page.remarks)) for page in pages] == [
        ("dev_hard_start_xmit", 1),
        ("dev_queue_xmit_nit", 2),
    ]


def test_a_step_that_a_release_is_not_meant_to_have_is_left_out(data: Data, tree: str) -> None:
    gone = step("not_yet@net/core/dev.c", "return 0", 'since = "v7.0"\n')
    data(steps__gone=gone, tours__mine=TOUR + '[[steps]]\nstep = "gone"\n')
    walked = walk(open_kernel(None, tree), load.load_tour("mine"))
    assert (len(walked.pages), walked.absent) == (2, ("not_yet",))
    assert check(open_kernel(None, tree)).findings == ()


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (
            {"steps__nit": step(NIT, "x").replace('"dev.deliver_skb"', '"dev.nosuch"')},
            ("explorer.model has no dev.nosuch; not there yet", False),
        ),
        (
            {"steps__nit": step(NIT, "x").replace('"dev.deliver_skb"', '"nosuch.f"')},
            ("explorer.model has no nosuch.f; not there yet", False),
        ),
        (
            {"steps__nit": step(NIT, "x").replace('"two"', '"three"')},
            ("no data/scenarios/three.toml; not there yet", False),
        ),
        ({"steps__nit": step(NIT, "x").replace('model = "dev.deliver_skb"\n', "")}, ("names no model", True)),
        ({"steps__nit": step(NIT, "x").replace("Words.", "word " * 81)}, ("has 81 words", True)),
        ({"tours__mine": TOUR.replace('"transmit"', '"nosuch"')}, ("data/routes.toml has no route 'nosuch'", True)),
        (
            {"lang__zh__steps__nit": '[[notes]]\nid = "a"\nof = "0"\ntext = "旧"\n'},
            ("data/lang/zh/steps/nit.toml:3: notes.0.of: translates what", True),
        ),
        (
            {
                "questions": '[[questions]]\nid = "q"\nask = "Q?"\n'
                '[[questions.answers]]\ntext = "A."\nnotes = ["nit.b"]\n'
            },
            ("question q: there is no note nit.b", True),
        ),
        (
            {"first": FIRST + '[[claims]]\nnote = "nit.b"\ntext = "T"\n'},
            ("the first screen: there is no note nit.b", True),
        ),
    ],
)
def test_what_is_wrong_in_the_data_is_found(
    files: dict[str, str], found: tuple[str, bool], data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    data(**files)
    monkeypatch.setattr(resources, "data", lambda name: {"routes": [{"id": "transmit"}]})
    ((text, is_error),) = said(check_data())
    assert (found[0] in text, is_error) == (True, found[1])


def test_what_has_no_translation_is_listed_with_its_digest(data: Data) -> None:
    data()
    listed = [str(finding) for finding in check_data(["nit"], "zh")]
    assert listed[1].startswith(f'nit.a: no zh translation, of = "{digest("A", "Words.")}": A')


def test_all_that_we_say_is_said_in_chinese() -> None:
    assert not [str(finding) for finding in check_data(lang="zh") if "no zh translation" in finding.said]


@pytest.fixture
def explorer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["explorer", *words])
        status = run()
        return status, *capsys.readouterr()

    return call


Explorer = Callable[..., tuple[int, str, str]]


def test_the_exit_status_tells_a_loss(data: Data, tree: str, explorer: Explorer) -> None:
    data()
    assert explorer("check", "--from", tree, "--step", "nit")[0] == 0
    data(steps__nit=step(NIT, "last->func(skb, dev)"))
    status, out, _ = explorer("check", "--from", tree, "--step", "nit")
    assert status == 1
    assert "error  nit.a: missing in v6.1.7" in out
    assert "last->func(skb, dev, last)" in out


def test_a_review_holds_for_its_words_and_its_text(data: Data, tree: str, explorer: Explorer) -> None:
    data()
    explorer("check", "--from", tree, "--step", "nit", "--sign", "A Reader")
    for edit, unreviewed in ((("/* from", "/*  from"), 0), (("again:", "anew:"), 1)):
        source = Path(tree) / "net/core/dev.c"
        resources.data.cache_clear()
        review._reviews.cache_clear()
        source.write_text(
            source.read_text()
            .replace(*edit)
            .replace("goto again", f"goto {edit[1].rstrip(':')}" if ":" in edit[1] else "goto again")
        )
        assert check(open_kernel(None, tree), ["nit"]).unreviewed == unreviewed
    assert "A Reader" in (resources.data_path("reviewed.toml")).read_text()


def test_json_is_what_the_schemas_promise(data: Data, tree: str, explorer: Explorer) -> None:
    folder = Path(__file__).parent.parent / "data/schemas"
    schemas = {place.name: json.loads(place.read_text()) for place in folder.glob("*.json")}
    registry = Registry().with_resources([(name, Resource.from_contents(schema)) for name, schema in schemas.items()])
    asked = '[[questions]]\nid = "q"\nask = "Which tap?"\n[[questions.answers]]\ntext = "A."\nnotes = ["nit.a"]\n'
    data(questions=asked, steps__nit=step(NIT, "nosuch"))
    calls = {
        "tour": ("tour", "mine", "--from", tree),
        "tours": ("tour",),
        "check": ("check", "--from", tree, "--step", "nit"),
        "answer": ("why", "which tap", "--from", tree),
        "questions": ("why",),
    }
    for kind, words in calls.items():
        content = json.loads(explorer(*words, "-f", "json")[1])
        assert (content["kind"], content["schema"]) == (kind, 1)
        schema = schemas[f"{kind}.schema.json"]
        jsonschema.Draft202012Validator(schema, registry=registry).validate(content)


def test_a_question_is_answered_for_the_version(data: Data, tree: str) -> None:
    asked = '[[questions]]\nid = "q"\nask = "Which tap?"\nscenario = "two"\n' + "".join(
        f'[[questions.answers]]\ntext = "{text}"\nnotes = ["nit.a"]\n{when} = "{version}"\n'
        for text, when, version in (("Now.", "since", "v6.1"), ("Then.", "until", "v6.0"))
    )
    data(questions=asked)
    reply = answered(open_kernel(None, tree), questions.questions()[0])
    assert (reply.texts, [remark.id for page in reply.pages for remark in page.remarks]) == (("Now.",), ["nit.a"])


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["tour", "v3.4", "nosuch", "--offline"], 1, "there is no tour 'nosuch'; there are "),
        (["tour", "v3.4", "transmit", "again"], 2, "name one tour"),
        (["tour", "v3.4", "transmit", "--step", "99", "--offline"], 2, "the tour transmit has 11 steps in v3.4"),
        (["tour", "v3.4", "transmit", "--step", "0"], 2, "--step"),
        (["why", "v3.4", "blah foo", "--offline"], 1, "no question fits 'blah foo'"),
        (["check", "v3.4", "--from", "a", "--from", "b"], 2, "name none"),
        (["check", "three"], 1, "not a kernel version"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(words: list[str], status: int, said: str, explorer: Explorer) -> None:
    got, _, err = explorer(*words)
    assert (got, said in err) == (status, True), err


def test_a_tour_without_text_has_places_links_and_no_c(explorer: Explorer) -> None:
    status, out, _ = explorer("tour", "v3.4", "transmit", "--offline")
    assert status == 0
    assert "net/core/dev.c:1656" in out
    assert "linux.git/tree/net/core/dev.c?h=v3.4#n1656" in out
    assert "{" not in out
    assert "not located" not in out


def test_the_table_shipped_has_lost_nothing(explorer: Explorer) -> None:
    status, out, err = explorer("check", "v2.6.12", "v3.4", "v6.19", "--offline")
    assert status == 0, out + err
    assert [line.split()[0] for line in out.splitlines() if line.startswith("v")] == ["v2.6.12", "v3.4", "v6.19"]


@pytest.mark.kernel
@pytest.mark.parametrize("series", ["6.1", "6.12"])
def test_the_table_shipped_is_what_the_source_says(series: str) -> None:
    place = Path(f"/usr/src/linux-source-{series}.tar.xz")
    if not place.exists():
        pytest.skip(f"{place.name} is not there: apt-get install linux-source-{series}")
    kernel = open_kernel(None, str(place))
    report = check(kernel)
    shipped = [row for row in table.read(resources.data_path("checked.tsv")) if row.version == str(kernel.version)]
    assert report.findings == ()
    if shipped:
        assert sorted(report.rows) == sorted(shipped), "run `explorer check --from TREE... --table data/checked.tsv`"


def test_a_readers_own_note_stands_on_the_page(data: Data, tree: str) -> None:
    data()
    notes.add(Pattern.parse(f"{NIT};last = ptype"), "Remember this.")
    remark = walk(open_kernel(None, tree), load.load_tour("mine")).pages[1].remarks[0]
    assert (remark.title, remark.text, remark.outcome) == ("Your note", "Remember this.", "placed")
    assert "last = ptype" in (Path(tree) / "net/core/dev.c").read_text().splitlines()[remark.first - 1]
