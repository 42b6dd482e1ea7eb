"""What goes wrong on the way, as faults for the proxy's rules; judges nothing."""

from __future__ import annotations

import gzip
import json
import re
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Any

from tests.faults.proxy import Answer, Exchange, Fault, Hangup

Change = Callable[[Answer], Answer]


# -- on the wire


def reset(exchange: Exchange) -> None:
    """The question arrives; a reset is all that comes back."""
    exchange.cut()


def hang_up(exchange: Exchange) -> None:
    """The connection is closed as if it had idled too long."""
    raise Hangup


def reset_at(place: float, *, of_head: bool = False) -> Fault:
    """A reset after a share of the head, or of the body."""

    def fault(exchange: Exchange) -> None:
        answer = exchange.fetch()
        wire = answer.wire()
        head = len(wire) - len(answer.body)
        exchange.line.sendall(
            wire[: int(head * place if of_head else head + len(answer.body) * place)]
        )
        exchange.cut()

    return fault


def truncated(*, stated: bool, share: float = 0.5) -> Fault:
    """A clean end in the middle of the body, with its whole length stated or none at all."""

    def fault(exchange: Exchange) -> None:
        answer = exchange.fetch()
        whole = len(answer.body)
        cut = replace(answer, body=answer.body[: int(whole * share)])
        exchange.line.sendall(cut.wire(whole if stated else -1))
        raise Hangup

    return fault


def gzip_truncated(exchange: Exchange) -> None:
    """Half of a gzip stream under exactly its length: only the missing trailer tells."""
    answer = exchange.fetch()
    packed = gzip.compress(answer.body)
    exchange.send(
        replace(answer, body=packed[: len(packed) // 2]).with_headers(Content_Encoding="gzip")
    )


def gzip_damaged(exchange: Exchange) -> None:
    """A gzip stream with its checksum wrong."""
    answer = exchange.fetch()
    packed = bytearray(gzip.compress(answer.body))
    packed[-6] ^= 0xFF
    exchange.send(replace(answer, body=bytes(packed)).with_headers(Content_Encoding="gzip"))


def bomb(exchange: Exchange) -> None:
    """A list that unpacks to 400 MB of spaces from 400 KB."""
    exchange.send(Answer(200, {**JSON, "Content-Encoding": "gzip"}, bomb_of(400)))


@cache
def bomb_of(megabytes: int) -> bytes:
    """A JSON list of so many MB of spaces, in gzip a thousandth of that."""
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = pack.compress(b"[") + b"".join(pack.compress(b" " * (1 << 20)) for _ in range(megabytes))
    return body + pack.compress(b"]") + pack.flush()


def stall(exchange: Exchange) -> None:
    """Nothing at all is answered, and the connection stays."""
    _until_they_leave(exchange, iter(()))


def stall_mid_body(exchange: Exchange) -> None:
    """Half of the answer, then silence."""
    wire = exchange.fetch().wire()
    _until_they_leave(exchange, iter((wire[: len(wire) // 2],)))


def drip(*, head: bool, pause: float = 0.2) -> Fault:
    """One byte every so many seconds, from the first byte of the head or of the body."""

    def fault(exchange: Exchange) -> None:
        answer = exchange.fetch()
        wire = answer.wire()
        start = 0 if head else len(wire) - len(answer.body)

        def bytes_one_by_one() -> Iterator[bytes]:
            yield wire[:start]
            for at in range(start, len(wire)):
                time.sleep(pause)
                yield wire[at : at + 1]

        _until_they_leave(exchange, bytes_one_by_one())

    return fault


def _until_they_leave(exchange: Exchange, pieces: Iterator[bytes]) -> None:
    gone = threading.Event()

    def watch() -> None:
        with suppress(OSError):
            while exchange.line.recv(1024):
                pass
        gone.set()

    threading.Thread(target=watch, daemon=True).start()
    for piece in pieces:
        exchange.line.sendall(piece)
        if gone.is_set():
            raise Hangup
    gone.wait(60)
    raise Hangup


def last_word(exchange: Exchange) -> None:
    """A proper answer that invites more questions, and the connection closed behind it."""
    exchange.send(exchange.fetch().with_headers(Keep_Alive="timeout=60, max=100"))
    raise Hangup


def vanish(exchange: Exchange) -> None:
    """The server goes away: connections are cut, new ones refused."""
    exchange.proxy.vanish()
    exchange.cut()


# -- in the answer

JSON = {"Content-Type": "application/json; charset=UTF-8"}
HTML = {"Content-Type": "text/html; charset=UTF-8"}


def instead(status: int, body: bytes | str = b"", **headers: str) -> Fault:
    """An answer that the real server never sees a question for."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    data = body.encode() if isinstance(body, str) else body

    def fault(exchange: Exchange) -> None:
        exchange.send(Answer(status, {**HTML, **named}, data))

    return fault


def changed(*changes: Change) -> Fault:
    """The real answer, changed."""

    def fault(exchange: Exchange) -> None:
        answer = exchange.fetch()
        for change in changes:
            answer = change(answer)
        exchange.send(answer)

    return fault


def headers(**named: str | None) -> Change:
    return lambda answer: answer.with_headers(**named)


def body(change: Callable[[bytes], bytes]) -> Change:
    return lambda answer: replace(answer, body=change(answer.body))


def items(change: Callable[[list[Any]], object]) -> Change:
    """The items of a list, changed in place; other answers are left as they are."""

    def apply(answer: Answer) -> Answer:
        data = answer.json
        if not isinstance(data, list):
            return answer
        change(data)
        return answer.saying(data)

    return apply


def asked_otherwise(old: str, new: str) -> Fault:
    """The question reaches the server changed (a regular expression over its address)."""

    def fault(exchange: Exchange) -> None:
        exchange.target = re.sub(old, new, exchange.target)
        exchange.send(exchange.fetch())

    return fault


def without_login(exchange: Exchange) -> None:
    """Somebody on the way drops the credentials."""
    exchange.headers.pop("Authorization", None)
    exchange.send(exchange.fetch())


def meanwhile(act: Callable[[], object]) -> Fault:
    """Something happens at the site before this question is answered."""

    def fault(exchange: Exchange) -> None:
        act()
        exchange.send(exchange.fetch())

    return fault


def raw_item(number: int, old: bytes, new: bytes) -> Change:
    """The bytes ``old`` of one item of a list replaced, so that what is no JSON can stand there."""

    def apply(answer: Answer) -> Answer:
        data = answer.json
        if not isinstance(data, list) or len(data) <= number:
            return answer
        parts = [json.dumps(item, ensure_ascii=False).encode() for item in data]
        assert old in parts[number], (old, parts[number][:300])
        parts[number] = parts[number].replace(old, new, 1)
        return replace(answer, body=b"[" + b",".join(parts) + b"]")

    return apply


class Stranger:
    """A server that nobody should talk to; hears what is said to it. A context manager."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._hear, daemon=True).start()

    def __enter__(self) -> Stranger:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _hear(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                line.settimeout(1)
                with line, suppress(OSError):
                    self.heard.append(line.recv(4096))
                    line.sendall(
                        b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    )
