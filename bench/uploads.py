"""A file server as a WordPress uploads folder has one: ranges, ETag, Last-Modified, keep-alive.

Runs in a process of its own and keeps no file: each is a slice of one block of random bytes behind
a JPEG's first bytes, so that its content is known by its number. ``rate`` holds all connections
together to so many bytes a second, as a line does; without it, loopback sends gigabytes a second.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bench.apart import Apart

SMALLEST, LARGEST = 10_000, 5_000_000
_BLOCK = 16 << 20
_PIECE = 1 << 16
_NAME = re.compile(r"/wp-content/uploads/(\d{4})/\d\d/photo-(\d+)\.jpg")
_RANGE = re.compile(r"bytes=(\d+)-")
_CHANGED = 1_700_000_000


def path_of(number: int) -> str:
    return f"/wp-content/uploads/{2010 + number % 14}/{1 + number % 12:02}/photo-{number}.jpg"


def size_of(number: int) -> int:
    """Bytes of a file: log-uniform between the smallest and the largest."""
    return int(SMALLEST * (LARGEST / SMALLEST) ** random.Random(number).random())


class Files:
    """The bytes of every file, made when asked for."""

    def __init__(self) -> None:
        self._block = memoryview(random.Random(0).randbytes(_BLOCK + LARGEST))

    def pieces(self, number: int, start: int) -> list[memoryview]:
        head = memoryview(b"\xff\xd8\xff\xe0" + number.to_bytes(8, "big"))
        offset = number * 2_654_435_761 % _BLOCK
        body = self._block[offset : offset + size_of(number) - len(head)]
        return [head[start:], body[max(0, start - len(head)) :]]


class Line:
    """So many bytes a second for all connections together (0: no limit)."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._lock = threading.Lock()
        self._free_at = 0.0

    def pass_on(self, size: int) -> None:
        if not self._rate:
            return
        with self._lock:
            now = time.monotonic()
            self._free_at = max(self._free_at, now) + size / self._rate
            wait = self._free_at - now
        time.sleep(max(0.0, wait))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    files: Files
    line: Line

    def do_GET(self) -> None:
        if self.path.startswith("/wp-json"):
            self._answer(200, b'{"name":"Uploads","namespaces":["wp/v2"],"routes":{}}', {})
            return
        found = _NAME.fullmatch(self.path)
        if not found or self.path != path_of(int(found[2])):
            self._answer(404, b"", {})
            return
        number = int(found[2])
        size, etag = size_of(number), f'"{number:x}-{size_of(number):x}"'
        changed = formatdate(_CHANGED + number, usegmt=True)
        headers = {"Content-Type": "image/jpeg", "ETag": etag, "Last-Modified": changed}
        headers["Accept-Ranges"] = "bytes"
        if self.headers.get("If-None-Match") == etag:
            self._answer(304, b"", headers)
            return
        start, status = 0, 200
        asked = _RANGE.fullmatch(self.headers.get("Range", ""))
        if asked and self.headers.get("If-Range", etag) in (etag, changed):
            start, status = int(asked[1]), 206
            if start >= size:
                self._answer(416, b"", {"Content-Range": f"bytes */{size}"})
                return
            headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
        self._head(status, size - start, headers)
        for part in self.files.pieces(number, start):
            for at in range(0, len(part), _PIECE):
                piece = part[at : at + _PIECE]
                self.line.pass_on(len(piece))
                self.wfile.write(piece)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self._head(status, len(body), headers)
        self.wfile.write(body)

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


class Uploads(Apart):
    """The server in its process, for as long as the context lasts."""

    def __init__(self, rate: float = 0.0) -> None:
        super().__init__("bench.uploads", f"--rate={rate}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rate", type=float, default=0.0)
    _Handler.files, _Handler.line = Files(), Line(options.parse_args().rate)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()
    os._exit(0)  # connections in their threads have nothing to finish


if __name__ == "__main__":
    main()
