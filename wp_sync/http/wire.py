"""Connections with a wall deadline and a say in which addresses may be reached; no HTTP semantics.

A socket's timeout starts anew with every byte, so a server that sends one byte a second (in its
headers, even) holds a reader for hours. A watchdog shuts the socket of a request whose time is up.
Addresses are checked after connecting, which is the only moment that a name cannot change under
us (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.poolmanager import PoolManager

WATCH_SECONDS = 0.25


class ForbiddenAddress(OSError):
    """The name led into a private network, where a site has no business to point."""


class _Exchange:
    """The request that a thread is busy with."""

    __slots__ = ("connected", "connection", "deadline", "expired", "public_only")

    def __init__(self, deadline: float, public_only: bool) -> None:
        self.deadline = deadline
        self.public_only = public_only
        self.connection: HTTPConnection | None = None
        self.expired = False
        self.connected = False  # from then on, bytes of the request may have reached the server


_thread = threading.local()


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public Internet's (zone indices are understood)."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_global and not ip.is_multicast


def _enter(connection: HTTPConnection) -> None:
    exchange: _Exchange | None = getattr(_thread, "exchange", None)
    if exchange is not None:
        exchange.connection = connection
        exchange.connected = connection.sock is not None


def _connected() -> None:
    exchange: _Exchange | None = getattr(_thread, "exchange", None)
    if exchange is not None:
        exchange.connected = True


def _check_peer(connection: HTTPConnection) -> None:
    exchange: _Exchange | None = getattr(_thread, "exchange", None)
    if exchange is None or not exchange.public_only or connection.proxy is not None:
        return
    sock = connection.sock
    peer = str(sock.getpeername()[0]) if sock is not None else ""
    if not is_public(peer):
        connection.close()
        raise ForbiddenAddress(f"{connection.host} is {peer}, an address in a private network")


class _Connection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _check_peer(self)
        _connected()

    def request(self, *args: Any, **kwargs: Any) -> None:
        _enter(self)
        super().request(*args, **kwargs)


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _check_peer(self)
        _connected()

    def request(self, *args: Any, **kwargs: Any) -> None:
        _enter(self)
        super().request(*args, **kwargs)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class Adapter(HTTPAdapter):
    """requests' adapter over our connections; threads wait for a free one (``pool_block``)."""

    def __init__(self, connections: int) -> None:
        super().__init__(pool_connections=8, pool_maxsize=connections, pool_block=True)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class Watchdog:
    """Ends requests whose time is up; one daemon thread, running only while there is work."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._running: set[_Exchange] = set()
        self._thread: threading.Thread | None = None
        self._closed = False

    @contextmanager
    def until(self, deadline: float, *, public_only: bool = False) -> Iterator[_Exchange]:
        """Watch this thread's request until ``deadline`` (`time.monotonic` seconds)."""
        exchange = _Exchange(deadline, public_only)
        with self._condition:
            self._running.add(exchange)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._watch, name="wp-sync-deadlines", daemon=True
                )
                self._thread.start()
            elif len(self._running) == 1:
                self._condition.notify()
        _thread.exchange = exchange
        try:
            yield exchange
        finally:
            _thread.exchange = None
            with self._condition:
                self._running.discard(exchange)

    def abort(self) -> None:
        """End every running request now (the source is closing)."""
        with self._condition:
            self._closed = True
            for exchange in self._running:
                _shut(exchange)
            self._condition.notify()

    def _watch(self) -> None:
        with self._condition:
            while not self._closed:
                now = time.monotonic()
                for exchange in self._running:
                    if exchange.deadline <= now:
                        _shut(exchange)
                self._condition.wait(WATCH_SECONDS if self._running else None)


def _shut(exchange: _Exchange) -> None:
    exchange.expired = True
    sock = exchange.connection.sock if exchange.connection is not None else None
    if sock is not None:
        # The base class's method: that of SSLSocket would first drop the TLS state that the
        # reading thread is using.
        with suppress(OSError, ValueError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
