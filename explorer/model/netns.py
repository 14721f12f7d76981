"""A namespace put together: its devices, up and down, what IP does at both ends of the model, and the softirqs."""

from __future__ import annotations

import errno

from explorer.model._mirrors import mirrors
from explorer.model.af_packet import packet_notifier
from explorer.model.bridge import br_handle_frame, br_netdev_ops, net_bridge
from explorer.model.dev import dev_queue_xmit
from explorer.model.dev_receive import dev_loopback_xmit
from explorer.model.drivers import (
    dummy_netdev_ops,
    loopback_ops,
    vlan_dev_priv,
    vlan_header_ops,
    vlan_netdev_ops,
)
from explorer.model.features import Features
from explorer.model.if_ether import eth_header_ops, vlan_hw_offload_capable
from explorer.model.ip_input import ip_list_rcv, ip_rcv
from explorer.model.netdevice import (
    ARPHRD_LOOPBACK,
    ETH_P_8021Q,
    ETH_P_IP,
    IFF_LOOPBACK,
    IFF_UP,
    NETDEV_DOWN,
    NETDEV_UNREGISTER,
    NETDEV_UP,
    NETIF_F_HW_CSUM,
    NETIF_F_TSO,
    VLAN_HLEN,
    Machine,
    Net,
    dev_hard_header,
    list_add_rcu,
    ll_reserved_space,
    net_device,
    packet_type,
)
from explorer.model.packet_sock import packet_sock
from explorer.model.sch_generic import qdisc_create
from explorer.model.skbuff import (
    CHECKSUM_PARTIAL,
    alloc_skb,
    csum,
    skb_clone,
    skb_put,
    skb_reserve,
    skb_reset_network_header,
    skb_reset_transport_header,
    skb_set_owner_w,
)
from explorer.model.softirq import run_softirqs
from explorer.model.veth import veth_netdev_ops, veth_priv, veth_set_features

_BROADCAST = b"\xff" * 6

__all__ = [
    "boot",
    "bridge",
    "dev_close",
    "dev_open",
    "dummy",
    "enslave",
    "ethtool_set_features",
    "namespace",
    "remove",
    "run_softirqs",
    "tc_qdisc_replace",
    "udp_sendmsg",
    "veth",
    "vlan",
]


def boot(features: Features | None = None) -> Net:
    """A machine with one namespace, lo up, and IP on its protocol list."""
    machine = Machine(features or Features())
    list_add_rcu(packet_type(ETH_P_IP, ip_rcv, ip_list_rcv), machine.ptype_base)
    return namespace(machine)


def namespace(machine: Machine) -> Net:
    """A namespace with a lo of its own, up."""
    net = Net(machine)
    lo = register(net, net_device("lo", net, loopback_ops, eth_header_ops))
    lo.type, lo.broadcast, lo.mtu = ARPHRD_LOOPBACK, b"\0" * 6, 65536
    lo.flags, lo.features = IFF_LOOPBACK, NETIF_F_HW_CSUM | NETIF_F_TSO
    dev_open(lo)
    return net


def register(net: Net, dev: net_device) -> net_device:
    """register_netdevice: a number, a name, and no qdisc to use until the device is up."""
    dev.ifindex = max((other.ifindex for other in net.devices.values()), default=0) + 1
    dev.qdisc = qdisc_create("noqueue", dev)
    net.devices[dev.name] = dev
    dev_activate(dev)
    return dev


def veth(
    net: Net, one: str, other: str, addresses: tuple[bytes, bytes], there: Net | None = None
) -> tuple[net_device, net_device]:
    """A pair of devices: what one sends, the other receives, which may be in another namespace."""
    far = there or net
    dev = register(net, net_device(one, net, veth_netdev_ops, eth_header_ops, dev_addr=addresses[0], carrier=False))
    peer = register(far, net_device(other, far, veth_netdev_ops, eth_header_ops, dev_addr=addresses[1], carrier=False))
    dev.priv, peer.priv = veth_priv(peer), veth_priv(dev)
    return dev, peer


