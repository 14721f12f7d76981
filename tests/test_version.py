import pytest

from explorer.errors import VersionError
from explorer.version import Location, Version, looks_like_version


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("v3.4", "v3.4"),
        ("3.4", "v3.4"),
        ("3.4.0", "v3.4"),
        ("v2.6.36", "v2.6.36"),
        ("2.6.36.1", "v2.6.36.1"),
        ("v3.4-rc7", "v3.4-rc7"),
        ("v6.1.192", "v6.1.192"),
        ("v4.14.98-imx", "v4.14.98-imx"),
        ("6.1.0-rc1-vendor+", None),
        ("v6.1.0-13-amd64", "v6.1-13-amd64"),
        ("", None),
        ("v3", None),
        ("v3..4", None),
        ("v3.4/../../etc", None),
        ("v3.4\n", None),
        ("v3.4\x1b[0m", None),
        ("v٣.٤", None),
        ("v3.4" + "-a" * 40, None),
        ("packet_rcv", None),
    ],
)
def test_reading_a_version_and_printing_it_again(text: str, printed: str | None) -> None:
    if printed is None:
        assert not looks_like_version(text) or len(text) > 64
        with pytest.raises(VersionError, match="not a kernel version"):
            Version.parse(text)
    else:
        assert looks_like_version(text)
        assert str(Version.parse(text)) == printed


def test_versions_stand_in_the_order_of_their_release() -> None:
    order = "v2.6.12 v2.6.36 v2.6.36.1 v2.6.37-rc1 v2.6.37 v3.4-rc7 v3.4 v3.4.39 v3.10 v6.1.192 v6.12".split()
    versions = [Version.parse(text) for text in order]
    assert sorted([*versions[5:], *versions[:5]]) == versions


def test_a_suffix_makes_another_version_that_is_not_older_nor_newer() -> None:
    plain, vendor = Version.parse("v4.14.98"), Version.parse("v4.14.98-imx")
    assert plain != vendor
    assert not plain < vendor
    assert not vendor < plain
    assert vendor.base == plain


@pytest.mark.parametrize(
    ("text", "mainline"),
    [
        ("v2.6.36", True),
        ("v2.6.36.1", False),
        ("v3.4", True),
        ("v3.4-rc7", True),
        ("v3.4.39", False),
        ("v3.4-imx", False),
    ],
)
def test_which_tree_has_the_tag(text: str, mainline: bool) -> None:
    assert Version.parse(text).is_mainline is mainline


def test_a_location_prints_as_git_would() -> None:
    assert str(Location(Version.parse("3.4"), "net/core/dev.c", 1652)) == "v3.4:net/core/dev.c:1652"
