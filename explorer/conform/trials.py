"""Which features a kernel has, found out by trial: scenarios on which it makes a difference whether it has one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from itertools import product
from typing import Any

from explorer.conform.compare import Finding
from explorer.model.features import Features
from explorer.rehearse import rehearse
from explorer.scenario import Action, Device, Outcome, Scenario, Tap, load

__all__ = ["TRIALS", "tried"]

_ROOM = Scenario(
    "vlan-header-room",
    "",
    "",
    (Device("d0", "dummy"), Device("d0.5", "vlan", link="d0", vlan=5)),
    (Tap("any", auxdata=True),),
    (Action("send", "d0.5", frame="02000000000b02000000000a88b5" + "70" * 46),),
)
_JOIN = Scenario(
    "group-joined-while-down",
    "",
    "",
    (Device("v0", "veth", "v1"),),
    (Tap("a", device="v1"),),
    (Action("down", "v1"), Action("join", by="a", fanout="7:lb"), Action("read", by="a")),
)
_CWR = Scenario(
    "gro-cwr",
    "",
    "",
    (Device("v0", "veth", "v1", tso=False), Device("v1", "veth", "v0", gro=True)),
    (Tap("any"),),
    (
        Action(
            "send",
            "v0",
            frame="02000000000b02000000000a0800450009ec1234400040060ac40a0900010a090002"
            "23292328000003e800000000509020001df30000" + "70" * 2500,
            gso_size=1000,
        ),
    ),
)
# A scenario, and the features it decides together, once those above are known. What no tap can see is not tried.
TRIALS: tuple[tuple[str | Scenario, tuple[str, ...]], ...] = (
    ("own-sender", ("parsed_protocol",)),
    ("ignore-outgoing", ("ignore_outgoing",)),
    ("fanout-ignore-outgoing", ("fanout_ignore_outgoing",)),
    ("fanout-own-sender", ("skb_loop_sk",)),
    (_JOIN, ("fanout_down",)),
    ("fanout-lb", ("fanout_lb_starts_at_one",)),
    ("qdisc-bypass", ("qdisc_bypass",)),
    ("vlan-tag-auxdata", ("vlan_untag", "vlan_network_header")),
    ("vlan-cooked", ("dgram_vlan_protocol",)),
    (_ROOM, ("vlan_header_room",)),
    ("gso-segments", ("gso_tcp_status",)),
    (_CWR, ("gro_cwr",)),
    ("receive-buffer-full", ("small_head",)),
)
_SIZES = (576, 0, 640, 704)  # of the cache for small heads: since 6.3, before, and as other configurations have it


def tried(kernel: Callable[[Scenario], Outcome]) -> Features:
    """The features with which the model answers each trial as a kernel does; as in the newest where none does."""
    features = Features()
    for trial, deciding in TRIALS:
        scenario = load(trial) if isinstance(trial, str) else trial
        answer = kernel(scenario)
        for values in product(*map(_values, deciding)):
            other = replace(features, **dict(zip(deciding, values, strict=True)))
            if Finding(scenario, rehearse(scenario, other), answer).agrees:
                features = other
                break
    return features


def _values(name: str) -> tuple[Any, ...]:
    """What a feature may be, the newest kernels' first."""
    default = next(field.default for field in fields(Features) if field.name == name)
    return _SIZES if name == "small_head" else (default, not default)
