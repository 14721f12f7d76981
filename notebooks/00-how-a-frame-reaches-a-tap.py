# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # How a frame reaches a packet socket
#
# Somebody sends a frame, or one arrives: how does it come to the function of a packet socket, `packet_rcv` or, for
# tcpdump, `tpacket_rcv`? The answer depends on the kernel. Choose a version and run all cells; no network is needed
# for the releases that `explorer atlas list` names.

# %% tags=["parameters"]
VERSION = "v3.4"

# %%
from IPython.display import display

from explorer.notebook.widget import Explorer

w = Explorer(VERSION)
display(w)

# %% [markdown]
# User space is on top, the device below. What is sent goes down on the left, what is received comes up on the
# right; between them stand the lists that taps are on. A dashed line is a call through a pointer, a dotted one a
# queue. Click a function for its source and what is said about it; `n` and `p` walk the tour. A cell does the same
# with `w.step = 3`, `w.selected = "packet_rcv"` or `w.version = "v2.6.36"`, and `w.save("map.svg")` keeps the
# picture.

# %% [markdown]
# ## The same with file and line
#
# Each line names a function and the place that calls it. A line with an arrow says through which member of which
# struct the call goes, on which lists the kernel found it, and where the function was stored there.

# %%
from explorer import kernel
from explorer.version import Version
from explorer.views.text import Glyphs, plain, routes_text

k = kernel.open(Version.parse(VERSION), offline=True)
print(plain(routes_text(k.graph, k.routes, Glyphs(), 110)))

# %% [markdown]
# ## In one view
#
# The two ways in this version, where each claim about them stands, and what became of the note that began this
# program: it said v3.4, and quoted lines that are those of v2.6.36.

# %%
from explorer.tour.first import first
from explorer.views.first import first_lines

print(plain(first_lines(first(k), Glyphs(), 100)))

# %% [markdown]
# **Question.** Not every socket is on both ways: `ip_rcv` listens like a tap, and sees nothing that is sent. Why?
#
# <details><summary>The lists say it</summary>
#
# `dev_queue_xmit_nit` walks the lists of those who want everything. `ip_rcv` asked for one protocol, and stands on
# a list that only the receive path walks:
#
# </details>

# %%
for name in ("ip_rcv", "packet_rcv"):
    walks = {walk for call in k.graph.callers(name) if call.evidence for walk in call.evidence.walks}
    print(name)
    for found_on, walker in sorted(walks):
        print(f"    {found_on:20} walked by {walker}")

# %% [markdown]
# A word that is new to you is perhaps one of these.

# %%
from explorer.notebook.lesson import words

words()

# %% [markdown]
# Notebook 01 asks why a tap did not see a frame; 02 and 03 walk the two ways; 04 shows how a tap gets on a list,
# and 05 what its handler keeps of a frame.
