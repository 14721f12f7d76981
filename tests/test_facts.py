from pathlib import Path

import pytest
from marks import FIXTURES, KERNEL, read

from explorer import facts
from explorer.sources.values import Origin, SourceFile
from explorer.version import Version


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_facts_are_read_as_they_were_written(path: Path) -> None:
    found = read(path)
    again = facts.loads(found.dumps())
    assert again == found
    assert [type(row) for row in again.definitions] == [facts.Definition] * len(found.definitions)


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"no json", b"null", b"[]", b"{}", b'"eleven char"', b"\xff", b"[1,2,3,4,5,6,7,8,9,10,11]"),
        b'["","",0,0,[[]],[],[],[],[],[],[]]',
    ],
)
def test_what_is_no_facts_is_an_error_that_a_reader_expects(text: bytes) -> None:
    with pytest.raises((ValueError, TypeError)):
        facts.loads(text)


def test_facts_have_no_text_of_the_file() -> None:
    text = b'/* a comment */\nint f(int a)\n{\n\treturn g("a string", 4711 + a);\n}\n'
    dump = facts.analyse(text, "net/some.c", "").dumps()
    assert not [word for word in (b"comment", b"string", b"4711", b"return") if word in dump]


def test_facts_say_the_path_the_blob_the_lines_and_the_errors() -> None:
    found = facts.analyse(b"int a;\nint f(void)\n{\n\tg(;\n}\n", "net/some.c", "12ab")
    assert (found.path, found.blob, found.lines, found.errors) == ("net/some.c", "12ab", 5, 1)


_PUT = b"int packet_rcv(void)\n{\n\t__skb_queue_tail(&sk->sk_receive_queue, skb);\n}\n"


@pytest.mark.parametrize(
    ("path", "marks"),
    [("net/packet/af_packet.c", [("receive-queue", "put", 0, 3)]), ("net/core/dev.c", [])],
)
def test_a_hand_over_is_found_by_statement_function_and_file(path: str, marks: list[tuple[str, str, int, int]]) -> None:
    assert [tuple(mark) for mark in facts.analyse(_PUT, path, "").marks] == marks


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SourceFile:
    """A file that the cache has not seen."""
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path))
    text = (KERNEL / "arms.c").read_bytes()
    return SourceFile(Version.parse("v6.1"), "net/arms.c", text, Origin("tree", "/x", "shape only"))


def test_a_file_is_analysed_once(file: SourceFile, monkeypatch: pytest.MonkeyPatch) -> None:
    first = facts.facts_of(file)
    monkeypatch.setattr(facts, "analyse", lambda *row: pytest.fail("analysed again"))
    assert facts.facts_of(file) == first


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe", None])
def test_a_damaged_cache_entry_is_replaced(content: bytes | None, file: SourceFile, tmp_path: Path) -> None:
    first = facts.facts_of(file)
    (entry,) = (path for path in tmp_path.rglob("*") if path.is_file())
    other = facts.analyse(b"int other;\n", "net/arms.c", "0")
    entry.write_bytes(other.dumps() if content is None else content)
    assert facts.facts_of(file) == first
    assert facts.loads(entry.read_bytes()) == first


def test_a_cache_that_cannot_be_written_is_no_reason_to_fail(file: SourceFile, tmp_path: Path) -> None:
    (tmp_path / "facts").write_text("a file where a directory should be")
    assert facts.facts_of(file).path == "net/arms.c"
