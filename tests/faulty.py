"""A mirror that misbehaves, on loopback."""

from __future__ import annotations

import contextlib
import time
from http.server import BaseHTTPRequestHandler

from explorer.sources import blob_id


class Faults(BaseHTTPRequestHandler):
    """A mirror that misbehaves: the first part of an address names the fault, the rest is not looked at.

    `text` is the file that it has.
    """

    protocol_version = "HTTP/1.1"
    asked: list[str]
    text: bytes

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """One fault."""
        self.asked.append(self.path)
        fault = self.path.split("/")[1].replace("-", "_")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            getattr(self, fault, self.missing)()

    def send(self, body: bytes, status: int = 200, length: int | None = None, **headers: str) -> None:
        """An answer; `length` is what Content-Length says, less than zero for none at all."""
        self.send_response(status)
        for name, value in ({"Content_Type": "text/plain"} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        if length is None or length >= 0:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        if length is not None:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def first_time(self) -> bool:
        """Whether this address is asked for the first time."""
        return self.asked.count(self.path) == 1

    def missing(self) -> None:
        """Nothing is here."""
        self.send(b"no\n", 404)

    def ok(self) -> None:
        """No fault."""
        self.send(self.text)

    def short(self) -> None:
        """Fewer bytes than Content-Length says."""
        self.send(self.text[:50], length=len(self.text))

    def short_once(self) -> None:
        """Short, and whole the second time."""
        self.short() if self.first_time() else self.ok()

    def endless(self) -> None:
        """Cut in the middle, with no length told."""
        self.send(self.text[:50], length=-1)

    def lengthless(self) -> None:
        """Whole, with no length told."""
        self.send(self.text, length=-1)

    def chunked(self) -> None:
        """Whole, in chunks."""
        self.send(b"%x\r\n%s\r\n0\r\n\r\n" % (len(self.text), self.text), length=-1, Transfer_Encoding="chunked")

    def chunk_cut(self) -> None:
        """Chunks without the last."""
        self.send(b"%x\r\n%s\r\n" % (len(self.text), self.text), length=-1, Transfer_Encoding="chunked")

    def gzip(self) -> None:
        """Compressed, though nobody asked for it."""
        self.send(b"\x1f\x8b rest", Content_Encoding="gzip")

    def portal(self) -> None:
        """A login page in the file's place."""
        self.send(b"<html><title>Sign in to WiFi</title></html>\n", Content_Type="text/html; charset=utf-8")

    def disguised(self) -> None:
        """A login page that says it is text."""
        self.send(b"<!DOCTYPE html>\n<title>Making sure you are not a bot</title>\n")

    def redirect(self) -> None:
        """To the login page."""
        self.send(b"", 302, Location="/portal")

    def busy_once(self) -> None:
        """Too many requests, come back in a second."""
        self.send(b"slow down\n", 429, Retry_After="1") if self.first_time() else self.ok()

    def busy(self) -> None:
        """Too many requests, come back in an hour."""
        self.send(b"slow down\n", 429, Retry_After="3600")

    def down(self) -> None:
        """Out of order."""
        self.send(b"<h1>Backend fetch failed</h1>\n", 503, Content_Type="text/html")

    def drip(self) -> None:
        """A byte at a time, each within the read timeout."""
        self.send(b"", length=1000)
        for _ in range(1000):
            self.wfile.write(b"x")
            time.sleep(0.05)

    def huge(self) -> None:
        """Bytes without end."""
        self.send(b"", length=-1)
        for _ in range(4000):
            self.wfile.write(b"x" * 65536)

    def huge_told(self) -> None:
        """A length of a gigabyte."""
        self.send(b"x", length=1 << 30)

    def bad_length(self) -> None:
        """A length that is no number."""
        self.send(self.text, length=-1, Content_Length="many")

    def wrong_etag(self) -> None:
        """A blob id that is not that of the bytes."""
        self.send(self.text, ETag='"' + "0" * 40 + '"')

    def weak_etag(self) -> None:
        """The right blob id, as a proxy that compressed the answer would pass it on."""
        self.send(self.text, ETag=f'W/"{blob_id(self.text)}"')

    def carriage(self) -> None:
        """Line ends of another system."""
        self.send(self.text.replace(b"\n", b"\r\n"))

    def cookie(self) -> None:
        """What was sent along, after a cookie was set."""
        self.send(str(self.headers).encode(), Set_Cookie="a=b; Path=/")
