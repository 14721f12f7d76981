"""Scenarios on the running kernel: the traps of fresh namespaces, drops, refusals, and that nothing is left behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from labs import wait

from explorer import live
from explorer.errors import LiveError
from explorer.live.runs import outcome_of, scenario_of
from explorer.scenario import Action, Device, Outcome, Scenario, Tap, load, scenarios

ROOT = Path(__file__).parents[1]
A, B, EVERYBODY, GROUP, ELSE = "02000000000a", "02000000000b", "ffffffffffff", "01005e000001", "020000000099"
VETH = Device("v0", "veth", "v1")


def frame(destination: str = B, ethertype: str = "88b5", payload: str = "70" * 46) -> str:
    return destination + A + ethertype + payload


def scenario(*parts: Device | Tap | Action) -> Scenario:
    kinds = (Device, Tap, Action)
    devices, taps, actions = (tuple(part for part in parts if isinstance(part, kind)) for kind in kinds)
    return Scenario("own", "Our own", "What is expected.", devices, taps, actions)  # type: ignore[arg-type]


def brief(outcome: Outcome, tap: str) -> list[str]:
    return [f"{row.pkttype} {row.protocol:04x} {row.device} {row.length}" for row in outcome.of(tap)]


def test_scenarios_survive_json() -> None:
    one = scenario(VETH, Tap("all", filter="ret #0", ring=3), Action("send", "v0", frame=frame()))
    assert scenario_of(json.loads(json.dumps(asdict(one)))) == one


@pytest.mark.live
def test_both_passes_on_lo(agent: live.Agent) -> None:
    taps = Tap("all"), Tap("ip", protocol=0x0800), Tap("dgram", type="dgram"), Tap("in", ignore_outgoing=True)
    outcome = live.run(scenario(*taps, Action("udp", "lo", length=20)), agent)
    assert brief(outcome, "all") == ["OUTGOING 0800 lo 62", "HOST 0800 lo 62"]
    assert brief(outcome, "ip") == brief(outcome, "in") == ["HOST 0800 lo 62"]
    assert brief(outcome, "dgram") == ["OUTGOING 0800 lo 48", "HOST 0800 lo 48"]
    assert outcome.counts == (("all", 2, 0), ("ip", 1, 0), ("dgram", 2, 0), ("in", 1, 0))
    assert bytes.fromhex(outcome.rows[0].data)[-20:] == b"x" * 20


@pytest.mark.live
def test_to_whom_a_frame_is(agent: live.Agent) -> None:
    sent = [Action("send", "v0", frame=frame(each)) for each in (B, EVERYBODY, GROUP, ELSE)]
    outcome = live.run(scenario(VETH, Tap("v0", device="v0"), Tap("v1", device="v1"), *sent), agent)
    assert [row.pkttype for row in outcome.of("v0")] == ["OUTGOING"] * 4
    assert [row.pkttype for row in outcome.of("v1")] == ["HOST", "BROADCAST", "MULTICAST", "OTHERHOST"]
    assert {row.data for row in outcome.of("v0")} == {frame(each) for each in (B, EVERYBODY, GROUP, ELSE)}


@pytest.mark.live
def test_a_sender_does_not_hear_itself_but_on_lo(agent: live.Agent) -> None:
    taps = Tap("own", device="v0"), Tap("other", device="v0"), Tap("lo", device="lo")
    sent = Action("send", "v0", by="own", frame=frame()), Action("send", "lo", by="lo", frame=frame("0" * 12))
    outcome = live.run(scenario(VETH, *taps, *sent), agent)
    assert [len(outcome.of(name)) for name in ("own", "other")] == [0, 1]
    assert brief(outcome, "lo") == ["HOST 88b5 lo 60"]


@pytest.mark.live
@pytest.mark.parametrize("type_", ["raw", "dgram"])
@pytest.mark.parametrize("ring", [1, 2, 3])
def test_rings_give_what_the_queue_gives(agent: live.Agent, ring: int, type_: str) -> None:
    taps = Tap("queue", type=type_, auxdata=True), Tap("ring", type=type_, ring=ring, auxdata=True)
    sent = Action("udp", "lo", length=33), Action("send", "v0", frame=frame(payload="61" * 900), count=20)
    outcome = live.run(scenario(VETH, *taps, *sent), agent)
    plain, ringed = outcome.of("queue"), outcome.of("ring")
    assert len(plain) == len(ringed) == 42
    for one, two in zip(plain, ringed, strict=True):
        assert (one.pkttype, one.protocol, one.device, one.length, one.data) == (
            (two.pkttype, two.protocol, two.device, two.length, two.data)
        )
        told, ring_told = dict(one.aux), dict(two.aux)
        assert told["tp_status"] == ring_told["tp_status"]
        assert told["tp_len"] == ring_told["tp_len"] == one.length
    assert outcome.counts == (("queue", 42, 0), ("ring", 42, 0))


@pytest.mark.live
def test_sock_packet(agent: live.Agent) -> None:
    taps = Tap("every", type="packet"), Tap("ip", type="packet", protocol=0x0800), Tap("v1", type="packet", device="v1")
    sent = Action("udp", "lo", length=20), Action("send", "v0", type="packet", frame=frame())
    outcome = live.run(scenario(VETH, *taps, *sent), agent)
    assert brief(outcome, "every") == [" 0800 lo 62", " 0800 lo 62", " 88b5 v0 60", " 88b5 v1 60"]
    assert brief(outcome, "ip") == [" 0800 lo 62"]
    assert brief(outcome, "v1") == [" 88b5 v1 60"]


@pytest.mark.live
def test_filter_fanout_bypass(agent: live.Agent) -> None:
    taps = (
        Tap("cut", filter="(000) ret #20", device="v1"),
        Tap("none", filter="ret #0"),
        Tap("one", fanout="7:lb", device="v1"),
        Tap("two", fanout="7:lb", device="v1"),
        Tap("out", device="v0"),
    )
    outcome = live.run(scenario(VETH, *taps, Action("send", "v0", frame=frame(), count=6, bypass=True)), agent)
    assert [(row.length, row.data) for row in outcome.of("cut")] == [(60, frame()[:40])] * 6
    assert [len(outcome.of(name)) for name in ("none", "one", "two", "out")] == [0, 3, 3, 0]


@pytest.mark.live
def test_a_tap_closed_and_a_device_down(agent: live.Agent) -> None:
    send = Action("send", "v0", frame=frame())
    actions = send, Action("close", by="tap"), send, Action("open", by="tap"), send
    outcome = live.run(scenario(VETH, Tap("tap", device="v1"), *actions), agent)
    assert len(outcome.of("tap")) == 2
    assert outcome.counts == (("tap", 2, 0),)
    actions = send, Action("down", "v0"), Action("up", "v0"), send
    assert len(live.run(scenario(VETH, Tap("tap", device="v1"), *actions), agent).of("tap")) == 2


@pytest.mark.live
def test_a_blackhole_qdisc_hides_a_frame(agent: live.Agent) -> None:
    device = Device("v0", "veth", "v1", qdisc="blackhole")
    outcome = live.run(scenario(device, Tap("all"), Action("send", "v0", frame=frame())), agent)
    assert (outcome.rows, outcome.refused) == ((), "")


@pytest.mark.live
@pytest.mark.parametrize(
    ("part", "says"),
    [
        (Device("x0", "nonsense"), r"the nonsense device 'x0' was refused: EOPNOTSUPP, .*module"),
        (Device("v0", "veth", "v1", qdisc="nonsense"), r"the qdisc nonsense on 'v0' was refused: ENOENT, .*module"),
        (Tap("t", device="eth7"), "there is no device 'eth7'"),
        (Tap("t", filter="jump"), "the filter is no program: line 1"),
        (Tap("t", type="odd"), "raw, dgram or packet, not 'odd'"),
        (Tap("t", fanout="7"), "'7' is no fanout group"),
        (Tap("t", ring=4), "TPACKET_V1, 2 or 3, not 4"),
        (Action("dance"), "'dance' is nothing that can be done"),
        (Action("send", "eth7", frame=frame()), "there is no device 'eth7'"),
    ],
)
def test_refusals_name_what_and_why(agent: live.Agent, part: Device | Tap | Action, says: str) -> None:
    outcome = live.run(scenario(part), agent)
    assert re.search(says, outcome.refused), outcome.refused
    assert not outcome.rows


@pytest.mark.live
def test_two_hundred_fresh_namespaces_lose_no_first_frame(agent: live.Agent) -> None:
    one = scenario(VETH, Tap("all"), Action("send", "v0", frame=frame()))
    started = time.perf_counter()
    for _ in range(200):
        assert [row.pkttype for row in live.run(one, agent).rows] == ["OUTGOING", "HOST"]
    print(f"{(time.perf_counter() - started) / 200 * 1e3:.1f} ms a scenario")


@pytest.mark.live
def test_a_flood_is_counted_not_kept(agent: live.Agent) -> None:
    taps = Tap("small", receive_buffer=2304), Tap("plain"), *(Tap(f"ring{each}", ring=each) for each in (1, 2, 3))
    outcome = live.run(scenario(VETH, *taps, Action("send", "v0", frame=frame(), count=100_000)), agent)
    assert sum(len(row.data) for row in outcome.rows) < 10 << 20
    for name, packets, drops in outcome.counts:
        assert packets == 200_000, name
        assert packets - drops == len(outcome.of(name)) > 0, name
    assert memory(agent) < 200 << 10


def memory(agent: live.Agent) -> int:
    """The most resident memory, in kB, that a process of the agent's group has had."""
    group = agent._process.pid
    most = 0
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(place.read_text().rsplit(")", 1)[1].split()[2]) == group:
                status = (place.parent / "status").read_text()
                most = max(most, int(status.split("VmHWM:")[1].split()[0]))
        except (OSError, IndexError):
            continue
    assert most
    return most


