"""README, in English and Chinese: its commands run and print what it shows; its files are there."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from explorer import kernel
from explorer.cli.app import cli, run
from explorer.version import Version
from explorer.views.svg import svg

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
CHINESE = (ROOT / "README.zh.md").read_text()


def _transcripts() -> list[tuple[str, list[str]]]:
    """The commands of the console blocks in both languages, each once, with the lines shown below it."""
    found: list[tuple[str, list[str]]] = []
    english = re.findall(r"```console\n(.*?)```", README, re.S)
    chinese = re.findall(r"```console\n(.*?)```", CHINESE, re.S)
    for block in [*english, *(each for each in chinese if each not in english)]:
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


@pytest.mark.parametrize(("command", "shown"), _transcripts())
def test_a_transcript_is_what_the_command_prints(
    command: str, shown: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    monkeypatch.setenv("COLUMNS", "100")
    assert run() == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line for line in shown if line != "..."] == printed[: len([line for line in shown if line != "..."])]
    assert printed


def _frame(text: str) -> list[str]:
    """What both languages have in the same order: levels of headings, commands without remarks, pictures, numbers."""
    commands = [
        re.sub(r" +#.*|\".*| --lang zh", "", line)
        for line in re.findall(r"^(?:\$ |    )(?:explorer|make) .*", text, re.M)
    ]
    numbers = sorted(re.findall(r"\d[\d,.]*\d", text))
    return [*re.findall(r"^#+ ", text, re.M), *commands, *re.findall(r"\]\((docs/[^)]+)", text), *numbers]


def test_the_chinese_readme_has_what_the_english_has() -> None:
    assert _frame(CHINESE) == _frame(README)


def test_every_command_spoken_of_is_a_verb() -> None:
    verbs = set(re.findall(r"explorer ([a-z]+)(?= )", re.sub(r"`explorer -h`", "", README)))
    assert verbs <= set(cli.list_commands(None)) | {"is"}  # type: ignore[arg-type]


@pytest.mark.parametrize("name", re.findall(r"\]\(([^):]+)\)", README + CHINESE))
def test_a_link_leads_to_a_file(name: str) -> None:
    assert (ROOT / name).is_file()


@pytest.mark.parametrize(
    "document", ["README.md", "README.zh.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
)
def test_files_spoken_of_are_there(document: str) -> None:
    names = set(
        re.findall(
            r"\b(?:data|tests|benchmarks|explorer)/[\w./-]+\.(?:py|toml|json|txt|c)\b", (ROOT / document).read_text()
        )
    )
    assert not [name for name in names if not (ROOT / name).exists()]


def test_the_picture_is_what_the_command_draws() -> None:
    release = kernel.open(Version.parse("v3.4"), offline=True)
    assert (ROOT / "docs/v3.4.svg").read_text() == svg(release.graph, release.routes)
