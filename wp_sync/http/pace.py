"""How many requests a host may get from us at once: more while it keeps up, fewer when it does not.

Additive increase, multiplicative decrease, as in TCP. A host that answers 429 or 503 or takes
several times as long as it used to for as many requests at once is asked less; one that recovers
is asked more. The pace knows nothing of what is asked: callers name the cost class of a request,
so that a page of posts is compared with pages of posts only.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

START = 2.0
# Several requests at once on a small server take that many times longer each without any harm, so
# a request is compared with the best one among as many. What a page holds makes it up to three
# times as dear; the constant keeps millisecond answers out of it.
SLOWER_BY = 3.0
SLOWER_PLUS = 0.3
# The best answers fade by this a second of asking, so that a site that became slower for good is
# not held to its youth: ten times slower is usual again after some nine minutes.
FADE = 1.002
COOL_DOWN = 1.0


class Closed(Exception):
    """The source was closed while a request waited for its turn."""


class Pace:
    """The budget of one host. Thread-safe.

    Args:
        most: the highest number of requests at once.
        per_second: the highest rate, requests a second; 0 means no limit.
        clock: monotonic seconds (tests bring their own).
    """

    def __init__(
        self, most: int, *, per_second: float = 0.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = float(max(1, most))
        self._limit = min(START, self._most)
        self._interval = 1.0 / per_second if per_second > 0 else 0.0
        self._clock = clock
        self._condition = threading.Condition()
        self._busy = 0
        self._not_before = 0.0
        self._slowed_at = -COOL_DOWN
        # The shortest answers in seconds, by cost class and requests under way.
        self._best: dict[str, dict[int, float]] = {}
        self._closed = False

    @property
    def limit(self) -> int:
        """How many requests may run at once right now."""
        return max(1, int(self._limit))

    def wait_left(self) -> float:
        """Seconds until the host may be asked again at all."""
        with self._condition:
            return max(0.0, self._not_before - self._clock())

    def acquire(self) -> None:
        """Wait for a turn."""
        with self._condition:
            while True:
                if self._closed:
                    raise Closed
                now = self._clock()
                if self._busy < self.limit and now >= self._not_before:
                    break
                self._condition.wait(
                    min(1.0, self._not_before - now) if now < self._not_before else None
                )
            self._busy += 1
            if self._interval:
                self._not_before = now + self._interval
                self._condition.notify()

    def release(self, cost: str, seconds: float) -> None:
        """A request of this cost class was answered properly after ``seconds``."""
        with self._condition:
            slow = seconds > self._usual(cost, seconds) * SLOWER_BY + SLOWER_PLUS
            self._busy -= 1
            if slow:
                self._slow_down(0.7)
            else:
                self._limit = min(self._most, self._limit + 1.0 / max(1.0, self._limit))
            self._condition.notify_all()

    def _usual(self, cost: str, seconds: float) -> float:
        """What this many requests at once take at best each; counts this one in."""
        best = self._best.setdefault(cost, {})
        for among in best:
            best[among] *= FADE ** (seconds / self._busy)
        # Where so many were never under way, their time is that of fewer, at worst one by one.
        before = (took * max(1.0, self._busy / among) for among, took in best.items())
        usual = min(before, default=seconds)
        best[self._busy] = min(best.get(self._busy, seconds), seconds)
        return min(usual, seconds)

    def release_failed(self, *, overloaded: bool, wait: float | None = None) -> None:
        """A request failed; ``overloaded`` when the host said or showed that it has too much."""
        with self._condition:
            self._busy -= 1
            if overloaded:
                self._slow_down(0.5)
            if wait:
                self._not_before = max(self._not_before, self._clock() + wait)
            self._condition.notify_all()

    def close(self) -> None:
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def _slow_down(self, factor: float) -> None:
        # One step for all the requests that were under way when the trouble began.
        now = self._clock()
        if now - self._slowed_at >= COOL_DOWN or self._limit >= self._most:
            self._slowed_at = now
            self._limit = max(1.0, self._limit * factor)