def machine() -> tuple[str, ...]:
    """The machine's interfaces and routes, and its sysctls of net, less what changes by itself."""
    devices = [f"{each.name} {(each / 'flags').read_text()}" for each in sorted(Path("/sys/class/net").iterdir())]
    routes = (
        Path("/proc/net/route").read_text(),
        Path("/proc/net/if_inet6").read_text() if Path("/proc/net/if_inet6").exists() else "",
    )
    sysctls = []
    for place in sorted(Path("/proc/sys/net").rglob("*")):
        if place.is_file() and os.access(place, os.R_OK):
            try:
                sysctls.append(f"{place} {place.read_text()}")
            except OSError:
                continue
    return *devices, *routes, *(each for each in sysctls if "conntrack_count" not in each and "/random/" not in each)


@pytest.mark.live
def test_the_machine_is_untouched(agent: live.Agent) -> None:
    before, here = machine(), Path("/proc/self/ns/net").readlink()
    for name in scenarios():
        live.run(load(name), agent)
    assert machine() == before
    assert Path("/proc/self/ns/net").readlink() == here


PARENT = """
import sys, time
from explorer.live import Agent
agent = Agent()
link = agent.ask({"do": "cell", "code": "import os; os.readlink('/proc/self/ns/net')"})["value"]["text/plain"]
code = "import subprocess; subprocess.Popen(['sleep', '600'], start_new_session=True)\\nwhile True: pass"
print(agent._process.pid, link.strip("'"), flush=True)
agent.ask({"do": "cell", "code": code}, timeout=600)
"""


