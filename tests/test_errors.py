import inspect
import re

from explorer import errors


def _drawn() -> dict[str, str]:
    """Each exception of the tree in the module's docstring, with the one it stands below."""
    above: list[tuple[int, str]] = []
    parents: dict[str, str] = {}
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"( +)(\w+Error)\b", line):
            depth, name = len(found[1]), found[2]
            above = [(other, parent) for other, parent in above if other < depth]
            parents[name] = above[-1][1] if above else "Exception"
            above.append((depth, name))
    return parents


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    classes = {
        name: each for name, each in inspect.getmembers(errors, inspect.isclass) if each.__module__ == errors.__name__
    }
    assert _drawn() == {name: each.__bases__[0].__name__ for name, each in classes.items()}


def test_every_exception_is_public() -> None:
    assert sorted(_drawn()) == sorted(errors.__all__)
