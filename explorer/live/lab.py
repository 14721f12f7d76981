"""A lab for a notebook: make devices, open taps, send, look at what each tap got."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

from explorer.live.table import Frames
from explorer.scenario import Action, Device, Tap

__all__ = ["Lab", "LabTap", "ethernet"]


class LabTap:
    """A tap of a lab."""

    def __init__(self, lab: Lab, tap: Tap) -> None:
        self._lab = lab
        self.tap = tap
        self.name = tap.name

    def frames(self) -> Frames:
        """What it got since the last time."""
        return Frames(self._lab.do("take", self.name), self._lab.source)

    def statistics(self) -> tuple[int, int]:
        """tp_packets, drops included, and tp_drops, since it was opened."""
        packets, drops = self._lab.do("counts", self.name)
        return packets, drops

    def close(self) -> None:
        """Close the socket."""
        self._lab.do("act", Action("close", by=self.name))

    def __repr__(self) -> str:
        return f"<tap {self.tap.name!r} of {self._lab!r}>"


class Lab:
    """A network namespace in a helper process; where this machine has none, what was recorded of the same calls.

    `source` says which: "live on Linux 6.12", or "recorded ...". In a %%live cell `lab` is one already.
    """

    def __init__(self, bench: object = None) -> None:
        self._close: Callable[[], object] = lambda: None
        if bench is not None:
            self.do: Callable[..., Any] = lambda call, *given: getattr(bench, call)(*given)
            self.source = ""  # the cell that shows it says whether it ran or was recorded
        else:
            from explorer.live.remote import remote

            self.do, self.source, self._close = remote()
        self.taps: dict[str, LabTap] = {}

    def veth(self, name: str = "v0", peer: str = "v1") -> tuple[str, str]:
        """Make a veth pair, both ends up, and wait until they can send."""
        self.do("device", Device(name, "veth", peer))
        return name, peer

    def vlan(self, name: str, link: str, number: int) -> str:
        """Make a VLAN device above another; LiveError where the kernel lacks 8021q."""
        self.do("device", Device(name, "vlan", link=link, vlan=number))
        return name

    def bridge(self, name: str = "br0", port: str = "") -> str:
        """Make a bridge, with a port."""
        self.do("device", Device(name, "bridge", link=port))
        return name

    def dummy(self, name: str = "d0") -> str:
        """Make a dummy device; LiveError where the kernel lacks it."""
        self.do("device", Device(name, "dummy"))
        return name

    def qdisc(self, device: str, kind: str) -> None:
        """Replace a device's root qdisc; LiveError where the kernel lacks it."""
        self.do("device", Device(device, "", qdisc=kind))

    def up(self, device: str) -> None:
        """Bring a device up, and wait until it can send."""
        self.do("act", Action("up", device))

    def down(self, device: str) -> None:
        """Take a device down."""
        self.do("act", Action("down", device))

    def tap(self, name: str = "", **options: Any) -> LabTap:
        """Open a tap; `options` are the fields of scenario.Tap: type, protocol, device, filter, ring, fanout, ..."""
        tap = Tap(name or f"tap{len(self.taps) + 1}", **options)
        self.do("open", tap)
        return self.taps.setdefault(tap.name, LabTap(self, tap))

    def send(self, device: str, frame: bytes, by: LabTap | None = None, **options: Any) -> None:
        """Send a frame over a device, from a tap's own socket if `by` is one; `options` are of scenario.Action."""
        self.do("act", Action("send", device, by.name if by else "", frame.hex(), **options))

    def udp(self, device: str = "lo", length: int = 20, count: int = 1) -> None:
        """Send datagrams of `length` bytes."""
        self.do("act", Action("udp", device, length=length, count=count))

    def frames(self) -> Frames:
        """What every tap got since the last time, tap by tap."""
        return Frames([row for tap in self.taps.values() for row in tap.frames()], self.source)

    def close(self) -> None:
        """End the helper process, and the namespace with it."""
        self._close()

    def __enter__(self) -> Lab:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<lab {self.source}>"


def ethernet(destination: str, source: str, protocol: int, payload: bytes = bytes(46)) -> bytes:
    """A frame: two MAC addresses, be16 ethertype, payload."""
    macs = bytes.fromhex((destination + source).replace(":", ""))
    return macs + protocol.to_bytes(2, "big") + payload
