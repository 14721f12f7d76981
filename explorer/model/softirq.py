"""The softirqs of the one CPU: net/core/dev.c, net_rx_action; net_tx_action is in dev_receive."""

from __future__ import annotations

from explorer.model._mirrors import mirrors
from explorer.model.dev_receive import ____napi_schedule, net_tx_action
from explorer.model.gro import gro_flush_normal
from explorer.model.netdevice import Machine, napi_struct, softnet_data

_WEIGHT = 64


@mirrors("net_rx_action@net/core/dev.c")
def net_rx_action(sd: softnet_data) -> None:
    """The receive softirq: poll who asked for it, and those again who have more.

    Left out: RPS, locks, budgets and time, BPF's context, frames to be freed, reference counts, netpoll.
    """
    todo, sd.poll_list = sd.poll_list, type(sd.poll_list)()
    for napi in todo:
        napi_poll(sd, napi)


@mirrors("napi_poll@net/core/dev.c", "__napi_poll@net/core/dev.c")
def napi_poll(sd: softnet_data, napi: napi_struct) -> None:
    """Poll once; who has used up its weight lets go what GRO holds and comes again.

    Left out: tracing, locks, warnings, reference counts, netpoll, NAPI.
    """
    work = napi.poll(napi, _WEIGHT)
    if work >= _WEIGHT:
        gro_flush_normal(napi)
        ____napi_schedule(sd, napi)


def run_softirqs(machine: Machine) -> None:
    """Run the softirqs until nothing waits; a qdisc whose driver is stopped waits for the driver."""
    sd = machine.softnet_data
    while sd.poll_list or any(not q.dev.txq.stopped for q in sd.output_queue):
        net_tx_action(sd)
        net_rx_action(sd)
