"""How alike two texts are, and keys that alike texts share. Pure; the same on every machine.

Likeness is the Jaccard index of the sets of five letters in a row: a typing error in a sentence of
a hundred letters leaves it above 0.9. Keys are the four smallest hashes of a text's pairs of words
(a bottom-k sketch, Broder 1997): texts as alike as 0.65 share one with a chance of 98 in 100.
"""

from __future__ import annotations

from itertools import pairwise
from zlib import crc32

_GRAM = 5
_KEYS = 4


def words_of(text: str) -> list[str]:
    """The words of a comparable text; two signs each where a script has no spaces between them."""
    if text.count(" ") * 12 >= len(text) - 12:
        return text.split()
    return [text[at : at + 2] for at in range(0, len(text), 2)]


def grams(text: str) -> frozenset[str]:
    """The sets of five letters in a row of a comparable text."""
    if len(text) <= _GRAM:
        return frozenset((text,))
    return frozenset(text[at : at + _GRAM] for at in range(len(text) - _GRAM + 1))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """From 0 (nothing in common) to 1 (the same)."""
    common = len(one & other)
    return common / (len(one) + len(other) - common) if common else 0.0


def keys(text: str) -> tuple[int, ...]:
    """The four smallest hashes (32 bits) of the pairs of neighbouring words, in order."""
    words = [crc32(word.encode("utf-8", "surrogatepass")) for word in words_of(text)]
    if len(words) < 2:
        return tuple(words)
    # Multiplied so that the order of the two words counts, and mixed so that small is random.
    pairs = {
        ((one * 0x9E3779B1 + two * 0x85EBCA77) ^ (two >> 7)) & 0xFFFFFFFF
        for one, two in pairwise(words)
    }
    return tuple(sorted(pairs)[:_KEYS])
