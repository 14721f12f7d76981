"""Steps and lines that tests of the widget name."""

from __future__ import annotations

from explorer.notebook.plain import plain
from explorer.notebook.widget import Explorer

NIT, DELIVER = 10, 11  # the steps of dev_queue_xmit_nit and deliver_skb in the first tour, v3.4


def lines(widget: Explorer, text: str) -> list[int]:
    """The numbers of the lines with a text."""
    return [number for number, row in enumerate(widget.page["lines"], widget.page["first"]) if text in plain(row)]
