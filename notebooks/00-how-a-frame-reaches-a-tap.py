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
# ## What is not so
#
# Not every frame passes here. A socket that registered for one protocol is on another list, which
# `dev_queue_xmit_nit` does not walk: `ip_rcv` is a target of the receive path only.

# %%
for name in ("ip_rcv", "packet_rcv"):
    walks = {walk for call in k.graph.callers(name) if call.evidence for walk in call.evidence.walks}
    print(name)
    for found_on, walker in sorted(walks):
        print(f"    {found_on:20} walked by {walker}")
