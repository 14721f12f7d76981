"""http.py: what a mirror may do wrong, and what becomes of it."""

from __future__ import annotations

import time

import pytest
from conftest import DEV_C

from explorer.errors import MirrorError
from explorer.sources.http import Http, Limits, user_agent

QUICK = Limits(connect=2, read=2, whole=0.5, pause=0, size=1 << 20)


def client(waits: list[float] | None = None) -> Http:
    return Http(QUICK, sleep=(waits if waits is not None else []).append)


@pytest.mark.parametrize(
    ("fault", "complete"),
    [("ok", True), ("short-once", True), ("busy-once", True), ("chunked", True), ("lengthless", False)],
)
def test_whole_body(faults: str, fault: str, complete: bool) -> None:
    got = client().get(f"{faults}/{fault}/dev.c")
    assert (got.status, got.body, got.complete) == (200, DEV_C, complete)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("short", r"cut short.*\(3 attempts\)"),
        ("chunk-cut", "cut short"),
        ("gzip", "sent as 'gzip'"),
        ("redirect", "redirected to /portal, which is not followed"),
        ("busy", "asks to come back in 3600 s"),
        ("down", r"HTTP 503 \(3 attempts\)"),
        ("drip", "not all there after"),
        ("huge", "more than the 1048576 bytes"),
        ("huge-told", "1073741824 bytes, more than"),
        ("bad-length", "Content-Length is 'many'"),
    ],
)
def test_refused(faults: str, fault: str, says: str) -> None:
    begun = time.monotonic()
    with pytest.raises(MirrorError, match=says):
        client().get(f"{faults}/{fault}/dev.c")
    assert time.monotonic() - begun < 10  # a server that drips would take 50


def test_missing_is_an_answer(faults: str) -> None:
    assert client().get(f"{faults}/nothing/here").status == 404


def test_cut_without_length_is_told(faults: str) -> None:
    got = client().get(f"{faults}/endless/dev.c")
    assert (len(got.body), got.complete) == (50, False)


def test_retry_after_is_obeyed(faults: str) -> None:
    waits: list[float] = []
    client(waits).get(f"{faults}/busy-once/dev.c")
    assert waits == [1.0]


def test_honest_and_without_cookies(faults: str) -> None:
    http = client()
    http.get(f"{faults}/cookie/1")
    sent = http.get(f"{faults}/cookie/2").body.decode()
    assert f"User-Agent: {user_agent()}" in sent
    assert user_agent().startswith("packet-path-explorer/")
    assert "Accept-Encoding: identity" in sent
    assert "Cookie" not in sent
    assert "Authorization" not in sent


def test_proxy_of_the_environment(faults: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", faults)
    assert client().get("http://mirror.invalid/dev.c").status == 404  # the proxy's answer


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "/etc/passwd", "http://"])
def test_only_http(url: str) -> None:
    with pytest.raises(MirrorError):
        client().get(url)


def test_nobody_there() -> None:
    with pytest.raises(MirrorError, match=r"no answer: .*refused.*\(3 attempts\)"):
        client().get("http://127.0.0.1:9/dev.c")
