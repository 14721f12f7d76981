"""What became of a text's claims, for a terminal and as values for JSON."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.quotes import Claim, Column, Outcome, Reading, Verdict
from explorer.version import Location
from explorer.views.terminal import expanded, folded
from explorer.views.text import Line

__all__ = ["reading_lines", "reading_values"]

_STYLES = {Outcome.EXACT: "green", Outcome.UNREAD: "yellow"}
_INDENT = 16


def reading_lines(name: str, read: Reading, width: int) -> Iterator[Line]:
    """A text: which release it fits, then each claim with its outcome in the release it is made of."""
    yield (("bold", expanded(name, 0)), ("", f"  {_fits(read)}"))
    for number, claim in enumerate(read.claims):
        own = read.own(number)
        yield ((_STYLES.get(own.outcome, "bold red"), f"  {own.outcome:<12}  "), ("", f"{claim.where}  {_said(claim)}"))
        if own.outcome is not Outcome.EXACT:
            told = "; ".join(_told(read, own, number))
            yield from ((("dim", " " * _INDENT + line),) for line in folded(told, width - _INDENT))


def _fits(read: Reading) -> str:
    if read.best is None or not read.claims:
        return "says nothing of a line of the kernel"
    count = len(read.claims)
    named = [f"{column.version}, which it names: {column.exact}" for column in read.columns[1:]]
    if not read.best.exact and not read.asked:
        return f"no release at hand fits: of {count} none is exact"
    others = f" (as do {_several(read)})" if read.equal else ""
    best = "" if read.asked else f" fits best{others}"
    return "; ".join([f"{read.best.version}{best}: {read.best.exact} of {count} exact", *named])


def _several(read: Reading) -> str:
    words = ", ".join(map(str, read.equal[:3]))
    return f"{words} and {len(read.equal) - 3} more" if len(read.equal) > 3 else words


def _said(claim: Claim) -> str:
    name = claim.name.replace(".", "->") + " called" * claim.call
    what = f"`{claim.code[0].strip()[:50]}`" if claim.code else name
    place = f" at {claim.path or 'line'}{':' if claim.path else ' '}{claim.line}" if claim.line else ""
    return expanded(f"{what}{place}", 0)


def _told(read: Reading, own: Verdict, number: int) -> Iterator[str]:
    """Where it stands in its own release, and in which of the others it is exact."""
    if own.places:
        yield f"in {own.places[0].version} at {_places(own.places)}"
    if own.remark:
        yield expanded(own.remark, 0)
    if exact := [str(column.version) for column in read.columns if _is_exact(column, number)]:
        yield f"exact in {', '.join(exact)}"


def _is_exact(column: Column, number: int) -> bool:
    return column.verdicts[number].outcome is Outcome.EXACT


def _places(places: tuple[Location, ...]) -> str:
    by_path: dict[str, list[str]] = {}
    for place in places:
        by_path.setdefault(place.path, []).append(str(place.line))
    return ", ".join(f"{path}:{', '.join(lines)}" for path, lines in by_path.items())


def reading_values(name: str, read: Reading) -> dict[str, object]:
    """A text as values."""
    releases = [{"version": each.version, "exact": each.exact, "verdicts": each.verdicts} for each in read.columns]
    return {
        "file": name,
        "holds": read.holds,
        "claims": read.claims,
        "releases": releases,
        "equal": read.equal,
        "beyond": read.beyond,
    }
