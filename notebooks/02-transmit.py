# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A sent frame reaches the tap
#
# From `dev_queue_xmit` to `packet_rcv` on the way out. The widget walks the tour; the cells below stop at four
# functions of it, run them in Python, and ask the running kernel.

# %% tags=["parameters"]
VERSION = "v6.12.117"

# %%
from explorer.notebook.lesson import ask, check, got, look, play
from explorer.notebook.widget import Explorer

# %load_ext explorer.notebook

# %%
w = Explorer(VERSION, "transmit")
w

# %% [markdown]
# ## 1. With a queue, or without
#
# `__dev_queue_xmit` takes one of two ways. lo, tunnels and today's veth have no queue; a network card has one.
# Which way the frame takes decides in whose context the taps are called.

# %%
look(VERSION, "__dev_queue_xmit")

# %%
play("two-taps")


# %%
# %%model
def __dev_queue_xmit(skb):
    dev = skb.dev
    skb_reset_mac_header(skb)
    if dev.tcx_egress:
        skb, rc = sch_handle_egress(skb, dev)
        if not skb:
            return rc
    txq = dev.txq
    q = txq.qdisc
    if q.enqueue:  # note: qdisc
        return __dev_xmit_skb(skb, q, dev, txq)
    rc = -errno.ENOMEM
    if dev.flags & IFF_UP:  # note: noqueue
        skb = validate_xmit_skb(skb, dev)
        if not skb:
            return rc
        if not netif_xmit_stopped(txq):
            skb, rc = dev_hard_start_xmit(skb, dev, txq)
        if not skb:
            return rc
        rc = -errno.ENETDOWN
    kfree_skb(skb)  # recursion_alert:
    return rc


# %%
# %model --reset

# %% [markdown]
# The same on the running kernel, once over a pair of veth and once through pfifo_fast:

# %%
ask("two-taps")
ask("pfifo-fast")

# %% [markdown]
# <details><summary>The queue was empty. Did the frame wait in it?</summary>
#
# No. An empty queue that allows it is passed by: the frame is counted and sent at once, in the sender's own call.
#
# </details>
#
# **Exercise.** With pfifo_fast on v0, how many of the frames that were sent does the tap on v0 see?

# %%
answer = None
check(answer, len(got("pfifo-fast", "near")))

# %% [markdown]
# ## 2. Made ready before anyone looks
#
# `validate_xmit_skb` writes the VLAN tag, cuts large frames and finishes the checksum, if the device leaves that to
# software. The taps come after it. So what they see depends on what the device can do.

# %%
look(VERSION, "validate_xmit_skb")

# %%
play("udp-outgoing-checksum")

# %%
ask("udp-outgoing-checksum")

# %% [markdown]
# <details><summary>tcpdump says "bad udp cksum". Is the packet damaged?</summary>
#
# No. veth says that it can finish checksums, so nobody has written one, and between two ends of a veth nobody ever
# will. The status word in auxdata has TP_STATUS_CSUMNOTREADY (8): a program that asks can tell "not yet" from
# "wrong".
#
# </details>

# %% [markdown]
# ## 3. The taps, then the driver
#
# `xmit_one` is two lines: show the frame to the taps, give it to the driver. Their order is the reason that a capture
# proves only that the frame was offered.

# %%
look(VERSION, "xmit_one")


# %%
# %%model
def xmit_one(skb, dev, txq):
    if dev_nit_active(dev):
        dev_queue_xmit_nit(skb, dev)
    return netdev_start_xmit(skb, dev)


# %% [markdown]
# Exchange the two, driver first: would any scenario tell? Try it, run the cell, and let the kernel argue.

# %%
# %model --conform --scenarios 60

# %%
# %model --reset

# %% [markdown]
# ## 4. Every tap, one clone
#
# The loop that every note about this subject quotes, and most quote from another version than they say.

# %%
look(VERSION, "dev_queue_xmit_nit")

# %%
play("ignore-outgoing")


# %%
# %%model
def dev_queue_xmit_nit(skb, dev):
    skb2 = pt_prev = None
    for ptype_list in (dev_net(dev).ptype_all, dev.ptype_all):  # again:
        for ptype in list_for_each_entry_rcu(ptype_list):
            if ptype.dev not in (None, dev):  # note: bound-elsewhere
                continue
            if ptype.ignore_outgoing:  # note: ignore-outgoing
                continue
            if skb_loop_sk(ptype, skb):  # note: own-sender
                continue
            if pt_prev:
                deliver_skb(skb2, pt_prev, skb.dev)
                pt_prev = ptype
                continue
            skb2 = skb_clone(skb)  # note: one-clone
            skb_reset_mac_header(skb2)
            if skb_network_header(skb2) < skb2.data or skb_network_header(skb2) > skb_tail_pointer(skb2):
                skb_reset_network_header(skb2)  # note: buggy-network-header
            skb2.transport_header = skb2.network_header
            skb2.pkt_type = PACKET_OUTGOING
            pt_prev = ptype
    if pt_prev:  # out_unlock:
        pt_prev.func(skb2, skb.dev, pt_prev, skb.dev)


# %%
# %model --reset

# %% [markdown]
# In the kernel that runs this notebook, with a lab of your own: two taps on one device, the younger ignores what
# goes out.

# %%
# %%live --new
lab.veth("v0", "v1")
everything = lab.tap("everything", device="v0")
incoming = lab.tap("incoming", device="v0", ignore_outgoing=True)
lab.send("v0", bytes.fromhex("02000000000b02000000000a88b5") + b"p" * 46)
lab.send("v1", bytes.fromhex("02000000000a02000000000b88b5") + b"p" * 46)
lab.frames()

# %% [markdown]
# <details><summary>Three taps are open on one device. How often is the frame copied?</summary>
#
# Its head once, its bytes never: one clone serves all of them, the last gets it for good, those before share it,
# and each handler clones for itself only what it keeps.
#
# </details>
#
# **Exercise.** In the scenario above, how many frames has the tap that ignores what goes out?

# %%
answer = None
check(answer, len(got("ignore-outgoing", "in")))
