"""%%model and %model: their options, and in a real Jupyter kernel."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

pytest.importorskip("IPython")
from IPython.core.error import UsageError
from test_live_magics import Kernel, start

from explorer import live
from explorer.notebook.model_magic import options

WRONG = "def skb_loop_sk(ptype, skb):\n    return False\n"


def test_options() -> None:
    assert vars(options("")) == {"reset": None, "conform": False, "scenarios": 300, "seed": 0}
    assert vars(options("--reset a b --conform --seed 7")) == {
        "reset": ["a", "b"],
        "conform": True,
        "scenarios": 300,
        "seed": 7,
    }


@pytest.mark.parametrize("line", ["word", "--scenarios", "--seed x", "--con"])
def test_what_is_no_option(line: str) -> None:
    with pytest.raises(UsageError, match=r"%%model: .*%%model takes --reset \[NAME...\], --conform"):
        options(line)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    yield from start(IPYTHONDIR=str(tmp_path_factory.mktemp("ipython")))


def test_replace_and_reset(kernel: Kernel) -> None:
    assert kernel.run(f"%%model\n{WRONG}") == ("skb_loop_sk: replaced in the model; %model --reset undoes\n", "")
    assert kernel.run("%model --reset") == ("skb_loop_sk: the model's own again\n", "")
    assert kernel.run("%model --reset") == ("nothing: the model's own again\n", "")


@pytest.mark.parametrize(
    ("cell", "error"),
    [
        ("%%model\ndef skb_lop_sk():\n    pass", "FunctionNotFoundError: the model has no function 'skb_lop_sk'"),
        ("%model --reset skb_lop_sk", "FunctionNotFoundError: the model has no function 'skb_lop_sk'"),
        ("%%model\n\ndef f(:\n    pass", "line 3"),
        ("%%model\nx = 1", "only functions of the model stand here"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_of_ours_shown(kernel: Kernel, cell: str, error: str) -> None:
    _, told = kernel.run(cell)
    assert error in told
    assert "explorer" not in told


def test_an_edit_that_fails_points_into_the_cell(kernel: Kernel) -> None:
    kernel.run("%%model\ndef skb_loop_sk(ptype, skb):\n    return skb.nothing\n")
    _, error = kernel.run("from explorer import rehearse, scenario\nrehearse.rehearse(scenario.load('own-sender'))")
    assert "line 3, in skb_loop_sk(ptype, skb)" in error
    assert "----> 3     return skb.nothing" in error
    kernel.run("%model --reset")


@pytest.mark.live
def test_the_kernel_argues_back(kernel: Kernel) -> None:
    able, reason = live.available()
    if not able:
        pytest.skip(reason)
    shown, error = kernel.run(f"%%model --conform\n{WRONG}")
    assert not error
    assert "differ: " in shown
    assert "\n  tap name=t0\n  action do=send device=lo by=t0" in shown
    assert "OUTGOING" in shown
    shown, error = kernel.run("%model --reset --conform --scenarios 5")
    assert re.search(r"agree: 5 scenarios, [1-5] run", shown)  # a kernel may lack the devices of the others


def test_where_no_kernel_can_be_asked_its_recorded_answers_argue(kernel: Kernel) -> None:
    kernel.run("from explorer.live import process\nkept, process.command = process.command, lambda: ['false']")
    shown, error = kernel.run(f"%%model --conform\n{WRONG}")
    assert not error
    assert "Recorded, not run here: the live helper did not start" in shown
    assert "the model and the answers recorded on Linux 6." in shown
    assert "by=t" in shown
    shown, _ = kernel.run("%model --reset --conform")
    assert "agree: " in shown
    kernel.run("process.command = kept")
