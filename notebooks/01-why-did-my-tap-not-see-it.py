# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Why did my tap not see it?
#
# You capture, you know that the frame was there, and the capture does not have it. There are only a few places
# where that is decided, and each can be looked at in the source, played in Python, and asked of the kernel you are
# running. This notebook visits five of them. Before each run say what you expect: being wrong once is worth more
# than reading twice.

# %% tags=["parameters"]
VERSION = "v6.12.117"

# %%
import sys

from explorer.notebook.lesson import ask, check, got, look, play

# %load_ext explorer.notebook

# %% [markdown]
# ## 1. The sender's own socket
#
# One program sends a frame through a packet socket and listens on the same socket. A second program listens beside
# it, a third on every device, so at the other end of the cable too. Who has the frame?

# %%
look(VERSION, "skb_loop_sk")

# %%
play("own-sender")

# %% [markdown]
# The function that decided, as it stands in the mini-kernel. Change a line, for example turn the last `is` into
# `is not`, run this cell and play the scenario again.


# %%
# %%model
def skb_loop_sk(ptype, skb):
    if not ptype.af_packet_priv or not skb.sk:
        return False
    if ptype.id_match and dev_net(skb.dev).features.skb_loop_sk:
        return ptype.id_match(ptype, skb.sk)
    return ptype.af_packet_priv is skb.sk


# %% [markdown]
# Is the changed model still a model of Linux? Drawn scenarios are run by both, and if one of them proves the edit
# wrong, the smallest such scenario is shown with both answers.

# %%
# %model --conform --scenarios 60

# %%
# %model --reset

# %% [markdown]
# And what does the kernel say that runs this notebook?

# %%
ask("own-sender")

# %% [markdown]
# <details><summary>Why does the sender hear its own frame on lo, and only there?</summary>
#
# The test stands on the transmit path, in `dev_queue_xmit_nit`. On lo the frame comes back through the receive
# path, where nobody asks who sent it: `play("own-sender-lo")` shows it arrive as HOST.
#
# </details>
#
# **Exercise.** How many frames does the sender's own tap get on lo?

# %%
answer = None
check(answer, len(got("own-sender-lo", "sender")))

# %% [markdown]
# ## 2. A tap that asked for less
#
# A socket opened for ETH_P_IP instead of ETH_P_ALL stands on another list. Which of the two lists is walked when this
# machine sends?

# %%
look(VERSION, "ptype_head")

# %%
play("eth-p-ip-out")

# %%
ask("eth-p-ip-out")

# %% [markdown]
# <details><summary>The tap "near" wanted exactly this protocol, on exactly this device. Why nothing?</summary>
#
# `dev_queue_xmit_nit` walks the lists of those who want everything, and no other. A tap for one protocol is on a
# protocol list, which only the receive path walks, behind tc and bridge. What this machine sends is never shown to
# it.
#
# </details>
#
# **Exercise.** On lo everything that is sent is also received. How many of the two passes does a tap for ETH_P_IP
# see?

# %%
answer = None
check(answer, len(got("eth-p-ip-lo", "ip")))

# %% [markdown]
# ## 3. Before the tap: the qdisc
#
# The taps stand behind the queue. What the queue drops was sent without an error, and nobody has seen it.

# %%
look(VERSION, "__dev_xmit_skb")

# %%
play("blackhole-qdisc")

# %%
ask("blackhole-qdisc")

# %% [markdown]
# <details><summary>Which counter tells that the frame was there?</summary>
#
# The qdisc's own: `tc -s qdisc show dev v0` counts it as dropped. No packet socket counts what it was never shown.
#
# </details>

# %% [markdown]
# ## 4. Beside the tap: the bypass
#
# A traffic generator sets PACKET_QDISC_BYPASS to be fast. The name speaks of the qdisc. What else does it leave out?

# %%
look(VERSION, "__dev_direct_xmit")

# %%
play("qdisc-bypass")

# %%
ask("qdisc-bypass")

# %% [markdown]
# **Exercise.** Two frames were sent, one of them with the bypass. How many does the tap on the sending device have?

# %%
answer = None
check(answer, len(got("qdisc-bypass", "near")))

# %% [markdown]
# ## 5. Behind the tap's own door: filter and buffer
#
# The frame was shown to the tap, and the tap did not keep it. Two reasons, and only one of them is counted.

# %%
look(VERSION, "packet_rcv")

# %%
play("filter-drop")

# %%
ask("receive-buffer-full")

# %% [markdown]
# <details><summary>Which of the two does <code>tp_drops</code> count?</summary>
#
# Only the full buffer. What the filter refused was not wanted, so it is counted nowhere, not in `tp_packets` either.
#
# </details>
#
# **Exercise.** The small tap counted twenty frames. How many of them can it read?

# %%
answer = None
check(answer, len(got("receive-buffer-full", "small")))

# %% [markdown]
# ## Your own machine
#
# `explorer why` answers in words, for a tap and a frame you describe, and for the machine it runs on: see
# `explorer why -h`.

# %%
# !{sys.executable} -m explorer why {VERSION} "why does my ETH_P_IP socket see no outgoing packets" --offline
