"""Texts that are nearly the same among 100,000, without comparing all with all.

Every text becomes a sketch of 128 bytes (one-permutation MinHash over runs of four words, empty
places filled from their neighbours: Li, Owen, Zhang 2012; Shrivastava, Li 2014). Sketches that
agree in one of eight bands are compared; the likeness of two is an estimate with a standard error
of about five in a hundred at nine in ten. Whole numbers only: the same on every machine. Pure.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from zlib import crc32

PLACES = 32
_BANDS = 8
_ROWS = PLACES // _BANDS
_RUN = 4  # words
_EMPTY = 0xFFFFFFFF
_NONE = 1 << 32
_MOST_WORDS = 16_384  # remembered with their numbers
_MOST_IN_BUCKET = 64  # texts that share a band are compared with so many before them at most


class _Words(dict[str, int]):
    """Words that came before, with their numbers: texts of a site share most of their words."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _MOST_WORDS:
            self.clear()
        number = self[word] = crc32(word.encode("utf-8", "surrogatepass"))
        return number


_WORDS = _Words()
# Where runs stand in packed words. Made once: then no line of Python is run for each of them.
_SPANS = [slice(at, at + 4 * _RUN) for at in range(0, 4 * 2_000, 4)]


def shingles(words: Sequence[str]) -> set[int]:
    """The runs of four words of a text as numbers of 32 bits; a shorter text is one run."""
    return set(_runs(words))


def _runs(words: Sequence[str]) -> list[int]:
    if not words:
        return []
    hashes = array("I", map(_WORDS.__getitem__, words))
    hashes.extend([0] * (_RUN - len(hashes)))
    if sys.byteorder == "big":
        hashes.byteswap()
    packed = hashes.tobytes()
    runs = len(hashes) - _RUN + 1
    found = list(map(crc32, map(packed.__getitem__, _SPANS[:runs])))
    width = 4 * _RUN
    found.extend(crc32(packed[at : at + width]) for at in range(4 * len(_SPANS), 4 * runs, 4))
    return found


def sketch(words: Sequence[str]) -> bytes:
    """The sketch of a text's words; empty for no words."""
    return sketch_of(_runs(words))


def sketch_of(numbers: Iterable[int]) -> bytes:
    """The sketch of a set of numbers of 32 bits that are as good as random; empty for none."""
    found = [_NONE] * PLACES
    for number in numbers:
        place = number & (PLACES - 1)
        if number < found[place]:
            found[place] = number
    if min(found) == _NONE:
        return b""
    least = [_EMPTY if number == _NONE else number >> 5 for number in found]
    # Few numbers leave places empty: each takes what the next full place has, and how far it was.
    filled = list(least)
    for place, value in enumerate(least):
        steps = 0
        while value == _EMPTY:
            steps += 1
            value = least[(place + steps) % PLACES]
        filled[place] = (value + steps * 0x9E3779B1) & 0xFFFFFFFF if steps else value
    return array("I", filled).tobytes()


def likeness(one: bytes, other: bytes) -> float:
    """The estimated share of runs that two texts have in common, from 0 to 1."""
    if not one or not other:
        return 0.0
    return sum(a == b for a, b in zip(array("I", one), array("I", other), strict=True)) / PLACES


class Sketches:
    """The sketches of many texts. Fill with `add`, then ask for the `pairs` that are alike."""

    def __init__(self) -> None:
        self._data = array("I")
        self._keys = array("q")

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, key: int, sketch: bytes) -> None:
        """Add a text under a number; one without words is left out."""
        if sketch:
            self._keys.append(key)
            self._data.frombytes(sketch)

    def pairs(self, least: float) -> Iterator[tuple[int, int, float]]:
        """Pairs of keys with their likeness where it is at least so much, each once, in order."""
        found: dict[tuple[int, int], float] = {}
        needed = least * PLACES - 1e-9
        data, size = self._data, self._data.itemsize
        whole = memoryview(data).cast("B")
        for band in range(_BANDS):
            buckets: dict[bytes, int | list[int]] = {}  # most have one text
            first = band * _ROWS * size
            for number in range(len(self._keys)):
                start = number * PLACES
                at = start * size + first
                key = whole[at : at + _ROWS * size].tobytes()
                bucket = buckets.get(key)
                if bucket is None:
                    buckets[key] = number
                    continue
                if isinstance(bucket, int):
                    bucket = buckets[key] = [bucket]
                for other in bucket[:_MOST_IN_BUCKET]:
                    if (other, number) in found:
                        continue
                    there = other * PLACES
                    same = sum(
                        data[start + place] == data[there + place] for place in range(PLACES)
                    )
                    if same >= needed:
                        found[other, number] = same / PLACES
                bucket.append(number)
        for (one, other), like in sorted(found.items()):
            yield self._keys[one], self._keys[other], like
