"""One HTTP exchange, bounded in time and bytes; no retry, no redirect, no WordPress.

The body is decoded by us in bounded steps (300 KB of gzip can hold 300 MB), a body that ends
before its stated length or before its gzip trailer is noticed, credentials go to one origin only,
cookies are refused, and neither netrc nor proxy variables of the environment are read.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException as _HttpClientError
from http.cookiejar import DefaultCookiePolicy
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3.exceptions

from wp_sync import __version__
from wp_sync.errors import Place, SourceError
from wp_sync.http.encodings import decoder
from wp_sync.http.failures import AnswerLost, Cause, Forbidden, Trouble
from wp_sync.http.network import causes, network_failure
from wp_sync.http.wire import Adapter, Allowed, ForbiddenAddress, Watchdog, is_public
from wp_sync.redaction import Redactor

USER_AGENT = f"wp-sync/{__version__} (+https://pypi.org/project/wp-sync/)"
_CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one exchange: seconds from first to last byte, bytes as sent, bytes as decoded."""

    seconds: float = 90.0
    connect: float = 10.0
    wire_bytes: int = 64 << 20
    body_bytes: int = 128 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. ``server_time`` is its Date header (UTC); None when there is none."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    server_time: datetime | None

    @property
    def place(self) -> Place:
        return Place(url=self.url)


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, default ports made explicit: who gets credentials."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme.lower(), 0)
    return f"{parts.scheme.lower()}://{(parts.hostname or '').lower()}:{port}"


def server_time(headers: Mapping[str, str]) -> datetime | None:
    """The Date header as UTC, or None when it is absent or unreadable."""
    try:
        moment = parsedate_to_datetime(headers.get("Date", ""))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def redirect_of(status: int, headers: Mapping[str, str], url: str) -> str:
    """Where an answer sends us on to, as a whole address; empty when it does not.

    Raises:
        SourceError: it names what is no address.
    """
    location = headers.get("Location", "")
    if status not in (301, 302, 303, 307, 308) or not location:
        return ""
    try:
        target = urljoin(url, location)
        origin_of(target)
    except ValueError:
        raise SourceError(
            f"the answer {status} sends us on to what is no address ({location[:100]!r})",
            place=Place(url=url),
            hint="check the site's address settings and redirect rules",
        ) from None
    return target


class _Session(requests.Session):
    """A session that knows no redirects.

    Even when told to follow none, the library's reads a redirect's body whole, decoded and past
    our caps, and fails on targets that are no addresses.
    """

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        del resp
        return None


