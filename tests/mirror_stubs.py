"""Servers that answer as the mirrors do whose programs are not at hand, and that can be told to do it wrong.

The formats are those seen on the real ones (Elixir) or described by their documentation; the code is our own.
"""

from __future__ import annotations

import base64
import html
import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from explorer.sources import blob_id

Files = dict[str, dict[str, bytes]]  # by tag and path
Fault = Callable[["Stub", bytes, dict[str, str]], None]
TEXT, PAGE = "text/plain; charset=utf-8", "text/html; charset=utf-8"


class Stub(BaseHTTPRequestHandler):
    """One server for all dialects: the first part of an address names it."""

    protocol_version = "HTTP/1.1"
    files: Files
    asked: list[str]
    times: list[float]
    fault: Fault | None
    busy: set[str]

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.times.append(time.monotonic())
        parts = urlsplit(self.path)
        self.query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        path = unquote(parts.path)
        with suppress(BrokenPipeError, ConnectionResetError):
            if path.endswith("/info/refs"):
                self.send(refs(self.files), "application/x-git-upload-pack-advertisement")
            else:
                getattr(self, path.split("/")[1], self.nothing)(path.partition("/")[2].partition("/")[2])

    def send(self, body: bytes, kind: str = TEXT, status: int = 200, **headers: str) -> None:
        """An answer; a fault may change it, if it is one with a file."""
        told = {name.replace("_", "-"): value for name, value in ({"Content_Type": kind} | headers).items()}
        if status == 200 and self.fault and "refs" not in self.path:
            self.fault(self, body, told)
        else:
            answer(self, status, told | {"Content-Length": str(len(body))}, body)

    def nothing(self, rest: str = "") -> None:
        self.send(b"<html>404</html>", PAGE, 404)

    def text(self, tag: str, path: str) -> bytes | None:
        return self.files.get(tag, {}).get(path)

    def plain(self, tag: str, path: str, **headers: str) -> None:
        text = self.text(tag, path)
        self.nothing() if text is None else self.send(text, **headers)

    def cgit(self, rest: str) -> None:
        tag, path = self.query.get("h", ""), rest.partition("plain/")[2]
        text = self.text(tag, path)
        self.plain(tag, path, ETag=f'"{blob_id(text or b"")}"')

    def gitiles(self, rest: str) -> None:
        found = re.fullmatch(r"linux/\+/refs/tags/([^/]+)/(.*)", rest)
        if found and self.query.get("format") == "JSON":
            if "listing" in self.busy:
                return self.send(b"slow down", TEXT, 429, Retry_After="3600")
            names = {path: text for path, text in self.files.get(found[1], {}).items() if path.startswith(found[2])}
            rows = [
                {"mode": 33188, "type": "blob", "id": blob_id(text), "name": path.rpartition("/")[2]}
                for path, text in names.items()
            ]
            return self.send(b")]}'\n" + json.dumps({"id": "0" * 40, "entries": rows}).encode(), "application/json")
        text = self.text(found[1], found[2]) if found else None
        return self.nothing() if text is None else self.send(base64.b64encode(text))

    def github(self, rest: str) -> None:
        if found := re.fullmatch(r"linux/raw/([^/]+)/(.*)", rest):
            return self.plain(found[1], found[2])
        found = re.fullmatch(r"linux/api/git/trees/([^:]+):(.*)", rest)
        if not found or "listing" in self.busy:
            return self.send(b"rate limit", TEXT, 403)
        rows = [
            {"path": path.rpartition("/")[2], "type": "blob", "sha": blob_id(text)}
            for path, text in self.files.get(found[1], {}).items()
            if path.rpartition("/")[0] == found[2]
        ]
        return self.send(json.dumps({"sha": "0" * 40, "tree": rows}).encode(), "application/json")

    def api(self, rest: str) -> None:
        if found := re.fullmatch(r"v4/projects/gitlab/linux/repository/files/(.+)/raw", rest):
            text = self.text(self.query["ref"], found[1])
            return self.plain(self.query["ref"], found[1], X_Gitlab_Blob_Id=blob_id(text or b""))
        found = re.fullmatch(r"ident/linux/(\w+)", rest)
        if not found or "version" not in self.query:
            return self.send(b"<!doctype html>Invalid parameter", PAGE, 400)
        rows = [
            {"path": path, "line": 1, "type": kind}
            for path, text in self.files.get(self.query["version"], {}).items()
            for kind, sign in (("prototype", b";"), ("function", b"\n{"), ("macro", b"_"))
            if re.search(rb"\b%s\([^)]*\)%s" % (found[1].encode(), sign), text)
        ]
        rows += [{"path": "../../etc/passwd", "line": "3,17", "type": "function"}] * bool(rows)
        body = {
            "definitions": rows,
            "references": [{"path": "x.c", "line": "3,17", "type": None}],
            "documentations": [],
        }
        return self.send(json.dumps(body).encode(), "application/json")

    def gitee(self, rest: str) -> None:
        found = re.fullmatch(r"mirrors/linux/raw/([^/]+)/(.*)", rest)
        self.plain(found[1], found[2]) if found else self.nothing()

    def debian(self, rest: str) -> None:
        package, _, path = rest.partition("/")
        self.plain(f"v{package.removesuffix('-1')}", path)

    def elixir(self, rest: str) -> None:
        found = re.fullmatch(r"linux/([^/]+)/source/(.*)", rest)
        text = self.text(found[1], found[2]) if found else None
        raw = self.query.get("raw", "0") != "0"
        if found is None or text is None:
            return self.send(b"<!doctype html>This file does not exist.", PAGE, 400 if raw else 404)
        read = decoded(text)
        if raw and "old" not in self.busy:
            return self.send(read.encode(), "application/octet-stream")
        return self.send(elixir_page(read, found[1], found[2]).encode(), PAGE)

    def lxrng(self, rest: str) -> None:
        found = re.fullmatch(r"linux\+([^/]+)/(.*)", rest)
        text = self.text(found[1], found[2]) if found else None
        if text is None:
            return self.send(f'<html><div class="error">Node not found: {rest}</div></html>'.encode(), PAGE)
        return self.send(lxrng_page(decoded(text)).encode(), PAGE)

    def lxr(self, rest: str) -> None:
        text = self.text(self.query.get("!v", ""), rest.removeprefix("source/"))
        if text is None:
            return self.send(b"<html>The file does not exist.</html>", PAGE)
        return self.send(lxr_page(decoded(text)).encode(), PAGE)


