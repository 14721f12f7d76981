"""The real path of a real frame: Trace, and its overlay on a CallGraph.

from explorer.trace import trace
trace("two-taps")  # in a User Mode Linux of your own, or as it was recorded
"""

from __future__ import annotations

from explorer.trace.overlay import Link, Overlay, overlay
from explorer.trace.take import Taken, trace
from explorer.trace.values import Frame, Trace

__all__ = ["Frame", "Link", "Overlay", "Taken", "Trace", "overlay", "trace"]