class Http:
    """A session with one site. Thread-safe; ``requests_made`` counts what was sent.

    ``public`` says which IP addresses count as public, where only those may be asked.
    """

    def __init__(
        self,
        *,
        connections: int,
        proxy: str = "",
        ca_file: str = "",
        limits: Limits | None = None,
        public: Allowed = is_public,
    ) -> None:
        self._public = public
        self.limits = limits or Limits()
        self.requests_made = 0
        self._lock = threading.Lock()
        self._watchdog = Watchdog()
        self._authorization: tuple[str, str] | None = None
        self.redact = Redactor()
        self._session: requests.Session = _Session()
        self._session.trust_env = False
        self._session.verify = ca_file or True
        self._session.headers.clear()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        adapter = Adapter(connections)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def login(self, origin: str, user: str, password: str) -> None:
        """Send these credentials with requests to this origin, and to no other."""
        self.redact.add(password, user=user)
        token = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        self._authorization = (origin, f"Basic {token}")

    def close(self) -> None:
        """End what is under way (its threads get an error) and close all connections."""
        self._watchdog.abort()
        self._session.close()

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        public_only: bool = False,
        anonymous: bool = False,
        prefix_only: bool = False,
    ) -> Answer:
        """One GET, its whole body in memory (``prefix_only``: what fits into the caps).

        Raises:
            Trouble: connecting, reading, time, size or encoding failed.
            SourceError: TLS failed, or the address is forbidden (``public_only``).
        """
        bounds = limits or self.limits
        started = time.monotonic()
        with self._exchange(url, headers, bounds, public_only, anonymous) as stream:
            body = b"".join(stream.chunks(prefix_only=prefix_only))
            response = stream.response
        return self._whole(url, response, body, started)

    def head(
        self, url: str, *, limits: Limits, public_only: bool, headers: Mapping[str, str]
    ) -> Answer:
        """One HEAD: what a GET would answer, without its body.

        Raises:
            As `get`.
        """
        started = time.monotonic()
        exchange = self._exchange(url, headers, limits, public_only, True, "HEAD")
        with exchange as stream:
            stream.finished()
            response = stream.response
        return self._whole(url, response, b"", started)

    def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes | IO[bytes],
        headers: Mapping[str, str | bytes],
        limits: Limits | None = None,
    ) -> Answer:
        """One request that may change the site; its whole answer in memory.

        Raises:
            Trouble: nothing was sent: it may be tried again.
            AnswerLost: it was sent, in part at least, and no whole answer came.
            SourceError: TLS failed.
        """
        bounds = limits or self.limits
        started = time.monotonic()
        exchange = self._exchange(url, headers, bounds, False, False, method, body)
        try:
            with exchange as stream:
                whole = b"".join(stream.chunks())
                response = stream.response
        except Trouble as trouble:
            if not exchange.sent:
                raise
            raise AnswerLost(trouble) from None
        return self._whole(url, response, whole, started)

    def _whole(self, url: str, response: requests.Response, body: bytes, started: float) -> Answer:
        if not 200 <= response.status_code < 300:
            # Words about a failure, which are shown and kept; some servers repeat the request's
            # headers in them. A 200 is content: what stands there is the site's own affair.
            body = self.redact.bytes(body)
        return Answer(
            url=url,
            status=response.status_code,
            headers=response.headers,
            body=body,
            seconds=time.monotonic() - started,
            server_time=server_time(response.headers),
        )

    def stream(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        limits: Limits,
        public_only: bool,
        each: Callable[[requests.Response, Iterator[bytes]], None],
    ) -> None:
        """One GET whose body goes to ``each`` in chunks; bounded as in `get`."""
        with self._exchange(url, headers, limits, public_only, False) as stream:
            each(stream.response, stream.chunks())

    def _exchange(
        self,
        url: str,
        headers: Mapping[str, str | bytes] | None,
        limits: Limits,
        public_only: bool,
        anonymous: bool,
        method: str = "GET",
        body: bytes | IO[bytes] | None = None,
    ) -> _Exchange:
        sent: dict[str, str | bytes] = {
            "User-Agent": USER_AGENT,
            "Accept-Encoding": "gzip, deflate",
            "Accept": "application/json, */*;q=0.5",
            "Cache-Control": "no-cache",
            **(headers or {}),
        }
        if self._authorization and not anonymous and origin_of(url) == self._authorization[0]:
            sent["Authorization"] = self._authorization[1]
        with self._lock:
            self.requests_made += 1
        return _Exchange(
            self._session,
            self._proxies,
            self._watchdog,
            self.redact,
            url,
            sent,
            limits,
            self._public if public_only else None,
            method,
            body,
        )


