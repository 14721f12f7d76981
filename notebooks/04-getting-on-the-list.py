# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # How a tap gets on a list
#
# `socket`, `bind`, `setsockopt`: three calls that make a tap. Which list it stands on afterwards decides everything
# that the other notebooks show.

# %% tags=["parameters"]
VERSION = "v6.12.117"

# %%
from explorer.notebook.lesson import ask, check, got, look, play
from explorer.notebook.widget import Explorer

# %load_ext explorer.notebook

# %%
w = Explorer(VERSION, "register")
w

# %% [markdown]
# ## 1. socket()
#
# With a protocol in the call the socket listens at once, on every device of the network namespace, until `bind`
# names one.

# %%
look(VERSION, "packet_create")

# %%
play("tap-before-bind")


# %%
# %%model
def packet_create(net, type, protocol, name=""):
    sk = po = packet_sock(net, type, name=name)
    po.num = protocol
    packet_cached_dev_reset(po)
    po.prot_hook.func = packet_rcv
    if type == SOCK_PACKET:
        po.prot_hook.func = packet_rcv_spkt
    po.prot_hook.af_packet_priv = sk
    po.prot_hook.af_packet_net = sock_net(sk)
    if protocol:  # note: tap-before-bind
        po.prot_hook.type = protocol
        register_prot_hook(sk)
    net.sklist.append(sk)
    return sk


# %%
# %model --reset

# %%
ask("tap-before-bind")

# %% [markdown]
# <details><summary>A capture of eth1 begins with two frames of eth0. Whose mistake?</summary>
#
# The program's: it opened the socket with ETH_P_ALL and bound it afterwards. Opened with protocol 0 it hears
# nothing until bind() names device and protocol.
#
# </details>

# %% [markdown]
# The handler is a pointer in the socket, and `/proc/net/ptype` prints it. Four handlers can stand there; a plain
# socket, a ring and a fanout group each have their own.

# %%
# %%live --new
from pathlib import Path

lab.veth("v0", "v1")
plain = lab.tap("plain", device="v0")
ring = lab.tap("ring", device="v0", ring=2)
old = lab.tap("old", type="packet", protocol=0x88B5)
print(Path("/proc/net/ptype").read_text())

# %% [markdown]
# ## 2. bind()
#
# Binding takes the hook off one list and puts it on another, at the front. What was queued before stays queued.

# %%
look(VERSION, "packet_do_bind")

# %%
play("bound-elsewhere")

# %%
ask("bound-elsewhere")

# %% [markdown]
# ## 3. Which list
#
# Two lists until 3.19, those of each device since 4.0, those of each network namespace since 6.18. This function
# chooses.

# %%
look(VERSION, "ptype_head")


# %%
# %%model
def ptype_head(pt):
    net = pt.af_packet_net
    per_device = pt.dev is not None and net.features.per_device_lists
    if pt.type == ETH_P_ALL:  # note: eth-p-all
        return pt.dev.ptype_all if per_device else net.ptype_all
    if per_device:
        return pt.dev.ptype_specific
    return net.ptype_specific if net.features.per_netns_lists else net.machine.ptype_base


# %% [markdown]
# Let every tap stand on the list for everything: in the first `if`, write `if True:`. Whom would that please, and
# what would they complain about?

# %%
# %model --reset

# %%
play("eth-p-ip-lo")

# %% [markdown]
# <details><summary>How did older kernels differ?</summary>
#
# Run `play("eth-p-ip-lo", "v3.4")`: the model then does what the facts of that release decide, and there the list
# of a device does not exist yet. A bound tap stands with all others, and is passed over on every other device.
#
# </details>

# %% [markdown]
# ## 4. Down, up, gone
#
# A device that goes down takes its bound taps off their lists, and tells each reader once.

# %%
look(VERSION, "packet_notifier")

# %%
play("device-down")

# %%
ask("device-down")

# %% [markdown]
# **Exercise.** How many frames did the bound tap get, of those sent before, during and after?

# %%
answer = None
check(answer, len(got("device-down", "bound")))

# %% [markdown]
# ## 5. Several sockets, one place
#
# In a fanout group the sockets share one hook. A group takes turns, or follows flows, CPUs or free room.

# %%
look(VERSION, "fanout_add")

# %%
play("fanout-lb")

# %%
ask("fanout-lb")

# %% [markdown]
# <details><summary>A second capture, outside the group, runs beside it. What does it get?</summary>
#
# Everything. The group is one tap among others; only among its members the frames are shared out.
#
# </details>
#
# **Exercise.** The four frames carry the bytes 1, 2, 3 and 4. Which of them is the first that member "zero" gets?

# %%
answer = None
check(answer, int(got("fanout-lb", "zero")[0].data[-2:]))
