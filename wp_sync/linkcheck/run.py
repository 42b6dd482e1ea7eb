"""All links of a site to other sites, each unique address once, and what failed once more.

Successes count for a day, failures are always asked again. Results are kept as they come: a run
that is broken off costs nothing. Whether a result is a finding is for the audit's rules.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from wp_sync.archive.base import SiteArchive
from wp_sync.findings import LinkCheck
from wp_sync.http.client import Http
from wp_sync.http.wire import Allowed, is_public
from wp_sync.linkcheck.ask import ask
from wp_sync.linkcheck.hosts import Hosts, Politeness
from wp_sync.linkcheck.judge import State, Verdict
from wp_sync.progress import Progress, Silent, Stop

_OUTSIDE = """
    SELECT DISTINCT l.resolved AS url FROM links AS l
    JOIN posts AS p ON p.site = l.site AND p.id = l.post AND p.type = l.post_type
    WHERE l.site = :site AND l.state = 'outside' AND p.state = 'live' AND p.status = 'publish'
      AND l.resolved LIKE 'http%' AND l.resolved > :after ORDER BY l.resolved LIMIT :most
"""
_PAGE = 5_000
_TOGETHER = 100  # results that are written at once


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """How to check. ``fresh``: how long a success counts; ``again_after``: seconds until what
    failed is asked once more in the same run; ``threads``: requests at once, all hosts together."""

    fresh: timedelta = timedelta(days=1)
    again_after: float = 10.0
    threads: int = 32
    politeness: Politeness = field(default_factory=Politeness)
    public: Allowed = is_public


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check came to: addresses in all, those asked now, and all by state."""

    links: int = 0
    asked: int = 0
    requests: int = 0
    states: Mapping[str, int] = field(default_factory=dict)


