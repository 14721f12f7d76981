"""A handout as a PDF, tagged and with an outline: the extra `pdf`."""

from __future__ import annotations

from explorer.errors import ExplorerError
from explorer.handout import Handout
from explorer.views.handout.html import html

__all__ = ["PAPERS", "pdf"]

PAPERS = ("a4", "letter")


def pdf(handout: Handout, paper: str = "a4") -> bytes:
    """Print a handout; ExplorerError where weasyprint is not installed, or lacks a library of its own."""
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetchingError
    except (ImportError, OSError) as error:
        raise ExplorerError(
            f"a PDF needs weasyprint, and that Pango, of which one is not installed ({error}): "
            "pip install 'packet-path-explorer[pdf]'; Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0"
        ) from error

    def refuse(url: str, *_: object, **__: object) -> object:
        raise URLFetchingError(f"a handout asks for nothing, not for {url}")

    document = HTML(string=html(handout, paper), url_fetcher=refuse)
    return bytes(document.write_pdf(pdf_variant="pdf/ua-1"))
