"""What a device does, or has done for it, with TCP: ethtool's old requests, by ioctl(2)."""

from __future__ import annotations

import ctypes
import os
import socket
import struct

from explorer.errors import LiveError
from explorer.live.netlink import errno_name
from explorer.scenario import Device

__all__ = ["switch"]

_SIOCETHTOOL = 0x8946
_STSO, _SGRO = 0x1F, 0x2C


def switch(device: Device) -> None:
    """Turn a device's segmentation off, and its GRO on, where its row says so; on a veth GRO brings NAPI with it."""
    if not device.tso:
        _set(device.name, _STSO, 0)
    if device.gro:
        _set(device.name, _SGRO, 1)


def _set(name: str, command: int, data: int) -> None:
    import fcntl  # not on every system that reads recordings

    value = ctypes.create_string_buffer(struct.pack("II", command, data))  # struct ethtool_value
    request = struct.pack("16sP", os.fsencode(name), ctypes.addressof(value)).ljust(40, b"\0")  # struct ifreq
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        try:
            fcntl.ioctl(channel.fileno(), _SIOCETHTOOL, request)
        except OSError as error:
            told = f"{errno_name(error.errno)}, {error.strerror}"
            raise LiveError(f"ethtool's request {command:#x} for {name!r} was refused: {told}") from error
