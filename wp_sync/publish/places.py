"""Where things stand at a target: its index of one kind, and the spots that receipts know.

Holds one line a thing of the kind in hand, and a bounded cache of spots; asks, decides nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from wp_sync.ledger import Ledger, Receipt
from wp_sync.publish.base import Held, Seen, Spot

_CACHED = 50_000


class Spots:
    """Where items stand, by key: from receipts, and what a push has just made."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: OrderedDict[str, Spot | None] = OrderedDict()
        self._planned: dict[str, Spot] = {}

    def __call__(self, key: str) -> Spot | None:
        if not key:
            return None
        if key in self._planned:
            return self._planned[key]
        if key not in self._known:
            receipt = self._ledger.of([key]).get(key)
            self.learn([(key, receipt)])
        return self._known[key]

    def learn(self, found: Iterable[tuple[str, Receipt | None]]) -> None:
        """Remember what receipts say. What was taken from visitors still stands where it was:
        else each text that links to it would be written anew, to say nothing better."""
        for key, receipt in found:
            self._known[key] = (
                Spot(receipt.target_id, receipt.url, receipt.facts) if receipt else None
            )
            self._known.move_to_end(key)
            while len(self._known) > _CACHED:
                self._known.popitem(last=False)

    def plan(self, key: str, held: Held) -> None:
        """Something that will be adopted stands where it was found."""
        self._planned[key] = Spot(held.id, held.url, held.facts)


class Index:
    """What a target holds of one kind, by id, name and fingerprint."""

    def __init__(self, lines: Iterable[Seen]) -> None:
        self.by_id: dict[str, Seen] = {}
        self._slugs: dict[str, str] = {}
        self._prints: dict[str, list[str]] = {}
        for seen in lines:
            self.by_id[seen.id] = seen
            if seen.slug and not seen.trashed:
                self._slugs.setdefault(seen.slug, seen.id)
            for print_ in seen.prints:
                self._prints.setdefault(print_, []).append(seen.id)

    def __len__(self) -> int:
        return len(self.by_id)

    def named(self, slug: str) -> Seen | None:
        """What has this name; nothing that is in the trash."""
        id = self._slugs.get(slug, "") if slug else ""
        return self.by_id.get(id)

    def alike(self, prints: Iterable[str]) -> list[Seen]:
        """What shares a fingerprint, the best first: as many as share one, in order of id."""
        counts: dict[str, int] = {}
        for print_ in prints:
            for id in self._prints.get(print_, ()):
                counts[id] = counts.get(id, 0) + 1
        ids = sorted(counts, key=lambda id: (-counts[id], len(id), id))
        return [self.by_id[id] for id in ids]