def vlan(net: Net, name: str, real_dev: net_device, vlan_id: int, address: bytes = b"") -> net_device:
    """A VLAN on top of a device."""
    dev = register(net, net_device(name, net, vlan_netdev_ops, vlan_header_ops, dev_addr=address or real_dev.dev_addr))
    dev.priv = vlan_dev_priv(real_dev, ETH_P_8021Q, vlan_id)
    dev.carrier, dev.features = real_dev.carrier, NETIF_F_HW_CSUM | NETIF_F_TSO
    dev.needed_headroom = real_dev.needed_headroom + VLAN_HLEN
    if net.features.vlan_header_room and not vlan_hw_offload_capable(real_dev.features, ETH_P_8021Q):
        dev.hard_header_len += VLAN_HLEN
    real_dev.vlans[ETH_P_8021Q, vlan_id] = dev
    return dev


def dummy(net: Net, name: str, address: bytes) -> net_device:
    """A device that sends nowhere."""
    dev = register(net, net_device(name, net, dummy_netdev_ops, eth_header_ops, dev_addr=address))
    dev.features = NETIF_F_HW_CSUM | NETIF_F_TSO
    return dev


def bridge(net: Net, name: str, address: bytes) -> net_device:
    """A bridge without ports."""
    dev = register(net, net_device(name, net, br_netdev_ops, eth_header_ops, dev_addr=address, carrier=False))
    dev.priv = net_bridge(dev, local={address})
    return dev


def enslave(port: net_device, master: net_device) -> None:
    """Make a device a port: from now on the bridge takes what it receives."""
    port.rx_handler, port.rx_handler_data = br_handle_frame, master.priv
    master.priv.port_list.insert(0, port)
    master.priv.local.add(port.dev_addr)
    _carriers(port)


@mirrors("dev_open@net/core/dev.c")
def dev_open(dev: net_device) -> int:
    """Bring a device up, with those that depend on it; its taps come on their lists. A VLAN needs the one below.

    Left out: __dev_open, call_netdevice_notifiers, netif_reset_xps_queues_gt, rtmsg_ifinfo, is_up, the device's own
    opening.
    """
    if dev.flags & IFF_UP:
        return 0
    if isinstance(dev.priv, vlan_dev_priv) and not dev.priv.real_dev.flags & IFF_UP:
        return -errno.ENETDOWN  # vlan_dev_open
    dev.flags |= IFF_UP
    _carriers(dev)
    packet_notifier(NETDEV_UP, dev)
    for upper in dev.vlans.values():
        dev_open(upper)
    return 0


@mirrors("dev_close@net/core/dev.c")
def dev_close(dev: net_device) -> None:
    """Take a device down, with those that depend on it; its taps go off their lists.

    Left out: netif_close, dev_close_many, the device's own opening, netpoll.
    """
    if not dev.flags & IFF_UP:
        return
    dev.flags &= ~IFF_UP
    _carriers(dev)
    packet_notifier(NETDEV_DOWN, dev)
    for upper in dev.vlans.values():
        dev_close(upper)


def remove(dev: net_device) -> None:
    """`ip link del`: unregister_netdevice of a device, of the other end of a veth, and of the VLANs above them."""
    for each in [dev, dev.priv.peer] if isinstance(dev.priv, veth_priv) else [dev]:
        dev_close(each)
        for upper in list(each.vlans.values()):
            remove(upper)
        _detach(each)
        packet_notifier(NETDEV_UNREGISTER, each)
        del each.nd_net.devices[each.name]


def _detach(dev: net_device) -> None:
    """Take a device from what it was joined to: as a VLAN, as a port, as a bridge."""
    if isinstance(dev.priv, vlan_dev_priv):
        dev.priv.real_dev.vlans.pop((dev.priv.vlan_proto, dev.priv.vlan_id))
    for port in dev.priv.port_list if isinstance(dev.priv, net_bridge) else ():
        port.rx_handler = port.rx_handler_data = None
    if br := dev.rx_handler_data:
        br.port_list.remove(dev)
        br.local.discard(dev.dev_addr)
        br.fdb = {address: port for address, port in br.fdb.items() if port is not dev}
        _settle(dev)
        dev.rx_handler = dev.rx_handler_data = None


