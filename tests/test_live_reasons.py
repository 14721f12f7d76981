"""Why a machine refuses, and the way out, in one line."""

from __future__ import annotations

import errno
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.errors import LiveError, NetnsError, PrivilegeError
from explorer.live import reasons

CONTAINER = "docker run --cap-add SYS_ADMIN"


@pytest.mark.parametrize(
    ("stage", "code", "sysctls", "kind", "says"),
    [
        ("user", errno.EPERM, {"kernel/unprivileged_userns_clone": "0"}, NetnsError, "clone=1 allows user namespaces"),
        (
            "user",
            errno.EACCES,
            {"kernel/apparmor_restrict_unprivileged_userns": "1"},
            NetnsError,
            "userns=0 allows user",
        ),
        (
            "user",
            errno.ENOSPC,
            {"user/max_user_namespaces": "0"},
            NetnsError,
            "sudo sysctl user.max_user_namespaces=1000",
        ),
        ("net", errno.ENOSPC, {"user/max_net_namespaces": "0"}, NetnsError, "sudo sysctl user.max_net_namespaces=1000"),
        ("user", errno.EPERM, {"user/max_user_namespaces": "4000"}, NetnsError, CONTAINER),
        ("net", errno.EPERM, {"kernel/apparmor_restrict_unprivileged_userns": "1"}, NetnsError, "userns=0"),
        ("user", errno.EINVAL, {}, NetnsError, "no user namespaces"),
        ("packet", errno.EPERM, {}, PrivilegeError, "no CAP_NET_RAW"),
        ("packet", errno.EAFNOSUPPORT, {}, LiveError, "no packet sockets (CONFIG_PACKET)"),
    ],
)
def test_refusal(
    stage: str, code: int, sysctls: dict[str, str], kind: type[LiveError], says: str, tmp_path: Path
) -> None:
    for name, value in sysctls.items():
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(value + "\n")
    told = reasons.refusal(stage, code, tmp_path)
    assert type(told) is kind
    assert says in str(told)
    assert "\n" not in str(told)


def test_another_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    reasons.available.cache_clear()
    try:
        assert reasons.available() == (False, str(reasons.not_linux()))
    finally:
        reasons.available.cache_clear()
    assert "not Linux" in str(reasons.not_linux())


def test_a_python_without_packet_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "AF_PACKET", raising=False)
    assert isinstance(reasons.not_linux(), NetnsError)


HIDDEN = """
import anywidget, click, filelock, IPython.core.magic, platformdirs, pygments, requests, tree_sitter  # not ours
import builtins, os, signal, socket, sys
real = builtins.__import__
def hiding(name, *rest):
    if name.split(".")[0] in {"fcntl", "termios", "pwd", "grp", "resource"}:
        raise ImportError(name)
    return real(name, *rest)
builtins.__import__ = hiding
for module in ("fcntl", "termios", "pwd", "grp", "resource"):
    sys.modules.pop(module, None)
for name in [name for name in vars(socket) if name.startswith(("AF_PACKET", "AF_NETLINK", "PACKET_", "NETLINK_"))]:
    delattr(socket, name)
for module, names in ((os, ("fork", "killpg", "sched_setaffinity")), (signal, ("SIGKILL", "SIGTRAP"))):
    for name in names:
        delattr(module, name)
sys.platform = "win32"
import pkgutil
import explorer.live
for module in pkgutil.walk_packages(explorer.__path__, "explorer."):
    if not module.name.endswith("__main__"):
        __import__(module.name)
print(explorer.live.available())
"""


def test_it_imports_without_fcntl_af_packet_and_netlink() -> None:
    told = subprocess.run([sys.executable, "-c", HIDDEN], capture_output=True, text=True, cwd=Path(__file__).parents[1])
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("(False, 'this is not Linux")
