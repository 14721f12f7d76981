"""What Debian's kernels really do: the calls of scenarios and their lines, kept in data/recordings/traces.jsonl.

    python benchmarks/traces.py DIRECTORY

The directory has packages of linux-image and the packages of their debug symbols, which are unpacked. Each kernel is
booted under QEMU without KVM, with an initial RAM disk of this machine's /usr/bin/python3 and of explorer/live. Nothing
is installed. In it the functions of the named routes are watched while a scenario runs, five times, by two tracers at
once: function_graph says who called whom, calls by a jump included; the function tracer gives the stack at each, whose
return addresses are looked up in the line tables of the debug symbols. What was seen most often is kept, of what has
the receive half where any has. The kernel's release is the package's version, whose facts the atlas has.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from initramfs import archive, libraries, module

import explorer
from explorer import kernel, scenario
from explorer.live import recordings
from explorer.scenario import Recording
from explorer.trace import lines
from explorer.trace.imported import chains
from explorer.trace.lines import Lines
from explorer.trace.recorded import content
from explorer.trace.symbols import Symbols
from explorer.trace.values import Chain, Trace, bare, longest, watched
from explorer.version import Version

SCENARIOS = tuple(
    "two-taps lo-twice own-sender pfifo-fast ring-tpacket-v3 ring-tpacket-v2 fanout-lb spkt spkt-sender qdisc-bypass "
    "vlan-device dgram-cooked".split()
)
TIMES = 5
MODULES = ("llc", "stp", "garp", "mrp", "8021q", "veth")  # each after what it needs
PYTHON = Path("/usr/bin/python3").resolve()
LEFT = {"test", "idlelib", "lib2to3", "ensurepip", "distutils", "turtledemo", "tkinter", "pydoc_data", "unittest"}
ADDRESS = re.compile(r"^ => (?!0x).*<([0-9a-f]{16})>$", re.M)  # of a function: the tracer's own has no name
RECEIVED = {"__netif_receive_skb_core", "__netif_receive_skb"}

INIT = """#!{python} -Pu
import ctypes, json, os, sys, traceback
sys.path.insert(0, "/package")
libc = ctypes.CDLL(None, use_errno=True)
for kind, place in (("proc", "/proc"), ("sysfs", "/sys"), ("tracefs", "/sys/kernel/tracing"), ("devtmpfs", "/dev")):
    libc.mount(b"none", place.encode(), kind.encode(), 0, b"")
out = open("/dev/ttyS1", "w")
try:
    for name in {modules}:
        if os.path.exists(f"/modules/{{name}}.ko"):
            with open(f"/modules/{{name}}.ko", "rb") as file:
                libc.syscall(313, file.fileno(), b"", 0)
    from explorer.errors import LiveError
    from explorer.live.namespace import fresh
    from explorer.live.runs import perform, prepare, scenario_of
    def put(name, text):
        with open("/sys/kernel/tracing/" + name, "w") as file:
            file.write(text)
    work = json.load(open("/work.json"))
    wanted = set(work["watched"])
    lines = open("/sys/kernel/tracing/available_filter_functions").read().split("\\n")
    there = [line.split()[0] for line in lines if line and line.split()[0].partition(".")[0] in wanted]
    os.mkdir("/sys/kernel/tracing/instances/stacks")
    rooms = ("", "instances/stacks/")
    for room, tracer in zip(rooms, ("function_graph", "function")):
        put(room + "tracing_on", "0")
        put(room + "set_ftrace_filter", "\\n".join(there) + "\\n")
        put(room + "set_ftrace_pid", str(os.getpid()))
        put(room + "buffer_size_kb", "8192")
        put(room + "current_tracer", tracer)
    for option in ("funcgraph-cpu", "funcgraph-duration", "funcgraph-overhead", "funcgraph-irqs"):
        put("options/" + option, "0")
    for option in ("func_stack_trace", "sym-addr"):
        put("instances/stacks/options/" + option, "1")
    modules = "".join(line for line in open("/proc/kallsyms") if "[" in line)
    print(json.dumps({{"release": os.uname().release, "there": there, "modules": modules}}), file=out, flush=True)
    for row in work["scenarios"]:
        for turn in range(work["times"]):
            fresh()
            scenario = scenario_of(row)
            try:
                bench = prepare(scenario)
            except LiveError as error:
                print(json.dumps({{"scenario": row["id"], "refused": str(error)}}), file=out, flush=True)
                break
            for room in rooms:
                put(room + "trace", "")
            for room in rooms:
                put(room + "tracing_on", "1")
            outcome = perform(scenario, bench)
            for room in rooms:
                put(room + "tracing_on", "0")
            graph, stacks = (open("/sys/kernel/tracing/" + room + "trace").read() for room in rooms)
            answer = {{"scenario": row["id"], "refused": outcome.refused, "graph": graph, "stacks": stacks}}
            print(json.dumps(answer), file=out, flush=True)
