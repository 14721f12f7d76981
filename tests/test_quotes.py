"""Quotes and places in notes: found in the text, and compared with a release, its text or only its facts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from referencing import Registry, Resource
from trees import KERNEL, small_tree

from explorer import kernel, resources
from explorer.errors import NotInVersionError, SourceError
from explorer.quotes import Elsewhere, Outcome, judged, read_claims
from explorer.sources import SourceFile
from explorer.version import Version

Explorer = Callable[..., tuple[int, str, str]]
DEV = "net/core/dev.c"
SOURCE = (KERNEL / "out.c").read_text()
FOUNDING = """# How a frame reaches packet_rcv

Linux v3.4, net/core/dev.c:

- dev_queue_xmit_nit at 1505
- the taps are called by `ptype->func(...)` at 1546
- dev_hard_start_xmit at 1938, its call at 2214
"""


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(SOURCE.splitlines(), 1) if text in line)


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EXPLORER_CACHE", "EXPLORER_DATA"):
        monkeypatch.setenv(name, str(tmp_path / name))


@pytest.fixture
def note(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str, name: str = "notes.md") -> Path:
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("deliver_skb at net/core/dev.c:1660", [("", DEV, 1660, "deliver_skb")]),
        ("`deliver_skb()` (net/core/dev.c, line 1660)", [("", DEV, 1660, "deliver_skb")]),
        ("See v3.4:net/core/dev.c:1660 deliver_skb.", [("v3.4", DEV, 1660, "deliver_skb")]),
        ("deliver_skb, http://lxr.example/linux+v3.4/net/core/dev.c#L1660", [("v3.4", DEV, 1660, "deliver_skb")]),
        ("[`deliver_skb`](https://x.example/tree/net/core/dev.c?h=v3.4#n1660)", [("v3.4", DEV, 1660, "deliver_skb")]),
        ("[`deliver_skb`](https://x.example/linux/v3.4/source/net/core/dev.c#L9)", [("v3.4", DEV, 9, "deliver_skb")]),
        ("In dev.c:\n\ndeliver_skb() at 1660", [("", DEV, 1660, "deliver_skb")]),
        ("dev.c 中 deliver_skb 在 1660 行", [("", DEV, 1660, "deliver_skb")]),
        ("内核 3.4 的 dev.c 里 deliver_skb 第 1660 行", [("v3.4", DEV, 1660, "deliver_skb")]),
        ("`pt_prev->func(skb)` at line 1637", [("", "", 1637, ".func")]),
        ("a_b at dev.c:10 and c_d at dev.c:20", [("", DEV, 10, "a_b"), ("", DEV, 20, "c_d")]),
        ("v3.4: a_b at 11; v3.5: a_b at 12", [("v3.4", "", 11, "a_b"), ("v3.5", "", 12, "a_b")]),
        ("Look at line 1660 of it, at 30 km/h, version 3.4.", []),
        ("net/core/dev.c:1660", []),
        ("dev_queue_xmit_nit waits 1660 ms; tap_2 is at 3.4", []),
    ],
)
def test_places_are_found(text: str, claims: list[tuple[str, str, int, str]], note: Callable[[str], Path]) -> None:
    found = read_claims(note(text))
    assert [(str(row.version or ""), row.path, row.line, row.name) for row in found] == claims


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("```c\nlast = ptype;\n```", [(0, ("last = ptype;",))]),
        ("```c\n  53 \tif (last)\n  54 \tlast = ptype;\n```", [(53, ("\tif (last)", "\tlast = ptype;"))]),
        ("~~~\nif (last)\n\tf(last);\n...\nlast = x;\n~~~", [(0, ("if (last)", "\tf(last);")), (0, ("last = x;",))]),
        ("deliver_skb, dev.c:53:\n\n```c\nf(skb, last);\n```", [(53, ()), (53, ("f(skb, last);",))]),
        ("```python\nx = f();\n```\n```\n$ make;\n```\n```c\n}\n```", []),
        ("```c\nnever closed;", [(0, ("never closed;",))]),
    ],
)  # fmt: skip
def test_quotes_are_found(text: str, claims: list[tuple[int, tuple[str, ...]]], note: Callable[[str], Path]) -> None:
    assert [(row.line, row.code) for row in read_claims(note(text))] == claims


def test_a_notebook_is_read_cell_by_cell(note: Callable[[str, str], Path]) -> None:
    cells = [
        {"cell_type": "code", "source": ["a_b at 10"]},
        {"cell_type": "markdown", "source": ["In v3.4\n", "a_b at dev.c:10"]},
        {"cell_type": "raw", "source": "c_d at 20"},
    ]
    found = read_claims(note(json.dumps({"cells": cells}), "n.ipynb"))
    assert [(row.where, row.name, str(row.version)) for row in found] == [
        ("n.ipynb, cell 2:2", "a_b", "v3.4"),
        ("n.ipynb, cell 3:1", "c_d", "v3.4"),
    ]


@pytest.mark.parametrize(
    ("code", "claims"),
    [
        ("a_b[c_d:10]  # e_f at dev.c:11", [(1, 11, "e_f", ())]),
        ("x = 1\nprint('a_b at dev.c:10', \"c_d at 20\")", [(2, 10, "a_b", ()), (2, 20, "c_d", ())]),
        ('say = "it\'s # a_b at dev.c:10"', [(1, 10, "a_b", ())]),
        ("print(f'{a_b:20} at dev.c:10, c_d')", [(1, 10, "c_d", ())]),
        ("!echo don't\nf()  # a_b at dev.c:10", [(2, 10, "a_b", ())]),
        ("# ```c\n# if (last)\n#     f(last);\n# ```", [(2, 0, "", ("if (last)", "    f(last);"))]),
        ('def f():\n    """A.\n\n    a_b at dev.c:10\n    """', [(4, 10, "a_b", ())]),
        ('def f():\n    """A.\n\n    ```c\n    f(last);\n    ```\n    """', [(5, 0, "", ("f(last);",))]),
        ('c = """\n    last = ptype;\n    f(last);\n"""', [(2, 0, "", ("last = ptype;", "f(last);"))]),
        ('c = """\n    Words about it;\n    and more of them\n"""', []),
        ("%%markdown\na_b at dev.c:10", [(2, 10, "a_b", ())]),
        ("%%bash\nrun a_b at dev.c:10", []),
        ("'never closed, a_b at dev.c:10\n'''never closed, c_d at 20", [(1, 10, "a_b", ()), (2, 20, "c_d", ())]),
    ],
)
def test_of_a_cell_of_code_comments_and_strings_are_read(
    code: str, claims: list[tuple[int, int, str, tuple[str, ...]]], note: Callable[[str, str], Path]
) -> None:
    found = read_claims(note(json.dumps({"cells": [{"cell_type": "code", "source": code}]}), "n.ipynb"))
    assert [(int(row.where.rpartition(":")[2]), row.line, row.name, row.code) for row in found] == claims


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"cells": [1]}', '{"cells": 3}', "[" * 100_000, "\udcff"])
def test_what_is_no_notebook_is_an_error(text: str, tmp_path: Path) -> None:
    (tmp_path / "n.ipynb").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SourceError, match="cannot be read as text"):
        read_claims(tmp_path / "n.ipynb")


def test_hostile_text_is_bounded(tmp_path: Path) -> None:
    place = tmp_path / "n.md"
    place.write_bytes(b"x" * ((4 << 20) + 1))
    with pytest.raises(SourceError, match="bytes"):
        read_claims(place)
    rows = [
        "a_b at dev.c:10 " * 50_000,
        "net/" * 100_000,
        "`" * 300_000,
        "v1." * 100_000,
        "a->" * 100_000,
        "```c\n" + "x;\n" * 100_000,
    ]
    place.write_text("\n".join(rows))
    assert len(read_claims(place)) <= 2000


QUOTES = [
    ("```c\n\tif (last)\n\t\tlast->func(skb, dev, last);\n```", Outcome.EXACT, "if (last)\n\t\tlast->"),
    ("```c\nif (last)\n    last->func(skb, dev, last);\n```", Outcome.EXACT, "if (last)\n\t\tlast->"),
    ("deliver_skb at {DEV}:4\n```c\nlast->func(skb, dev, last);\n```", Outcome.MOVED, "last->func(skb"),
    ("```c\n  9 last->func(skb, dev, last);\n```", Outcome.MOVED, "last->func(skb"),
    ("```c\nagain:\n\tlist_for_each_entry_rcu(ptype, head, list) {\n\t\tf();\n```", Outcome.CHANGED, "again:"),
    ("```c\nint nobody(void)\n{\n\treturn nothing_of_this();\n```", Outcome.MISSING, ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "outcome", "at"), QUOTES)
def test_a_quote_against_the_text(
    text: str, outcome: Outcome, at: str, note: Callable[[str], Path], tmp_path: Path
) -> None:
    claims = read_claims(note(text.replace("{DEV}", DEV)))
    verdict = judged(kernel.open(None, str(small_tree(tmp_path / "tree"))), claims)[-1]
    lines = [SOURCE[: SOURCE.index(at)].count("\n") + 1] if at else []
    assert (verdict.outcome, [place.line for place in verdict.places]) == (outcome, lines)


def test_a_quote_without_text_is_not_compared(note: Callable[[str], Path]) -> None:
    (verdict,) = judged(kernel.open(Version.parse("v3.4"), offline=True), read_claims(note(QUOTES[0][0])))
    assert (verdict.outcome, "explorer fetch v3.4" in verdict.remark) == (Outcome.UNREAD, True)


@pytest.mark.parametrize("facts_only", [False, True])
@pytest.mark.parametrize(
    ("name", "line", "outcome"),
    [
        ("deliver_skb", line_of("static inline int deliver_skb"), Outcome.EXACT),
        ("deliver_skb", line_of("deliver_skb(skb, last)"), Outcome.EXACT),
        ("last->func(...)", line_of("last->func"), Outcome.EXACT),
        ("net_stamp", line_of("net_stamp(skb)"), Outcome.EXACT),
        ("packet_set_ring", 11, Outcome.MOVED),
        ("deliver_skb", 99, Outcome.MOVED),
        ("its_not_there", 55, Outcome.MISSING),
    ],
)
def test_a_place_against_text_and_facts(
    name: str, line: int, outcome: Outcome, facts_only: bool, note: Callable[[str], Path], tmp_path: Path
) -> None:
    read = kernel.open(None, str(small_tree(tmp_path / "tree")))
    read = replace(read, texts={}) if facts_only else read
    path = "" if name == "packet_set_ring" else f"{DEV}, "
    (verdict,) = judged(read, read_claims(note(f"{path}`{name}` at {line}")))
    assert verdict.outcome is outcome


def test_the_text_knows_names_that_no_fact_is_about(note: Callable[[str], Path], tmp_path: Path) -> None:
    claims = read_claims(note(f"`ptype_base` at {DEV}:{line_of('ptype_base[16]')}, `ptype_base` at {DEV}:3"))
    verdicts = judged(kernel.open(None, str(small_tree(tmp_path / "tree"))), claims)
    assert [verdict.outcome for verdict in verdicts] == [Outcome.EXACT, Outcome.MOVED]


def test_a_place_that_hands_over_is_one_of_who_takes(note: Callable[[str], Path]) -> None:
    claims = read_claims(note("packet_recvmsg  over the socket's receive queue  net/packet/af_packet.c:1691"))
    assert judged(kernel.open(Version.parse("v3.4"), offline=True), claims)[0].outcome is Outcome.EXACT


def test_a_file_that_was_not_read_is_said(note: Callable[[str], Path]) -> None:
    (verdict,) = judged(
        kernel.open(Version.parse("v3.4"), offline=True), read_claims(note("tcp_ack at net/ipv4/tcp.c:10"))
    )
    assert (verdict.outcome, verdict.remark) == (Outcome.UNREAD, "net/ipv4/tcp.c is not among the files read")


@pytest.mark.parametrize(
    ("place", "outcome", "remark"),
    [
        ("net/core/out.c:{at}", Outcome.EXACT, ""),
        ("net/core/out.c:3", Outcome.MOVED, ""),
        ("net/core/nowhere.c:3", Outcome.UNREAD, "`explorer fetch v6.1.7 net/core/nowhere.c` brings it"),
        ("nowhere.c:3", Outcome.UNREAD, "which nowhere.c? say its path"),
    ],
)
def test_a_file_of_no_path_is_read_where_it_can_be_had(
    place: str, outcome: Outcome, remark: str, note: Callable[[str], Path], tmp_path: Path
) -> None:
    tree = small_tree(tmp_path / "tree")
    (tree / "net/core/out.c").write_text("/* ours */\n" + SOURCE.replace("deliver_skb", "hand_over"))
    claims = read_claims(note("hand_over at " + place.format(at=line_of("static inline int deliver_skb") + 1)))
    elsewhere = Elsewhere(str(tree), True, lambda line: None)
    (verdict,) = judged(kernel.open(None, str(tree)), claims, elsewhere)
    assert (verdict.outcome, remark in verdict.remark) == (outcome, True)


def test_a_file_a_release_has_not_is_not_found(note: Callable[[str], Path]) -> None:
    def read(version: Version, path: str) -> SourceFile:
        raise NotInVersionError(f"{version} has no {path}", version, path)

    claims = read_claims(note("`hand_over` at net/core/out.c:4"))
    (verdict,) = judged(kernel.open(Version.parse("v3.4"), offline=True), claims, read)
    assert (verdict.outcome, verdict.remark) == (Outcome.MISSING, "v3.4 has no net/core/out.c")


def test_files_of_no_path_are_not_asked_for_without_end(tmp_path: Path) -> None:
    elsewhere, version = Elsewhere(str(small_tree(tmp_path / "tree")), True, lambda line: None), Version.parse("v6.1.7")
    for number in range(50):
        with pytest.raises(SourceError, match="over 40 files" if number >= 40 else "not at hand"):
            elsewhere(version, f"net/core/out{number}.c")


def test_a_note_that_quotes_another_release_than_it_names_is_recognised(
    explorer: Explorer, note: Callable[[str], Path]
) -> None:
    status, out, _ = explorer("quote", str(note(FOUNDING)), "--offline")
    assert status == 1
    assert "v2.6.36 fits best: 4 of 4 exact; v3.4, which it names: 0" in out
    told = "in v3.4 at net/core/dev.c:1645, 2196; exact in v2.6.36"
    assert f"dev_queue_xmit_nit at net/core/dev.c:1505\n                {told}" in out
    assert explorer("quote", str(note(FOUNDING)), "--at", "v2.6.36", "--offline")[0] == 0
    assert explorer("quote", str(note(FOUNDING.replace("v3.4", "v2.6.36"))), "--offline")[0] == 0


def test_a_release_that_is_named_and_not_at_hand_is_said(explorer: Explorer, note: Callable[[str], Path]) -> None:
    status, out, _ = explorer("quote", str(note("In v3.5 deliver_skb is at dev.c:1660")), "--offline")
    assert (status, "v3.5 is not at hand; `explorer fetch v3.5` brings it" in out) == (1, True)


def test_a_tree_is_compared_with_its_text(explorer: Explorer, note: Callable[[str], Path], tmp_path: Path) -> None:
    tree = str(small_tree(tmp_path / "tree"))
    status, out, _ = explorer("quote", str(note(f"In v6.1.7:\n\n{QUOTES[0][0]}")), "--from", tree, "--offline")
    assert (status, "v6.1.7 fits best: 1 of 1 exact" in out) == (0, True)


def test_a_text_that_fits_no_release_says_so(explorer: Explorer, note: Callable[[str], Path]) -> None:
    status, out, _ = explorer("quote", str(note("In v3.4 deliver_skb is at dev.c:3")), "--offline")
    assert (status, "no release at hand fits: of 1 none is exact" in out) == (1, True)


def test_a_text_that_claims_nothing_holds(explorer: Explorer, note: Callable[[str], Path]) -> None:
    status, out, _ = explorer("quote", str(note("Nothing.")), "--offline")
    assert (status, "says nothing of a line of the kernel" in out) == (0, True)


def test_json_is_what_the_schema_promises(explorer: Explorer, note: Callable[[str], Path]) -> None:
    folder = resources.data_path("schemas")
    schemas = {place.name: json.loads(place.read_text()) for place in folder.glob("*.json")}
    registry = Registry().with_resources([(name, Resource.from_contents(each)) for name, each in schemas.items()])
    text = FOUNDING + "\n" + QUOTES[0][0] + "\nv3.5: a_b at 10\n"
    content = json.loads(explorer("quote", str(note(text)), "--offline", "-f", "json")[1])
    jsonschema.Draft202012Validator(schemas["quotes.schema.json"], registry=registry).validate(content)
