"""One address asked: HEAD first, GET where that is refused, redirects followed step by step.

Sends no credentials and no cookies, contacts no private network, reads little of a body. Knows
nothing of other addresses: the politeness among them is `hosts`'s.
"""

from __future__ import annotations

from datetime import UTC, datetime

from wp_sync import __version__
from wp_sync.errors import SourceError
from wp_sync.http.client import Answer, Http, Limits, redirect_of
from wp_sync.http.failures import Cause, NoSuchName, Trouble
from wp_sync.http.retry import retry_after
from wp_sync.linkcheck.judge import State, Verdict, of_answer, of_error

# Robots are known by their name and a page about them. The word "link" in it is enough for some
# stock firewall rules to refuse.
USER_AGENT = f"Mozilla/5.0 (compatible; wp-sync/{__version__}; +https://pypi.org/project/wp-sync/)"
_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "Accept-Language": "en,*;q=0.5",
}
_LIMITS = Limits(seconds=20.0, connect=10.0, wire_bytes=64 << 10, body_bytes=256 << 10)
_MOST_HOPS = 10  # as browsers' 20, halved: our own choice
_LASTING = frozenset((301, 308))


def ask(http: Http, url: str, *, whole: bool = False) -> Verdict:
    """Look at an address; ``whole``: by GET at once, for what HEAD called broken before."""
    seen: set[str] = set()
    lasting = True
    at = url
    status: int | None = None
    while True:
        seen.add(at)
        answer = None
        try:
            if not whole:
                answer = _head(http, at)
            if answer is None or _says_little(answer):
                answer = http.get(
                    at,
                    headers=_HEADERS,
                    limits=_LIMITS,
                    public_only=True,
                    anonymous=True,
                    prefix_only=True,
                )
        except SourceError as error:
            return _led(of_error(error), url, at, status)
        try:
            target = redirect_of(answer.status, answer.headers, at)
        except SourceError as error:
            return Verdict(State.UNKNOWN, answer.status, error.message)
        if not target:
            found = of_answer(answer, wait=_asked(answer))
            return _led(found, url, at, status if lasting else 302 if status else None)
        lasting = lasting and answer.status in _LASTING
        status = status or answer.status
        at = target.partition("#")[0]
        if not at.startswith(("http://", "https://")):
            return Verdict(State.UNKNOWN, answer.status, "redirects to what is no page", at)
        if at in seen or len(seen) > _MOST_HOPS:
            # Some sites send around in circles whoever brings no cookie along.
            return Verdict(State.BLOCKED, answer.status, "redirects in a circle, or without end")


def _head(http: Http, url: str) -> Answer | None:
    """The answer to a HEAD; None where only a GET can tell.

    Raises:
        SourceError: a GET would fail in the same way.
    """
    try:
        return http.head(url, limits=_LIMITS, public_only=True, headers=_HEADERS)
    except Trouble as trouble:
        if isinstance(trouble, NoSuchName) or trouble.cause is Cause.SLOW:
            raise
        return None


def _says_little(answer: Answer) -> bool:
    """Whether a HEAD was refused: many servers answer it otherwise than a GET."""
    return answer.status >= 400 or answer.status == 202


def _asked(answer: Answer) -> float | None:
    moment = answer.server_time or datetime.now(UTC)
    return retry_after(answer.headers.get("Retry-After"), server_time=moment)


def _led(found: Verdict, url: str, at: str, first: int | None) -> Verdict:
    if at == url:
        return found
    status = first if found.state is State.OK and first else found.status
    return Verdict(found.state, status, found.reason, at, found.wait, found.silent)
