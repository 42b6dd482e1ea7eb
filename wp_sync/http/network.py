"""What went wrong on the way to a server, in words: out of the errors of sockets and libraries."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from http.client import IncompleteRead as _HttpIncompleteRead
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from wp_sync.errors import Place, SourceError
from wp_sync.http.failures import Cause, NoSuchName, NotSecure, Trouble


def network_failure(
    error: BaseException,
    chain: list[BaseException],
    place: Place,
    late: Callable[[], Trouble],
) -> SourceError:
    """What a failed exchange means; ``chain`` is `causes` of it, ``late`` words a timeout."""
    host = urlsplit(place.url).netloc
    for cause in chain:
        if isinstance(cause, (ssl.SSLError, urllib3.exceptions.SSLError)):
            return NotSecure(
                f"the encrypted connection failed: {_first_line(cause)}",
                place=place,
                hint="the certificate must be valid for this host name; it is never skipped",
            )
        if isinstance(cause, urllib3.exceptions.NameResolutionError):
            kind = NoSuchName if _no_such_name(chain) else Trouble
            return kind(
                f"the name {urlsplit(place.url).hostname} can't be resolved",
                cause=Cause.NETWORK,
                place=place,
                hint="check the spelling of the address and the network",
            )
    no_address = (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, UnicodeError)
    if isinstance(error, no_address):
        return SourceError("this is not a web address", place=place)
    if any(isinstance(cause, ConnectionRefusedError) for cause in chain):
        return Trouble(
            f"{host} refuses connections",
            cause=Cause.NETWORK,
            place=place,
            hint="the server is down, or the port is wrong: try again later",
        )
    for cause in chain:
        if isinstance(cause, urllib3.exceptions.ConnectTimeoutError):
            return Trouble(
                f"{host} does not answer", cause=Cause.NETWORK, place=place, hint="try again later"
            )
        if isinstance(cause, (TimeoutError, urllib3.exceptions.ReadTimeoutError)):
            return late()
        if isinstance(cause, (urllib3.exceptions.IncompleteRead, _HttpIncompleteRead)):
            return Trouble(
                f"the answer ended {_short_of(cause)}",
                cause=Cause.NETWORK,
                place=place,
                hint="try again later",
            )
    return Trouble(
        f"the connection to {host} failed: {_first_line(chain[-1])}",
        cause=Cause.NETWORK,
        place=place,
        hint="check the address and the network, or try again later",
    )


def _no_such_name(chain: Sequence[BaseException]) -> bool:
    known = {getattr(socket, name, None) for name in ("EAI_NONAME", "EAI_NODATA")} - {None}
    return any(isinstance(one, socket.gaierror) and one.errno in known for one in chain)


def _short_of(cause: Any) -> str:
    had = cause.partial if isinstance(cause.partial, int) else len(cause.partial)
    if not cause.expected:
        return "before its last piece"
    return f"after {had} of {had + cause.expected} bytes"


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error with all that it came from, each once."""
    seen: set[int] = set()
    queue: list[object] = [error]
    while queue:
        item = queue.pop(0)
        if isinstance(item, BaseException) and id(item) not in seen:
            seen.add(id(item))
            yield item
            queue += [
                item.__cause__,
                item.__context__,
                getattr(item, "reason", None),
                *item.args,
            ]


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
