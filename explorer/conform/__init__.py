"""The model against a kernel: scenarios drawn at random, run by both, compared, cut down where they differ."""

from explorer.conform.ask import argue, asked, opened
from explorer.conform.compare import Finding, Report, conform
from explorer.conform.draws import drawn

__all__ = ["Finding", "Report", "argue", "asked", "conform", "drawn", "opened"]
