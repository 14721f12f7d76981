"""What Markdown and notebooks say of the kernel's lines, compared with a release."""

from __future__ import annotations

from explorer.quotes.claims import Claim, read_claims
from explorer.quotes.elsewhere import Elsewhere
from explorer.quotes.reading import Column, Reading, reading
from explorer.quotes.verdicts import Outcome, Verdict, judged

__all__ = ["Claim", "Column", "Elsewhere", "Outcome", "Reading", "Verdict", "judged", "read_claims", "reading"]
