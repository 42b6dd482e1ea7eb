"""Related posts proposed where nobody named any: those that share most rare words and terms.

Pure: add posts, ask for proposals. Every post is kept as its forty likeliest words and terms (small
numbers in arrays), looked up through an inverted index; rare ones count most. Whole numbers only,
so that the same posts give the same proposals on every machine. Knows no language: very common
words weigh next to nothing, whatever they are. What is proposed is marked as computed by whoever
writes it down; nothing here reads or writes an archive.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import nsmallest
from math import isqrt
from zlib import crc32

from wp_sync.normalize.text import plain

_FEATURES = 40  # of a post: 200 bytes, so that 100,000 posts take 20 MB
_TITLE, _TERM, _TEXT_MOST = 6, 6, 3  # what a word in the title, a term, and a repeated word weigh
_LONGEST = 30_000  # characters of a text that are looked at
_STEM = 8  # letters of a word that count: plurals and cases mostly differ behind them
_VISITS = 1_500  # postings looked at for one post, the rarest words' first
_CANDIDATES = 20  # compared in full
_LEAST = 70  # thousandths of likeness below which nothing is proposed (own choice, see bench)
_MOST_SLOTS = 22  # bits of the inverted index

_WORD = re.compile(r"[^\W\d_]{3,}")
_ASCII_WORD = re.compile(r"[a-z]{3,}")
# Scripts without spaces between words are taken in pairs of signs.
_DENSE = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]{2,}")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A post that is like the one asked about; ``likeness`` in thousandths, 1000 for the same."""

    id: int
    title: str
    url: str
    likeness: int


class Likeness:
    """What the posts of one type are about. Fill with `add` in order of id, then ask `like`."""

    def __init__(self) -> None:
        self._ids = array("q")
        self._titles: list[str] = []
        self._urls: list[str] = []
        self._starts = array("I", [0])
        self._words = array("I")  # crc32 of each feature
        self._weights = array("B")
        self._slots = 0
        self._counts = array("I")
        self._offsets = array("I")
        self._postings = array("I")
        self._rarities = array("B")
        self._norms = array("Q")

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, id: int, title: str, url: str, terms: Iterable[str], html: str) -> None:
        """Add a post: its title, address, terms (any stable names) and content (HTML).

        Raises:
            ValueError: an id that is not above the last one.
        """
        if self._ids and id <= self._ids[-1]:
            raise ValueError(f"post {id} is added after {self._ids[-1]}")
        self._ids.append(id)
        self._titles.append(title[:200])
        self._urls.append(url)
        for word, weight in _features(title, terms, html):
            self._words.append(word)
            self._weights.append(weight)
        self._starts.append(len(self._words))
        self._slots = 0

    def like(self, id: int, most: int) -> list[Proposal]:
        """The posts most like one, the likest first; of equals the newer id. Never itself."""
        own = bisect_left(self._ids, id)
        if own == len(self._ids) or self._ids[own] != id:
            return []
        if not self._slots:
            self._index()
        mine = self._of(own)
        slots = self._slots
        scores: dict[int, int] = {}
        visits = 0
        for word in sorted(mine, key=lambda word: (self._counts[word % slots], word)):
            slot = word % slots
            start, count = self._offsets[slot], self._counts[slot]
            visits += count
            if visits > _VISITS:
                break
            weight = mine[word] * self._rarities[slot]
            for other in self._postings[start : start + count]:
                scores[other] = scores.get(other, 0) + weight
        scores.pop(own, None)
        # A post's number grows with its id.
        nearest = nsmallest(_CANDIDATES, ((-score, -other) for other, score in scores.items()))
        judged = [(-self._likeness(mine, own, -other), other) for _, other in nearest]
        return [
            Proposal(self._ids[-at], self._titles[-at], self._urls[-at], -likeness)
            for likeness, at in sorted(judged)[:most]
            if -likeness >= _LEAST
        ]

    def _of(self, at: int) -> dict[int, int]:
        span = range(self._starts[at], self._starts[at + 1])
        return {self._words[n]: self._weights[n] for n in span}

    def _index(self) -> None:
        """Make the inverted index: postings in order of slot, then of post."""
        bits = min(_MOST_SLOTS, max(10, (len(self._ids) * 16).bit_length()))
        self._slots = slots = 1 << bits
        none = bytes(slots * array("I").itemsize)
        self._counts = counts = array("I", none)
        for word in self._words:
            counts[word % slots] += 1
        self._offsets = offsets = array("I", none)
        at = 0
        for slot, count in enumerate(counts):
            offsets[slot] = at
            at += count
        fill = array("I", offsets)
        self._postings = postings = array("I", bytes(at * array("I").itemsize))
        self._rarities = rarities = array("B", (self._rarity(count) for count in counts))
        self._norms = array("Q")
        for post in range(len(self._ids)):
            norm = 0
            for n in range(self._starts[post], self._starts[post + 1]):
                slot = self._words[n] % slots
                postings[fill[slot]] = post
                fill[slot] += 1
                norm += (self._weights[n] * rarities[slot]) ** 2
            self._norms.append(norm)

    def _rarity(self, count: int) -> int:
        """Four times the binary logarithm of "one post in how many has it", rounded down.

        0 for what only one post has: it makes that post neither like nor unlike another.
        """
        if count < 2:
            return 0
        share = (len(self._ids) << 4) // count
        return max(0, min(255, int(share**4).bit_length() - 17))

    def _likeness(self, mine: dict[int, int], own: int, other: int) -> int:
        """Cosine in thousandths; 0 where less than two things are shared."""
        shared = 0
        dot = 0
        for n in range(self._starts[other], self._starts[other + 1]):
            word = self._words[n]
            weight = mine.get(word)
            if weight:
                shared += 1
                dot += weight * self._weights[n] * self._rarities[word % self._slots] ** 2
        if shared < 2 or not dot:
            return 0
        return 1000 * dot // isqrt(self._norms[own] * self._norms[other])


def _features(title: str, terms: Iterable[str], html: str) -> Iterator[tuple[int, int]]:
    """The likeliest words of a post and what each weighs, at most forty."""
    weights: dict[str, int] = {f"term {term}": _TERM for term in terms}
    for word in _words(title):
        weights[word] = _TITLE
    repeated = Counter(_words(plain(html[:_LONGEST].replace("<", " <"))))
    # Of words that are said equally often the longer ones say more.
    ordered = nsmallest(
        2 * _FEATURES,
        repeated.items(),
        key=lambda pair: (-min(pair[1], 6), -len(pair[0]), pair[0]),
    )
    for word, count in ordered:
        if len(weights) >= _FEATURES:
            break
        weights.setdefault(word, min(count, _TEXT_MOST))
    seen: set[int] = set()
    for word, weight in sorted(weights.items())[:_FEATURES]:
        key = crc32(word.encode("utf-8", "surrogatepass"))
        if key not in seen:
            seen.add(key)
            yield key, weight


def _words(text: str) -> list[str]:
    if text.isascii():
        return [word[:_STEM] for word in _ASCII_WORD.findall(text.lower())]
    words: list[str] = []
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        if word.isascii() or not _DENSE.search(word):
            words.append(word[:_STEM])
        else:
            for run in _DENSE.findall(word):
                words += [run[at : at + 2] for at in range(len(run) - 1)]
    return words
