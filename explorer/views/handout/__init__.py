"""A handout as one HTML file, as a PDF, as Markdown."""

from __future__ import annotations

from explorer.views.handout.html import html
from explorer.views.handout.markdown import markdown
from explorer.views.handout.pdf import PAPERS, pdf

__all__ = ["PAPERS", "html", "markdown", "pdf"]
