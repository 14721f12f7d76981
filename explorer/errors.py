"""Every exception of the package.

    ExplorerError
      VersionError               not a kernel version
      PatternError               not a lazy pattern, or it fits no statement or several
      DataError                  a file under data/ says something it must not
      SourceError
        PathError                not a path inside a kernel tree
        MirrorError              no mirror gave the file; carries every attempt
        NotInVersionError        the release does not have the file
        OfflineError             needs the network, and was told not to use it
        UnverifiedError          the bytes are not what they claim to be
        StoreError               the store cannot be read or written
      GraphError
        FunctionNotFoundError    carries the nearest names
        AmbiguousFunctionError   carries the candidates
        NoRouteError             carries what was reached
      TourError                  carries file, key and line of the offending data
      LiveError
        PrivilegeError           carries what is needed
        NetnsError
        TraceError

Each message says what was asked, what was found and what to type next; each error keeps the values it speaks of.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "AmbiguousFunctionError",
    "DataError",
    "ExplorerError",
    "FunctionNotFoundError",
    "GraphError",
    "LiveError",
    "MirrorError",
    "NetnsError",
    "NoRouteError",
    "NotInVersionError",
    "OfflineError",
    "PathError",
    "PatternError",
    "PrivilegeError",
    "SourceError",
    "StoreError",
    "TourError",
    "TraceError",
    "UnverifiedError",
    "VersionError",
]


class ExplorerError(Exception):
    """The base of everything this package raises on purpose."""


class VersionError(ExplorerError):
    """A text is not a kernel version, or not the version that was asked for."""


class PatternError(ExplorerError):
    """A lazy pattern cannot be read, fits nothing, or fits more than one statement."""


class DataError(ExplorerError):
    """A data file is not what its schema promises."""


class SourceError(ExplorerError):
    """The text of a kernel file could not be had."""


class PathError(SourceError):
    """A path does not name a file inside a kernel tree."""


class MirrorError(SourceError):
    """No mirror gave the file; `attempts` holds (mirror, what happened) in the order tried."""

    def __init__(self, message: str, attempts: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.attempts = tuple(attempts)


class NotInVersionError(SourceError):
    """A release does not have a file, or a mirror does not have a release."""

    def __init__(self, message: str, version: object = None, path: str = "") -> None:
        super().__init__(message)
        self.version = version
        self.path = path


class OfflineError(SourceError):
    """The answer needs the network, which --offline forbids."""


class UnverifiedError(SourceError):
    """Bytes are not what they claim to be; they were thrown away."""


class StoreError(SourceError):
    """The store cannot be read or written."""


class GraphError(ExplorerError):
    """A question about a call graph has no answer."""


class FunctionNotFoundError(GraphError):
    """No function of that name; `near` holds the closest names."""

    def __init__(self, message: str, near: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.near = tuple(near)


class AmbiguousFunctionError(GraphError):
    """Several functions of that name; `candidates` holds them as FUNC@SRC."""

    def __init__(self, message: str, candidates: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)


class NoRouteError(GraphError):
    """No route between two functions; `reached` holds the last functions that were."""

    def __init__(self, message: str, reached: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.reached = tuple(reached)


class TourError(ExplorerError):
    """A tour's data is wrong at a known place."""

    def __init__(self, message: str, file: str = "", key: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.file = file
        self.key = key
        self.line = line


class LiveError(ExplorerError):
    """The running kernel could not be asked."""


class PrivilegeError(LiveError):
    """A right is missing; `need` names it."""

    def __init__(self, message: str, need: str = "") -> None:
        super().__init__(message)
        self.need = need


class NetnsError(LiveError):
    """A network namespace could not be made or entered."""


class TraceError(LiveError):
    """The real path of a frame could not be recorded."""