except BaseException:
    print(json.dumps({{"error": traceback.format_exc()}}), file=out, flush=True)
out.close()
libc.reboot(0x4321FEDC)
"""


def main(directory: str) -> None:
    """Record every kernel whose packages are there, and merge what was seen into the recordings."""
    made: list[Recording] = []
    for package in sorted(Path(directory).resolve().glob("linux-image-*-unsigned_*.deb")):
        made += record(package)
    keys = {recordings.scenario_key(scenario.load(name)) for name in SCENARIOS}
    recordings.merge(recordings.place_of("trace"), made, keys)


def record(package: Path) -> Iterator[Recording]:
    """The recordings of one kernel."""
    said = subprocess.run(["dpkg-deb", "-f", package, "Version"], capture_output=True, text=True, check=True).stdout
    version = Version.parse(said.partition("-")[0])
    names = watched(kernel.open(version, offline=True).routes)
    with tempfile.TemporaryDirectory() as room:
        root = Path(room)
        subprocess.run(["dpkg-deb", "-x", package, root / "x"], check=True)
        head, *rows = boot(root, root / "x", names)
        there = tuple(sorted({bare(name) for name in head["there"]}))
        print(f"{version}: {head['release']}, {len(there)} of {len(names)} functions can be traced")
        runs = [run for row in rows if (run := run_of(row))]
        stacks = {address for _, run in runs for _, stack in run for address in stack[1:]}
        named = package.name.replace("-unsigned_", "-dbg_")
        symbols, known = debug(package.with_name(named), root, head["modules"], stacks)
    for name in SCENARIOS:
        seen = Counter(
            longest([merged(graph, symbols.chain(stack, known)) for graph, stack in run])
            for at, run in runs
            if at == name
        )
        refused = {row["refused"] for row in rows if row.get("scenario") == name and row["refused"]}
        print(f"  {name}: {seen.total()} runs, {len(seen)} different {refused or ''}")
        if seen:
            chains = max(seen, key=lambda chains: (received(chains), seen[chains]))
            trace = Trace(name, str(version), "ftrace", chains, there)
            yield recordings.made("trace", recordings.scenario_key(scenario.load(name)), str(version), content(trace))
    for row in rows:
        if "error" in row:
            print(row["error"])


Run = list[tuple[Chain, tuple[int, ...]]]


def run_of(row: dict) -> tuple[str, Run] | None:
    """A scenario's name, and at each function that was entered who called it and the stack; None if that is no run."""
    if row.get("refused") or "graph" not in row:
        return None
    graph = chains(row["graph"])
    _, *events = row["stacks"].split("<stack trace>")
    stacks = [tuple(int(word, 16) for word in ADDRESS.findall(text)) for text in events]
    if len(graph) != len(stacks):
        print(
            f"  {row['scenario']}: {len(graph)} functions entered by one tracer, {len(stacks)} by the other; left out"
        )
        return None
    return row["scenario"], list(zip(graph, stacks, strict=True))


