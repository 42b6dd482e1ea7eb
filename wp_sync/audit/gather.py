"""What is kept of every post, brought up to date: only posts that changed are looked at again.

A large number is looked at by several processes, each with the archive opened for itself; what
comes out is the same. Judges nothing: `wp_sync.audit.facts` does.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from itertools import islice

import msgspec

from wp_sync.archive.base import Archive, SiteArchive
from wp_sync.audit.facts import Checker
from wp_sync.audit.read import Reader, page_kinds
from wp_sync.audit.registry import code_digest
from wp_sync.audit.settings import Settings
from wp_sync.progress import Progress, Stop

_TOGETHER = 200  # posts that one task looks at
_FEW = 600  # below so many another process takes longer to start than to help
_MOST_PROCESSES = 4
_PAGE = 5_000
Facts = tuple[int, str, bytes]  # id, basis, what is kept
Reopen = Callable[[], Archive]


def context(settings: Settings) -> str:
    """What the facts of all posts are made of beside the posts: rules and settings."""
    words = [code_digest(), *settings.page_words()]
    return hashlib.blake2b("\n".join(words).encode(), digest_size=8).hexdigest()


def basis(context: str, derived_from: str) -> str:
    """What the facts of one post are made of."""
    text = f"{context}\n{derived_from}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Gathered:
    """How many posts there are to audit, and how many of them were looked at anew."""

    posts: int
    anew: int


class Gatherer:
    """Brings the kept facts of one site up to date.

    ``reopen`` opens the archive once more, for reading, in another process; without it one process
    does all.
    """

    def __init__(
        self,
        archive: SiteArchive,
        settings: Settings,
        progress: Progress,
        stop: Stop,
        reopen: Reopen | None = None,
    ) -> None:
        known = archive.site()
        self._archive = archive
        self._site = known.key if known else ""
        self._settings = settings
        self._progress = progress
        self._stop = stop
        self._reopen = reopen
        self._book = archive.audit_book()
        self._context = context(settings)

    def run(self) -> Gathered:
        posts = anew = 0
        for kind in page_kinds(self._archive.kinds()):
            self._progress.stage(kind.partition("/")[2])
            wanted = dict(self._live(kind))
            posts += len(wanted)
            stale = set(wanted)
            gone = []
            for id, kept in self._book.bases(kind):
                if id not in wanted:
                    gone.append(id)
                elif wanted[id] == kept:
                    stale.discard(id)
            self._book.drop_facts(kind, gone)
            anew += len(stale)
            self._renew(kind, sorted(stale), wanted)
        return Gathered(posts, anew)

    def _live(self, kind: str) -> Iterator[tuple[int, str]]:
        """The posts to audit with the basis of their facts."""
        last = -1
        while True:
            self._stop.check()
            page = self._archive.query(
                "SELECT id, derived_from FROM posts WHERE site = :site AND type = :type"
                " AND state = 'live' AND id > :last ORDER BY id LIMIT :most",
                site=self._site,
                type=kind.partition("/")[2],
                last=last,
                most=_PAGE,
            )
            for row in page:
                yield int(str(row["id"])), basis(self._context, str(row["derived_from"]))
            if len(page) < _PAGE:
                return
            last = int(str(page[-1]["id"]))

    def _renew(self, kind: str, ids: Sequence[int], wanted: dict[int, str]) -> None:
        if not ids:
            return
        self._progress.stage(kind.partition("/")[2], len(ids))
        batches = [ids[at : at + _TOGETHER] for at in range(0, len(ids), _TOGETHER)]
        for found in self._looked_at(kind, batches):
            self._book.put_facts(kind, [(id, wanted[id], facts) for id, facts in found])
            self._progress.advance(len(found))
            self._stop.check()

    def _looked_at(
        self, kind: str, batches: Sequence[Sequence[int]]
    ) -> Iterator[list[tuple[int, bytes]]]:
        processes = min(os.cpu_count() or 1, _MOST_PROCESSES, len(batches))
        rest = iter(batches)
        if self._reopen is not None and processes > 1 and sum(map(len, batches)) >= _FEW:
            done = 0
            try:
                for found in self._in_processes(self._reopen, processes, kind, batches):
                    done += 1
                    yield found
                return
            except BrokenProcessPool:  # the system ended one, for want of memory say
                rest = iter(batches[done:])
        looker = Looker(self._archive, self._settings)
        for batch in rest:
            yield looker.look(kind, batch)

    def _in_processes(
        self, reopen: Reopen, processes: int, kind: str, batches: Sequence[Sequence[int]]
    ) -> Iterator[list[tuple[int, bytes]]]:
        """In the order of the batches; a few ahead of what was taken."""
        # Not by fork: this process has threads and connections of its own.
        how = multiprocessing.get_context("spawn")
        start = partial(_begin, reopen, self._site, self._settings)
        with ProcessPoolExecutor(processes, how, initializer=start) as pool:
            tasks = iter(batches)
            ahead: list[Future[list[tuple[int, bytes]]]] = [
                pool.submit(_look, kind, list(one)) for one in islice(tasks, processes * 3)
            ]
            try:
                while ahead:
                    found = ahead.pop(0).result()
                    ahead += [pool.submit(_look, kind, list(one)) for one in islice(tasks, 1)]
                    yield found
            finally:
                pool.shutdown(wait=True, cancel_futures=True)


class Looker:
    """Looks at posts of one site, with the rules made ready once."""

    def __init__(self, archive: SiteArchive, settings: Settings) -> None:
        self._reader = Reader(archive)
        self._checker = Checker(settings)
        self._encode = msgspec.msgpack.Encoder().encode

    def look(self, kind: str, ids: Iterable[int]) -> list[tuple[int, bytes]]:
        pages = self._reader.pages(kind, ids)
        return [(page.id, self._encode(self._checker.look(page))) for page in pages]


_LOOKER: list[Looker] = []  # of a process of its own


def _begin(reopen: Reopen, site: str, settings: Settings) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the first process's to answer
    _LOOKER[:] = [Looker(reopen().of(site), settings)]


def _look(kind: str, ids: list[int]) -> list[tuple[int, bytes]]:
    return _LOOKER[0].look(kind, ids)
