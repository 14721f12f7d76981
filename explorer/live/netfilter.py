"""A chain of nftables on a device's ingress hook, with the standard library."""

from __future__ import annotations

import socket
import struct

from explorer.errors import LiveError
from explorer.live.netlink import NO_SUCH_KIND, attribute, errno_name, message, refuse

__all__ = ["drop_all"]

_NETFILTER, _TABLES, _NETDEV = 12, 10, 5  # NETLINK_NETFILTER, NFNL_SUBSYS_NFTABLES, NFPROTO_NETDEV
_BEGIN, _END, _NEWTABLE, _NEWCHAIN = 0x10, 0x11, _TABLES << 8, _TABLES << 8 | 3
_ACK, _CREATE, _NESTED = 0x4, 0x400, 0x8000
_TABLE, _CHAIN, _HOOK, _POLICY, _TYPE = 1, 3, 4, 5, 7
_HOOKNUM, _PRIORITY, _DEV = 1, 2, 3
_INGRESS, _DROP = 0, 0


def drop_all(device: str) -> None:
    """nft add chain netdev DEVICE drop { type filter hook ingress device DEVICE priority 0; policy drop; }.

    LiveError where the kernel lacks nf_tables.
    """
    table = attribute(_TABLE, device)
    hook = _number(_HOOKNUM, _INGRESS) + _number(_PRIORITY, 0) + attribute(_DEV, device)
    chain = table + attribute(_CHAIN, "drop") + attribute(_HOOK | _NESTED, hook)
    chain += _number(_POLICY, _DROP) + attribute(_TYPE, "filter")
    made = _message(_NEWTABLE, _NETDEV, table) + _message(_NEWCHAIN, _NETDEV, chain)
    try:
        channel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETFILTER)
    except OSError as error:  # EPROTONOSUPPORT: no nfnetlink
        name = errno_name(error.errno)
        raise LiveError(f"netfilter's ingress hook of {device!r} was refused: {name}, {NO_SUCH_KIND}") from error
    with channel:
        channel.send(_message(_BEGIN, 0, b"", _TABLES) + made + _message(_END, 0, b"", _TABLES))
        for _ in range(2):  # the table and the chain
            refuse(f"netfilter's ingress hook of {device!r}", channel.recv(1 << 16))


def _message(kind: int, family: int, body: bytes, subsystem: int = 0) -> bytes:
    """A message with a struct nfgenmsg and the attributes; what begins and ends a batch is not acknowledged."""
    return message(kind, 0 if subsystem else _ACK | _CREATE, struct.pack(">BBH", family, 0, subsystem) + body)


def _number(kind: int, value: int) -> bytes:
    return attribute(kind, struct.pack(">I", value))
