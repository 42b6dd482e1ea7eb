"""HTTP over plain sockets, a thread a connection; knows nothing of WordPress but its headers.

Written by hand since the client is what is measured: a framework costs more than making the posts.
"""

from __future__ import annotations

import socket
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote

from bench.big_site.rest import Reply

Respond = Callable[[str, str, dict[str, str]], Reply]
_MOST_HEAD = 64 * 1024


class Server:
    """Serves ``respond`` on 127.0.0.1.

    ``keep_alive`` as nginx and Apache do; PHP's built-in server closes every connection. ``gzip``
    as hosts do that compress JSON (level 1; off on PHP's built-in server).
    """

    def __init__(
        self, respond: Respond, port: int = 0, *, keep_alive: bool = True, gzip: bool = False
    ) -> None:
        self._respond = respond
        self._keep_alive, self._gzip = keep_alive, gzip
        self._listener = socket.create_server(("127.0.0.1", port), backlog=64)
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._lock = threading.Lock()

    def serve(self) -> None:
        """Answer until the process ends."""
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._connection, args=(connection,), daemon=True).start()

    def _connection(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = b""
        with connection, suppress(OSError):
            while True:
                while b"\r\n\r\n" not in buffer:
                    more = connection.recv(65536)
                    if not more or len(buffer) > _MOST_HEAD:
                        return
                    buffer += more
                head, _, buffer = buffer.partition(b"\r\n\r\n")
                if not self._answer(connection, head.decode("latin-1")):
                    return

    def _answer(self, connection: socket.socket, head: str) -> bool:
        line, *rest = head.split("\r\n")
        method, target, _ = line.split(" ")
        headers = {
            name.lower(): value.strip() for name, _, value in (each.partition(":") for each in rest)
        }
        path, _, query = target.partition("?")
        words = dict(parse_qsl(query, keep_blank_values=True))
        with self._lock:
            reply = self._respond(method, unquote(path), words)
        body = reply.body
        keep = self._keep_alive and headers.get("connection", "").lower() != "close"
        sent = {
            "Content-Type": "application/json; charset=UTF-8",
            **reply.headers,
            "Date": formatdate(time.time(), usegmt=True),
            "Connection": "keep-alive" if keep else "close",
        }
        if self._gzip and len(body) > 1_000 and "gzip" in headers.get("accept-encoding", ""):
            packer = zlib.compressobj(1, wbits=31)
            body = packer.compress(body) + packer.flush()
            sent |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        sent["Content-Length"] = str(len(body))
        connection.sendall(_head(reply.status, sent))
        if method != "HEAD":
            connection.sendall(body)
        return keep


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
