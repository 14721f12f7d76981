"""verify.py: how sure, and why."""

from __future__ import annotations

import json

import pytest
from conftest import DEV_C

from explorer.errors import UnverifiedError
from explorer.resources import data_path
from explorer.sources import blob_id, verify
from explorer.sources.verify import KnownBlob
from explorer.version import Version

FIRM, SEEN, OTHER = Version.parse("v6.1"), Version.parse("v6.2"), Version.parse("v6.3")
PATH = "net/core/dev.c"
PATCHED = DEV_C + b"int patch;\n"


@pytest.fixture(autouse=True)
def _table(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {
        str(FIRM): {PATH: KnownBlob(blob_id(DEV_C), "official tag")},
        str(SEEN): {PATH: KnownBlob(blob_id(DEV_C), "one import, not confirmed")},
    }
    monkeypatch.setattr(verify, "_table", lambda: table)


@pytest.mark.parametrize(
    ("version", "text", "told", "complete", "sure", "remark"),
    [
        (FIRM, DEV_C, "", False, "known blob", ""),
        (SEEN, DEV_C, "", True, "seen before", ""),
        (SEEN, DEV_C, blob_id(DEV_C), True, "blob id told", ""),
        (SEEN, PATCHED, "", True, "shape only", "differs from the blob seen before (v6.2, one import"),
        (SEEN, PATCHED, blob_id(PATCHED), True, "blob id told", "differs from the blob seen before"),
        (OTHER, DEV_C, blob_id(DEV_C), False, "blob id told", ""),
        (OTHER, DEV_C, "", True, "shape only", ""),
        (OTHER, DEV_C, "", False, "shape only", "the mirror did not say how long it is"),
    ],
)
def test_fetched(version: Version, text: bytes, told: str, complete: bool, sure: str, remark: str) -> None:
    found = verify.fetched(version, PATH, text, told or None, complete)
    assert found[0] == sure
    assert found[1].startswith(remark)
    assert bool(found[1]) == bool(remark)


def test_refused_names_both_ids() -> None:
    with pytest.raises(UnverifiedError, match=f"{blob_id(PATCHED)}, but it is {blob_id(DEV_C)} .official tag"):
        verify.fetched(FIRM, PATH, PATCHED, None, True)
    with pytest.raises(UnverifiedError, match=f"{blob_id(DEV_C)}, but it is {'0' * 40} .told by the mirror"):
        verify.fetched(OTHER, PATH, DEV_C, "0" * 40, True)


SHAPES = [
    (b"<!doctype html>\n<title> Sign in </title>\n", "a web page instead of a file ('Sign in')"),
    (b"\xef\xbb\xbf \n<HTML>\n", "a web page instead of a file"),
    (b"int x;\0\n", "a NUL byte"),
    (b"int x;\r\n", "a carriage return"),
    (b"int x;", "no newline at its end"),
    (b"", "no newline at its end"),
    (b"#if A\nint x;\n", "#if and #endif do not balance"),
    (b"#endif\n#ifdef A\n", "#if and #endif do not balance"),
    (DEV_C[:110] + b"\n", "#if and #endif do not balance"),
    (bytes(range(256)) * 40, "a NUL byte"),
]


@pytest.mark.parametrize(("text", "fault"), SHAPES)
def test_shape(text: bytes, fault: str) -> None:
    assert any(found.startswith(fault) for found in verify.shape_faults(PATH, text))
    with pytest.raises(UnverifiedError, match="thrown away"):
        verify.fetched(OTHER, PATH, text, None, True)
    sure, remark = verify.local(OTHER, PATH, text)
    assert sure == "shape only"
    assert fault in remark


@pytest.mark.parametrize(
    "text",
    [
        DEV_C,
        b"# if A\n/*\n#if B\n*/\n\t#\tendif\n",
        b'char *c = "/*";\n#ifdef A\n#else\n#endif\n/* */\n',
        b"// /*\n#ifndef A\n#endif\n",
        b"char c = '\"';\n#if 1\n#elif 2\n#endif\nchar d = '\\'';\n",
        b"#if A /* one\n * two */\n#endif\n",
    ],
)
def test_good_shape(text: bytes) -> None:
    assert verify.shape_faults(PATH, text) == ()


def test_only_c_has_conditions() -> None:
    assert verify.shape_faults("Documentation/x.rst", b"#if only\n") == ()


@pytest.mark.parametrize(
    ("version", "text", "sure", "remark"),
    [
        ("v6.1", DEV_C, "known blob", ""),
        (
            "v6.1",
            PATCHED,
            "shape only",
            f"differs from the blob seen before (v6.1, official tag: {blob_id(DEV_C)[:12]})",
        ),
        ("v6.1-imx", DEV_C, "known blob", "vendor tree (imx)"),
        ("v6.1-imx", PATCHED, "shape only", "vendor tree (imx); differs from the blob seen before (v6.1, official"),
        ("v6.2", DEV_C, "seen before", ""),
        ("v6.3", DEV_C, "shape only", ""),
    ],
)
def test_local(version: str, text: bytes, sure: str, remark: str) -> None:
    found = verify.local(Version.parse(version), PATH, text)
    assert found[0] == sure
    assert found[1].startswith(remark)
    assert bool(found[1]) == bool(remark)


def test_shipped_blobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    known = verify.known(Version.parse("v2.6.36"), PATH)
    assert known is not None
    assert known.firm
    for tag, entry in json.loads(data_path("blobs.json").read_bytes()).items():
        assert str(Version.parse(tag)) == tag
        assert all(len(blob) == 40 for blob in entry["files"].values())
