# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Appendix A: filters
#
# `tcpdump -i eth0 udp` is a small program of classic BPF that the kernel runs for each frame. What it returns is a
# number of bytes: none means "not for me". Here such programs are written, run on frames, and given to the kernel.

# %% tags=["parameters"]
VERSION = "v6.12.117"

# %%
from explorer.model.filter import FilterError, assemble, bpf_check_classic, disassemble
from explorer.notebook.lesson import ask, check, got, look, play

# %load_ext explorer.notebook

# %%
look(VERSION, "run_filter")

# %% [markdown]
# ## A program
#
# In the notation of `tcpdump -d`: load the half word at offset 12, compare it with an ethertype, return.

# %%
program = assemble("""
(000) ldh      [12]
(001) jeq      #0x88b5          jt 2    jf 3
(002) ret      #262144
(003) ret      #0
""")
for instruction in program:
    print(instruction)

# %% [markdown]
# The kernel checks a program before it takes it. A jump out of the program, or an end that is no `ret`, is refused:

# %%
try:
    bpf_check_classic(assemble("(000) ldh [12]\n(001) jeq #0x800 jt 2 jf 3\n(002) ret #1"))
except FilterError as refused:
    print("refused:", refused)

# %% [markdown]
# ## Not in the bytes
#
# Loads from negative offsets, from -4096 on, ask the skb instead of the frame: -4092 is the packet type, and -4052
# the VLAN tag that the device or the kernel has taken out. This filter lets everything pass but what this machine
# sends:

# %%
print(disassemble(assemble("(000) ldh [-4092]\n(001) jeq #0x4 jt 2 jf 3\n(002) ret #0\n(003) ret #262144")))
play("filter-drop")

# %%
ask("filter-drop")

# %% [markdown]
# <details><summary>Such a filter works live. Why does it not work on a saved file?</summary>
#
# A file has the bytes and nothing else. What the skb knew beside them, packet type, interface, a tag taken out, is
# gone, unless the program that saved the frame has written it somewhere.
#
# </details>

# %% [markdown]
# ## In the kernel
#
# A tap of one's own with the same program. Change the number in `ret` and look at the length that is read.

# %%
# %%live --new
lab.veth("v0", "v1")
cut = lab.tap("cut", device="v1", filter="(000) ldh [12]\n(001) jeq #0x88b5 jt 2 jf 3\n(002) ret #20\n(003) ret #0")
lab.send("v0", bytes.fromhex("02000000000b02000000000a88b5") + b"p" * 46)
lab.send("v0", bytes.fromhex("02000000000b02000000000a88b6") + b"p" * 46)
print(cut.frames().hex())

# %% [markdown]
# **Exercise.** Write a program that keeps 14 bytes of every frame and attach it in the cell above. What does
# `tp_packets` count when two frames were sent, 0, 1 or 2?

# %%
answer = None
check(answer, 2)
