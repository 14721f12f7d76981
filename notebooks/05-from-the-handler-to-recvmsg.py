# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # From the handler to recvmsg
#
# The frame has been shown to the tap. Now the tap's own functions decide how much of it is kept, where, and what the
# program is told beside the bytes.

# %% tags=["parameters"]
VERSION = "v6.12.117"

# %%
from explorer.notebook.lesson import ask, check, got, look, play
from explorer.notebook.widget import Explorer

# %load_ext explorer.notebook

# %%
w = Explorer(VERSION, "deliver")
w

# %% [markdown]
# ## 1. packet_rcv
#
# Filter, room, clone, address, queue: in this order. It is the order that tells why a small buffer still takes one
# very large frame, and why an unwanted frame costs no clone here.

# %%
look(VERSION, "packet_rcv")

# %%
play("snap-length")


# %%
# %%model
def run_filter(skb, sk, res):
    if sk.sk_filter is not None:
        res = bpf_prog_run(sk.sk_filter, skb)
    return res


# %% [markdown]
# Cut one byte more than the filter asks for, `res - 1`, and let the kernel argue. The smallest scenario it finds is
# very small.

# %%
# %model --conform --scenarios 60

# %%
# %model --reset

# %%
ask("snap-length")

# %% [markdown]
# <details><summary>Where does a program learn how long the frame was?</summary>
#
# `tp_len` in auxdata: noted down before the cut. Without auxdata a snapped frame cannot be told from a short one.
#
# </details>
#
# **Exercise.** The frame has 60 bytes and the filter returns 20. How many bytes does the tap "cut" read?

# %%
answer = None
check(answer, len(got("snap-length", "cut")[0].data) // 2)

# %% [markdown]
# ## 2. With or without the link header
#
# SOCK_RAW steps back to the link header, SOCK_DGRAM begins behind it. For an outgoing frame "behind it" is where the
# sender set the network header.

# %%
play("dgram-cooked")

# %%
ask("dgram-cooked")

# %% [markdown]
# ## 3. No room
#
# The test is made before the frame is added, and what fails it is counted.

# %%
play("receive-buffer-full")

# %%
ask("receive-buffer-full")

# %% [markdown]
# ## 4. The ring
#
# tcpdump's frames do not end in `packet_rcv`: libpcap maps a ring, and its handler is `tpacket_rcv`. A slot that
# nobody has given back is no slot.

# %%
look(VERSION, "tpacket_rcv")

# %%
ask("ring-full")

# %%
# %%live --new
lab.veth("v0", "v1")
slow = lab.tap("slow", device="v1", ring=2)
for _ in range(300):
    lab.send("v0", bytes.fromhex("02000000000b02000000000a88b5") + b"p" * 46)
print("tp_packets, tp_drops:", slow.statistics())
len(slow.frames())

# %% [markdown]
# <details><summary>300 counted, 44 dropped: how many are in the ring?</summary>
#
# 256. `tp_packets` has the drops in it; what can be read is the difference.
#
# </details>

# %% [markdown]
# ## 5. recvmsg
#
# What stands in `sockaddr_ll` and in auxdata, and where each of it comes from.

# %%
look(VERSION, "packet_recvmsg")

# %%
# %%live --new
import socket

lab.veth("v0", "v1")
tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
tap.bind(("v1", 0x0003))
tap.setsockopt(263, 8, 1)  # SOL_PACKET, PACKET_AUXDATA
tap.settimeout(2)
lab.send("v0", bytes.fromhex("02000000000b02000000000a8100000588b5") + b"p" * 46)
data, ancillary, flags, address = tap.recvmsg(2048, 256)
print(len(data), "bytes;", "device, protocol, type:", address[:3])
print("tpacket_auxdata:", ancillary[0][2].hex(" ", 4))

# %% [markdown]
# ## 6. The whole way, as a kernel went it
#
# Debian's 6.12 was watched while one frame went from a sender to two taps. The line of each call is the one that its
# debug symbols tell; a function that the compiler put into another says so.

# %%
from explorer.trace import trace

way = trace("two-taps", "v6.12.117")
way

# %% [markdown]
# And function by function, with `n` and `p`. On your own machine `trace("two-taps")` takes the way anew in a User Mode
# Linux, and `trace("two-taps", build="linux-6.1")` makes one from a kernel tree.

# %%
Explorer(trace=way)

# %% [markdown]
# **Exercise.** The old SOCK_PACKET is told neither direction nor type. How many rows does its tap have of one
# datagram on lo?

# %%
play("spkt")

# %%
answer = None
check(answer, len(got("spkt", "old")))
