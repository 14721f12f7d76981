"""Small call graphs of our own: a few functions in kernel shape, made by hand."""

from __future__ import annotations

from explorer.graph import Call, CallGraph, Evidence, FileInfo, Function, Route, name_of
from explorer.version import Location, Version

VERSION = Version.parse("v3.4")
DEV, PACKET, LO = "net/core/dev.c", "net/packet/af_packet.c", "drivers/net/loopback.c"

_FILES = {
    DEV: "dev_queue_xmit __dev_xmit_skb dev_hard_start_xmit dev_queue_xmit_nit deliver_skb netif_receive_skb handle_ing"
    " netif_rx netif_rx_ni process_backlog napi_gro_receive napi_skb_finish dev_add_pack",
    PACKET: "packet_sendmsg packet_rcv tpacket_rcv packet_recvmsg packet_create packet_bind packet_do_bind",
    LO: "loopback_xmit",
    "": "ip_rcv",
}
_IDS = {name: f"{name}@{path}" if path else name for path, names in _FILES.items() for name in names.split()}
_LINES = {name: 10 * number for number, name in enumerate(_IDS, 1)}


def function(key: str, line: int = 0, **more: object) -> Function:
    name, _, path = key.partition("@")
    kind = "function" if path else "external"
    return Function(name, path, line, line, line + 5 if line else 0, str(more.get("kind", kind)), "global")


def at(path: str, line: int) -> Location:
    return Location(VERSION, path, line)


def call(caller: str, callee: str, *conditions: str, kind: str = "call") -> Call:
    path = _IDS[caller].partition("@")[2]
    line = _LINES[caller] + _LINES[callee] % 7
    return Call(_IDS[caller], _IDS[callee], at(path, line), kind, "", None, conditions)


def handed(caller: str, callee: str, queue: str) -> Call:
    put, take = (at(_IDS[name].partition("@")[2], _LINES[name]) for name in (caller, callee))
    return Call(_IDS[caller], _IDS[callee], put, "deferred", queue, Evidence("", "", ((queue, ""),), put, (take,)))


def tapped(caller: str, callee: str, *lists: str) -> Call:
    """A call through packet_type.func; each list is walked by the function named after the colon."""
    walks = tuple((name, _IDS[walker]) for name, _, walker in (word.partition(":") for word in lists))
    place = at(_IDS[caller].partition("@")[2], _LINES[caller] + 3)
    evidence = Evidence("packet_type", "func", walks, place, (at(PACKET, 1000 + _LINES[callee]),))
    return Call(_IDS[caller], _IDS[callee], place, "pointer", "packet_type.func", evidence)


_BOTH = ("ptype_all:dev_queue_xmit_nit", "ptype_all:netif_receive_skb", "ptype_base:netif_receive_skb")
_SENT = (
    call("dev_queue_xmit", "dev_hard_start_xmit"),
    call("dev_hard_start_xmit", "dev_queue_xmit_nit"),
    call("dev_queue_xmit_nit", "deliver_skb"),
    *(tapped("deliver_skb", end, *_BOTH) for end in ("packet_rcv", "tpacket_rcv")),
    *(tapped("dev_queue_xmit_nit", end, _BOTH[0]) for end in ("packet_rcv", "tpacket_rcv")),
    handed("packet_rcv", "packet_recvmsg", "the socket's receive queue"),
)
_QUEUED = (call("dev_queue_xmit", "__dev_xmit_skb"), call("__dev_xmit_skb", "dev_hard_start_xmit"), *_SENT[1:])
_RECEIVED = (
    call("netif_receive_skb", "deliver_skb"),
    *(tapped("deliver_skb", end, *_BOTH) for end in ("packet_rcv", "tpacket_rcv")),
    tapped("deliver_skb", "ip_rcv", _BOTH[2]),
    call("netif_receive_skb", "handle_ing", "CONFIG_NET_CLS_ACT"),
    call("handle_ing", "deliver_skb", "CONFIG_NET_CLS_ACT"),
    *(tapped("netif_receive_skb", end, *_BOTH[1:]) for end in ("packet_rcv", "tpacket_rcv")),
)
_BACKLOG = (
    call("netif_rx_ni", "netif_rx"),
    handed("netif_rx", "process_backlog", "softnet_data's backlog"),
    call("process_backlog", "netif_receive_skb"),
)
_REGISTERED = (
    call("packet_create", "dev_add_pack"),
    call("packet_bind", "packet_do_bind"),
    call("packet_do_bind", "dev_add_pack"),
)
ROUTES = (
    Route("transmit", "A frame is sent", "transmit", _SENT),
    Route("transmit-qdisc", "A frame is sent through a qdisc", "transmit", _QUEUED),
    Route("receive", "A frame is received", "receive", _RECEIVED),
    Route(
        "receive-gro",
        "From GRO",
        "receive",
        (call("napi_gro_receive", "napi_skb_finish"), call("napi_skb_finish", "netif_receive_skb")),
    ),
    Route("receive-backlog", "Over the backlog", "receive", _BACKLOG),
    Route("inject", "A socket sends", "transmit", (call("packet_sendmsg", "dev_queue_xmit"),)),
    Route("register", "A socket gets on a list", "register", _REGISTERED),
)
_MORE = (
    Call(_IDS["dev_hard_start_xmit"], _IDS["loopback_xmit"], at(DEV, 34), "pointer", "net_device_ops.ndo_start_xmit"),
    call("loopback_xmit", "netif_rx"),
)
GRAPH = CallGraph(
    VERSION,
    tuple(function(key, _LINES[name]) for name, key in _IDS.items()),
    tuple(dict.fromkeys([*(each for route in ROUTES for each in route.calls), *_MORE])),
    (
        FileInfo(DEV, "0" * 40, "https://mirror.example/dev.c", "blob id", "", 1),
        FileInfo(PACKET, "1" * 40, "a tarball", "header"),
    ),
)


def graph_of(pairs: list[tuple[str, str]], kind: str = "call") -> tuple[CallGraph, Route]:
    """A graph, and a route without a rail, of calls between FUNC@SRC ids."""
    keys = list(dict.fromkeys(key for pair in pairs for key in pair))
    calls = tuple(Call(one, two, at("x.c", number), kind) for number, (one, two) in enumerate(pairs, 1))
    functions = tuple(function(key, number) for number, key in enumerate(keys, 1))
    return CallGraph(VERSION, functions, calls), Route(name_of(keys[0]), "its callees", "", calls)
