"""Each feature: what decides it is found in the releases that have it, and a user can see the difference."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from explorer import kernel
from explorer.features import features_of
from explorer.model.features import Features, facts
from explorer.model.netns import boot
from explorer.rehearse import rehearse
from explorer.scenario import Outcome, Tap, load
from explorer.version import Version

# feature -> the releases of the atlas between which it came, None for never before
CAME = {
    "per_device_lists": ("v3.18.20", "v4.4.155"),
    "per_netns_lists": ("v6.12.117", "v6.19"),
    "skb_loop_sk": ("v3.4", "v3.4.39"),
    "fanout_lb_starts_at_one": ("v3.10.4", "v3.18.20"),
    "vlan_untag": ("v2.6.38", "v3.0"),
    "dgram_vlan_protocol": ("v6.8", "v6.12.117"),
    "vlan_network_header": ("v5.10.44", "v6.1.192"),
    "parsed_protocol": ("v4.19.95", "v5.4.18"),
    "qdisc_bypass": ("v3.10.4", "v3.18.20"),
}


def features(release: str) -> Features:
    return features_of(kernel.open(Version.parse(release), offline=True))


@pytest.mark.parametrize(("name", "releases"), CAME.items())
def test_a_fact_decides_a_feature_where_it_came(name: str, releases: tuple[str, str]) -> None:
    before, since = releases
    assert getattr(features(before), name) in (False, 0)
    assert getattr(features(since), name)


@pytest.mark.parametrize(
    ("release", "before"),
    [("v2.6.32", False), ("v2.6.36", True), ("v3.4", True), ("v3.10.4", False), ("v6.12.117", False)],
)
def test_three_eras_of_the_checksum(release: str, before: bool) -> None:
    assert features(release).tap_before_checksum is before


def test_stable_is_not_its_base() -> None:
    assert features("v6.1.192").dgram_vlan_protocol
    assert not features("v6.6").dgram_vlan_protocol


def test_every_feature_says_what_decides_it() -> None:
    assert set(facts()) == {field.name for field in fields(Features)}
    assert all(function and what for pairs in facts().values() for function, what in pairs)


@pytest.mark.parametrize(
    ("scenario", "name", "value"),
    [
        ("eth-p-ip-order", "per_netns_lists", False),
        ("fanout-own-sender", "skb_loop_sk", False),
        ("ignore-outgoing", "ignore_outgoing", False),
        ("fanout-ignore-outgoing", "fanout_ignore_outgoing", False),
        ("fanout-lb", "fanout_lb_starts_at_one", False),
        ("vlan-device", "tap_before_checksum", True),
        ("vlan-tag-auxdata", "vlan_untag", False),
        ("vlan-cooked", "dgram_vlan_protocol", False),
        ("vlan-cooked", "vlan_network_header", False),
        ("two-taps", "parsed_protocol", False),
        ("qdisc-bypass", "qdisc_bypass", False),
        ("receive-buffer-full", "small_head", 0),
    ],
)
def test_a_user_sees_the_difference(scenario: str, name: str, value: object) -> None:
    if scenario == "eth-p-ip-order":
        assert order_of_protocol_tap(Features()) != order_of_protocol_tap(Features(per_netns_lists=False))
        return
    assert answer(scenario, Features()) != answer(scenario, Features(**{name: value}))


def answer(name: str, features: Features) -> Outcome:
    """The answer, with a device that inserts no tags, which makes the place of the tap visible."""
    import explorer.model.netdevice as netdevice

    scenario = load(name)
    if name != "vlan-device":
        return rehearse(scenario, features)
    from explorer.rehearse import Run

    machine = Run(scenario, features)
    machine.net.devices["v0"].features &= ~netdevice.NETIF_F_HW_VLAN_CTAG_TX
    for action in scenario.actions:
        machine.act(action)
    return machine.outcome()


def order_of_protocol_tap(features: Features) -> list[str]:
    """Who is served first, IP or an unbound tap for its protocol."""
    from explorer.rehearse import Run

    scenario = load("eth-p-ip-lo")
    machine = Run(scenario, features)
    served: list[str] = []
    tap = machine.taps["ip"].prot_hook
    own = tap.func
    tap.func = lambda *given: served.append("tap") or own(*given)
    ip = machine.net.machine.ptype_base[-1]
    below = ip.func
    ip.func = lambda *given: served.append("ip") or below(*given)
    for action in scenario.actions:
        machine.act(action)
    return served


def test_two_lists_walk_a_bound_tap_in_turn_with_the_others() -> None:
    two = Features(per_device_lists=False, per_netns_lists=False)
    net = boot(two)
    assert not net.devices["lo"].ptype_all
    assert rehearse(load("bound-elsewhere"), two).of("lo") == ()
    assert rehearse(load("two-taps"), two).rows == rehearse(load("two-taps")).rows
    own = replace(
        load("two-taps"), taps=(Tap("here", protocol=0x88B5, device="v1"), Tap("else", protocol=0x88B5, device="lo"))
    )
    assert [len(rehearse(own, two).of(name)) for name in ("here", "else")] == [1, 0]


def test_a_tap_before_the_checksum_sees_the_tag_beside_the_frame_and_the_other_end_in_it() -> None:
    rows = answer("vlan-device", Features(tap_before_checksum=True, vlan_untag=False)).rows
    assert [(row.pkttype, row.protocol, row.device, row.length) for row in rows] == [
        ("OUTGOING", 0x88B5, "v0.5", 60),
        ("OUTGOING", 0x88B5, "v0", 60),
        ("HOST", 0x8100, "v1", 64),
    ]
