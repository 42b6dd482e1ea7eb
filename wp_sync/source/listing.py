"""A whole listing in order of id, proven: windows that overlap, joined only where they meet.

A page number says nothing about a listing that changes while it is read: an item trashed on page 1
shifts all others, and the first of page 2 is never shown. So each window begins a little before the
end of the one before it, and counts as its neighbour only if it shows an id that we have already.
Where two do not meet, the gap is read again from further back. What a walk could not prove it says
(`Walked.why`), and then nothing may be concluded from what it did not see.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from wp_sync.http.failures import Cause, Trouble
from wp_sync.http.retry import HEAVY
from wp_sync.model import Walked
from wp_sync.source.batches import HOPELESS, Rescue, gather
from wp_sync.source.pages import E, Page, Pager
from wp_sync.source.sizing import Sizer

T = TypeVar("T")
OVERLAP = 2
_STEPS_BACK = 24
_REPAIRS_AT_ONE_GAP = 400


@dataclass(frozen=True, slots=True)
class Window(Generic[E]):
    """Slots ``offset`` to ``offset + size`` of the server's own count, and what it showed there."""

    offset: int
    size: int
    page: Page[E]
    ids: Sequence[int]

    @property
    def end(self) -> int:
        """The slot up to which this window surely reaches.

        A short window is either capped or has hidden items; only its length is certain.
        """
        count = len(self.ids)
        return self.offset + (count if 0 < count < self.size else self.size)


