"""tc's verdict on a frame: tc_run of net/core/dev.c, and net/sched/cls_bpf.c with one classic program."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.model._mirrors import mirrors
from explorer.model.filter.run import bpf_prog_run
from explorer.model.filter.uapi import sock_filter
from explorer.model.skbuff import sk_buff, skb_pull, skb_push

TC_ACT_OK, TC_ACT_SHOT, TC_ACT_STOLEN, TC_ACT_QUEUED, TC_ACT_REDIRECT, TC_ACT_TRAP = 0, 2, 4, 5, 7, 8
TC_ACT_UNSPEC = -1


@mirrors("tc_run@net/core/dev.c")
def tc_run(entry: Sequence[sock_filter], skb: sk_buff, at_ingress: bool) -> int:
    """The verdict of the one filter that a hook has here.

    Left out: tcf_classify*, tcf_block_bypass_sw, statistics, reasons of a drop, chains, blocks, other classifiers.
    """
    return cls_bpf_classify(entry, skb, at_ingress)


@mirrors("cls_bpf_classify@net/sched/cls_bpf.c")
def cls_bpf_classify(prog: Sequence[sock_filter], skb: sk_buff, at_ingress: bool) -> int:
    """Run a program whose answer is the action itself (direct-action); it sees the link header in both directions.

    Left out: programs that only name a class, more than one of them, eBPF.
    """
    if at_ingress:
        skb_push(skb, skb.mac_len)
        filter_res = bpf_prog_run(prog, skb)
        skb_pull(skb, skb.mac_len)
    else:
        filter_res = bpf_prog_run(prog, skb)
    return cls_bpf_exec_opcode(filter_res)


@mirrors("cls_bpf_exec_opcode@net/sched/cls_bpf.c")
def cls_bpf_exec_opcode(code: int) -> int:
    """What a program may say; all else is no opinion."""
    if code in (TC_ACT_OK, TC_ACT_SHOT, TC_ACT_STOLEN, TC_ACT_TRAP, TC_ACT_REDIRECT):
        return code
    return TC_ACT_UNSPEC


def taken(verdict: int) -> bool:
    """Whether the frame is tc's now, and ends here: nothing says where TC_ACT_REDIRECT would send it."""
    return verdict in (TC_ACT_SHOT, TC_ACT_STOLEN, TC_ACT_QUEUED, TC_ACT_TRAP, TC_ACT_REDIRECT)
