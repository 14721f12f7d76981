"""Which mirrors answer, how fast, and how sure their copy of a file is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from explorer.errors import SourceError
from explorer.sources.ask import Asker
from explorer.sources.catalogue import Mirror
from explorer.sources.clone import Clone
from explorer.sources.dialects import GIT
from explorer.sources.http import Http, Limits
from explorer.sources.values import Log, SourceFile
from explorer.version import Version

__all__ = ["Probe", "probe"]

_PROBING = Limits(connect=5, read=5, whole=15, patience=0, attempts=1)


@dataclass(frozen=True, slots=True)
class Probe:
    """What came of asking one mirror for one file; `error` is empty where it gave it. `seconds` is how long it took."""

    mirror: Mirror
    seconds: float
    size: int = 0
    blob: str = ""
    verified: str = ""
    remark: str = ""
    error: str = ""


def probe(
    mirrors: Sequence[Mirror], version: Version, path: str, http: Http | None = None, log: Log = lambda line: None
) -> tuple[Probe, ...]:
    """Ask every mirror for a file at once, each only a single time; nothing is kept."""
    from concurrent.futures import ThreadPoolExecutor

    asker = Asker(http or Http(_PROBING), log)

    def one(mirror: Mirror) -> Probe:
        begun = time.monotonic()
        try:
            if mirror.dialect == GIT:
                Clone(mirror.repository(version), log).check(version)
                return Probe(mirror, time.monotonic() - begun, remark="has the tag; git would fetch the files")
            return _found(mirror, asker.file(mirror, version, path), time.monotonic() - begun)
        except SourceError as error:
            return Probe(mirror, time.monotonic() - begun, error=str(error))

    with ThreadPoolExecutor(max(len(mirrors), 1)) as pool:
        found = tuple(pool.map(one, mirrors))
    return tuple(_compared(each, found) for each in found)


def _found(mirror: Mirror, file: SourceFile, seconds: float) -> Probe:
    origin = file.origin
    return Probe(mirror, seconds, len(file.text), file.blob, origin.verified, origin.remark)


def _compared(each: Probe, found: Sequence[Probe]) -> Probe:
    """Where a mirror alone proves nothing, whether another has the same bytes."""
    same = [other.mirror.name for other in found if other is not each and other.blob and other.blob == each.blob]
    if each.verified == "shape only" and same:
        return replace(each, verified="two mirrors agree", remark=f"as {same[0]} has it")
    return each
