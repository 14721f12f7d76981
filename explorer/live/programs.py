"""Programs on a device that decide about its frames: tc's, by cls_bpf, which takes classic ones, and generic XDP's."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterable, Sequence

from explorer.errors import LiveError
from explorer.live.loader import loaded
from explorer.live.netlink import ask, attribute, ifinfo, index, tcmsg
from explorer.live.xdp import sends_back, translated
from explorer.model.filter import assemble, sock_filter
from explorer.scenario import Device

__all__ = ["Programs", "assembled", "packed"]

_NEWLINK, _NEWQDISC, _NEWTFILTER = 16, 36, 44
_IFLA_XDP, _XDP_FD, _XDP_FLAGS, _SKB_MODE = 43, 1, 3, 2
_REPLACE = 0x500  # NLM_F_CREATE | NLM_F_REPLACE
_CLSACT, _CLSACT_HANDLE = 0xFFFFFFF1, 0xFFFF0000
_WAYS = {"tc_ingress": 0xFFFFFFF2, "tc_egress": 0xFFFFFFF3}  # TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS), _EGRESS
_TCA_KIND, _TCA_OPTIONS = 1, 2
_BPF_OPS_LEN, _BPF_OPS, _BPF_FLAGS, _ACT_DIRECT = 4, 5, 8, 1
_EVERY_PROTOCOL = 1 << 16 | socket.htons(0x0003)  # priority 1, ETH_P_ALL


class Programs:
    """The programs of a namespace's devices."""

    def __init__(self) -> None:
        self._back = ""

    def attach(self, device: Device) -> None:
        """Give a device the programs of its row; LiveError where the kernel lacks cls_bpf, or refuses bpf(2).

        One device alone may send frames back. Between two a frame would never end; it would hold its sender's socket,
        and that the namespace, when every process in it is gone.
        """
        _classify(device)
        if device.xdp:
            program = assembled(device.xdp)
            if sends_back(program):
                if self._back not in ("", device.name):
                    raise LiveError(
                        f"XDP on {self._back!r} and on {device.name!r} may send back: a frame would never end"
                    )
                self._back = device.name
            _generic(device.name, program)


def _classify(device: Device) -> None:
    name, texts = device.name, {way: text for way in _WAYS if (text := getattr(device, way))}
    if texts:
        place = tcmsg(index(name), _CLSACT_HANDLE, _CLSACT, 0)
        ask(f"clsact on {name!r}", _NEWQDISC, _REPLACE, place + attribute(_TCA_KIND, "clsact"))
    for way, text in texts.items():
        program = assembled(text)
        options = attribute(_BPF_OPS_LEN, struct.pack("H", len(program))) + attribute(_BPF_OPS, packed(program))
        options += attribute(_BPF_FLAGS, _ACT_DIRECT)
        body = tcmsg(index(name), 1, _WAYS[way], _EVERY_PROTOCOL) + attribute(_TCA_KIND, "bpf")
        ask(f"{way} of {name!r}", _NEWTFILTER, _REPLACE, body + attribute(_TCA_OPTIONS, options))


def assembled(text: str) -> tuple[sock_filter, ...]:
    """A program in tcpdump -d's notation; LiveError if it is none."""
    try:
        return assemble(text)
    except ValueError as error:
        raise LiveError(f"the filter is no program: {error}") from error


def packed(program: Iterable[Sequence[int]]) -> bytes:
    """struct sock_filter, one after another: code, jt, jf, k."""
    return b"".join(struct.pack("HBBI", *step) for step in program)


def _generic(name: str, program: tuple[sock_filter, ...]) -> None:
    """Have a program run on a device's skbs (XDP_FLAGS_SKB_MODE), whether or not its driver could do better."""
    fd = loaded(translated(program))
    try:
        wanted = attribute(_XDP_FD, fd) + attribute(_XDP_FLAGS, _SKB_MODE)
        ask(f"XDP on {name!r}", _NEWLINK, 0, ifinfo(index(name)) + attribute(_IFLA_XDP | 0x8000, wanted))
    finally:
        os.close(fd)
