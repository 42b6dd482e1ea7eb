"""The one retry layer: how often, after how long, and for which causes; sends nothing itself.

Retry-After is read by our own parser: servers send seconds, dates, negative numbers and text, and
the libraries' parsers each fail on some of them.
"""

from __future__ import annotations

import email.utils
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import tenacity

from wp_sync.http.failures import Cause, Trouble

T = TypeVar("T")

# A wait beyond this is the next run's affair; cron comes back in minutes.
LONGEST_WAIT = 120.0
_SECONDS = re.compile(r"[+-]?[0-9]{1,12}(?:\.[0-9]{1,6})?")


def retry_after(value: str | None, *, server_time: datetime) -> float | None:
    """Seconds that a Retry-After header asks for, 0 or more; None when it says nothing usable.

    Accepts delay-seconds and HTTP-date (RFC 9110, 10.2.3); a date is compared with the *server's*
    clock. Negative delays and past dates mean 0.
    """
    if value is None:
        return None
    text = value.strip()
    if _SECONDS.fullmatch(text):
        return max(0.0, float(text))
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return max(0.0, (moment - server_time).total_seconds())
    except OverflowError:
        return None


@dataclass(frozen=True, slots=True)
class Waits:
    """How long to wait between tries, in seconds.

    ``pause`` is the first of our own pauses, which double up to ``longest_pause``; ``asked`` is the
    longest wait that a server may ask for within a run.
    """

    pause: float = 0.5
    longest_pause: float = 20.0
    asked: float = LONGEST_WAIT


USUAL = Waits()


@dataclass(frozen=True, slots=True)
class Patience:
    """How many tries each cause gets in all (1: no second try)."""

    tries: Mapping[Cause, int]

    def allows(self, cause: Cause, tries: int) -> bool:
        return tries < self.tries.get(cause, 1)


# For questions that can't be made smaller.
STEADY = Patience(
    {
        Cause.BUSY: 5,
        Cause.SERVER: 2,
        Cause.GATEWAY: 4,
        Cause.NETWORK: 4,
        Cause.SLOW: 2,
        Cause.GARBLED: 3,
        Cause.CHALLENGE: 2,
    }
)
# For windows of a listing: asking for less is the better second try where the size may be at fault.
HEAVY = Patience(
    {
        Cause.BUSY: 5,
        Cause.SERVER: 1,
        Cause.GATEWAY: 1,
        Cause.NETWORK: 3,
        Cause.SLOW: 1,
        Cause.GARBLED: 1,
        Cause.CHALLENGE: 2,
    }
)
ONCE = Patience({})
# For writes: only what surely did not take place. A lost answer is no `Trouble`.
WRITING = Patience({Cause.BUSY: 6, Cause.GATEWAY: 4, Cause.NETWORK: 4})
# For finding out what is there: only what passes by itself is worth a second look.
GLANCE = Patience({Cause.BUSY: 3, Cause.GATEWAY: 3, Cause.NETWORK: 3, Cause.GARBLED: 2})


def persist(
    attempt: Callable[[], T],
    patience: Patience,
    *,
    sleep: Callable[[float], None],
    waits: Waits = USUAL,
) -> T:
    """Call ``attempt`` until it returns, fails for good, or patience ends (its last error then).

    ``sleep`` may raise to end the waiting early (the source is closing).
    """

    def worth_it(state: tenacity.RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome is not None else None
        return (
            isinstance(error, Trouble)
            and patience.allows(error.cause, state.attempt_number)
            and (error.wait or 0.0) <= waits.asked
        )

    def pause(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        backoff: float = min(waits.longest_pause, waits.pause * 2 ** (state.attempt_number - 1))
        backoff *= random.uniform(0.75, 1.25)  # noqa: S311 - jitter, not a secret
        asked = error.wait if isinstance(error, Trouble) else None
        return backoff if asked is None else max(asked, 0.05)

    retrying = tenacity.Retrying(
        retry=worth_it, wait=pause, stop=tenacity.stop_never, sleep=sleep, reraise=True
    )
    return retrying(attempt)
