"""Whose turn it is: politeness towards every host, whatever the number of threads. No I/O.

Of one host only so many addresses are asked at once, and with a pause between two. A host that
says that it is too much is left alone, longer each time; one that does not answer is given up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from urllib.parse import urlsplit

from wp_sync.linkcheck.judge import Verdict


@dataclass(frozen=True, slots=True)
class Politeness:
    """Towards one host. Other checkers: lychee 10 at once and 50 ms apart, linkchecker 10 a second.

    ``gap``: seconds between the beginnings of two requests; ``pause`` and ``longest``: seconds to
    stay away after the first 429 or 503, doubled each time (as lychee does), and at most whatever
    the host asks for; ``patience``: how often it may say so, ``silences``: how many addresses may
    stay without any answer in a row, before the rest of its addresses are not asked in this run.
    """

    at_once: int = 2
    gap: float = 0.2
    pause: float = 0.5
    longest: float = 60.0
    patience: int = 6
    silences: int = 3


@dataclass(slots=True)
class _Host:
    waiting: deque[str] = field(default_factory=deque)
    ready: float = 0.0
    busy: int = 0
    overloads: int = 0
    silences: int = 0
    queued: bool = False


class Hosts:
    """The addresses that are still to be asked, by host. Times are in seconds of one clock."""

    def __init__(self, urls: Iterable[str], politeness: Politeness, now: float = 0.0) -> None:
        self._politeness = politeness
        self._hosts: dict[str, _Host] = {}
        for url in urls:
            host = self._hosts.setdefault(host_of(url), _Host(ready=now))
            host.waiting.append(url)
        self.left = sum(len(host.waiting) for host in self._hosts.values())
        self._heap = [(host.ready, name) for name, host in self._hosts.items()]
        for host in self._hosts.values():
            host.queued = True
        heapify(self._heap)

    def take(self, now: float) -> tuple[str, float]:
        """An address that may be asked now; else the empty string and how long to wait.

        Infinitely long where only an answer that is under way can change anything.
        """
        while self._heap:
            ready, name = self._heap[0]
            host = self._hosts[name]
            if not host.waiting or host.busy >= self._politeness.at_once:
                heappop(self._heap)
                host.queued = False
                continue
            if ready < host.ready:
                heappop(self._heap)
                heappush(self._heap, (host.ready, name))
                continue
            if ready > now:
                return "", ready - now
            heappop(self._heap)
            host.busy += 1
            host.ready = now + self._politeness.gap
            heappush(self._heap, (host.ready, name))
            return host.waiting.popleft(), 0.0
        return "", float("inf")

    def done(self, url: str, found: Verdict, now: float) -> tuple[bool, list[str]]:
        """What came of an address: whether to count it, and which others will not be asked.

        An address whose host was merely overloaded is put back.
        """
        name = host_of(url)
        host = self._hosts[name]
        host.busy -= 1
        counts = True
        given_up: list[str] = []
        if found.wait is not None:
            host.overloads += 1
            pause = min(self._politeness.longest, self._politeness.pause * 2**host.overloads / 2)
            host.ready = max(
                host.ready, now + max(pause, min(found.wait, self._politeness.longest))
            )
            if host.overloads >= self._politeness.patience:
                given_up = self._give_up(host)
            else:
                host.waiting.appendleft(url)
                counts = False
        elif found.silent:
            host.silences += 1
            if host.silences >= self._politeness.silences:
                given_up = self._give_up(host)
        else:
            host.silences = 0
        self.left -= counts + len(given_up)
        if host.waiting and not host.queued:
            host.queued = True
            heappush(self._heap, (host.ready, name))
        return counts, given_up

    def _give_up(self, host: _Host) -> list[str]:
        rest = list(host.waiting)
        host.waiting.clear()
        return rest


def host_of(url: str) -> str:
    """Scheme aside, who is asked: name and port."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()