def check_links(
    archive: SiteArchive,
    options: CheckOptions | None = None,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> Checked:
    """Ask every address of other sites that published content links to.

    Raises:
        ArchiveError: the archive can't be read or written.
        Interrupted: a stop was asked for; what was learned so far is kept.
    """
    run = _Run(archive, options or CheckOptions(), progress or Silent(), stop or Stop())
    try:
        return run.all()
    finally:
        run.close()


def outside_links(archive: SiteArchive) -> list[str]:
    """The addresses, without their fragments, each once and in order."""
    site = archive.site()
    found: dict[str, None] = {}
    after = ""
    while site is not None:
        rows = archive.query(_OUTSIDE, site=site.key, after=after, most=_PAGE)
        for row in rows:
            after = str(row["url"])
            found[after.partition("#")[0]] = None
        if len(rows) < _PAGE:
            break
    return sorted(found)


class _Run:
    def __init__(
        self, archive: SiteArchive, options: CheckOptions, progress: Progress, stop: Stop
    ) -> None:
        self.archive = archive
        self.options = options
        self.progress = progress
        self.stop = stop
        self.http = Http(connections=options.politeness.at_once, public=options.public)
        self.known: dict[str, LinkCheck] = {}
        self.pending: list[LinkCheck] = []
        self.asked = 0

    def close(self) -> None:
        self.http.close()

    def all(self) -> Checked:
        links = outside_links(self.archive)
        wanted = set(links)
        for one in self.archive.audit_book().link_checks(wanted):
            self.known[one.url] = one
        now = datetime.now(UTC)
        due = [url for url in links if not self._fresh(url, now)]
        self.progress.stage("links to other sites", len(due))
        began = time.monotonic()
        try:
            self._ask_all(due, whole=False)
            doubtful = [url for url in due if self._doubtful(url)]
            if doubtful:
                self.progress.stage("what failed, once more", len(doubtful))
                self._rest(self.options.again_after - (time.monotonic() - began))
                self._ask_all(doubtful, whole=True)
        finally:
            self._write()
        states = Counter(self.known[url].state for url in links if url in self.known)
        return Checked(
            len(links), self.asked, self.http.requests_made, dict(sorted(states.items()))
        )

    def _fresh(self, url: str, now: datetime) -> bool:
        found = self.known.get(url)
        if found is None or found.state != State.OK:
            return False
        return now - _moment(found.checked_at) < self.options.fresh

    def _doubtful(self, url: str) -> bool:
        found = self.known[url]
        return found.state == State.BROKEN or (found.state == State.TRANSIENT and not found.status)

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.stop.check()
            time.sleep(min(0.2, max(0.0, until - time.monotonic())))

    def _ask_all(self, urls: Iterable[str], *, whole: bool) -> None:
        crew = _Crew(Hosts(urls, self.options.politeness, time.monotonic()), self.options.threads)
        crew.work(
            lambda url: ask(self.http, url, whole=whole),
            self._learn,
            self.stop.check,
            self.http.close,
        )

    def _learn(self, url: str, found: Verdict) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        before = self.known.get(url)
        check = LinkCheck(
            url, str(found.state), found.status, found.reason[:500], found.leads_to, now, now
        )
        if before is not None and before.state == check.state:
            check = replace(check, since=before.since, tries=before.tries + 1)
        self.known[url] = check
        self.pending.append(check)
        self.asked += 1
        self.progress.advance(1)
        if len(self.pending) >= _TOGETHER:
            self._write()

    def _write(self) -> None:
        pending, self.pending = self.pending, []
        if pending:
            # Of two looks at one address in a batch the later one counts.
            self.archive.audit_book().put_link_checks({one.url: one for one in pending}.values())


class _Crew:
    """Threads that ask; results are taken by the thread that called."""

    def __init__(self, hosts: Hosts, threads: int) -> None:
        self._hosts = hosts
        self._threads = threads
        self._changed = threading.Condition()
        self._results: list[tuple[str, Verdict | BaseException]] = []
        self._ended = False

    def work(
        self,
        ask: Callable[[str], Verdict],
        learn: Callable[[str, Verdict], None],
        check: Callable[[], None],
        abort: Callable[[], None],
    ) -> None:
        """Until all is asked; ``learn`` and ``check`` run in the caller's thread."""
        size = max(1, min(self._threads, self._hosts.left))
        with ThreadPoolExecutor(size, thread_name_prefix="wp-sync-links") as pool:
            for _ in range(size):
                pool.submit(self._ask, ask)
            try:
                while True:
                    with self._changed:
                        if not self._results and self._hosts.left:
                            self._changed.wait(0.2)
                        results, self._results = self._results, []
                        over = not self._hosts.left
                    for url, found in results:
                        if isinstance(found, BaseException):
                            raise found
                        learn(url, found)
                    check()
                    if over and not self._results:
                        return
            except BaseException:
                abort()  # nobody waits for answers that nobody wants any more
                raise
            finally:
                with self._changed:
                    self._ended = True
                    self._changed.notify_all()

    def _ask(self, ask: Callable[[str], Verdict]) -> None:
        while True:
            with self._changed:
                url = self._next()
            if not url:
                return
            try:
                found: Verdict | BaseException = ask(url)
            except BaseException as error:  # noqa: BLE001 - raised again by the thread that called
                found = error
            with self._changed:
                self._done(url, found)
                self._changed.notify_all()

    def _next(self) -> str:
        while not self._ended and self._hosts.left:
            url, wait = self._hosts.take(time.monotonic())
            if url:
                return url
            self._changed.wait(min(wait, 1.0))
        return ""

    def _done(self, url: str, found: Verdict | BaseException) -> None:
        if isinstance(found, BaseException):
            self._results.append((url, found))
            self._ended = True
            return
        counts, given_up = self._hosts.done(url, found, time.monotonic())
        if counts:
            self._results.append((url, found))
        reason = f"not asked, after other addresses of its host: {found.reason}"
        self._results += [(other, Verdict(found.state, None, reason)) for other in given_up]


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")