def _carriers(dev: net_device) -> None:
    """Who has a carrier now, once linkwatch has run: a veth if both ends are up, a bridge if a port is."""
    if isinstance(dev.priv, veth_priv):
        veth_set_features(dev, dev.features)  # veth_open, veth_close
        peer = dev.priv.peer
        dev.carrier = peer.carrier = bool(dev.flags & peer.flags & IFF_UP)
        _settle(peer)
    _settle(dev)


def _settle(dev: net_device) -> None:
    dev_activate(dev)
    for upper in dev.vlans.values():
        upper.carrier = dev.carrier
        dev_activate(upper)
    if isinstance(dev.rx_handler_data, net_bridge):
        br = dev.rx_handler_data
        br.dev.carrier = any(port.flags & IFF_UP and port.carrier for port in br.port_list)
        dev_activate(br.dev)


@mirrors("dev_activate@net/sched/sch_generic.c", "dev_deactivate@net/sched/sch_generic.c")
def dev_activate(dev: net_device) -> None:
    """Give the queue its qdisc, or noop while the device is down or has no carrier.

    Left out: locks, RCU, warnings, watchdogs, statistics, kfree_skb.
    """
    usable = dev.flags & IFF_UP and dev.carrier
    dev.txq.qdisc = dev.qdisc if usable else qdisc_create("noop", dev)


def ethtool_set_features(dev: net_device, features: int) -> None:
    """What a device shall do from now on."""
    if isinstance(dev.priv, veth_priv):
        veth_set_features(dev, features)
    dev.features = features


def tc_qdisc_replace(dev: net_device, id: str) -> None:
    """Another qdisc for a device."""
    dev.qdisc = qdisc_create(id, dev)
    dev_activate(dev)


def udp_sendmsg(
    sk: packet_sock, dev: net_device, ends: tuple[tuple[bytes, int], tuple[bytes, int]], daddr: bytes, payload: bytes
) -> int:
    """A UDP datagram as IP hands it to its device: the checksum left to do if the device can."""
    (source, sport), (target, dport) = ends
    udp_len = 8 + len(payload)
    udp = sport.to_bytes(2, "big") + dport.to_bytes(2, "big") + udp_len.to_bytes(2, "big")
    pseudo = csum(source + target + bytes((0, 17)) + udp_len.to_bytes(2, "big"))
    partial = bool(dev.features & NETIF_F_HW_CSUM)
    check = pseudo if partial else (csum(udp + payload, pseudo) ^ 0xFFFF) or 0xFFFF
    ip = bytearray.fromhex("4500") + (20 + udp_len).to_bytes(2, "big") + bytes.fromhex("00004000 4011 0000")
    ip += source + target
    ip[10:12] = (csum(bytes(ip)) ^ 0xFFFF).to_bytes(2, "big")
    hh_len = ll_reserved_space(dev)
    skb = alloc_skb(20 + udp_len + hh_len + 15, sk.sk_net.features.small_head)
    skb_set_owner_w(skb, sk)
    skb_reserve(skb, hh_len)
    skb_reset_network_header(skb)
    skb_put(skb, bytes(ip))
    skb.data += 20
    skb_reset_transport_header(skb)
    skb.data -= 20
    skb_put(skb, udp + check.to_bytes(2, "big") + payload)
    if partial:
        skb.ip_summed, skb.csum_start, skb.csum_offset = CHECKSUM_PARTIAL, skb.transport_header, 6
    skb.protocol, skb.dev = ETH_P_IP, dev
    if daddr == _BROADCAST:  # ip_mc_output
        dev_loopback_xmit(skb_clone(skb))
        run_softirqs(sk.sk_net.machine)  # where netif_rx lets them
    dev_hard_header(skb, dev, ETH_P_IP, daddr, None, skb.len)
    return dev_queue_xmit(skb)
