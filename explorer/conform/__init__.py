"""The model against a kernel: scenarios drawn at random, run by both, compared, cut down where they differ."""

from explorer.conform.compare import Finding, Report, conform
from explorer.conform.draws import drawn
from explorer.conform.recorded import argue

__all__ = ["Finding", "Report", "argue", "conform", "drawn"]
