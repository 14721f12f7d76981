"""tags.py: what a repository advertises."""

from __future__ import annotations

import pytest

from explorer.errors import MirrorError
from explorer.sources.tags import advertised, nearest
from explorer.version import Version

ID = b"0123456789abcdef0123456789abcdef01234567"


def packets(*lines: bytes) -> bytes:
    body = b"".join(b"%04x%s" % (len(line) + 4, line) for line in lines)
    return b"001e# service=git-upload-pack\n0000" + body + b"0000"


SMART = packets(
    ID + b" HEAD\0multi_ack symref=HEAD:refs/heads/master\n",
    ID + b" refs/heads/v9.9\n",
    ID + b" refs/tags/v6.1\n",
    ID + b" refs/tags/v6.1^{}\n",
)


@pytest.mark.parametrize(
    ("body", "tags"),
    [
        (SMART, {"v6.1"}),
        (SMART.replace(b"\n0000", b"\n", 1), {"v6.1"}),
        (ID + b"\trefs/heads/master\n" + ID + b"\trefs/tags/v6.1\n" + ID + b"\trefs/tags/v6.1^{}\n", {"v6.1"}),
        (packets(b"0" * 40 + b" capabilities^{}\0agent=git\n"), set()),
    ],
)
def test_advertised(body: bytes, tags: set[str]) -> None:
    assert advertised(body) == tags


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>sign in</html>\n",
        b"001e# service=git-upload-pack\n",
        SMART[:-4],
        SMART[:-20],
        SMART.replace(b"refs/tags", b"refs tags"),
        SMART[:34] + b"zzzz" + SMART[38:],
        SMART[:34] + b"0003" + SMART[38:],
    ],
)
def test_not_a_list(body: bytes) -> None:
    with pytest.raises(MirrorError, match="info/refs"):
        advertised(body)


@pytest.mark.parametrize(
    ("version", "near"),
    [
        ("v3.3", "nearest there: v2.6.37, v3.2, v3.4-rc7, v3.4"),
        ("v9.9", "nearest there: v3.4-rc7, v3.4"),
        ("v2.6.12", "nearest there: v2.6.37, v3.2"),
    ],
)
def test_nearest(version: str, near: str) -> None:
    assert nearest(Version.parse(version), ["v3.4", "v3.2", "6.1", "next", "v2.6.37", "v3.4-rc7"]) == near


def test_nothing_near() -> None:
    assert nearest(Version.parse("v3.3"), ["next"]) == "it has no tag that names a release"
