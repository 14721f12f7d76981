import subprocess
import sys

import pytest

import explorer


@pytest.mark.parametrize("name", explorer.__all__)
def test_what_is_public_is_there(name: str) -> None:
    assert getattr(explorer, name).__name__ == name


def test_nothing_else_is() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nosuch'"):
        _ = explorer.nosuch


def test_importing_it_imports_no_room() -> None:
    code = "import explorer, sys; print(sorted(name for name in sys.modules if name.startswith('explorer.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
