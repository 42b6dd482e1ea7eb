"""Posts that share something, found with sixteen bytes kept of each. Knows no rule."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator, Sequence
from functools import lru_cache

from wp_sync.audit.page import PostFacts
from wp_sync.audit.site import Site

_MOST_SHOWN = 1_000  # posts of one group that are told of; a group may be a whole import
_ID_BITS = 48
_ID_MASK = (1 << _ID_BITS) - 1


@lru_cache(maxsize=16)  # several rules ask for the number of one post's text
def number_of(text: str | bytes) -> int:
    """A number of 64 bits that stands for a text."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")


class Kinds:
    """Posts of any kind as single numbers, ordered as kinds came and by id."""

    def __init__(self) -> None:
        self._kinds: list[str] = []

    def key(self, kind: str, id: int) -> int:
        kinds = self._kinds
        if kind not in kinds:
            kinds.append(kind)
        return kinds.index(kind) << _ID_BITS | (id & _ID_MASK)

    def post(self, key: int) -> tuple[str, int]:
        return self._kinds[key >> _ID_BITS], key & _ID_MASK

    def facts(self, site: Site, keys: Sequence[int]) -> dict[int, PostFacts]:
        """What is kept of some posts, by their numbers, in order."""
        by_kind: dict[str, list[int]] = {}
        for key in keys[:_MOST_SHOWN]:
            kind, id = self.post(key)
            by_kind.setdefault(kind, []).append(id)
        return {
            self.key(kind, facts.id): facts
            for kind, ids in by_kind.items()
            for facts in site.facts_of(kind, ids)
        }


class Same(Kinds):
    """Posts by something that several of them may have."""

    def __init__(self) -> None:
        super().__init__()
        self._values = array("Q")
        self._keys = array("q")

    def add(self, value: int, post: PostFacts) -> None:
        self._values.append(value)
        self._keys.append(self.key(post.kind, post.id))

    def groups(self) -> Iterator[list[int]]:
        """The posts, by number, of each value that more than one has, in order of the first."""
        values, keys = self._values, self._keys
        order = sorted(range(len(values)), key=values.__getitem__)  # stable: keys stay in order
        found: list[tuple[int, int]] = []
        start = 0
        for at in range(1, len(order) + 1):
            if at == len(order) or values[order[at]] != values[order[start]]:
                if at - start > 1:
                    found.append((start, at))
                start = at
        for start, end in sorted(found, key=lambda span: keys[order[span[0]]]):
            yield [keys[number] for number in order[start:end]]
