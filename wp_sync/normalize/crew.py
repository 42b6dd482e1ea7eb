"""Posts derived by several processes at once, where there are many of them and cores to spare.

What comes out is the same, in the same order: helpers get batches and give them back derived, and
who asked writes them one after the other. A helper that can't be started, dies, or is killed for
its memory is done without: its batches are derived here. Knows nothing of the archive.

A helper is this very Python, started anew rather than forked: a fork would copy locks and open
databases. It ends when its input does, so that none outlives the process that started it.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from types import TracebackType
from typing import IO, NamedTuple, Self

from wp_sync.archive.base import Current
from wp_sync.content import Derived
from wp_sync.model import Item
from wp_sync.normalize.derive import Deriver
from wp_sync.normalize.site_addresses import Known

FEW = 2_000  # posts below which starting helpers takes longer than they save
_MOST = 3  # helpers that whoever reads and writes can keep busy
_FORMAT = 5
_START = """import json, sys
sys.path[:] = json.loads(sys.argv[1])
from wp_sync.normalize.crew import help_out
help_out(sys.stdin.buffer, sys.stdout.buffer)
"""


class Batch(NamedTuple):
    """Posts; by id, what was kept of their rendered pages, where that is to be searched too, and
    what their addresses are known to mean, where that still holds."""

    posts: Sequence[Current]
    pages: Mapping[int, Item]
    known: Mapping[int, Known]


Results = list[tuple[Derived, list[str]]]


def derived(deriver: Deriver, batch: Batch) -> Results:
    """A batch, derived here."""
    pages, known = batch.pages, batch.known
    return [deriver.derive(post, pages.get(post.id), known.get(post.id)) for post in batch.posts]


def cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def helpers_for(posts: int) -> int:
    """How many helpers so many posts are worth on this machine; 0 for none."""
    return min(cores(), _MOST) if posts >= FEW and cores() > 1 else 0


class Crew:
    """Derives batches with so many helpers, none being fine; for a ``with`` block."""

    def __init__(self, deriver: Deriver, helpers: int) -> None:
        self._deriver = deriver
        self._count = helpers
        self._helpers: list[subprocess.Popen[bytes]] = []
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(max(1, self._count), "crew")
        what = pickle.dumps(self._deriver, _FORMAT) if self._count else b""
        command = [sys.executable, "-I", "-c", _START, json.dumps(sys.path)]
        for _ in range(self._count):
            try:
                # In a session of its own: Ctrl-C is for the one who writes, and stops it in order.
                helper = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except (OSError, ValueError):
                break
            self._helpers.append(helper)
            self._pool.submit(self._begin, helper, what)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for helper in self._helpers:
            helper.kill()
        self._pool.shutdown(cancel_futures=True)
        for helper in self._helpers:
            helper.communicate()

    def derive(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, Results]]:
        """Every batch with what came of it, in their order; a few are under way at once."""
        under_way: deque[tuple[Batch, Future[Results | None]]] = deque()
        for batch in batches:
            if not self._helpers:
                yield batch, derived(self._deriver, batch)
                continue
            under_way.append((batch, self._pool.submit(self._ask, batch)))
            if len(under_way) > len(self._helpers) + 1:
                yield self._first(under_way)
        while under_way:
            yield self._first(under_way)

    def _begin(self, helper: subprocess.Popen[bytes], what: bytes) -> None:
        _tell(helper, what)
        self._idle.put(helper)

    def _first(
        self, under_way: deque[tuple[Batch, Future[Results | None]]]
    ) -> tuple[Batch, Results]:
        batch, asked = under_way.popleft()
        found = asked.result()
        return batch, derived(self._deriver, batch) if found is None else found

    def _ask(self, batch: Batch) -> Results | None:
        """What a helper made of a batch; None where it is gone."""
        helper = self._idle.get()
        try:
            if not _tell(helper, pickle.dumps(batch, _FORMAT)) or helper.stdout is None:
                return None
            found: Results = pickle.load(helper.stdout)  # noqa: S301 - from our own process
            return found
        except (EOFError, OSError, pickle.UnpicklingError):
            return None
        finally:
            self._idle.put(helper)


def _tell(helper: subprocess.Popen[bytes], what: bytes) -> bool:
    try:
        assert helper.stdin is not None
        helper.stdin.write(what)
        helper.stdin.flush()
    except OSError:
        return False
    return True


def help_out(source: IO[bytes], target: IO[bytes]) -> None:
    """Derive batches until there are no more: the whole life of a helper."""
    try:
        deriver: Deriver = pickle.load(source)  # noqa: S301 - from the process that started this
        while True:
            batch: Batch = pickle.load(source)  # noqa: S301
            target.write(pickle.dumps(derived(deriver, batch), _FORMAT))
            target.flush()
    except EOFError:
        return
