"""explorer live, as it is typed; also where namespaces are refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from refusing import refusing

from explorer import live, scenario
from explorer.cli.live import _lines
from explorer.live import recordings
from explorer.live.answers import Answer
from explorer.scenario import Outcome, Row, Scenario, Tap

PATH = os.pathsep.join(filter(None, [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH")]))


def explorer(*words: str, refuse: str = "") -> subprocess.CompletedProcess[str]:
    """Run the verb; `refuse` is unshare or socket."""
    start = [*(refusing(refuse) if refuse else ()), sys.executable, "-m", "explorer", "live"]
    environment = os.environ | {"PYTHONPATH": PATH, "COLUMNS": "100"}
    return subprocess.run([*start, *words], capture_output=True, text=True, env=environment)


def able() -> None:
    here, reason = live.available()
    if not here:
        pytest.skip(reason)


def test_list() -> None:
    told = explorer("--list")
    assert told.returncode == 0
    lines = told.stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(scenario.scenarios())
    assert any("two-taps" in line and "Two taps" in line for line in lines)


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        ((), 2, "name a scenario, as explorer live --list shows them, or say --all"),
        (("no-such",), 1, "error: there is no scenario 'no-such'"),
        (("--all", "-o", "x.pcapng"), 2, "a pcapng file is of one scenario"),
        (("two-taps", "-o", "x.doc"), 2, "names no format"),
        (("--help",), 0, "Example: explorer live two-taps"),
    ],
)
def test_misuse_and_help(words: tuple[str, ...], status: int, says: str) -> None:
    told = explorer(*words)
    assert told.returncode == status
    assert says in told.stdout + told.stderr


@pytest.mark.live
def test_two_taps() -> None:
    able()
    told = explorer("two-taps", "--hex")
    assert (told.returncode, told.stderr) == (0, "")
    assert "  live on Linux " in told.stdout
    assert "    OUTGOING  0x88b5 experimental 1  v0  60\n" in told.stdout
    assert "    HOST  0x88b5 experimental 1  v1  60\n" in told.stdout
    assert "      0000  02 00 00 00 00 0b 02 00 00 00 00 0a 88 b5" in told.stdout
    assert "recorded on Linux" not in told.stdout.replace("the same as recorded on Linux", "")


@pytest.mark.live
def test_every_scenario_gives_what_was_recorded() -> None:
    able()
    found = answers(explorer("--all", "-f", "json"))
    assert [each["scenario"] for each in found] == list(scenario.scenarios())
    recorded = {row.kernel.split("-")[0] for row in recordings.read(recordings.place_of("scenario"))}
    for each in found:
        assert each["live"] or "its module is absent" in each["reason"], each
        if each["live"] and os.uname().release.split("-")[0] in recorded:
            assert each["remark"].startswith("the same as recorded on Linux"), (each["scenario"], each["remark"])


@pytest.mark.live
def test_pcapng(tmp_path: Path) -> None:
    able()
    told = explorer("two-taps", "-o", str(tmp_path / "x.pcapng"))
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")
    assert (tmp_path / "x.pcapng").read_bytes().startswith(b"\x0a\x0d\x0d\x0a")
    told = explorer("dgram-cooked", "-o", str(tmp_path / "x.pcapng"))
    assert "Linux cooked" in told.stderr


def answers(told: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert told.returncode == 0, told.stderr
    content = json.loads(told.stdout)
    assert (content["kind"], content["schema"]) == ("live", 1)
    return list(content["answers"])


@pytest.mark.skipif(sys.platform != "linux" or os.uname().machine not in ("x86_64", "aarch64"), reason="seccomp")
@pytest.mark.parametrize(
    ("refuse", "says"), [("unshare", "user namespaces are refused (EPERM"), ("socket", "no CAP_NET_RAW (EPERM)")]
)
def test_where_it_is_refused_recordings_are_shown_and_marked(refuse: str, says: str, tmp_path: Path) -> None:
    found = answers(explorer("--all", "-f", "json", refuse=refuse))
    assert [each["scenario"] for each in found] == list(scenario.scenarios())
    for each in found:
        assert not each["live"]
        assert says in each["reason"]
        assert each["source"].startswith("recorded on Linux "), each
        assert not each["outcome"]["refused"]
    told = explorer("two-taps", refuse=refuse)
    assert told.returncode == 0
    assert f"  not run here: {found[0]['reason']}\n  recorded on Linux " in told.stdout
    assert "live on" not in told.stdout
    told = explorer("two-taps", "-o", str(tmp_path / "x.pcapng"), refuse=refuse)
    assert told.stderr.startswith("recorded on Linux ")
    assert b"recorded on Linux" in (tmp_path / "x.pcapng").read_bytes()


def test_a_hostile_name_is_escaped_in_a_terminal() -> None:
    name = "\x1b]0;x\x07\u202e"
    taps = (Tap(name, device=name),)
    outcome = Outcome("s", (Row(name, "HOST", 3, name, 1, "1b"),), ((name, 1, 0),))
    shown = _lines(Answer(Scenario("s", "t", "e", (), taps, ()), outcome, True, "live"), True)
    text = "".join(part for line in shown for _, part in line)
    assert all(char.isprintable() for char in text)
    assert "\\x1b]0;x\\x07\\u202e" in text


CONTAINER = """
mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys || exit 77
exec "$0" -m explorer live --all -f json
"""


@pytest.mark.live
def test_where_proc_sys_is_read_only_ipv6_is_silent_too() -> None:
    able()
    try:
        told = subprocess.run(
            ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", CONTAINER, sys.executable],
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": PATH},
        )
    except FileNotFoundError:
        pytest.skip("unshare(1) is not installed")
    if told.returncode in (1, 77) and not told.stdout:
        pytest.skip(f"no mount namespace: {told.stderr.strip()}")
    found = answers(told)
    assert any(each["live"] for each in found)
    assert not [row for each in found for row in each["outcome"]["rows"] if row["protocol"] == 0x86DD]
