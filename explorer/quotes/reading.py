"""A text against releases: the one asked for; else the one that fits best, and those the text speaks of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from explorer import atlas, kernel
from explorer.errors import SourceError
from explorer.kernel import Kernel
from explorer.quotes.claims import Claim
from explorer.quotes.verdicts import Outcome, Read, Verdict, judged
from explorer.version import Version

__all__ = ["Column", "Reading", "reading"]

Open = Callable[[Version], Kernel]


@dataclass(frozen=True, slots=True)
class Column:
    """The claims in one release, in order."""

    version: Version
    verdicts: tuple[Verdict, ...]

    @property
    def exact(self) -> int:
        """How many claims are exact."""
        return sum(verdict.outcome is Outcome.EXACT for verdict in self.verdicts)


@dataclass(frozen=True, slots=True)
class Reading:
    """The claims of a text, and what is true of them: in the release that fits best, and in those that it names.

    `beyond` are releases it names that are not at hand; `equal` those that fit as well as the best. With `asked`, the
    one column is of the release that was asked for.
    """

    claims: tuple[Claim, ...]
    columns: tuple[Column, ...]
    equal: tuple[Version, ...] = ()
    beyond: tuple[Version, ...] = ()
    asked: bool = False

    @property
    def best(self) -> Column | None:
        """The release that was asked for, or that fits best."""
        return self.columns[0] if self.columns else None

    def own(self, claim: int) -> Verdict:
        """What is true of a claim in the release it is made of: the one the text names, else the best."""
        named = self.claims[claim].version
        if named in self.beyond:
            return Verdict(Outcome.UNREAD, (), f"{named} is not at hand; `explorer fetch {named}` brings it")
        column = next((column for column in self.columns if column.version == named), self.columns[0])
        return column.verdicts[claim]

    @property
    def holds(self) -> bool:
        """Whether every claim is exact in the release it is made of."""
        return all(self.own(number).outcome is Outcome.EXACT for number in range(len(self.claims)))


def reading(claims: tuple[Claim, ...], open_: Open, near: Iterable[Kernel] = (), read: Read | None = None) -> Reading:
    """The claims against the release that fits best, of `near` and the atlas, and against those that they name.

    `read` gives files that no frame's path runs through, for all but the choice among the atlas's releases.
    """
    if not claims:
        return Reading((), ())
    named = tuple(dict.fromkeys(claim.version for claim in claims if claim.version))
    columns = {each.version: Column(each.version, judged(each, claims, read)) for each in near}
    beyond = []
    for version in named:
        try:
            columns[version] = columns.get(version) or Column(version, judged(open_(version), claims, read))
        except SourceError:
            beyond.append(version)
    ranked = _ranked([*columns.values(), *(_known(each, claims) for each in _finals() if each not in columns)], named)
    if 0 < ranked[0].exact < len(claims):
        candidates = (_known(version, claims) for version in _candidates(ranked[0].version))
        ranked = _ranked([*ranked, *candidates], named)
    best = ranked[0].version
    if best not in columns and ranked[0].exact:
        with suppress(SourceError):
            ranked[0] = Column(best, judged(open_(best), claims, read))
    equal = tuple(column.version for column in ranked[1:] if column.exact == ranked[0].exact)
    shown = (ranked[0], *(columns[version] for version in named if version in columns and version != best))
    return Reading(claims, shown, equal, tuple(beyond))


def _ranked(columns: Iterable[Column], named: Sequence[Version]) -> list[Column]:
    """The one that fits best first; of equals, one that the text names, then the older."""
    return sorted(columns, key=lambda column: (-column.exact, column.version not in named, column.version))


def _finals() -> list[Version]:
    return [version for version in atlas.known() if version.rc is None]


def _candidates(version: Version) -> list[Version]:
    """The release candidates on either side of a release."""
    later = next((each for each in _finals() if each > version), version)
    earlier = next((each for each in reversed(_finals()) if each < version), version)
    return [each for each in atlas.known() if each.rc is not None and earlier < each < later]


def _known(version: Version, claims: tuple[Claim, ...]) -> Column:
    return Column(version, judged(kernel.open(version, offline=True), claims))