class Lister(Generic[E]):
    """One walk over one listing.

    Args:
        pager: asks for windows; its order must be ascending by id.
        sizer: the page size, shared by the walks over this collection.
        threads: where windows are read ahead.
        ahead: how many windows may be read before they are needed; bounds the memory.
        rescue: what to do with a single item that can't be produced.
    """

    def __init__(
        self,
        pager: Pager[E],
        sizer: Sizer,
        threads: ThreadPoolExecutor,
        *,
        ahead: int,
        rescue: Rescue[E] | None = None,
    ) -> None:
        self._pager = pager
        self._sizer = sizer
        self._threads = threads
        self._ahead = ahead
        self._rescue = rescue
        self._last = 0
        self._certain = 0
        self._seen = 0
        self._broken: dict[int, str] = {}
        self._why: dict[str, None] = {}
        self._totals: list[int | None] = []
        self._unordered: set[int] | None = None

    def walk(self) -> Generator[Sequence[E], None, Walked]:
        """Everything, a window at a time; returns what was proven."""
        first = self._first()
        yield from self._take(first)
        if first.page.total is None:
            yield from self._open_end(first.end)
        else:
            covered = yield from self._to_the_total(first.offset + first.size)
            yield from self._short_tail()
            if self._seen > max(total or 0 for total in self._totals):
                self._doubt("the server lists more items than it counts")
                yield from self._open_end(covered)
        return self._verdict()

    # -- reading

    def _first(self) -> Window[E]:
        window = self._read(0, self._sizer.size)
        if window.page.total is None and not self._pager.envelope:
            self._pager.envelope = True
            window = self._read(0, self._sizer.size)
        total, pages, count = window.page.total, window.page.pages, len(window.ids)
        if total and pages and -(-total // window.size) < pages:
            # More pages than our size makes: the server gives fewer at once than we ask for.
            cap = count if count and -(-total // count) == pages else -(-total // pages)
            self._sizer.cap(cap)
            return Window(0, cap, window.page, window.ids)
        if total and not pages and 0 < count < min(total, window.size):
            return Window(0, count, window.page, window.ids)
        return window

    def _read(self, offset: int, size: int, *, fresh: bool = False) -> Window[E]:
        """One window; where the server can't produce it whole, item by item."""
        try:
            page = self._pager.window(offset, size, patience=HEAVY, fresh=fresh)
        except Trouble as trouble:
            if trouble.cause in HOPELESS:
                raise
            if trouble.cause is Cause.SERVER:
                self._sizer.doubt(size)
            else:
                self._sizer.shrink(size)
            listed = self._pager.ids(offset, size)
            ids = [entry.id for entry in listed.entries]
            smaller = Sizer(min(max(1, size // 2), self._sizer.size))
            got = gather(self._pager, ids, smaller, rescue=self._rescue)
            gone = set(got.missing)
            page = Page(
                got.entries,
                total=listed.total,
                pages=listed.pages,
                aged=listed.aged,
                nameless=listed.nameless,
                repeated=listed.repeated,
                broken={**listed.broken, **got.broken},
            )
            return Window(offset, size, page, [number for number in ids if number not in gone])
        self._sizer.went(size, page.seconds, page.size_bytes)
        if page.broken:
            ids = sorted({entry.id for entry in page.entries} | page.broken.keys())
            return Window(offset, size, page, ids)
        return Window(offset, size, page, [entry.id for entry in page.entries])

    def _to_the_total(self, covered: int) -> Generator[Sequence[E], None, int]:
        """Windows up to the newest total, read ahead, taken in order; returns the slots covered."""
        pending: deque[Future[Window[E]]] = deque()
        try:
            while True:
                while len(pending) < self._ahead and covered < (self._totals[-1] or 0):
                    size = self._sizer.size
                    offset = max(0, covered - min(OVERLAP, size - 1))
                    pending.append(self._threads.submit(self._read, offset, size))
                    covered = offset + size
                if not pending:
                    return covered
                window = pending.popleft().result()
                if self._joins(window) or self._unordered is not None:
                    yield from self._take(window)
                elif window.ids:
                    yield from self._mend(window)
                else:
                    self._note(window.page)
                    self._certain = max(self._certain, window.end)
        finally:
            for future in pending:
                future.cancel()

    def _short_tail(self) -> Generator[Sequence[E], None, None]:
        """The last window showed fewer than its slots hold: are they hidden, or was it cut off?

        A window cut off by a silent cap shows more when asked from its last item on; where nothing
        more is shown, the rest is hidden.
        """
        while self._certain < (self._totals[-1] or 0):
            offset = max(0, self._certain - OVERLAP)
            before = self._seen
            window = self._read(offset, max(self._sizer.size, 2 * OVERLAP))
            yield from self._take(window)
            if self._seen == before:
                self._certain = max(self._certain, window.offset + window.size)

    def _open_end(self, covered: int) -> Generator[Sequence[E], None, None]:
        """Without a count to trust: on until two windows in a row show nothing new."""
        idle = 0
        while idle < 2:
            size = self._sizer.size
            window = self._read(max(0, covered - min(OVERLAP, size - 1)), size)
            before = self._seen
            if window.ids and not self._joins(window):
                self._doubt("parts of the listing do not meet")
            yield from self._take(window)
            idle = 0 if self._seen > before else idle + 1
            covered = max(covered + 1, window.end)

    # -- joining

    def _joins(self, window: Window[E]) -> bool:
        return window.offset == 0 or bool(window.ids and window.ids[0] <= self._last)

    def _mend(self, target: Window[E]) -> Generator[Sequence[E], None, None]:
        """Close the gap between what we have and a window that begins beyond it."""
        size = max(self._sizer.size, 2 * OVERLAP)
        back = 2 * OVERLAP
        window = self._read(max(0, target.offset - back), size, fresh=True)
        for _ in range(_STEPS_BACK):
            if self._joins(window):
                break
            back *= 2
            window = self._read(max(0, target.offset - back), size, fresh=True)
        if not self._joins(window):
            self._doubt("parts of the listing do not meet")
        yield from self._take(window)
        totals = {window.page.total}
        for _ in range(_REPAIRS_AT_ONE_GAP):
            if self._joins(target):
                yield from self._take(target)
                return
            capped = 0 < len(window.ids) < window.size
            count = len(window.ids)
            offset = min(target.offset, max(window.offset + 1, window.end - OVERLAP))
            window = self._read(offset, size, fresh=True)
            totals.add(window.page.total)
            if window.ids and not self._joins(window) and (len(totals) > 1 or None in totals):
                # Nothing was shown between the two, and the count moved: perhaps an item was there.
                self._doubt("the listing changed faster than it could be read")
            elif capped and window.ids and window.ids[-1] > self._last:
                self._sizer.cap(max(count, 2 * OVERLAP))
            yield from self._take(window)
            if offset >= target.offset and window.size >= target.size:
                return
        self._doubt("the listing changed faster than it could be read")
        yield from self._take(target)

    def _take(self, window: Window[E]) -> Generator[Sequence[E], None, None]:
        page = window.page
        self._note(page)
        ids = list(window.ids)
        if self._unordered is None and any(b <= a for a, b in pairwise(ids)):
            self._doubt("the server does not list in order of id")
            self._unordered = set()
        if self._unordered is not None:
            fresh = [entry for entry in page.entries if entry.id not in self._unordered]
            self._seen += len(set(ids) - self._unordered)
            self._unordered.update(ids)
        else:
            fresh = [entry for entry in page.entries if entry.id > self._last]
            self._seen += sum(number > self._last for number in ids)
        self._certain = max(self._certain, window.end)
        if ids:
            self._last = max(self._last, max(ids))
        if fresh:
            yield fresh

    def _note(self, page: Page[E]) -> None:
        self._broken.update(page.broken)
        if not self._totals or self._totals[-1] != page.total:
            self._totals.append(page.total)
        if page.aged:
            self._doubt(f"a page cache answered with a copy {page.aged} s old")
        if page.nameless:
            self._doubt(f"{page.nameless} items came without a usable id")
        if page.repeated:
            names = ", ".join(map(str, page.repeated[:5]))
            self._doubt(f"the same id stood twice in one answer ({names})")

    # -- the verdict

    def _doubt(self, why: str) -> None:
        self._why[why] = None

    def _verdict(self) -> Walked:
        totals = self._totals
        known = [total for total in totals if total is not None]
        if None in totals:
            self._doubt("the server states no totals, so nothing proves where the listing ends")
        elif len(set(totals)) < len(totals):
            self._doubt("the server's totals went back and forth, as with a stale page cache")
        elif any(b < a for a, b in pairwise(known)):
            self._confirm_the_end(known[-1])
        total = known[-1] if known else None
        return Walked(
            complete=not self._why,
            total=total,
            seen=self._seen,
            hidden=max(0, (total or 0) - self._seen),
            why="; ".join(self._why),
            broken=dict(self._broken),
        )

    def _confirm_the_end(self, total: int) -> None:
        """Items went while we read (every window met its neighbour): ask the count once more."""
        last = self._pager.window(0, 1, fresh=True).total
        if last != total:
            self._doubt(f"the total moved during the walk (now {last}, before {total})")


def in_order(
    threads: ThreadPoolExecutor, jobs: Iterable[Callable[[], T]], ahead: int
) -> Generator[T, None, None]:
    """Results of jobs in their order, a few of them worked on ahead."""
    pending: deque[Future[T]] = deque()
    try:
        for job in jobs:
            pending.append(threads.submit(job))
            if len(pending) >= ahead:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()
