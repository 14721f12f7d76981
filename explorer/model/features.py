"""What kernels do differently where a user can see it: named, and decided by a fact, never by a version number."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

__all__ = ["Features", "facts"]


def _feature(default: Any, doc: str, *fact: tuple[str, str]) -> Any:
    return field(default=default, metadata={"doc": doc, "fact": fact})


@dataclass(frozen=True, slots=True)
class Features:
    """The differences, as the newest kernels have them.

    A field's metadata has `doc`, and `fact`: pairs of a C function and what must be seen in it, one of them. What is
    seen is an edge (``-> callee``), an order (``one before other``), or else a lazy pattern of one statement. The
    function ``trial`` stands for what only a running kernel says.
    """

    per_device_lists: bool = _feature(
        True,
        "A tap bound to a device is on a list of that device (four lists); else it is on a global one (two lists).",
        ("__netif_receive_skb_core", "-> deliver_ptype_list_skb"),
    )
    per_netns_lists: bool = _feature(
        True,
        "An unbound tap is on a list of its network namespace (six lists), so one for a protocol comes after IP.",
        ("dev_queue_xmit_nit", "-> dev_net_rcu"),
    )
    skb_loop_sk: bool = _feature(
        True,
        "A fanout group does not hear what one of its members sends; else only a lone tap is spared its own frames.",
        ("dev_queue_xmit_nit", "-> skb_loop_sk"),
    )
    ignore_outgoing: bool = _feature(
        True,
        "A tap can ask to be spared outgoing frames: PACKET_IGNORE_OUTGOING.",
        ("dev_queue_xmit_nit", "if (*ptype->ignore_outgoing*)"),
    )
    fanout_ignore_outgoing: bool = _feature(
        True,
        "A fanout group can, by a flag that else does nothing; a member's own option never counts.",
        ("fanout_add", "match->prot_hook.ignore_outgoing = *"),
    )
    fanout_lb_starts_at_one: bool = _feature(
        True,
        "The first frame of a load-balancing group goes to its second member.",
        ("fanout_demux_lb", "-> atomic_inc_return"),
    )
    fanout_down: bool = _feature(
        True,
        "A tap can join a group while its device is down; else it is refused, EINVAL.",
        ("fanout_add", "if (*po->num && match->type == type*)"),
    )
    tap_before_checksum: bool = _feature(
        False,
        "A tap sees an outgoing frame before software has finished its checksum and pushed its VLAN tag inside.",
        ("dev_hard_start_xmit", "dev_queue_xmit_nit before skb_checksum_help"),
    )
    vlan_untag: bool = _feature(
        True,
        "The tag of an incoming frame is taken out before the taps, whatever the driver did.",
        ("__netif_receive_skb_core", "-> skb_vlan_untag"),
        ("__netif_receive_skb_core", "-> vlan_untag"),
        ("__netif_receive_skb", "-> vlan_untag"),
    )
    dgram_vlan_protocol: bool = _feature(
        True,
        "A cooked tap is told the protocol behind the VLAN tags that it does not see.",
        ("packet_recvmsg", "-> vlan_get_protocol_dgram"),
    )
    vlan_network_header: bool = _feature(
        True,
        "A raw sender's network header lies behind the VLAN tags in its frame.",
        ("packet_parse_headers", "-> skb_set_network_header"),
    )
    vlan_header_room: bool = _feature(
        True,
        "A VLAN device above one that inserts no tags counts the tag to its own header; stable kernels took that back.",
        ("trial", "where the network header of a short frame is, sent on a VLAN device above a dummy"),
    )
    parsed_protocol: bool = _feature(
        True,
        "A raw sender that names no protocol gets the one in its frame.",
        ("packet_parse_headers", "-> dev_parse_header_protocol"),
    )
    qdisc_bypass: bool = _feature(
        True,
        "A sender can pass the qdisc by, and so the taps.",
        ("packet_snd", "-> packet_direct_xmit"),
        ("packet_xmit", "-> dev_direct_xmit"),
    )
    gso_tcp_status: bool = _feature(
        True,
        "A tap is told by TP_STATUS_GSO_TCP that a frame is still to be cut into TCP segments.",
        ("packet_recvmsg", "-> skb_is_gso_tcp"),
    )
    gro_cwr: bool = _feature(
        True,
        "GRO joins nothing to a TCP segment that says CWR; else only the one that says it is joined to nothing.",
        ("trial", "whether the second of three segments is joined to the first, which says CWR"),
    )
    small_head: int = _feature(
        576,
        "The size of the cache that small frames are made from, 0 for none: what a short frame costs a receive buffer.",
        ("trial", "SO_MEMINFO of a packet socket with one short frame, less 256"),
    )


def facts() -> dict[str, tuple[tuple[str, str], ...]]:
    """What decides each feature."""
    return {feature.name: feature.metadata["fact"] for feature in fields(Features)}
