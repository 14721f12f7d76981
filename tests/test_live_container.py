"""README's line for a container: what podman gives without an option is enough to run a scenario live.

The container's files are this machine's own, under an overlay that is thrown away: no image is fetched or made.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.live

# crun knows no machine that has both kinds of cgroups; the container is shown one that has the new kind alone.
UNIFIED = 'umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup || exit 125; exec "$@"'
FEW = ["--cgroups=disabled", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"]  # what a small machine can grant


def test_podman_needs_no_option() -> None:
    if os.getuid() or not shutil.which("podman"):
        pytest.skip("root and podman: apt-get install podman")
    if Path(sys.prefix).stat().st_dev != Path("/").stat().st_dev:
        pytest.skip("this Python is on another file system than /, which the overlay does not show")
    container = ["podman", "run", "--rm", "--network=none", *FEW, "--rootfs", "/:O"]
    explorer = [sys.executable, "-m", "explorer", "live", "two-taps"]
    command = ["unshare", "--mount", "--propagation=private", "sh", "-c", UNIFIED, "sh", *container, *explorer]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if told.returncode in (125, 126) or told.stderr.startswith("unshare:"):  # podman's own, and crun's
        pytest.skip(f"no container can be run here: {told.stderr.strip()}")
    assert told.returncode == 0, told.stderr
    assert "live on Linux" in told.stdout
    assert "far: 0x0003 ETH_P_ALL, v1, raw  1 counted, 0 dropped" in told.stdout
