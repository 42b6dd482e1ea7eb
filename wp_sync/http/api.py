"""Questions to one REST API, and writes: addresses, turns, retries, redirects; knows no records.

Every question goes through `Api.ask`, which waits for the host's turn, sends, sorts the answer, and
tries again where that helps. Every write goes through `Api.write`, which tries again only what
surely was not done.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from wp_sync.errors import Place, RestClosed, SourceError, TryLater
from wp_sync.http import statuses
from wp_sync.http.client import Answer, Http, Limits, origin_of, redirect_of
from wp_sync.http.failures import AnswerLost, Cause, Redirected, Rejected, Trouble
from wp_sync.http.pace import Closed, Pace
from wp_sync.http.retry import STEADY, USUAL, WRITING, Patience, Waits, persist

T = TypeVar("T")
CORE = "wp/v2/"
_HOPS = 4
_OVERLOADED = (Cause.BUSY, Cause.SLOW, Cause.GATEWAY)


@dataclass(frozen=True, slots=True)
class ApiRoot:
    """Where an API begins: ``https://host/wp-json/`` or ``https://host/?rest_route=/``.

    ``core`` replaces ``wp/v2/`` in routes: on wordpress.com the root's address names it already.
    """

    url: str
    core: str = CORE

    def address(self, route: str, parameters: Mapping[str, str] | None = None) -> str:
        """The address of a route with its parameters.

        With plain permalinks the route is itself a parameter, so the others join with ``&``.
        """
        path = route.lstrip("/")
        if self.core != CORE and path.startswith(CORE):
            path = self.core + path.removeprefix(CORE)
        url = self.url + quote(path, safe="/")
        if not parameters:
            return url
        words = "&".join(
            f"{quote(name, safe='_')}={quote(value, safe=',:.')}"
            for name, value in parameters.items()
        )
        return f"{url}{'&' if '?' in self.url else '?'}{words}"


class Api:
    """One site's API. Thread-safe."""

    def __init__(
        self,
        http: Http,
        pace: Pace,
        root: ApiRoot,
        *,
        sleep: Callable[[float], None],
        waits: Waits = USUAL,
    ) -> None:
        self.http = http
        self.pace = pace
        self.root = root
        self.sleep = sleep
        self.waits = waits
        self._clock_lock = threading.Lock()
        self._server_time: datetime | None = None
        self._no_delete = False

    def ask(
        self,
        route: str,
        parameters: Mapping[str, str] | None = None,
        *,
        parse: Callable[[Answer], T],
        patience: Patience = STEADY,
        cost: str = "",
        fresh: bool = False,
        anonymous: bool = False,
        limits: Limits | None = None,
    ) -> T:
        """GET a route and parse its answer; both are repeated where that helps.

        Args:
            parse: turns a 200 into a value; a `Trouble` it raises counts as a failed try.
            cost: the pace's cost class (what kind of question, of which size).
            fresh: go past page caches, with a parameter that no one has asked with before.
        Raises:
            SourceError: the last try's failure.
        """

        def attempt() -> T:
            words = dict(parameters or {})
            if fresh:
                words["_fresh"] = secrets.token_hex(8)
            url = self.root.address(route, words)
            answer = get_paced(
                self.pace, lambda: self._get(url, anonymous, limits), cost or route, self.waits
            )
            return parse(statuses.check(answer))

        try:
            return persist(attempt, patience, sleep=self.sleep, waits=self.waits)
        except SourceError as error:
            # Once more: decoded (JSON in HTML, say) it may spell what the bytes did not.
            error.message = self.http.redact(error.message)
            error.args = (error.message,)
            raise

    def write(
        self,
        route: str,
        body: Mapping[str, Any] | Path | None = None,
        parameters: Mapping[str, str] | None = None,
        *,
        parse: Callable[[Answer], T],
        method: str = "POST",
        headers: Mapping[str, str | bytes] | None = None,
        cost: str = "",
        limits: Limits | None = None,
    ) -> T:
        """Send a write and parse its answer. WordPress takes POST for changes as well.

        Args:
            body: values to send as JSON, or a file to send as it is (``headers`` say what it is).
        Raises:
            AnswerLost: it may have taken place.
            SourceError: it did not.
        """
        words = dict(parameters or {})
        sent: dict[str, str | bytes] = {"Content-Type": "application/json", **(headers or {})}
        data = body if isinstance(body, Path) else msgspec.json.encode(body or {})

        def attempt() -> T:
            url = self.root.address(route, words)
            answer = get_paced(
                self.pace,
                lambda: self._send(method, url, data, sent, limits),
                cost or f"write {route}",
                self.waits,
                statuses.check_written,
            )
            try:
                return parse(answer)
            except Trouble as trouble:  # done there, and told in words that can't be read
                raise AnswerLost(trouble) from None

        try:
            return persist(attempt, WRITING, sleep=self.sleep, waits=self.waits)
        except SourceError as error:
            error.message = self.http.redact(error.message)
            error.args = (error.message,)
            raise

    def delete(
        self,
        route: str,
        parameters: Mapping[str, str] | None = None,
        *,
        parse: Callable[[Answer], T],
    ) -> T:
        """DELETE, by POST with ``_method`` where something before the site lets none through.

        Raises:
            AnswerLost, SourceError: as `write`.
        """
        if not self._no_delete:
            try:
                return self.write(route, None, parameters, parse=parse, method="DELETE")
            except (RestClosed, Rejected) as error:
                if getattr(error, "code", ""):
                    raise  # WordPress itself refused it
            self._no_delete = True
        return self.write(route, None, {**(parameters or {}), "_method": "DELETE"}, parse=parse)

    def now(self) -> datetime:
        """The server's clock, from the last Date header (carried on by our steady clock).

        Raises:
            TryLater: no answer so far had one.
        """
        with self._clock_lock:
            if self._server_time is None:
                raise TryLater(
                    "the server's answers have no Date header, so nothing can be dated safely",
                    place=Place(url=self.root.url),
                    hint="a proxy in front of the site strips the header: have it passed on",
                )
            return self._server_time.replace(microsecond=0)

    def _get(self, url: str, anonymous: bool, limits: Limits | None) -> Answer:
        home = origin_of(self.root.url)
        for _ in range(_HOPS):
            answer = self.http.get(url, anonymous=anonymous, limits=limits)
            self._note_time(answer)
            target = redirect_of(answer.status, answer.headers, url)
            if not target:
                return answer
            if origin_of(target) != home:
                raise Redirected(
                    f"the API sends us on to {_site_of(target)}",
                    location=target,
                    place=answer.place,
                    hint="use that address if it is the site's own; nothing was sent there",
                )
            url = target
        raise SourceError(
            "the API redirects in circles",
            place=Place(url=url),
            hint="check the site's address settings and redirect rules",
        )

    def _send(
        self,
        method: str,
        url: str,
        data: bytes | Path,
        headers: Mapping[str, str | bytes],
        limits: Limits | None,
    ) -> Answer:
        if isinstance(data, Path):
            with data.open("rb") as stream:
                answer = self.http.send(method, url, body=stream, headers=headers, limits=limits)
        else:
            answer = self.http.send(method, url, body=data, headers=headers, limits=limits)
        self._note_time(answer)
        return answer

    def _note_time(self, answer: Answer) -> None:
        moment = answer.server_time
        if moment is None:
            return
        # A cache's answer bears the time at which it was made.
        if answer.headers.get("Age", "0").strip() not in ("", "0"):
            return
        with self._clock_lock:
            if self._server_time is None or moment > self._server_time:
                self._server_time = moment.astimezone(UTC)


def _site_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"[:200]


def _check_load(answer: Answer) -> Answer:
    if answer.status in (202, 429) or answer.status >= 500:
        statuses.check(answer)
    return answer


def get_paced(
    pace: Pace,
    get: Callable[[], Answer],
    cost: str,
    waits: Waits = USUAL,
    check: Callable[[Answer], Answer] = _check_load,
) -> Answer:
    """Wait for the host's turn, get, and tell the pace how it went.

    Raises:
        Trouble: the host is busy, failing or silent (also where it says so with a status).
    """
    try:
        pace.acquire()
    except Closed:
        raise TryLater("the source was closed") from None
    try:
        answer = check(get())
    except Trouble as trouble:
        wait = min(trouble.wait or 0.0, waits.asked)
        pace.release_failed(overloaded=trouble.cause in _OVERLOADED, wait=wait)
        raise
    except BaseException:
        pace.release_failed(overloaded=False)
        raise
    pace.release(cost, answer.seconds)
    return answer
