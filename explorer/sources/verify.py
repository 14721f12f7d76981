"""How sure we are of bytes, and why.

Best first: the blob id of the release is known (data/blobs.json); the mirror told a blob id; a git repository gave the
object; the bytes have the shape of C and no more is known. What comes over a network is refused where it is not what
it claims to be. What lies on the reader's disk is what the reader says it is: there a difference is only remarked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from explorer.errors import DataError, UnverifiedError
from explorer.resources import data_path
from explorer.sources.values import blob_id
from explorer.version import Version

__all__ = ["KnownBlob", "fetched", "join", "known", "known_as", "local", "recoded", "shape_faults"]

_FIRM = ("official tag", "mainline release commit", "two independent imports agree")
_NOT_CODE = re.compile(
    rb'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|/\*.*?\*/',  # strings first: "/*" opens no comment
    re.DOTALL,
)
_CONDITION = re.compile(rb"^[ \t]*#[ \t]*(if|ifdef|ifndef|endif)\b", re.MULTILINE)
_HTML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|\?xml)\b", re.IGNORECASE)
_TITLE = re.compile(rb"<title[^>]*>\s*(.{1,60}?)\s*(?:</title|$)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class KnownBlob:
    """The blob id a file of a release was seen to have, and why we believe it."""

    blob: str
    why: str

    @property
    def firm(self) -> bool:
        """Whether a text that differs may be refused; otherwise the id was only seen before."""
        return self.why in _FIRM


@cache
def _table() -> dict[str, dict[str, KnownBlob]]:
    import json

    try:
        table = json.loads(data_path("blobs.json").read_bytes())
        return {
            tag: {path: KnownBlob(blob, entry["why"]) for path, blob in entry["files"].items()}
            for tag, entry in table.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"data/blobs.json: {error}") from error


def known(version: Version, path: str) -> KnownBlob | None:
    """What data/blobs.json says of a file of a release."""
    return _table().get(str(version), {}).get(path)


def known_as(blob: str) -> tuple[tuple[Version, str], ...]:
    """Every release and path that data/blobs.json knows a blob by."""
    rows = ((tag, path) for tag, files in _table().items() for path, each in files.items() if each.blob == blob)
    return tuple((Version.parse(tag), path) for tag, path in rows)


def fetched(version: Version, path: str, text: bytes, told: str | None, complete: bool) -> tuple[str, str]:
    """(verified, remark) of bytes from a mirror, or UnverifiedError.

    `told` is the blob id the mirror sent along; `complete` is False where it did not say how long the body is.
    """
    found, expected = blob_id(text), known(version, path)
    if expected and expected.firm:
        if found != expected.blob:
            raise _differs(version, path, found, expected.blob, expected.why)
        return "known blob", ""
    if told and found != told:
        raise _differs(version, path, found, told, "told by the mirror")
    if faults := shape_faults(path, text):
        raise UnverifiedError(f"{path} of {version}: {', '.join(faults)}; thrown away")
    seen = expected is not None and found == expected.blob
    sure = "blob id told" if told else "seen before" if seen else "shape only"
    unsure = "the mirror did not say how long it is" if sure == "shape only" and not complete else ""
    return sure, join("" if seen else _difference(version, expected), unsure)


def recoded(version: Version, path: str, text: bytes) -> bytes:
    """The bytes before a mirror took them for latin-1 and sent UTF-8, if that gives the blob id that is known."""
    expected = known(version, path)
    if expected and blob_id(text) != expected.blob:
        try:
            before = text.decode("utf-8").encode("latin-1")
        except UnicodeError:
            return text
        if blob_id(before) == expected.blob:
            return before
    return text


def local(version: Version, path: str, text: bytes, otherwise: str = "shape only") -> tuple[str, str]:
    """(verified, remark) of bytes from the reader's disk; never refuses.

    A vendor's file is compared with the release it is based on. `otherwise` is what its source established itself.
    """
    expected = known(version.base, path)
    same = expected is not None and blob_id(text) == expected.blob
    vendor = f"vendor tree ({version.suffix.lstrip('-')})" if version.suffix else ""
    if expected and same:
        return "known blob" if expected.firm else "seen before", vendor
    return otherwise, join(vendor, _difference(version.base, expected), *shape_faults(path, text))


def shape_faults(path: str, text: bytes) -> tuple[str, ...]:
    """What tells that bytes are no kernel file: a web page, NUL, CR, a cut end, #if that does not balance."""
    return tuple(_faults(path, text))


def join(*remarks: str) -> str:
    """Several remarks as one."""
    return "; ".join(filter(None, remarks))


def _faults(path: str, text: bytes) -> Iterator[str]:
    if _HTML.match(text):
        title = _TITLE.search(text[:4096])
        said = f" ({title[1].decode('ascii', 'replace')!r})" if title else ""
        yield f"a web page instead of a file{said}"
    if b"\0" in text:
        yield "a NUL byte in it"
    if b"\r" in text:
        yield "a carriage return in it"
    if not text.endswith(b"\n"):
        yield "no newline at its end"
    if path.endswith((".c", ".h")) and not _balanced(text):
        yield "#if and #endif do not balance"


def _balanced(text: bytes) -> bool:
    depth = 0
    for condition in _CONDITION.finditer(_NOT_CODE.sub(b" ", text)):
        depth += -1 if condition[1] == b"endif" else 1
        if depth < 0:
            return False
    return depth == 0


def _differs(version: Version, path: str, found: str, expected: str, why: str) -> UnverifiedError:
    return UnverifiedError(f"{path} of {version} came with blob id {found}, but it is {expected} ({why}); thrown away")


def _difference(version: Version, expected: KnownBlob | None) -> str:
    return f"differs from the blob seen before ({version}, {expected.why}: {expected.blob[:12]})" if expected else ""
