"""One careful GET.

requests does not notice a body cut without Content-Length, nor a gzip stream that ends early, and its read timeout
never fires on a server that drips. So we ask for the bytes as they are, read them ourselves against a deadline and a
cap, and say whether the server told how many there are. A redirect is not followed: a portal's login page is one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

from explorer.errors import MirrorError
from explorer.sources.values import LIMIT

if TYPE_CHECKING:
    import requests

__all__ = ["Http", "Limits", "Response", "user_agent"]

_TRANSIENT = (429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long, how much and how often; seconds and bytes.

    `whole` bounds one answer from first byte to last, `patience` what a Retry-After may ask for.
    """

    connect: float = 5
    read: float = 10
    whole: float = 30
    patience: float = 10
    pause: float = 0.3
    attempts: int = 3
    size: int = LIMIT


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: 200 with its whole body, or a refusal (4xx) without one.

    `complete` is False where the server did not say how long the body is: it may have been cut.
    """

    url: str
    status: int
    body: bytes = b""
    content_type: str = ""
    etag: str = ""
    complete: bool = True


class _PassingError(MirrorError):
    """A fault that may be gone the next time; `wait` is how long the server asks us to wait, in seconds."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


@cache
def user_agent() -> str:
    """What we call ourselves; a gate that looks for browsers and robots lets an honest program pass."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"packet-path-explorer/{version('packet-path-explorer')}"
    except PackageNotFoundError:
        return "packet-path-explorer/0"


class Http:
    """GET over http and https, through the proxies of the environment; shared by threads."""

    def __init__(self, limits: Limits | None = None, sleep: Callable[[float], None] = time.sleep) -> None:
        self.limits = limits or Limits()
        self._sleep = sleep

    def get(self, url: str) -> Response:
        """The answer to GET `url`; MirrorError says why there is none."""
        if not url.startswith(("http://", "https://")):
            raise MirrorError(f"not an http or https address: {url}")
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._once(url)
            except _PassingError as error:
                if attempt >= self.limits.attempts:
                    raise MirrorError(f"{error} ({attempt} attempts)") from error
                self._pause(error, attempt)

    @cached_property
    def _session(self) -> requests.Session:
        return _session()

    def _pause(self, error: _PassingError, attempt: int) -> None:
        wait = self.limits.pause * 2 ** (attempt - 1) if error.wait is None else error.wait
        if wait > self.limits.patience:
            raise MirrorError(f"{error}; it asks to come back in {wait:.0f} s") from error
        self._sleep(wait)

    def _once(self, url: str) -> Response:
        import requests

        deadline = time.monotonic() + self.limits.whole
        timeout = (self.limits.connect, self.limits.read)
        try:
            with self._session.get(url, stream=True, timeout=timeout, allow_redirects=False) as got:
                return self._answer(url, got, deadline)
        except requests.exceptions.SSLError as error:
            raise MirrorError(f"no safe connection: {_root(error)}") from error
        except (requests.ConnectionError, requests.Timeout) as error:
            raise _PassingError(f"no answer: {_root(error)}") from error
        except requests.RequestException as error:
            raise MirrorError(f"no answer: {_root(error)}") from error

    def _answer(self, url: str, got: requests.Response, deadline: float) -> Response:
        _refuse_status(got)
        if got.status_code != 200:
            return Response(url, got.status_code)
        length = self._length(got)
        body = self._body(got, deadline)
        if length is not None and len(body) != length:
            raise _PassingError(f"cut short: {len(body)} of {length} bytes")
        kind = got.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        chunked = got.headers.get("Transfer-Encoding", "").lower() == "chunked"
        return Response(url, 200, body, kind, got.headers.get("ETag", ""), length is not None or chunked)

    def _length(self, got: requests.Response) -> int | None:
        encoding = got.headers.get("Content-Encoding", "identity")
        if encoding.lower() != "identity":
            raise MirrorError(f"sent as {encoding[:40]!r}, though asked for the bytes as they are")
        told = got.headers.get("Content-Length")
        if told is None:
            return None
        if not (told.isascii() and told.isdigit()):
            raise MirrorError(f"Content-Length is {told[:40]!r}")
        if int(told[:20]) > self.limits.size:
            raise MirrorError(f"{told[:20]} bytes, more than the {self.limits.size} that are read")
        return int(told)

    def _body(self, got: requests.Response, deadline: float) -> bytes:
        import urllib3

        body = bytearray()
        try:
            # read1 gives what has come, so that the deadline is looked at however slowly it comes
            while chunk := got.raw.read1(1 << 16, decode_content=False):
                body += chunk
                if len(body) > self.limits.size:
                    raise MirrorError(f"more than the {self.limits.size} bytes that are read")
                if time.monotonic() > deadline:
                    raise MirrorError(f"not all there after {self.limits.whole:.0f} s ({len(body)} bytes)")
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _PassingError(f"cut short after {len(body)} bytes: {_root(error)}") from error
        return bytes(body)


def _session() -> requests.Session:
    from http.cookiejar import DefaultCookiePolicy

    import requests
    from requests.cookies import RequestsCookieJar

    session = requests.Session()
    session.headers.clear()
    session.headers.update({"User-Agent": user_agent(), "Accept": "*/*", "Accept-Encoding": "identity"})
    session.auth = lambda request: request  # so that requests does not send what ~/.netrc has for the host
    session.cookies = RequestsCookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return session


def _refuse_status(got: requests.Response) -> None:
    status = got.status_code
    if status in _TRANSIENT:
        raise _PassingError(f"HTTP {status}", _retry_after(got.headers.get("Retry-After", "")))
    if 300 <= status < 400:
        raise MirrorError(f"redirected to {got.headers.get('Location', 'nowhere')[:200]}, which is not followed")
    if status != 200 and not 400 <= status < 500:
        raise MirrorError(f"HTTP {status}")


def _retry_after(value: str) -> float | None:
    """Seconds from now; the header holds seconds or a date (RFC 9110, 10.2.3)."""
    from email.utils import parsedate_to_datetime

    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError):
        return None


def _root(error: BaseException) -> str:
    """The innermost cause; requests and urllib3 wrap it three times over."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return str(error) or type(error).__name__