class _Exchange:
    """A response being read, with every failure told in our words and with its address."""

    response: requests.Response

    def __init__(
        self,
        session: requests.Session,
        proxies: dict[str, str],
        watchdog: Watchdog,
        redact: Redactor,
        url: str,
        headers: dict[str, str | bytes],
        limits: Limits,
        allowed: Allowed | None,
        method: str,
        body: bytes | IO[bytes] | None,
    ) -> None:
        self.sent = False
        self._method = method
        self._body = body
        self._session = session
        self._proxies = proxies
        self._redact = redact
        self._url = url
        self._headers = headers
        self._limits = limits
        self._deadline = time.monotonic() + limits.seconds
        self._watch = watchdog.until(self._deadline, allowed=allowed)
        self._finished = False

    def __enter__(self) -> _Exchange:
        self._state = self._watch.__enter__()
        try:
            # Made ready without the session's own settings: there are none, and to merge nothing
            # into each request costs more than to make it ready.
            request = requests.PreparedRequest()
            request.prepare(self._method, self._url, headers=self._headers, data=self._body)
            self.response = self._session.send(
                request,
                proxies=self._proxies,
                verify=self._session.verify,
                stream=True,
                allow_redirects=False,
                timeout=(self._limits.connect, self._limits.seconds),
            )
        except BaseException as error:
            self.sent = self._state.connected
            self._watch.__exit__(None, None, None)
            failure = self._told(error)
            if failure is None:
                raise
            raise failure from None  # the cause repeats the address, credentials never help
        self.sent = True
        for name, value in list(self.response.headers.items()):
            self.response.headers[name] = self._redact(value)
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not self._finished:
            # Bytes are left on the connection: it can't serve another request.
            self.response.raw.close()
        self.response.raw.release_conn()
        self._watch.__exit__(None, None, None)
        if error is not None:
            failure = self._told(error)
            if failure is not None:
                raise failure from None

    def chunks(self, *, prefix_only: bool = False) -> Iterator[bytes]:
        """The decoded body in bounded chunks.

        Raises:
            Trouble: too long, too big, cut short, or not what its encoding says.
        """
        limits = self._limits
        headers = self.response.headers
        decode = decoder(headers.get("Content-Encoding", ""), self._place)
        wire = decoded = 0
        raw: Any = self.response.raw
        while chunk := raw.read1(_CHUNK, decode_content=False):
            wire += len(chunk)
            if wire > limits.wire_bytes:
                if prefix_only:
                    return
                raise self._too_big(wire)
            for piece in decode(chunk):
                decoded += len(piece)
                if decoded > limits.body_bytes:
                    if prefix_only:
                        return
                    raise self._too_big(decoded)
                yield piece
            if time.monotonic() > self._deadline:
                raise self._late()
        if self._state.expired:
            raise self._late()
        stated = headers.get("Content-Length", "")
        if stated.isdigit() and int(stated) != wire and self.response.status_code not in (204, 304):
            raise self._garbled(f"the answer ended after {wire} of {stated} bytes")
        for piece in decode(b""):
            yield piece
        self._finished = True

    def finished(self) -> None:
        """There is no body to be read, so the connection is free again."""
        self._finished = True

    @property
    def _place(self) -> Place:
        return Place(url=self._url)

    def _late(self) -> Trouble:
        return Trouble(
            f"no complete answer within {self._limits.seconds:.0f} s",
            cause=Cause.SLOW,
            place=self._place,
            hint="the site is slow or overloaded: try later, or raise the deadline",
        )

    def _too_big(self, size: int) -> Trouble:
        return Trouble(
            f"the answer is larger than allowed ({size >> 20} MB and more)",
            cause=Cause.SIZE,
            place=self._place,
        )

    def _garbled(self, what: str) -> Trouble:
        return Trouble(what, cause=Cause.GARBLED, place=self._place, hint="try again later")

    def _told(self, error: BaseException) -> SourceError | None:
        if isinstance(error, SourceError):
            return None
        chain = list(causes(error))
        for cause in chain:
            if isinstance(cause, ForbiddenAddress):
                return Forbidden(
                    f"refused: {cause}",
                    place=self._place,
                    hint="a site's content may not point this program into a private network",
                )
        known = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, UnicodeError)
        if not isinstance(error, (*known, _HttpClientError)):
            return None
        if self._state.expired:
            return self._late()
        failure = network_failure(error, chain, self._place, self._late)
        failure.message = self._redact(failure.message)  # it may quote what was no HTTP
        failure.args = (failure.message,)
        return failure
