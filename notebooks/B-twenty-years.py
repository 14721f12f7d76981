# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Appendix B: twenty years of one path
#
# The path is older than most of its readers. This appendix asks 45 releases at once, without the network: what
# changed between one and the next, on the way from a frame to a packet socket? Every answer is read from the facts
# of the sources; none names a commit it has not seen, only the two releases between which the change lies. A cell
# that asks all the releases takes some seconds.

# %% tags=["parameters"]
VERSION = "v6.12.117"
OLD = "v2.6.36"

# %%
import sys

from explorer import kernel
from explorer.history import history
from explorer.notebook.lesson import check
from explorer.version import Version
from explorer.views.history import history_lines
from explorer.views.text import Glyphs, plain

# %% [markdown]
# ## One function's neighbours
#
# Who called `dev_queue_xmit_nit`, and from which release on? The first answer explains why old notes name
# `dev_hard_start_xmit` and new ones `xmit_one`.

# %%
print(plain(history_lines(history("dev_queue_xmit_nit"), Glyphs(), 100)))

# %% [markdown]
# ## The lists
#
# On which lists is a tap found, and who walks them? Two lists for years, then those of each device, then those of
# each namespace.

# %%
for name in ("v2.6.12", "v3.18.20", "v4.4.155", "v6.12.117", "v6.19"):
    k = kernel.open(Version.parse(name), offline=True)
    walks = sorted({walk for call in k.graph.callers("packet_rcv") if call.evidence for walk in call.evidence.walks})
    print(name)
    for found_on, walker in walks:
        print(f"    {found_on:24} walked by {walker.partition('@')[0]}")

# %% [markdown]
# ## A note that rotted
#
# The note that started this project said "v3.4" and quoted line 1505 for `dev_queue_xmit_nit`. Which releases have
# the function there?

# %%
from explorer import atlas

for version in atlas.known():
    rows = [row for facts in kernel.open(version, offline=True).facts for row in facts.definitions]
    if any((row.name, row.line) == ("dev_queue_xmit_nit", 1505) for row in rows):
        print(version)

# %% [markdown]
# **Exercise.** In which line does v3.4 itself have it?

# %%
answer = None
check(answer, kernel.open(Version.parse("v3.4"), offline=True).function("dev_queue_xmit_nit")[0].line)

# %% [markdown]
# ## Two releases, side by side
#
# What moved, what changed, what is new between two releases of your choice. In the widget of the other notebooks
# the same is shown as a picture.

# %%
# !{sys.executable} -m explorer diff {OLD} {VERSION} dev_queue_xmit_nit --offline

# %% [markdown]
# ## Everything, release by release

# %%
print(plain(history_lines(history(since=Version.parse("v4.4")), Glyphs(), 100)))
