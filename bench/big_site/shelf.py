"""The items of one listing: which there are, in which order, dated when; not what they say.

Ids and dates are kept in sorted arrays, so that a million items need 24 MB, a count over a range of
dates two bisections, and a page one slice.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


class Bodies(Protocol):
    """What the items say: JSON objects as bytes, with the asked fields alone (None: all)."""

    def item(self, id: int, fields: Sequence[str] | None) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question to a listing. Moments are seconds of the site's wall clock, compared strictly."""

    after: int | None = None
    before: int | None = None
    modified_after: int | None = None
    modified_before: int | None = None
    include: frozenset[int] | None = None
    exclude: frozenset[int] = frozenset()
    by_date: bool = False
    descending: bool = False

    @property
    def everything(self) -> bool:
        return self == Wanted(by_date=self.by_date, descending=self.descending)


class Shelf:
    """The live items of a listing. ``dates``: (wall-clock seconds, id), in any order."""

    def __init__(self, ids: Iterable[int], dates: Iterable[tuple[int, int]], bodies: Bodies):
        self.bodies = bodies
        self.ids = array("q", sorted(ids))
        ordered = sorted(dates)
        self._dates = array("q", (date for date, _ in ordered))
        self._dated = array("q", (id for _, id in ordered))
        self._modified: dict[int, int] = {}

    def __contains__(self, id: int) -> bool:
        place = bisect_left(self.ids, id)
        return place < len(self.ids) and self.ids[place] == id

    def add(self, id: int, date: int) -> None:
        self.ids.insert(bisect_left(self.ids, id), id)
        place = bisect_right(self._dates, date)
        self._dates.insert(place, date)
        self._dated.insert(place, id)

    def remove(self, id: int, date: int) -> None:
        self.ids.pop(bisect_left(self.ids, id))
        place = bisect_left(self._dates, date)
        while self._dated[place] != id:
            place += 1
        self._dates.pop(place)
        self._dated.pop(place)
        self._modified.pop(id, None)

    def touch(self, id: int, modified: int) -> None:
        """Items that were never touched count as modified when they are dated."""
        self._modified[id] = modified

    def page(self, wanted: Wanted, offset: int, size: int) -> tuple[int, Sequence[int]]:
        """How many items there are, and the ids of a page of them."""
        if wanted.everything:
            ids: Sequence[int] = self._dated if wanted.by_date else self.ids
        else:
            ids = self._chosen(wanted)
        total = len(ids)
        if wanted.descending:
            end = max(0, total - offset)
            return total, ids[max(0, end - size) : end][::-1]
        return total, ids[offset : offset + size]

    def _chosen(self, wanted: Wanted) -> Sequence[int]:
        low = 0 if wanted.after is None else bisect_right(self._dates, wanted.after)
        high = len(self._dates)
        if wanted.before is not None:
            high = bisect_left(self._dates, wanted.before)
        ids: Sequence[int] = self._dated[low : max(low, high)]
        if wanted.modified_after is not None or wanted.modified_before is not None:
            ids = self._modified_within(ids, wanted)
        if wanted.include is not None:
            ids = (
                [id for id in ids if id in wanted.include]
                if len(ids) < 1_000
                else self._named(wanted, ids)
            )
        if wanted.exclude:
            ids = [id for id in ids if id not in wanted.exclude]
        return ids if wanted.by_date else sorted(ids)

    def _named(self, wanted: Wanted, ids: Sequence[int]) -> Sequence[int]:
        found = [id for id in sorted(wanted.include or ()) if id in self]
        if len(ids) == len(self.ids):
            return found
        within = set(ids)
        return [id for id in found if id in within]

    def _modified_within(self, ids: Sequence[int], wanted: Wanted) -> Sequence[int]:
        low = -(2**62) if wanted.modified_after is None else wanted.modified_after
        high = 2**62 if wanted.modified_before is None else wanted.modified_before
        touched = self._modified
        first, last = bisect_right(self._dates, low), bisect_left(self._dates, high)
        found = {id for id in self._dated[first:last] if id not in touched}
        found.update(id for id, moment in touched.items() if low < moment < high)
        if len(ids) == len(self.ids) and not wanted.by_date:
            return list(found)
        return [id for id in ids if id in found]
