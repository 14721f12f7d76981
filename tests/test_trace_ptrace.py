"""A process that is stopped by ptrace, of our own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from labs import wait

from explorer.errors import TraceError
from explorer.trace import ptrace
from explorer.trace.symbols import Symbols

CHILD = """
import os, signal, time
def heard(number, frame):
    print("heard", flush=True)
    os.kill(os.getpid(), signal.SIGWINCH)  # one more stop, at which the tracer looks up
signal.signal(signal.SIGUSR1, heard)
signal.alarm(20)
print("ready", flush=True)
while True:
    signal.pause()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ptrace is Linux's")
def test_a_signal_that_comes_before_the_first_stop_is_delivered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Such as the timer's that a sleeping kernel waits for."""
    place = tmp_path / "said"
    with place.open("w") as said, subprocess.Popen([sys.executable, "-c", CHILD], stdout=said) as child:
        asked = ptrace.Tracer._ask

        def late(self: ptrace.Tracer, request: int, data: int = 0) -> None:
            asked(self, request, data)
            if request == ptrace._SEIZE:
                os.kill(child.pid, signal.SIGUSR1)
                stopped = f") t {os.getpid()} "
                wait(lambda: stopped in Path(f"/proc/{child.pid}/stat").read_text(), "it does not stop")

        monkeypatch.setattr(ptrace.Tracer, "_ask", late)
        wait(lambda: "ready" in place.read_text(), "it does not start")
        try:
            tracer = ptrace.Tracer(child.pid, Symbols(""))
        except TraceError as error:
            child.kill()
            pytest.skip(str(error))
        tracer.run(lambda chain: None, lambda: "heard" in place.read_text())
        child.kill()
        tracer.close()
