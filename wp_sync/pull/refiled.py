"""Posts filed under other terms behind WordPress's back: seen in the terms' counts alone.

Setting a post's terms on their own does not touch its `modified`. But each term carries a count of
the published posts filed under it. Where a count moved by another number than the posts that we
saw change explain, some post was filed anew, and a census of the types that use the taxonomy finds
it (their stamps cover terms). An exchange that leaves every count as it was waits for the next
scheduled census.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wp_sync.archive.base import SiteArchive
from wp_sync.model import Collection, Item, Record


def shifts(archive: SiteArchive, kind: str, records: Sequence[Record]) -> Counter[int]:
    """By how much each term's count differs from the archived one (only where it does)."""
    before = {
        current.id: _count(current.data)
        for current in archive.current(kind, ids=[record.id for record in records])
    }
    moved: Counter[int] = Counter()
    for record in records:
        shift = _count(record.data) - before.get(record.id, 0)
        if shift:
            moved[record.id] = shift
    return moved


def explain(
    explained: Mapping[str, Counter[int]],
    archive: SiteArchive,
    collection: Collection,
    records: Sequence[Record],
) -> None:
    """Add to ``explained``, per taxonomy, what saving these records does to the terms' counts."""
    before = {
        current.id: current.data
        for current in archive.current(collection.kind, ids=[record.id for record in records])
    }
    for record in records:
        for kind, name in collection.taxonomies.items():
            explained[kind].update(_filed(record.data, name))
            explained[kind].subtract(_filed(before.get(record.id), name))


def withdraw(
    explained: Mapping[str, Counter[int]],
    archive: SiteArchive,
    collection: Collection,
    ids: Iterable[int],
) -> None:
    """Add to ``explained`` what the disappearance of these records does to the terms' counts."""
    for current in archive.current(collection.kind, ids=ids):
        for kind, name in collection.taxonomies.items():
            explained[kind].subtract(_filed(current.data, name))


def _count(data: Item) -> int:
    count = data.get("count")
    return count if isinstance(count, int) else 0


def _filed(data: Item | None, name: str) -> list[int]:
    """The terms of a post that WordPress counts: those of a published one."""
    if data is None or data.get("status", "publish") != "publish":
        return []
    terms: Any = data.get(name)
    return [term for term in terms if isinstance(term, int)] if isinstance(terms, list) else []
