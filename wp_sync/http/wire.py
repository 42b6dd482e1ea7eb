"""Connections with a wall deadline and a say in which addresses may be reached; no HTTP semantics.

A socket's timeout starts anew with every byte, so a server that sends one byte a second (in its
headers, even) holds a reader for hours. A watchdog shuts the socket of a request whose time is up.
Where only some addresses may be reached, the one that was looked at is the one that is connected
to: a name cannot change under us in between (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.poolmanager import PoolManager
from urllib3.util.connection import create_connection

WATCH_SECONDS = 0.25


Allowed = Callable[[str], bool]


class ForbiddenAddress(OSError):
    """The name led into a private network, where a site has no business to point."""


class _Exchange:
    """The request that a thread is busy with."""

    __slots__ = ("allowed", "connected", "connection", "deadline", "expired")

    def __init__(self, deadline: float, allowed: Allowed | None) -> None:
        self.deadline = deadline
        self.allowed = allowed  # which addresses may be contacted; None: all
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


def _allowed(connection: HTTPConnection) -> Allowed | None:
    exchange: _Exchange | None = getattr(_thread, "exchange", None)
    return None if exchange is None or connection.proxy is not None else exchange.allowed


class _Watched(HTTPConnection):
    """A connection that its thread's exchange knows of."""

    def _new_conn(self) -> socket.socket:
        allowed = _allowed(self)
        if allowed is None:
            return super()._new_conn()
        # Looked up by ourselves, and what was looked at is what is connected to: not even a
        # handshake reaches an address that is not allowed.
        last: OSError | None = None
        try:
            found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        for address in filter(allowed, addresses):
            try:
                return create_connection(
                    (address, self.port),
                    self.timeout,
                    source_address=self.source_address,
                    socket_options=self.socket_options,
                )
            except OSError as error:
                last = error
        if last is None:
            where = ", ".join(addresses)
            raise ForbiddenAddress(f"{self.host} is {where}, an address in a private network")
        if isinstance(last, TimeoutError):
            raise ConnectTimeoutError(self, f"connecting to {self.host} timed out") from last
        raise NewConnectionError(self, f"no connection: {last}") from last

    def connect(self) -> None:
        super().connect()
        _connected()

    def request(self, *args: Any, **kwargs: Any) -> None:
        _enter(self)
        super().request(*args, **kwargs)


class _Connection(_Watched):
    pass


class _SecureConnection(_Watched, HTTPSConnection):
    pass


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
    def until(self, deadline: float, *, allowed: Allowed | None = None) -> Iterator[_Exchange]:
        """Watch this thread's request until ``deadline`` (`time.monotonic` seconds)."""
        exchange = _Exchange(deadline, allowed)
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