def decoded(text: bytes) -> str:
    """As Elixir reads a file: latin-1 where it is not UTF-8."""
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def refs(files: Files) -> bytes:
    """What git-http-backend advertises."""
    lines = [f"{'0' * 39}{n % 10} refs/tags/{tag}\n".encode() for n, tag in enumerate(files)]
    packets = b"".join(b"%04x%s" % (len(line) + 4, line) for line in lines)
    return b"001e# service=git-upload-pack\n0000" + packets + b"0000"


def elixir_page(text: str, tag: str, path: str) -> str:
    """An Elixir page: Pygments' table between its own head and foot."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import CLexer

    code = highlight(text, CLexer(stripnl=False), HtmlFormatter(linenos=True, anchorlinenos=True, linespans="codeline"))
    code = re.sub(r"(dev_queue_xmit|packet_rcv)", r'<a class="ident" href="/linux/x/C/ident/\1">\1</a>', code)
    name = path.rpartition("/")[2]
    title = f"{name} - {path} -  Linux source code {tag} - Bootlin Elixir Cross Referencer"
    return (
        f"<!doctype html><html><head><title>\n  {title}\n</title></head><body><!--[if lte IE 9]><p>x<![endif]-->"
        f'<div class="lxrcode">\n{code}\n</div></body></html>'
    )


def lxrng_page(text: str) -> str:
    """An LXRng page: thousand lines a block, numbers in links, tabs expanded."""
    lines = text.expandtabs(8).splitlines(keepends=True)
    numbered = [
        f'<a href="x#L{n}" id="L{n}" class="line" name="L{n}">{n:4}</a>{html.escape(line)}'
        for n, line in enumerate(lines, 1)
    ]
    blocks = "".join(
        f'<pre class="done" id="a/b/{at}">{"".join(numbered[at : at + 1000])}</pre>'
        for at in range(0, len(lines), 1000)
    )
    return f'<html><head><title>lxr</title></head><body><div id="file_contents">{blocks}</div>\n</body></html>'


def lxr_page(text: str) -> str:
    """A page of LXR 2.x."""
    lines = text.expandtabs(8).splitlines(keepends=True)
    numbered = (f"<a class='fline' name=\"{n:04}\">{n:04}</a> {html.escape(line)}" for n, line in enumerate(lines, 1))
    return f'<html><title>x</title><body><hr>\n<pre class="filecontent">\n{"".join(numbered)}</pre><hr></body></html>'


@contextmanager
def stub(files: Files, fault: Fault | None = None, busy: set[str] | None = None) -> Iterator[tuple[str, type[Stub]]]:
    """A running stub: its address and its handler, whose `asked` lists what was."""
    values = {
        "files": files,
        "asked": [],
        "times": [],
        "fault": staticmethod(fault) if fault else None,
        "busy": busy or set(),
    }
    handler = type("Running", (Stub,), values)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", handler
        finally:
            server.shutdown()
            thread.join(5)


REPOSITORY = {
    "cgit": "/cgit/linux.git",
    "gitiles": "/gitiles/linux",
    "github": "/github/linux",
    "gitlab": "/gitlab/linux",
    "gitee": "/gitee/mirrors/linux",
    "elixir": "/elixir/linux",
    "elixir-html": "/elixir/linux",
    "debian": "/debian",
    "lxrng": "/lxrng/linux",
    "lxr": "/lxr/source",
}


def misbehave(choice: random.Random, wrong: bytes) -> Fault:
    """A fault at random for every answer, or none; `wrong` is another release's text."""

    def fault(stub: Stub, body: bytes, told: dict[str, str]) -> None:
        name = choice.choice(FAULTS)
        whole = told | {"Content-Length": str(len(body))}
        if name == "fine":
            answer(stub, 200, whole, body)
        elif name == "cut":
            answer(stub, 200, whole, body[: len(body) // 2], close=True)
        elif name == "cut-unsaid":
            answer(stub, 200, told, body[: choice.randrange(len(body) or 1)], close=True)
        elif name == "gzip":
            answer(stub, 200, whole | {"Content-Encoding": "gzip"}, body)
        elif name == "page":
            page = b"<!doctype html><html><title>Making sure you are not a bot</title></html>\n"
            kind = {"Content-Type": choice.choice([PAGE, TEXT]), "Content-Length": str(len(page))}
            answer(stub, 200, kind, page)
        elif name == "other":
            answer(stub, 200, told | {"Content-Length": str(len(wrong))}, wrong)
        elif name == "flip" and body:
            at = choice.randrange(len(body))
            answer(stub, 200, whole, body[:at] + bytes([body[at] ^ 1 << choice.randrange(7)]) + body[at + 1 :])
        elif name == "carriage":
            changed = body.replace(b"\n", b"\r\n")
            answer(stub, 200, told | {"Content-Length": str(len(changed))}, changed)
        elif name == "busy":
            answer(stub, 429, {"Retry-After": choice.choice(["0", "3600", "soon"]), "Content-Length": "0"}, b"")
        elif name.isdigit():
            location = choice.choice([stub.path, "/x", "http://["])
            answer(stub, int(name), {"Location": location, "Content-Length": "0"}, b"")
        elif name == "huge":
            answer(stub, 200, told | {"Content-Length": str(1 << 33)}, body, close=True)
        elif name == "hang-up":
            stub.close_connection = True
        elif name == "drip":
            answer(stub, 200, whole, b"", close=True)
            drip(stub, body[:40])
        elif name == "slow-head":
            stub.close_connection = True
            drip(stub, b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20)

    return fault


def drip(stub: Stub, content: bytes) -> None:
    """A byte at a time."""
    for byte in content:
        stub.wfile.write(bytes([byte]))
        time.sleep(0.02)


# What goes wrong quickly goes wrong often: 2,000 fetches are to take seconds.
FAULTS = (
    *("fine", "cut", "cut-unsaid", "gzip", "page", "other", "flip", "carriage", "busy", "302", "500", "503") * 6,
    *("404", "400", "403", "huge", "hang-up") * 6,
    *("drip", "slow-head"),
)


def answer(stub: Stub, status: int, headers: dict[str, str], body: bytes, close: bool = False) -> None:
    """Send just this."""
    stub.send_response(status)
    for name, value in headers.items():
        stub.send_header(name, value)
    if close:
        stub.send_header("Connection", "close")
        stub.close_connection = True
    stub.end_headers()
    stub.wfile.write(body)
