from pathlib import Path

import pytest

from explorer import resources
from explorer.errors import DataError


def test_data_and_notebooks_are_found() -> None:
    assert resources.data_path("files.toml").is_file()
    assert resources.notebooks_path().is_dir()


def test_a_wheel_has_its_folders_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "explorer" / "_data").mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "explorer")
    resources._room.cache_clear()
    try:
        assert resources.data_path("x") == tmp_path / "explorer" / "_data" / "x"
        with pytest.raises(DataError, match="notebooks/ is not where"):
            resources.notebooks_path()
    finally:
        resources._room.cache_clear()


def test_a_broken_data_file_names_itself_and_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.toml").write_text("ok = 1\nbad =\n")
    monkeypatch.setattr(resources, "data_path", lambda *parts: tmp_path.joinpath(*parts))
    with pytest.raises(DataError, match=r"data/broken\.toml: .*line 2"):
        resources.data("broken.toml")


@pytest.mark.parametrize(
    ("variable", "place"), [("EXPLORER_CACHE", resources.cache_dir), ("EXPLORER_DATA", resources.user_dir)]
)
def test_the_environment_moves_the_users_directories(variable: str, place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "/elsewhere")
    assert place() == Path("/elsewhere")


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    resources.write_whole(tmp_path / "kept", b"text")
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        resources.write_whole(tmp_path / "folder", b"text")
    assert {place.name: place.is_file() and place.read_bytes() for place in tmp_path.iterdir()} == {
        "kept": b"text",
        "folder": False,
    }
