"""The direction of import: a room imports only rooms above it."""

import ast
from pathlib import Path

import explorer

ROOMS = (
    "errors version resources sources syntax pattern facts graph atlas excerpt kernel history identify beyond "
    "scenario tour compare model edits rehearse features live trace conform why check quotes handout views notebook cli"
).split()
PACKAGE = Path(explorer.__file__).parent
# The front door, and what needs no room at all.
OUTSIDE = {"__init__", "__main__"}


def _room(module: str) -> str:
    return module.split(".")[1] if module.count(".") else ""


def _imports(place: Path) -> set[str]:
    """The rooms a module imports when it is imported or when one of its functions runs."""
    found = set()
    for node in ast.walk(ast.parse(place.read_text())):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        if isinstance(node, ast.ImportFrom) and node.module == "explorer":
            names = [f"explorer.{alias.name}" for alias in node.names if alias.name in ROOMS]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found |= {_room(name) for name in names if name.startswith("explorer.")}
    return found


def test_every_module_stands_in_a_room() -> None:
    rooms = {place.relative_to(PACKAGE).parts[0].removesuffix(".py") for place in PACKAGE.rglob("*.py")}
    assert rooms - OUTSIDE <= set(ROOMS)


def test_a_room_imports_only_rooms_above_it() -> None:
    wrong = []
    for place in PACKAGE.rglob("*.py"):
        room = place.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room not in OUTSIDE:
            above = ROOMS[: ROOMS.index(room) + 1]
            wrong += [f"{place.relative_to(PACKAGE)} imports {name}" for name in _imports(place) if name not in above]
    assert not wrong


def test_the_model_imports_nothing_of_ours() -> None:
    assert all(_imports(place) <= {"model"} for place in (PACKAGE / "model").rglob("*.py"))


def test_only_syntax_knows_the_grammar() -> None:
    users = {place.parent.name for place in PACKAGE.rglob("*.py") if "tree_sitter" in place.read_text()}
    assert users <= {"syntax"}
