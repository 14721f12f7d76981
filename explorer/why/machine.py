"""This machine as it is: its devices, what stands on them, who listens. Read only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from explorer.errors import DataError, LiveError
from explorer.live import reading
from explorer.live.reading import Filter, Hook, Interface, Memory, Owner, Queue, Socket
from explorer.live.table import printable
from explorer.tour.words import Words

__all__ = ["Machine", "read"]


@dataclass(frozen=True, slots=True)
class Machine:
    """What was read, and `unread`: what could not be, and why."""

    interfaces: tuple[Interface, ...] = ()
    queues: tuple[Queue, ...] = ()
    filters: tuple[Filter, ...] = ()
    sockets: tuple[Socket, ...] = ()
    hooks: tuple[Hook, ...] = ()
    memories: Mapping[int, Memory] = field(default_factory=dict)
    owners: Mapping[int, Owner] = field(default_factory=dict)
    backlog_drops: int = 0
    rmem_default: int = 212992
    pid: int = 0  # whose taps alone are listed
    unread: tuple[str, ...] = ()

    def interface(self, name: str) -> Interface:
        """A device by its name; DataError says which there are."""
        found = next((each for each in self.interfaces if each.name == name), None)
        if found is None:
            there = ", ".join(printable(each.name) for each in self.interfaces)
            raise DataError(f"there is no device {name!r} in this network namespace; there is {there}")
        return found

    def at(self, index: int) -> Interface | None:
        """A device by its number."""
        return next((each for each in self.interfaces if each.index == index), None)


def read(pid: int = 0, proc: Path = Path("/proc"), lang: str = "en") -> Machine:
    """Read this machine; with a process, its taps alone, and as its network namespace shows them.

    DataError if there is no such process. Devices of another namespace than ours cannot be asked for by netlink.
    """
    of = proc / (str(pid) if pid else "self")
    if not of.is_dir():
        raise DataError(f"there is no process {pid}")
    say, unread = Words(lang), list[str]()
    ours = not pid or _namespace(of) in ("", _namespace(proc / "self"))
    if not ours:
        unread.append(
            say(
                "process {pid} is in another network namespace, whose devices are not read from here:"
                " nsenter -t {pid} -n explorer why --pid {pid}",
                pid=pid,
            )
        )
    links = reading.interfaces() if ours else ()
    memories: Mapping[int, Memory] = {}
    try:
        memories = reading.memories() if ours else {}
    except LiveError as error:
        unread.append(say("receive buffers and drops of taps: {error}", error=error))
    owners = reading.owners(proc)
    sockets = reading.parse_sockets(_text(of / "net/packet"))
    if pid:
        sockets = tuple(each for each in sockets if (who := owners.get(each.inode)) and who.pid == pid)
    elif any(each.inode not in owners for each in sockets):
        unread.append(say("whose some of the taps are: other users' processes can be looked at by root alone"))
    unread.append(say("tcx and other programs that no netlink dump tells of: bpftool net"))
    return Machine(
        links,
        reading.queues() if ours else (),
        tuple(row for each in links for row in reading.filters(each.index)),
        sockets,
        reading.parse_hooks(_text(of / "net/ptype")),
        memories,
        owners,
        _backlog_drops(_text(proc / "net/softnet_stat")),
        int(_text(proc / "sys/net/core/rmem_default") or 212992),
        pid,
        tuple(unread),
    )


def _text(place: Path) -> str:
    try:
        return place.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""


def _namespace(of: Path) -> str:
    try:
        return str((of / "ns/net").readlink())
    except OSError:
        return ""


def _backlog_drops(text: str) -> int:
    """The second column of /proc/net/softnet_stat, summed over CPUs."""
    columns = [line.split() for line in text.splitlines()]
    return sum(int(row[1], 16) for row in columns if len(row) > 1)
