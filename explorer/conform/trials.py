"""Which features a kernel has, found out by trial: scenarios on which it makes a difference whether it has one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from itertools import product
from typing import Any

from explorer.conform.compare import Finding
from explorer.model.features import Features
from explorer.rehearse import rehearse
from explorer.scenario import Outcome, Scenario, load

__all__ = ["TRIALS", "tried"]

# A scenario, and the features it decides together, once those above are known. What no tap can see is not tried.
TRIALS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("own-sender", ("parsed_protocol",)),
    ("ignore-outgoing", ("ignore_outgoing",)),
    ("fanout-ignore-outgoing", ("fanout_ignore_outgoing",)),
    ("fanout-own-sender", ("skb_loop_sk",)),
    ("fanout-lb", ("fanout_lb_starts_at_one",)),
    ("qdisc-bypass", ("qdisc_bypass",)),
    ("vlan-tag-auxdata", ("vlan_untag", "vlan_network_header")),
    ("vlan-cooked", ("dgram_vlan_protocol",)),
    ("receive-buffer-full", ("small_head",)),
)
_SIZES = (576, 0, 640, 704)  # of the cache for small heads: since 6.3, before, and as other configurations have it


def tried(kernel: Callable[[Scenario], Outcome]) -> Features:
    """The features with which the model answers each trial as a kernel does; as in the newest where none does."""
    features = Features()
    for name, deciding in TRIALS:
        scenario = load(name)
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
