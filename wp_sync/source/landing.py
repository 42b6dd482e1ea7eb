"""Where one of the site's own addresses leads a visitor: redirects followed step by step.

A visitor brings no credentials, goes to no other site and into no private network but the site's
own, and reads little of a page. Which addresses are worth a visit is the pull's business.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urldefrag, urlsplit

from wp_sync.errors import SourceError
from wp_sync.http.api import get_paced
from wp_sync.http.client import Http, Limits, origin_of, redirect_of
from wp_sync.http.pace import Pace
from wp_sync.http.retry import GLANCE, USUAL, Waits, persist
from wp_sync.model import Landing

_HEADERS = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
_LIMITS = Limits(seconds=20.0, connect=10.0, wire_bytes=64 << 10, body_bytes=256 << 10)
_HOPS = 6
_LONGEST = 2_000  # of an address, as the redirect files have it
_DEFAULT = {"http": 80, "https": 443}


class Visitor:
    """Visits addresses of one site over the source's connections and paces.

    Args:
        own: origins of the site itself; these hosts alone may lie in a private network.
        now: the server's clock, for answers without a date.
    """

    def __init__(
        self,
        http: Http,
        pace: Callable[[str], Pace],
        own: set[str],
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
        waits: Waits = USUAL,
    ) -> None:
        self._http = http
        self._pace = pace
        self._hosts = {urlsplit(origin).hostname for origin in own}
        self._open = names_of(own)
        self._now = now
        self._sleep = sleep
        self._waits = waits

    def leads_to(self, url: str) -> Landing | None:
        """Where an address leads in the end; None for one that is not the site's.

        Raises:
            Trouble: no answer, or one that says nothing of the page (202, 429, 5xx).
            SourceError: an address on the way may not be asked.
        """
        if not self._is_own(url):
            return None
        at = url
        for _ in range(_HOPS):
            found, onward = self._visit(at)
            if not onward:
                return found
            at = onward
        return found

    def _visit(self, url: str) -> tuple[Landing, str]:
        """What an address answers, and the one that is to be visited next, if any."""
        public_only = urlsplit(url).hostname not in self._hosts

        def attempt() -> tuple[Landing, str]:
            answer = get_paced(
                self._pace(origin_of(url)),
                lambda: self._http.get(
                    url,
                    headers=_HEADERS,
                    limits=_LIMITS,
                    public_only=public_only,
                    anonymous=True,
                    prefix_only=True,
                ),
                "visit",
                self._waits,
            )
            seen_at = answer.server_time or self._now()
            here = Landing(url, answer.status, seen_at)
            try:
                target = _with_place(redirect_of(answer.status, answer.headers, url), url)
                if not target or len(target) > _LONGEST or not _is_page(target):
                    return here, ""
            except (SourceError, ValueError):  # it names what is no address
                return here, ""
            if not self._is_own(target):
                return Landing(target, answer.status, seen_at, outside=True), ""
            return here, target

        return persist(attempt, GLANCE, sleep=self._sleep, waits=self._waits)

    def _is_own(self, url: str) -> bool:
        try:
            return _is_page(url) and origin_of(url) in self._open
        except ValueError:
            return False


def _with_place(target: str, url: str) -> str:
    """A redirect's target; without a place in the page it keeps that of the address before it."""
    place = urldefrag(url)[1]
    return f"{target}#{place}" if target and place and "#" not in target else target


def _is_page(url: str) -> bool:
    """Whether an address is one of the web's, without a login in it."""
    parts = urlsplit(url)
    return parts.scheme in _DEFAULT and bool(parts.hostname) and "@" not in parts.netloc


def names_of(own: set[str]) -> set[str]:
    """A site's origins and those that mean the same to its visitors: http and https, www.

    A site at a port of its own has no other names: what else is on that host is not the site.
    """
    names = set(own)
    for origin in own:
        parts = urlsplit(origin)
        host = parts.hostname or ""
        if parts.port != _DEFAULT.get(parts.scheme) or ":" in host:
            continue
        bare = host.removeprefix("www.")
        for scheme, port in _DEFAULT.items():
            names |= {f"{scheme}://{name}:{port}" for name in (bare, f"www.{bare}")}
    return names
