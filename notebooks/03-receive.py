# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A received frame reaches the tap
#
# From the driver to `packet_rcv` on the way in. Everything is decided in one long function,
# `__netif_receive_skb_core`: which taps see the frame, how often, with which tag, and what comes too late to hide
# it from them.

# %% tags=["parameters"]
VERSION = "v6.12.117"

# %%
from explorer.notebook.lesson import ask, check, got, look, play
from explorer.notebook.widget import Explorer

# %load_ext explorer.notebook

# %%
w = Explorer(VERSION, "receive")
w

# %% [markdown]
# ## 1. A queue before everything
#
# A driver without NAPI, and lo, put the frame into a CPU's backlog and go on. No tap has been asked yet. If the
# backlog is full, no tap ever will be.

# %%
look(VERSION, "enqueue_to_backlog")

# %%
play("lo-twice")

# %% [markdown]
# Let the backlog be full from the start: -1 in the place of `dev_net(skb.dev).machine.max_backlog`. Play `lo-twice`
# again: which row is missing? Then let `%model --conform` say who else notices.


# %%
# %%model
def enqueue_to_backlog(skb):
    sd = this_cpu(skb.dev)
    if len(sd.input_pkt_queue) > dev_net(skb.dev).machine.max_backlog:
        sd.dropped += 1
        kfree_skb(skb)  # note: backlog-full
        return NET_RX_DROP
    if not netif_running(skb.dev):
        kfree_skb(skb)  # note: not-running
        return NET_RX_DROP
    if not sd.input_pkt_queue:
        sd.backlog = sd.backlog or napi_struct(lambda napi, quota: process_backlog(sd, quota))
        ____napi_schedule(sd, sd.backlog)
    sd.input_pkt_queue.append(skb)
    return NET_RX_SUCCESS


# %%
# %model --reset

# %%
ask("lo-twice")

# %% [markdown]
# <details><summary>Both rows are the same packet. Which of them is delivered to a program?</summary>
#
# Neither: a tap's frame is a copy. The packet itself goes on to IP after the second row, the one that says HOST.
#
# </details>
#
# **Exercise.** Three datagrams are sent over lo. How many rows has a tap for everything?

# %%
answer = None
check(answer, 3 * len(got("lo-twice", "all")))

# %% [markdown]
# ## 2. The long function
#
# Taps for everything first, then tc, then VLAN, then the device's master, and last the protocols: that order is the
# answer to half of the questions people ask about captures.

# %%
look(VERSION, "__netif_receive_skb_core")

# %%
play("vlan-tag-auxdata")

# %%
ask("vlan-tag-auxdata")

# %% [markdown]
# <details><summary>Where did the VLAN tag go?</summary>
#
# On receive `skb_vlan_untag` takes it out of the bytes before the taps are asked, and keeps it beside them: 64
# bytes became 60, and `tp_vlan_tci` says 5. On transmit it is still where the sender wrote it.
#
# </details>
#
# **Exercise.** How long is the frame that the tap "far" gets, in bytes?

# %%
answer = None
check(answer, got("vlan-tag-auxdata", "far")[0].length)

# %% [markdown]
# ## 3. Once more, under another device
#
# A VLAN device takes the frame over, and the function starts again with another `skb->dev`. The taps are walked
# again too.

# %%
look(VERSION, "vlan_do_receive")

# %%
play("vlan-device")


# %%
# %%model
def vlan_do_receive(skb):
    vlan_dev = skb.dev.vlans.get((skb.vlan_proto, skb_vlan_tag_get_id(skb)))
    if not vlan_dev:
        return False, skb
    skb = skb_share_check(skb)
    if not vlan_dev.flags & IFF_UP:
        kfree_skb(skb)
        return False, None
    skb.dev = vlan_dev  # note: vlan-device
    if skb.pkt_type == PACKET_OTHERHOST and h_dest(skb) == vlan_dev.dev_addr:
        skb.pkt_type = PACKET_HOST
    __vlan_hwaccel_clear_tag(skb)
    return True, skb


# %%
# %model --reset

# %%
ask("vlan-device")

# %% [markdown]
# **Exercise.** One frame is sent. How often does the tap on all devices see it?

# %%
answer = None
check(answer, len(got("vlan-device", "any")))

# %% [markdown]
# ## 4. Taken away by a bridge
#
# A bridge port has an `rx_handler`. It is asked after the taps for everything and before the protocols.

# %%
play("bridge-port-own-ethertype")

# %%
ask("bridge-port-own-ethertype")

# %% [markdown]
# <details><summary>Why does an LLDP daemon on a bridge port work all the same?</summary>
#
# LLDP's address is link-local: the bridge leaves such frames to the port, and the protocol lists are reached.
#
# </details>

# %% [markdown]
# ## 5. Frames for others
#
# A switch floods, a device is promiscuous: a frame for another address arrives. The tap has it, IP does not.

# %%
look(VERSION, "deliver_ptype_list_skb")

# %%
play("otherhost")

# %%
# %%live --new
lab.veth("v0", "v1")
everything = lab.tap("everything", device="v1")
for destination in ("02000000000b", "02000000000c", "ffffffffffff", "01005e000001"):
    lab.send("v0", bytes.fromhex(destination + "02000000000a88b5") + b"p" * 46)
lab.frames()

# %% [markdown]
# **Exercise.** Which packet type has a frame for a multicast address that nobody here has joined? Answer with the
# word of the table above, in quotes.

# %%
answer = None
check(answer, got("multicast", "far")[0].pkttype)
