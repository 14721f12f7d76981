"""The real path of a real frame: Trace, and its overlay on a CallGraph."""

from __future__ import annotations

from explorer.trace.overlay import Link, Overlay, overlay
from explorer.trace.values import Frame, Trace

__all__ = ["Frame", "Link", "Overlay", "Trace", "overlay"]
