"""A proxy on loopback between the client and a real WordPress that misbehaves by rule, on the wire.

It passes every request on, reads the whole answer, puts its own address in place of the server's
(as a reverse proxy does), and sends it, unless a rule stands in the way. It knows no WordPress;
what the faults are is in `tests.faults.wrongs`.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote

_TEXT = ("text/", "application/json", "application/javascript", "application/xml")
_HOP_BY_HOP = {"Connection", "Transfer-Encoding", "Content-Length", "Host"}


@dataclass(frozen=True)
class Answer:
    """A whole answer, its body as it is before any encoding."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def wire(self, length: int | None = None) -> bytes:
        """Head and body; ``length`` is what the head claims (-1: it claims nothing)."""
        stated = len(self.body) if length is None else length
        lines = [f"HTTP/1.1 {self.status} {http.client.responses.get(self.status, 'Odd')}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines += ["Connection: close"] if stated < 0 else [f"Content-Length: {stated}"]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def saying(self, data: Any) -> Answer:
        return replace(self, body=json.dumps(data, ensure_ascii=False).encode())

    def with_headers(self, **headers: str | None) -> Answer:
        """With headers replaced, or left out (None); ``_`` stands for ``-``."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        merged = {**self.headers, **named}
        return replace(self, headers={k: v for k, v in merged.items() if v is not None})


class Exchange:
    """One request under way: its words, and ways to answer it well or badly."""

    def __init__(
        self,
        proxy: Proxy,
        line: socket.socket,
        target: str,
        headers: dict[str, str],
        method: str = "GET",
        body: bytes = b"",
    ):
        self.proxy = proxy
        self.line = line
        self.target = target
        self.headers = headers
        self.method = method
        self.body = body
        self.at = time.monotonic()
        self.reused = False

    @property
    def words(self) -> str:
        """Path and query, readable; before them the method where it is not GET."""
        return unquote(self.target if self.method == "GET" else f"{self.method} {self.target}")

    def fetch(self) -> Answer:
        """The real server's answer (an earlier one, where the proxy may remember)."""
        remember = self.proxy.may_remember
        if not remember or self.method != "GET" or not re.search(remember, self.words):
            return self._fetch()
        question = (self.target, self.headers.get("Authorization", ""))
        if question not in self.proxy.remembered:
            self.proxy.remembered[question] = self._fetch()
        now = format_datetime(datetime.now(UTC), usegmt=True)
        return self.proxy.remembered[question].with_headers(Date=now)

    def _fetch(self) -> Answer:
        sent = {k: v for k, v in self.headers.items() if k not in _HOP_BY_HOP}
        real = http.client.HTTPConnection(self.proxy.real, timeout=60)
        try:
            sent["Host"] = self.proxy.real
            real.request(self.method, self.target, body=self.body or None, headers=sent)
            got = real.getresponse()
            body = got.read()
        finally:
            real.close()
        headers = {k: v for k, v in got.getheaders() if k.title() not in _HOP_BY_HOP}
        is_text = headers.get("Content-Type", "").startswith(_TEXT)
        return Answer(
            got.status,
            {name: self.proxy.renamed(value.encode()).decode() for name, value in headers.items()},
            self.proxy.renamed(body) if is_text else body,
        )

    def send(self, answer: Answer) -> None:
        self.line.sendall(answer.wire())

    def cut(self) -> None:
        """End the connection with a reset."""
        # The TLS layer is left out on purpose: no goodbye is sent.
        self.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Hangup


class Hangup(Exception):
    """The connection ends here."""


Fault = Callable[[Exchange], None]


@dataclass
class Rule:
    """A fault for the requests whose readable path and query match, from the nth on.

    ``times`` of them meet it (0: all that follow). ``fired`` counts.
    """

    matching: str
    fault: Fault
    nth: int = 1
    times: int = 1
    seen: int = 0
    fired: int = 0

    def awaits(self, words: str) -> bool:
        """Whether a request of these words may be the next that meets the fault."""
        spent = self.times and self.fired >= self.times
        return not spent and re.search(self.matching, words) is not None

    def takes(self, words: str) -> bool:
        if not re.search(self.matching, words):
            return False
        self.seen += 1
        if self.seen < self.nth or (self.times and self.seen >= self.nth + self.times):
            return False
        self.fired += 1
        return True


class Proxy:
    """A running proxy in front of ``real`` (host:port). A context manager.

    Answers to questions that match ``may_remember`` are asked for once and then repeated, with the
    time of the day: what a site says of itself costs most of a pull and none of a fault's meaning.
    """

    def __init__(
        self, real: str, *, tls: ssl.SSLContext | None = None, may_remember: str = ""
    ) -> None:
        self.real = real
        self.may_remember = may_remember
        self.remembered: dict[tuple[str, str], Answer] = {}
        self.tls = tls
        self.rules: list[Rule] = []
        self.asked: list[Exchange] = []
        self.connections = 0
        self._lock = threading.Lock()
        self._lines: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.listen(0)
        host = "localhost" if tls else "127.0.0.1"
        self.address = f"{host}:{self.port}"
        self.url = f"{'https' if tls else 'http'}://{self.address}"
        # As it stands in HTML, in JSON and in addresses within addresses.
        ways = ((":", "/"), (":", r"\/"), ("%3A", "%2F"))
        self._names = [
            (f"http{c}{s}{s}{real.replace(':', c)}", self.url.replace(":", c).replace("/", s))
            for c, s in ways
        ]

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        self.vanish()

    def listen(self, port: int | None = None) -> None:
        """Take connections (again, at the same port)."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port if port is None else port))
        listener.listen(64)
        self.port: int = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def vanish(self) -> None:
        """Refuse connections from now on and cut those there are."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._lock:
            for line in self._lines:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    def meet(self, rules: Iterable[Rule]) -> list[Rule]:
        """From now on these rules and no others."""
        with self._lock:
            self.rules = list(rules)
            self.asked = []
            return self.rules

    @contextmanager
    def under(self, *rules: Rule) -> Iterator[None]:
        """These rules for a while; each must have fired by its end."""
        self.meet(rules)
        try:
            yield
            idle = [rule.matching for rule in rules if not rule.fired]
            assert not idle, f"never fired: {idle}; asked: {[one.words for one in self.asked]}"
        finally:
            self.meet(())
            if self._listener is None:
                self.listen()

    def renamed(self, data: bytes) -> bytes:
        for old, new in self._names:
            data = data.replace(old.encode(), new.encode())
        return data

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with suppress(OSError, Hangup, http.client.HTTPException):
            try:
                line.settimeout(60)
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self.tls is not None:
                    line = self.tls.wrap_socket(line, server_side=True)
                with self._lock:
                    self._lines.add(line)
                reader = line.makefile("rb")
                reused = False
                while exchange := self._read(line, reader):
                    exchange.reused = reused
                    reused = True
                    self._answer(exchange)
            finally:
                with self._lock:
                    self._lines.discard(line)
                line.close()
                with suppress(UnboundLocalError):
                    reader.close()

    def _read(self, line: socket.socket, reader: Any) -> Exchange | None:
        first = reader.readline().decode("latin-1").split()
        if len(first) != 3:
            return None
        headers: dict[str, str] = {}
        while text := reader.readline().decode("latin-1").strip():
            name, _, value = text.partition(":")
            headers[name.title()] = value.strip()
        body = reader.read(int(headers.get("Content-Length", "0")))
        return Exchange(self, line, first[1], headers, first[0], body)

    def _answer(self, exchange: Exchange) -> None:
        if self._listener is None:
            raise Hangup  # taken just before the server went away: there is nobody to answer
        with self._lock:
            self.asked.append(exchange)
            rule = next((one for one in self.rules if one.takes(exchange.words)), None)
        if rule is None:
            exchange.send(exchange.fetch())
        else:
            rule.fault(exchange)
