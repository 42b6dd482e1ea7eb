"""What is kept of every post, brought up to date: only posts that changed are looked at again.

A large number is looked at by this process and by helpers, each with the archive opened for itself;
what comes out is the same. Judges nothing: `wp_sync.audit.facts` does.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import NamedTuple

import msgspec

from wp_sync.archive.base import Archive, SiteArchive
from wp_sync.audit.facts import Checker
from wp_sync.audit.read import Reader, page_kinds
from wp_sync.audit.registry import code_digest
from wp_sync.audit.settings import Settings
from wp_sync.progress import Progress, Stop

_TOGETHER = 100  # posts that one task looks at
_AHEAD = 2  # tasks that wait for each helper
_FEW = 600  # below so many another process takes longer to start than to help
_MOST_PROCESSES = 4
_PAGE = 5_000
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
    """How many posts there are to audit, and how many of them were looked at anew.

    ``settled`` are those, by kind, that the last audit knew as they are now.
    """

    posts: int
    anew: int
    settled: Mapping[str, Set[int]]


class Gatherer:
    """Brings the kept facts of one site up to date, for the audit behind one of a number.

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
        last: int = 0,
    ) -> None:
        known = archive.site()
        self._archive = archive
        self._site = known.key if known else ""
        self._settings = settings
        self._progress = progress
        self._stop = stop
        self._reopen = reopen
        self._last = last
        self._book = archive.audit_book()
        self._context = context(settings)

    def run(self) -> Gathered:
        posts = anew = 0
        settled: dict[str, set[int]] = {}
        for kind in page_kinds(self._archive.kinds()):
            self._progress.stage(kind.partition("/")[2])
            stale, gone, same = self._compared(kind, settled.setdefault(kind, set()))
            posts += len(stale) + same
            anew += len(stale)
            self._book.drop_facts(kind, gone)
            self._renew(kind, stale)
        return Gathered(posts, anew, settled)

    def _compared(self, kind: str, settled: set[int]) -> tuple[_Stale, list[int], int]:
        """The posts to look at anew with their basis, those that are gone, and how many are known
        as they are. Both lists come in order of id: neither is held as a whole."""
        stale = _Stale()
        gone: list[int] = []
        same = 0
        kept = iter(self._book.bases(kind))
        known = next(kept, None)
        for id, wanted in self._live(kind):
            while known is not None and known[0] < id:
                gone.append(known[0])
                known = next(kept, None)
            made = ""
            if known is not None and known[0] == id:
                made, _, number = known[1].partition(":")
                if made == wanted and number and int(number) <= self._last:
                    settled.add(id)
                known = next(kept, None)
            if made == wanted:
                same += 1
            else:
                stale.add(id, wanted)
        while known is not None:
            gone.append(known[0])
            known = next(kept, None)
        return stale, gone, same

    def _live(self, kind: str) -> Iterator[tuple[int, str]]:
        """The posts to audit with the basis of their facts, in order."""
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

    def _renew(self, kind: str, stale: _Stale) -> None:
        if not len(stale):
            return
        self._progress.stage(kind.partition("/")[2], len(stale))
        for found in self._looked_at(kind, stale.ids):
            # With the audit that will know them. What is muted by the day is none's.
            self._book.put_facts(
                kind,
                [
                    (
                        one.id,
                        stale.basis(one.id) + (f":{self._last + 1}" if one.lasting else ""),
                        one.facts,
                    )
                    for one in found
                ],
            )
            self._progress.advance(len(found))
            self._stop.check()

    def _looked_at(self, kind: str, ids: Sequence[int]) -> Iterator[list[Looked]]:
        starts = range(0, len(ids), _TOGETHER)
        processes = min(os.cpu_count() or 1, _MOST_PROCESSES, len(starts))
        looker = Looker(self._archive, self._settings)
        rest = (ids[at : at + _TOGETHER] for at in starts)
        if self._reopen is not None and processes > 1 and len(ids) >= _FEW:
            yield from self._together(self._reopen, looker, processes - 1, kind, rest)
        for batch in rest:
            yield looker.look(kind, batch)

    def _together(
        self,
        reopen: Reopen,
        looker: Looker,
        helpers: int,
        kind: str,
        batches: Iterator[Sequence[int]],
    ) -> Iterator[list[Looked]]:
        """This process and some helpers; what comes out is the same in whatever order."""
        # Not by fork: this process has threads and connections of its own.
        how = multiprocessing.get_context("spawn")
        start = partial(_begin, reopen, self._site, self._settings)
        away: deque[tuple[Sequence[int], Future[list[Looked]]]] = deque()
        with ProcessPoolExecutor(helpers, how, initializer=start) as pool:
            try:
                while True:
                    for batch in islice(batches, helpers * _AHEAD - len(away)):
                        away.append((batch, pool.submit(_look, kind, list(batch))))
                    here = None
                    if not away or not away[0][1].done():
                        here = next(batches, None)
                        if here is None and not away:
                            return
                    if here is not None:
                        yield looker.look(kind, here)
                    else:
                        found = away[0][1].result()
                        away.popleft()
                        yield found
            except BrokenProcessPool:  # the system ended one, for want of memory say
                for batch, _ in away:
                    yield looker.look(kind, batch)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)


class _Stale:
    """Posts to look at anew, in order of id, each with its basis: sixteen bytes of each."""

    def __init__(self) -> None:
        self.ids = array("q")
        self._bases = array("Q")

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, id: int, basis: str) -> None:
        self.ids.append(id)
        self._bases.append(int(basis, 16))

    def basis(self, id: int) -> str:
        return f"{self._bases[bisect_left(self.ids, id)]:016x}"


class Looked(NamedTuple):
    """What was found out of a post. ``lasting``: it means the same on any day."""

    id: int
    facts: bytes
    lasting: bool


class Looker:
    """Looks at posts of one site, with the rules made ready once."""

    def __init__(self, archive: SiteArchive, settings: Settings) -> None:
        self._reader = Reader(archive)
        self._checker = Checker(settings)
        self._encode = msgspec.msgpack.Encoder().encode

    def look(self, kind: str, ids: Iterable[int]) -> list[Looked]:
        pages = self._reader.pages(kind, ids)
        return [
            Looked(page.id, self._encode(self._checker.look(page)), not page.ignores)
            for page in pages
        ]


_LOOKER: list[Looker] = []  # of a process of its own


def _begin(reopen: Reopen, site: str, settings: Settings) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the first process's to answer
    _LOOKER[:] = [Looker(reopen().of(site), settings)]


def _look(kind: str, ids: list[int]) -> list[Looked]:
    return _LOOKER[0].look(kind, ids)