def inside(namespace: str) -> list[bytes]:
    """The commands of the processes that are in a network namespace."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if str((place / "ns/net").readlink()) == namespace:
                found.append((place / "cmdline").read_bytes())
        except OSError:
            continue
    return found


@pytest.mark.live
@pytest.mark.usefixtures("agent")
def test_kill_of_the_parent_leaves_nothing() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout
    with parent.stdout:
        helper, namespace = parent.stdout.readline().split()
        wait(lambda: any(b"sleep" in command for command in inside(namespace)), "the cell starts nothing")
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        wait(lambda: not inside(namespace) and not Path(f"/proc/{helper}").exists(), "something is left")


@pytest.mark.live
def test_close_ends_the_helper_and_a_second_question_says_so(agent: live.Agent) -> None:
    with live.Agent() as own:
        helper = own._process
        live.run(scenario(Tap("all")), own)
    assert helper.returncode == 0
    with pytest.raises(LiveError, match="has ended"):
        live.run(scenario(Tap("all")), own)


@pytest.mark.live
def test_a_second_namespace_goes_with_its_scenario(agent: live.Agent) -> None:
    def held() -> list[str]:
        files = (str(place.readlink()) for place in Path(f"/proc/{agent.worker}/fd").iterdir())
        return [each for each in files if each.startswith("net:")]

    outcome = live.run(load("other-namespace"), agent)
    assert [len(outcome.of(name)) for name in ("here", "there")] == [2, 2]
    assert held() == []
    assert brief(live.run(load("two-taps"), agent), "far") == ["HOST 88b5 v1 60"]


ORDINARY = """
import os, sys
from explorer import live
from explorer.scenario import Action, Device, Scenario, Tap, load, scenarios
assert os.getuid() == 61234
assert live.available()[0], live.available()
taps = tuple(Tap(str(ring), ring=ring) for ring in range(4)) + (Tap("old", type="packet"),)
frame = "02000000000b02000000000a88b5" + "70" * 46
own = Scenario("own", "", "", (Device("v0", "veth", "v1"),), taps, (Action("send", "v0", frame=frame),))
outcome = live.run(own)
assert not outcome.refused, outcome
assert len(outcome.rows) == 10, outcome
with live.Agent() as agent:
    for name in scenarios():
        outcome = live.run(load(name), agent)
        assert not outcome.refused or "module is absent" in outcome.refused or "bpf" in load(name).needs, outcome
"""


@pytest.mark.live
def test_an_ordinary_user_can(agent: live.Agent) -> None:
    if os.getuid():
        pytest.skip("we are one, and every other test shows it")
    for python in (sys.executable, shutil.which("python3", path="/usr/bin:/usr/local/bin")):
        command = [python, "-c", "import sys; assert sys.version_info >= (3, 11)"]
        try:
            if python and not subprocess.run(command, user=61234, group=61234, extra_groups=[], stderr=-3).returncode:
                break
        except OSError:
            continue
    else:
        pytest.skip("no Python that another user may start")
    told = subprocess.run(
        [python, "-c", ORDINARY], user=61234, group=61234, extra_groups=[], cwd=ROOT, capture_output=True, text=True
    )
    if "user namespaces are refused" in told.stderr:
        pytest.skip("this machine refuses user namespaces to ordinary users, as a chroot does")
    assert told.returncode == 0, told.stderr


def test_an_outcome_survives_json() -> None:
    row = {
        "tap": "t",
        "pkttype": "HOST",
        "protocol": 3,
        "device": "lo",
        "length": 1,
        "data": "",
        "aux": [["tp_len", 1]],
    }
    outcome = outcome_of({"scenario": "s", "rows": [row], "counts": [["t", 1, 0]], "refused": ""})
    assert outcome.rows[0].aux == (("tp_len", 1),)
    assert outcome.counts == (("t", 1, 0),)
