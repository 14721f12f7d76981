"""Whether this machine lets us make a namespace and, if not, why, and what would help: one line each."""

from __future__ import annotations

import errno
import os
import socket
import sys
from functools import cache
from pathlib import Path

from explorer.errors import LiveError, NetnsError, PrivilegeError

__all__ = ["available", "not_linux", "refusal"]

_PROC_SYS = Path("/proc/sys")
_CONTAINER = "in a container: docker run --cap-add SYS_ADMIN --security-opt apparmor=unconfined"


@cache
def available() -> tuple[bool, str]:
    """Whether scenarios can run here, and a line: the kernel's release, or the reason and the way out."""
    from explorer.live.process import Agent

    try:
        with Agent() as agent:
            return True, f"Linux {agent.kernel}"
    except LiveError as error:
        return False, str(error)


def not_linux() -> LiveError | None:
    """The error of a machine where no agent can be started at all."""
    if sys.platform != "linux" or not hasattr(socket, "AF_PACKET"):
        return NetnsError(
            "this is not Linux, or this Python has no packet sockets; a Linux container or virtual machine can"
        )
    return None


def refusal(stage: str, code: int, sysctls: Path = _PROC_SYS) -> LiveError:
    """Why the kernel refused a namespace (`stage` user or net) or a packet socket (packet), and the way out."""
    name = errno.errorcode.get(code, str(code))
    if stage == "packet":
        if code in (errno.EAFNOSUPPORT, errno.EINVAL):
            return LiveError("this kernel has no packet sockets (CONFIG_PACKET); modprobe af_packet as root may help")
        return PrivilegeError(f"no CAP_NET_RAW ({name}); {_CONTAINER}", need="CAP_NET_RAW")
    for sysctl, bad, says in (
        ("kernel/unprivileged_userns_clone", "0", "1"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
        (f"user/max_{stage}_namespaces", "0", "1000"),
    ):
        if _read(sysctls / sysctl) == bad:
            dotted = sysctl.replace("/", ".")
            return NetnsError(f"{dotted} is {bad} ({name}): sudo sysctl {dotted}={says} allows {stage} namespaces")
    if code == errno.EINVAL or not Path(f"/proc/self/ns/{stage}").exists():
        return NetnsError(f"this kernel has no {stage} namespaces ({name}); another kernel or machine is needed")
    return NetnsError(f"{stage} namespaces are refused ({name}, {os.strerror(code)}); {_CONTAINER}")


def _read(place: Path) -> str:
    try:
        return place.read_text().strip()
    except OSError:
        return ""
