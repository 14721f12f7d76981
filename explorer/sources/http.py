"""One careful GET.

requests does not notice a body cut without Content-Length, nor a gzip stream that ends early, and its read timeout
never fires on a server that drips. So we ask for the bytes as they are, read them ourselves against a deadline and a
cap, and say whether the server told how many there are. A redirect is not followed, for a portal's login page is one,
but to the hosts that a mirror is known to keep its files on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from explorer.errors import MirrorError
from explorer.sources.values import LIMIT

if TYPE_CHECKING:
    from concurrent.futures import Future

    import requests

__all__ = ["Http", "Limits", "Response", "user_agent"]

_TRANSIENT = (429, 500, 502, 503, 504)
_HOPS = 3


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
    """An answer: 200 with its whole body, or a refusal (4xx) without one; `blob` is what X-Gitlab-Blob-Id says.

    `complete` is False where the server did not say how long the body is: it may have been cut.
    """

    url: str
    status: int
    body: bytes = b""
    content_type: str = ""
    etag: str = ""
    blob: str = ""
    complete: bool = True


@dataclass(frozen=True, slots=True)
class _Redirect:
    location: str


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
        self._turns: dict[str, float] = {}
        self._lock = threading.Lock()

    def get(self, url: str, spacing: float = 0, hosts: Collection[str] = (), size: int = 0) -> Response:
        """The answer to GET `url`; MirrorError says why there is none.

        `size` is how many bytes are read, by default as the limits say. One host is asked every `spacing` seconds at
        most. A redirect may lead to the host itself or to one of `hosts`, if any are given, never from https to http.
        """
        for _ in range(_HOPS + 1):
            got = self._patiently(url, spacing, size or self.limits.size)
            if isinstance(got, Response):
                return got
            url = _followed(url, got.location, hosts)
        raise MirrorError(f"redirected more than {_HOPS} times, at last to {url[:200]}")

    def _patiently(self, url: str, spacing: float, size: int) -> Response | _Redirect:
        if not url.startswith(("http://", "https://")):
            raise MirrorError(f"not an http or https address: {url}")
        attempt = 0
        while True:
            attempt += 1
            self._take_turn(url, spacing)
            try:
                return self._once(url, size)
            except _PassingError as error:
                if attempt >= self.limits.attempts:
                    raise MirrorError(f"{error} ({attempt} attempts)") from error
                self._pause(error, attempt)

    def _take_turn(self, url: str, spacing: float) -> None:
        """Wait until the host may be asked again; threads queue up."""
        if not spacing:
            return
        host, now = urlsplit(url).netloc, time.monotonic()
        with self._lock:
            turn = max(now, self._turns.get(host, now))
            self._turns[host] = turn + spacing
        if turn > now:
            self._sleep(turn - now)

    @cached_property
    def _session(self) -> requests.Session:
        return _session()

    def _pause(self, error: _PassingError, attempt: int) -> None:
        wait = self.limits.pause * 2 ** (attempt - 1) if error.wait is None else error.wait
        if wait > self.limits.patience:
            raise MirrorError(f"{error}; it asks to come back in {wait:.0f} s") from error
        self._sleep(wait)

    def _once(self, url: str, size: int) -> Response | _Redirect:
        import requests

        deadline = time.monotonic() + self.limits.whole
        try:
            with self._opened(url) as got:
                return self._answer(url, got, deadline, size)
        except requests.exceptions.SSLError as error:
            raise MirrorError(f"no safe connection: {_root(error)}") from error
        except (requests.ConnectionError, requests.Timeout) as error:
            raise _PassingError(f"no answer: {_root(error)}") from error
        except (requests.RequestException, ValueError) as error:  # requests looks at Location even if it is told not to
            raise MirrorError(f"no answer: {_root(error)}") from error

    def _opened(self, url: str) -> requests.Response:
        """The answer's head, in time: neither a slow look-up of the name nor a head that drips has a timeout itself."""
        timeout, session = (self.limits.connect, self.limits.read), self._session
        got: Future[requests.Response] = _in_thread(
            lambda: session.get(url, stream=True, timeout=timeout, allow_redirects=False)
        )
        try:
            return got.result(self.limits.whole)
        except TimeoutError as error:
            got.add_done_callback(_close)
            raise MirrorError(f"no answer within {self.limits.whole:.0f} s") from error

    def _answer(self, url: str, got: requests.Response, deadline: float, size: int) -> Response | _Redirect:
        _refuse_status(got)
        if 300 <= got.status_code < 400:
            return _Redirect(got.headers.get("Location", "nowhere"))
        if got.status_code != 200:
            return Response(url, got.status_code)
        length = _length(got, size)
        body = self._body(got, deadline, size)
        if length is not None and len(body) != length:
            raise _PassingError(f"cut short: {len(body)} of {length} bytes")
        kind = got.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        chunked = got.headers.get("Transfer-Encoding", "").lower() == "chunked"
        told = got.headers.get("ETag", ""), got.headers.get("X-Gitlab-Blob-Id", "")
        return Response(url, 200, body, kind, *told, length is not None or chunked)

    def _body(self, got: requests.Response, deadline: float, size: int) -> bytes:
        import urllib3

        body = bytearray()
        try:
            # read1 gives what has come, so that the deadline is looked at however slowly it comes
            while chunk := got.raw.read1(1 << 16, decode_content=False):
                body += chunk
                if len(body) > size:
                    raise MirrorError(f"more than the {size} bytes that are read")
                if time.monotonic() > deadline:
                    raise MirrorError(f"not all there after {self.limits.whole:.0f} s ({len(body)} bytes)")
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _PassingError(f"cut short after {len(body)} bytes: {_root(error)}") from error
        return bytes(body)


def _in_thread(work: Callable[[], requests.Response]) -> Future[requests.Response]:
    """Do it in a thread that nobody waits for, not even at exit."""
    from concurrent.futures import Future

    done: Future[requests.Response] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # it is raised where the result is asked for
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return done


def _close(late: Future[requests.Response]) -> None:
    if not late.exception():
        late.result().close()


def _followed(url: str, location: str, hosts: Collection[str]) -> str:
    """Where a redirect leads, if it may be followed."""
    with suppress(ValueError):  # no address at all
        target = urljoin(url, location)
        old, new = urlsplit(url), urlsplit(target)
        safe = new.scheme == old.scheme or (old.scheme, new.scheme) == ("http", "https")
        if hosts and safe and new.hostname in (old.hostname, *hosts):
            return target
    raise MirrorError(f"redirected to {location[:200]}, which is not followed")


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
    if status != 200 and not 300 <= status < 500:
        raise MirrorError(f"HTTP {status}")


def _length(got: requests.Response, size: int) -> int | None:
    encoding = got.headers.get("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        raise MirrorError(f"sent as {encoding[:40]!r}, though asked for the bytes as they are")
    told = got.headers.get("Content-Length")
    if told is None:
        return None
    if not (told.isascii() and told.isdigit()):
        raise MirrorError(f"Content-Length is {told[:40]!r}")
    if int(told[:20]) > size:
        raise MirrorError(f"{told[:20]} bytes, more than the {size} that are read")
    return int(told)


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
