"""Pairs among many names that may mean one term, without comparing all with all.

Pure. Only names that share a key are compared: the same letters in whatever writing, the same words
in another order, or the same beginnings or endings of their words. Fifty thousand names take
seconds. Whether two names are alike is decided in `alike`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from wp_sync.normalize.suggest.alike import THRESHOLD, Alike, Spelled, judged_alike, spelled
from wp_sync.normalize.suggest.plurals import singular_of

_CROWD = 150  # names under one key above which only neighbours in order are compared
_NEIGHBOURS = 40
_APART = 4  # letters a word by which two names for one term differ at most

_Key = tuple[str, ...]


def near_duplicates(
    names: Iterable[tuple[int, str]], *, threshold: float = THRESHOLD
) -> Iterator[tuple[int, int, Alike]]:
    """Pairs of terms that may be one, each once: their ids, the smaller first, and why.

    ``names`` are (id, name) with each id once. Pairs of confidence below ``threshold`` are left
    out. In order of the ids, whatever order the names come in.
    """
    known = sorted((id, spelled(name)) for id, name in names)
    crowds: dict[_Key, list[int]] = {}
    for place, (_, name) in enumerate(known):
        for key in _keys(name):
            crowds.setdefault(key, []).append(place)
    found: dict[tuple[int, int], Alike] = {}
    for crowd in crowds.values():
        for one, other in _pairs(crowd, known):
            a, b = known[one][1], known[other][1]
            if abs(len(a.tight) - len(b.tight)) > _APART * len(a.bare):
                continue
            pair = (known[one][0], known[other][0])
            pair = (min(pair), max(pair))
            if pair not in found and (why := judged_alike(a, b)) and why.confidence >= threshold:
                found[pair] = why
    for (first, second), why in sorted(found.items(), key=lambda item: item[0]):
        yield first, second, why


def _pairs(crowd: Sequence[int], known: Sequence[tuple[int, Spelled]]) -> Iterator[tuple[int, int]]:
    reach = len(crowd)
    if reach > _CROWD:
        crowd = sorted(crowd, key=lambda place: (known[place][1].tight, place))
        reach = _NEIGHBOURS
    for at, one in enumerate(crowd):
        for other in crowd[at + 1 : at + 1 + reach]:
            yield one, other


def _keys(name: Spelled) -> set[_Key]:
    """What a name is looked up under. Short words are known by less of them."""
    words = [singular_of(word) for word in name.bare]
    keys: set[_Key] = {("letters", name.tight), ("letters", name.expanded)}
    if len(words) == 1:
        (word,) = words
        length = len(word)
        if length <= 5:
            keys.add(("begins", word[:2]))
        if length <= 8:
            keys.add(("begins", word[:3]))
        if length >= 5:
            keys.add(("begins", word[:4]))
        if length >= 8:
            keys.add(("ends", word[-5:]))
    elif words:
        keys.add(("words", *sorted(words)))
        keys.add(("begin", *(word[:2] for word in words)))
        keys.add(("end", *(word[-3:] for word in words)))
    return keys
