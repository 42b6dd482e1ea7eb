"""Listings read for what differs: sightings sifted against the archive, what differs fetched.

Calls nothing gone; that is `vanish`'s.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import TypeVar

from wp_sync.model import Collection, Sighting, Tally, Walked
from wp_sync.pull import decide
from wp_sync.pull.context import Pull
from wp_sync.pull.decide import Verdict
from wp_sync.pull.ids import Ids

_BATCH = 100
T = TypeVar("T")


class Walk(Iterator[Sequence[T]]):
    """A walk as an iterator that keeps what the walk returned: what it proved."""

    def __init__(self, steps: Generator[Sequence[T], None, Walked]) -> None:
        self._steps = steps
        self.proved = Walked(complete=False, total=None, seen=0, why="it was not read to its end")

    def __next__(self) -> Sequence[T]:
        try:
            return next(self._steps)
        except StopIteration as end:
            self.proved = end.value
            raise StopIteration from None


class Sifted:
    """Sightings sifted for what differs, fetched a batch at a time, each id once."""

    def __init__(self, pull: Pull, wanted: Collection) -> None:
        self._pull = pull
        self._wanted = wanted
        self._due: list[int] = []
        self._asked = Ids()
        self.tally = Tally()

    def sift(self, sightings: Sequence[Sighting]) -> None:
        known = self._pull.archive.known_of(self._wanted.kind, [one.id for one in sightings])
        self.add(
            one.id
            for one in sightings
            if decide.compare(known.get(one.id), one) is not Verdict.SAME
        )

    def sift_all(self, batches: Iterable[Sequence[Sighting]]) -> None:
        for batch in batches:
            self.sift(batch)
            self._pull.stop.check()

    def add(self, ids: Iterable[int]) -> None:
        for id in ids:
            if self._asked.add(id):
                self._due.append(id)
            if len(self._due) >= _BATCH:
                self.flush()

    def flush(self) -> None:
        due, self._due = self._due, []
        if due:
            self.tally += self._pull.fetch(self._wanted, due)
