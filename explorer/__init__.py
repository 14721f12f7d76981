"""An annotated source explorer of the Linux packet path that stays true."""

from __future__ import annotations

__version__ = "0.1.0"
