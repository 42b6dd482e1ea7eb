"""A set of ids in little memory: a million of a site's ids take half a megabyte, not sixty.

Ids of one site lie close together, so they are kept as bits, a thousand to a number.
"""

from __future__ import annotations

from collections.abc import Iterable

_BITS = 10
_MASK = (1 << _BITS) - 1


class Ids:
    """Non-negative numbers that were added; nothing is ever taken out."""

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self._blocks: dict[int, int] = {}
        self.update(ids)

    def add(self, id: int) -> bool:
        """Whether it was not in yet."""
        block, bit = id >> _BITS, 1 << (id & _MASK)
        bits = self._blocks.get(block, 0)
        self._blocks[block] = bits | bit
        return not bits & bit

    def update(self, ids: Iterable[int]) -> None:
        for id in ids:
            self.add(id)

    def __contains__(self, id: int) -> bool:
        return bool(self._blocks.get(id >> _BITS, 0) >> (id & _MASK) & 1)
