"""The command line as its users meet it: words in, text and exit status out."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import jsonschema
import pytest
from trees import small_tree

from explorer import __version__, resources
from explorer.cli.app import cli

Explorer = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tree(tmp_path: Path) -> str:
    return str(small_tree(tmp_path / "linux-6.1"))


def _commands(group: click.Group = cli, above: str = "explorer") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{above} {name}", command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{above} {name}")


def _example(command: click.Command) -> str:
    found = re.search(r"Example: (explorer .+)\s*\Z", command.help or "")
    return " ".join(found[1].split()) if found else ""


def test_every_verb_says_what_it_does_and_ends_with_an_example() -> None:
    silent = [name for name, command in _commands() if not command.get_short_help_str() or not _example(command)]
    assert not silent


@pytest.mark.parametrize("name", [name for name, _ in _commands()])
def test_the_example_of_a_verb_runs(
    name: str, explorer: Explorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.md").write_text("In v3.4 `deliver_skb` is called at net/core/dev.c:1660.\n")
    small_tree(tmp_path / "linux-6.1"), small_tree(tmp_path / "linux-6.12", "6.12.3")
    words = shlex.split(_example(dict(_commands())[name]))
    status, _, err = explorer(*words[1:])
    assert status == 0, err


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_is_everywhere(word: str, explorer: Explorer) -> None:
    for name, _ in _commands():
        assert explorer(*name.split()[1:], word)[0] == 0


def test_version_is_told_without_importing_anything() -> None:
    code = (
        "import sys; sys.argv[1:] = ['--version']; from explorer.cli import main; main(); print('click' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == [f"explorer {__version__}", "False"]


def test_the_command_line_never_imports_what_a_notebook_needs(tree: str) -> None:
    heavy = "{'jupyterlab', 'ipywidgets', 'anywidget', 'IPython', 'requests', 'rich'} & set(sys.modules)"
    code = f"import sys; sys.argv[1:] = ['graph', '--from', {tree!r}]; from explorer.cli.app import run; run()"
    code += f"; print({heavy}, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "set()"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["graph", "nosuch", "--from", "TREE"], 1, "error: no function nosuch in the files read of v6.1.7"),
        (["graph", "deliver_sbk", "--from", "TREE"], 1, "near it: deliver_skb"),
        (["graph", "v6.1", "--from", "TREE"], 1, "is v6.1.7, not v6.1; type: explorer graph v6.1.7 --from"),
        (["graph", "v3.5", "--offline"], 1, "the atlas has no v3.5 either, nearest are"),
        (["graph", "v3.4", "--from", "/nowhere/at/all"], 1, "there is no mirror, file or directory '/nowhere/at/all'"),
        (["graph", "--from", "TREE", "--to", "packet_rcv"], 2, "--to needs one function to start from"),
        (["graph", "packet_rcv", "--to", "dev_add_pack", "--from", "TREE"], 1, "no path from packet_rcv@"),
        (["path", "--from", "TREE", "packet_snd"], 2, "a path has two ends"),
        (["graph", "--from", "TREE", "-o", "x.bmp"], 2, "the suffix of x.bmp names no format"),
        (["graph", "--from", "TREE", "-o", "/nowhere/x.json"], 1, "/nowhere/x.json cannot be written"),
        (["show", "packet_rcv;nothing like it", "--from", "TREE"], 1, "no statement of packet_rcv@"),
        (["show", "packet_rcv;", "--from", "TREE"], 0, ""),
        (["show", "--from", "TREE"], 2, "missing argument"),
        (["graph", "../../etc/passwd", "--from", "TREE"], 1, "no function ../../etc/passwd"),
        (["fetch", "v6.1.7", "../../etc/passwd", "--from", "TREE"], 1, "not a path in a kernel tree"),
        (["fetch", "v6.1.7", "/etc/passwd", "--from", "TREE"], 1, "not a path in a kernel tree"),
        (["fetch", "v6.1.7", "net/core/\x1b[2Jdev.c", "--from", "TREE"], 1, r"net/core/\x1b[2Jdev.c"),
        (["nosuchverb"], 2, "there is no verb 'nosuchverb'; `explorer -h` tells what it takes"),
        (["grahp"], 2, "there is no verb 'grahp'; near it: graph; `"),
        (["graph", "v3.4", "--lang", "zh"], 2, "no such option '--lang'"),
        (["graph", "v3.4", "-f", "pgn"], 2, "'pgn' is not one of 'text', 'dot', 'mermaid'"),
        (["check", "--step", "xmit_on", "--offline"], 1, "there is no step 'xmit_on'; near it: xmit_one"),
        (["quote", "/nowhere/at/all.md"], 2, "File '/nowhere/at/all.md' does not exist"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    words: list[str], status: int, said: str, explorer: Explorer, tree: str
) -> None:
    got, _, err = explorer(*(tree if word == "TREE" else word for word in words))
    assert (got, said in err) == (status, True), err
    assert "Traceback" not in err
    assert not got or err.splitlines()[-1].startswith("error: ")


def test_graph_prints_the_routes_plain_in_a_pipe(explorer: Explorer, tree: str) -> None:
    status, out, err = explorer("graph", "--from", tree)
    assert (status, err) == (0, "")
    assert "transmit  A sent frame reaches the taps" in out
    assert re.search(r"dev_queue_xmit_nit +net/core/dev\.c:67$", out, re.M)
    assert re.search(r"packet_type\.func  on ptype_all, dev->ptype_all +net/core/dev\.c:42$", out, re.M)
    assert "\x1b" not in out


def test_path_numbers_the_steps(explorer: Explorer, tree: str) -> None:
    _, out, _ = explorer("path", "packet_sendmsg", "dev_queue_xmit", "--from", tree)
    assert [line.split()[0] for line in out.splitlines()[4:7]] == ["1", "2", "3"]


def test_the_way_over_a_queue_is_found_when_asked_for(explorer: Explorer, tree: str) -> None:
    assert "add --deferred to cross a queue" in explorer("path", "dev_queue_xmit", "packet_recvmsg", "--from", tree)[2]
    assert (
        "over the socket's receive queue"
        in explorer("path", "dev_queue_xmit", "packet_recvmsg", "--from", tree, "--deferred")[1]
    )


@pytest.mark.parametrize("words", [[], ["--all"], ["packet_rcv"], ["packet_snd", "--to", "tpacket_rcv"]])
def test_json_is_what_the_schema_promises(words: list[str], explorer: Explorer, tree: str) -> None:
    _, out, _ = explorer("graph", *words, "--from", tree, "-f", "json")
    content = json.loads(out)
    jsonschema.validate(content, json.loads(resources.data_path("schemas/graph.schema.json").read_text()))
    nodes = content["graph"]["nodes"]
    assert all(edge["source"] in nodes and edge["target"] in nodes for edge in content["graph"]["edges"])


@pytest.mark.parametrize("suffix", ["dot", "mermaid", "json", "graphml", "svg", "html", "txt"])
def test_the_suffix_of_the_file_is_the_format(suffix: str, explorer: Explorer, tree: str, tmp_path: Path) -> None:
    target = tmp_path / f"routes.{suffix}"
    assert explorer("graph", "--from", tree, "-o", str(target)) == (0, "", "")
    form = {"txt": "text"}.get(suffix, suffix)
    assert target.read_text() == explorer("graph", "--from", tree, "-f", form)[1]


def test_a_file_that_cannot_be_written_leaves_nothing_half_written(
    explorer: Explorer, tree: str, tmp_path: Path
) -> None:
    (tmp_path / "routes.json").mkdir()
    assert explorer("graph", "--from", tree, "-o", str(tmp_path / "routes.json"))[0] in (1, 2)
    assert [place.name for place in tmp_path.iterdir() if place.name.startswith(".routes")] == []


def test_show_numbers_the_lines_as_the_kernel_does(explorer: Explorer, tree: str) -> None:
    _, out, _ = explorer("show", "packet_create", "--from", tree)
    source = (Path(tree) / "net/packet/af_packet.c").read_text().splitlines()
    numbered = re.findall(r"^ *(\d+)  (.*)$", out, re.M)
    assert numbered
    assert all(text.split() == source[int(number) - 1].split() for number, text in numbered)


def test_show_of_a_pattern_is_that_statement(explorer: Explorer, tree: str) -> None:
    _, out, _ = explorer("show", "packet_set_ring;po->prot_hook.func = *", "--from", tree)
    assert [line.strip() for line in out.splitlines()[2:4]] == [
        "39          po->prot_hook.func = po->ring ?",
        "40                  tpacket_rcv : packet_rcv;",
    ]


def test_show_without_text_tells_the_place(explorer: Explorer) -> None:
    status, out, _ = explorer("show", "v3.4", "packet_rcv", "--offline")
    assert status == 0
    assert out.startswith("v3.4:net/packet/af_packet.c:1600  packet_rcv")
    assert "{" not in out


def test_a_terminal_is_not_obeyed_by_source(explorer: Explorer, tmp_path: Path) -> None:
    tree = small_tree(tmp_path / "linux-6.1")
    source = tree / "net/packet/af_packet.c"
    source.write_text(source.read_text().replace("unsigned int res;", "unsigned int res; /* \x1b]0;owned\x07 */"))
    _, out, _ = explorer("show", "packet_rcv", "--from", str(tree))
    assert "owned" in out
    assert not {"\x1b", "\x07"} & set(out)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_for_the_shell(shell: str, explorer: Explorer) -> None:
    status, out, _ = explorer("completion", shell)
    assert status == 0
    assert "_EXPLORER_COMPLETE" in out


def test_versions_complete() -> None:
    from explorer.cli.common import _versions

    assert "v3.4" in _versions(None, None, "v3")  # type: ignore[arg-type]


def test_a_reader_that_leaves_early_is_no_error(tree: str) -> None:
    command = f"{shlex.quote(sys.executable)} -m explorer graph --all --from {shlex.quote(tree)} | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_no_file_is_written_and_not_replaced(explorer: Explorer, tree: str, tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to("real.json")
    assert explorer("graph", "--from", tree, "-o", str(tmp_path / "link.json"))[0] == 0
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_text().startswith('{"graph"')
    assert "cannot be written: No space left" in explorer("graph", "--from", tree, "-f", "json", "-o", "/dev/full")[2]
    assert Path("/dev/full").is_char_device()


def test_a_tree_without_a_route_says_so(explorer: Explorer, tmp_path: Path) -> None:
    tree = small_tree(tmp_path / "linux-6.1")
    (tree / "net/core/dev.c").unlink()
    (tree / "net/packet/af_packet.c").write_text("int alone(void) { return 0; }\n")
    status, _, err = explorer("graph", "--from", str(tree))
    assert (status, "no named route is in what was read of v6.1.7" in err) == (1, True), err
