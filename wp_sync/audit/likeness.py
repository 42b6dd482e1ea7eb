"""Texts that are nearly the same among 100,000, without comparing all with all.

Every text becomes a sketch of 128 bytes (one-permutation MinHash over runs of four words, empty
places filled from their neighbours: Li, Owen, Zhang 2012; Shrivastava, Li 2014). Sketches that
agree in one of eight bands are compared; the likeness of two is an estimate with a standard error
of about five in a hundred at nine in ten. Whole numbers only: the same on every machine. Pure.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from zlib import crc32

PLACES = 32
_ROWS = 4  # of a band
_RUN = 4  # words
_EMPTY = 0xFFFFFFFF
_NONE = 1 << 32
_ENOUGH = 256  # numbers of which every place has one, next to always
_MOST_WORDS = 16_384  # remembered with their numbers
_MOST_IN_BUCKET = 64  # texts that share a band are compared with so many before them at most


class _Words(dict[str, bytes]):
    """Words that came before, each with its part in a run's number as its first, second, third and
    fourth word: texts of a site share most of their words."""

    def __missing__(self, word: str) -> bytes:
        if len(self) >= _MOST_WORDS:
            self.clear()
        parts = self[word] = _parts(crc32(word.encode("utf-8", "surrogatepass")))
        return parts


def _parts(number: int) -> bytes:
    # CRC-32 is linear: that of a run is made of those of its words, each alone among zeros.
    word, nothing = number.to_bytes(4, "little"), bytes(4)
    parts = [crc32(nothing * at + word + nothing * (_RUN - 1 - at)) for at in range(_RUN)]
    parts[0] ^= crc32(bytes(4 * _RUN))
    return b"".join(part.to_bytes(4, "little") for part in parts)


_WORDS = _Words()
_NO_WORD = _parts(0)


def shingles(words: Sequence[str]) -> set[int]:
    """The runs of four words of a text as numbers of 32 bits; a shorter text is one run."""
    return set(_runs(words))


def _runs(words: Sequence[str]) -> Sequence[int]:
    """The CRC-32 of each run of words; all of them at once, as one large number."""
    if not words:
        return ()
    parts = list(map(_WORDS.__getitem__, words))
    parts += [_NO_WORD] * (_RUN - len(parts))
    every = int.from_bytes(b"".join(parts), "little")
    # What the second word brings stands one word and one part further on, and so forth.
    step = 8 * 4 * (_RUN + 1)
    every ^= (every >> step) ^ (every >> 2 * step) ^ (every >> 3 * step)
    found = array("I", every.to_bytes(4 * _RUN * len(parts), "little"))
    if sys.byteorder == "big":
        found.byteswap()
    return found[: _RUN * (len(parts) - _RUN + 1) : _RUN]


def sketch(words: Sequence[str]) -> bytes:
    """The sketch of a text's words; empty for no words."""
    return sketch_of(_runs(words))


def sketch_of(numbers: Collection[int]) -> bytes:
    """The sketch of a set of numbers of 32 bits that are as good as random; empty for none."""
    # Of many, the least of every place is among the lowest, next to always.
    bound = _NONE * _ENOUGH // max(len(numbers), _ENOUGH)
    found = _least([number for number in numbers if number < bound])
    if _NONE in found:
        found = _least(numbers)
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


def _least(numbers: Iterable[int]) -> list[int]:
    found = [_NONE] * PLACES
    for number in numbers:
        place = number & (PLACES - 1)
        if number < found[place]:
            found[place] = number
    return found


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
        data = self._data
        for band in range(0, PLACES, _ROWS):
            heads = data[band::PLACES]
            # Most texts share a band with no other, and are done with at once.
            shared = {one for one, other in pairwise(sorted(heads)) if one == other}
            buckets: dict[bytes, list[int]] = {}
            for number, head in enumerate(heads):
                if head not in shared:
                    continue
                start = number * PLACES
                key = data[start + band : start + band + _ROWS].tobytes()
                bucket = buckets.setdefault(key, [])
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