def debug(package: Path, root: Path, modules: str, addresses: Iterable[int]) -> tuple[Symbols, Lines]:
    """The kernel's own symbols and those of its modules, and its lines."""
    archive = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", root, "--wildcards", "./usr/lib/debug/boot/*"], stdin=archive.stdout, check=True)
    (image,) = (root / "usr/lib/debug/boot").glob("vmlinux-*")
    table = subprocess.run(["nm", image], capture_output=True, text=True, check=True).stdout
    return Symbols(table + modules), lines.read(image, addresses)


def merged(graph: Chain, stack: Chain) -> Chain:
    """A stack, less the tracer's own part, with those that function_graph saw and that ended in a call."""
    names = [frame.function for frame in stack]
    at = _last(names, graph[-1].function)
    found = [*stack[:at], graph[-1]]
    for frame in reversed(graph[:-1]):
        if frame.function in names[:at]:
            at = _last(names[:at], frame.function)
        else:
            found.insert(at, frame)
    return tuple(found)


def _last(names: list[str], name: str) -> int:
    return len(names) - 1 - names[::-1].index(name)


def received(chains: tuple[tuple[object, ...], ...]) -> bool:
    """Whether a tree has the receive half."""
    return any(getattr(frame, "function", "") in RECEIVED for chain in chains for frame in chain)


def boot(root: Path, tree: Path, names: Iterable[str]) -> Iterator[dict]:
    """What the first process of this kernel says."""
    from dataclasses import asdict

    work = {
        "watched": list(names),
        "times": TIMES,
        "scenarios": [asdict(scenario.load(name)) for name in SCENARIOS],
    }
    (root / "initrd").write_bytes(archive(dict(initrd(tree, json.dumps(work).encode()))))
    words = ["console=ttyS0", "panic=-1", "quiet", "mitigations=off", "nokaslr", "ipv6.disable_ipv6=1", "tsc=reliable"]
    words.append("no_timer_check")  # a busy machine is late for the timer that is tried at boot
    machine = "-nodefaults -no-user-config -nographic -m 1024 -smp 1 -accel tcg -cpu max -no-reboot".split()
    (image,) = (tree / "boot").glob("vmlinuz-*")
    files = ["-kernel", image, "-initrd", root / "initrd", "-append", " ".join(words)]
    serial = ["-serial", f"file:{root}/console", "-serial", f"file:{root}/answers"]
    subprocess.run(["qemu-system-x86_64", *machine, *files, *serial], check=True, timeout=1200)
    text = (root / "answers").read_text().replace("\r\n", "\n")
    if not text:
        sys.exit((root / "console").read_text(errors="replace")[-3000:])
    for line in text.splitlines():
        yield json.loads(line)


def initrd(tree: Path, work: bytes) -> Iterator[tuple[str, bytes | None]]:
    """Path and bytes of Python, our package, the modules and the work; None for a directory."""
    yield from ((name, None) for name in ("/proc", "/sys", "/dev", "/tmp", "/run"))
    yield "/init", INIT.format(python=PYTHON, modules=MODULES).encode()
    yield "/work.json", work
    home = Path(f"/usr/lib/{PYTHON.name}")
    dynload = home / "lib-dynload"
    for place in (PYTHON, *libraries(PYTHON, *dynload.glob("_ctypes*.so"))):
        yield str(place), place.read_bytes()
    for place in home.rglob("*"):
        if place.is_file() and not LEFT & set(place.relative_to(home).parts) and place.suffix != ".a":
            yield str(place), place.read_bytes()
    package = Path(explorer.__file__).parent
    for place in package.rglob("*.py"):
        if place.relative_to(package).parts[0] in ("live", "__init__.py", "errors.py", "scenario.py", "resources.py"):
            yield f"/package/explorer/{place.relative_to(package)}", place.read_bytes()
    yield "/package/data/.keep", b""
    for name in MODULES:
        yield f"/modules/{name}.ko", module(tree / "lib", name)


if __name__ == "__main__":
    main(*sys.argv[1:])
