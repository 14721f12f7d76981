"""The model needs no Linux: it imports and runs where fcntl, packet sockets and netlink are missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import explorer.model

WITHOUT = """
import sys
for name in ("fcntl", "socket", "_socket", "ctypes", "mmap", "resource", "termios", "pwd"):
    sys.modules[name] = None  # importing it fails, as where it is missing
import importlib, pkgutil
import explorer.model
for found in pkgutil.walk_packages(explorer.model.__path__, "explorer.model."):
    importlib.import_module(found.name)
from explorer.model.netns import boot, run_softirqs
from explorer.model.af_packet import packet_bind, packet_create, packet_snd
from explorer.model.packet_sock import sockaddr_ll
net = boot()
tap = packet_create(net, 3, 0)
packet_bind(tap, 1, 3)
assert packet_snd(tap, bytes(60), sockaddr_ll(0, 1)) == 60
run_softirqs(net.machine)
print(len(tap.sk_receive_queue), "explorer.errors" in sys.modules)
"""


def test_the_model_runs_without_linux() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("1 False\n", "")


def test_the_model_imports_only_itself_and_the_standard_library() -> None:
    import ast

    for place in Path(explorer.model.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(place.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert name.startswith("explorer.model") or name.partition(".")[0] in sys.stdlib_module_names, place
