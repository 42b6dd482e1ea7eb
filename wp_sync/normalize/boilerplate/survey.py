"""Passages that stand in many posts, found over a whole site in two readings.

The first reading only counts keys in a table of fixed size; the second keeps the texts of those
that were counted often. So memory is bounded (64 MiB of counts, 50,000 texts) however large the
site is, and the result is the same on every machine and in every order of runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from wp_sync.archive.base import SiteArchive
from wp_sync.model import MEDIA_KIND, State
from wp_sync.normalize.boilerplate.likeness import grams, keys, likeness, words_of
from wp_sync.normalize.boilerplate.passages import comparable, passages
from wp_sync.normalize.links.scan import scan
from wp_sync.normalize.rules.boilerplate import BoilerplateRules
from wp_sync.normalize.text import rendered

_SHORTEST = 30  # letters; shorter passages repeat for good reasons ("Benefits", "Read more")
_FEWEST_WORDS = 4
_MOST_TEXTS = 50_000
_COUNTED = 255  # a byte; more is as much
_MOST_VARIANTS = 20

Bodies = Callable[[], Iterable[tuple[int, str]]]  # (id, HTML) of every post, anew at each call


@dataclass(slots=True)
class _Tally:
    text: str
    posts: int
    first: int


@dataclass(frozen=True, slots=True)
class Variant:
    """One wording of a block: in how many posts, and the first of them."""

    text: str
    posts: int
    first: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """A block in its wordings, the commonest first; ``variants`` counts those left out too."""

    posts: int
    wordings: Sequence[Variant]
    variants: int

    @property
    def text(self) -> str:
        return self.wordings[0].text


def survey(archive: SiteArchive, rules: BoilerplateRules) -> list[Repeated]:
    """The repeated blocks of a site's posts and pages, the commonest first."""
    kinds = [
        kind for kind in sorted(archive.kinds()) if kind.startswith("posts/") and kind != MEDIA_KIND
    ]

    def bodies() -> Iterator[tuple[int, str]]:
        for kind in kinds:
            for current in archive.current(kind):
                if current.state is State.LIVE:
                    yield current.id, rendered(current.data.get("content"))

    return repeated(bodies, rules, sum(archive.count(kind) for kind in kinds))


def repeated(bodies: Bodies, rules: BoilerplateRules, posts: int = 0) -> list[Repeated]:
    """The blocks that at least ``rules.least_posts`` bodies have, alike as ``rules.similarity``.

    ``posts`` is about how many bodies there are, for the size of the table of counts.
    """
    size = 1 << max(16, min(26, (posts * 400).bit_length()))
    counts = bytearray(size)
    for _, body in bodies():
        for key in {key for _, same in _worth_counting(body) for key in keys(same)}:
            place = key % size
            if counts[place] < _COUNTED:
                counts[place] += 1
    found = _often(bodies, counts, min(rules.least_posts, _COUNTED))
    return _grouped(found, rules)


def _worth_counting(body: str) -> Iterator[tuple[str, str]]:
    """Passages with their comparable form, each form once a body."""
    seen: set[str] = set()
    for passage in passages(scan(body), _SHORTEST):
        same = comparable(passage.text)
        if len(same) >= _SHORTEST and len(words_of(same)) >= _FEWEST_WORDS and same not in seen:
            seen.add(same)
            yield passage.text, same


def _often(bodies: Bodies, counts: bytearray, least: int) -> dict[str, _Tally]:
    """Comparable texts whose keys were counted often, as they were first read."""
    size = len(counts)
    found: dict[str, _Tally] = {}
    for id, body in bodies():
        for text, same in _worth_counting(body):
            entry = found.get(same)
            if entry is not None:
                entry.posts += 1
                continue
            own = keys(same)
            often = sum(counts[key % size] >= least for key in own)
            # Two of four, since one alone may share its place in the table by chance.
            if often < min(2, len(own)):
                continue
            found[same] = _Tally(text, 1, id)
            if len(found) > _MOST_TEXTS:
                found = {key: one for key, one in found.items() if one.posts > 1}
    return found


def _grouped(found: dict[str, _Tally], rules: BoilerplateRules) -> list[Repeated]:
    """Wordings gathered around the commonest ones that are alike enough."""
    order = sorted(found, key=lambda same: (-found[same].posts, same))
    groups: list[list[str]] = []
    leaders: list[frozenset[str]] = []
    by_key: dict[int, list[int]] = {}
    for same in order:
        own = grams(same)
        near: dict[int, None] = {}
        for key in keys(same):
            near |= dict.fromkeys(by_key.get(key, ()))
        best, home = 0.0, -1
        for number in near:
            like = likeness(own, leaders[number])
            if like >= rules.similarity and like > best:
                best, home = like, number
        if home < 0:
            home = len(groups)
            groups.append([])
            leaders.append(own)
            for key in keys(same):
                here = by_key.setdefault(key, [])
                if len(here) < 50:  # a common turn of phrase must not compare all with all
                    here.append(home)
        groups[home].append(same)
    made = [
        Repeated(
            sum(found[same].posts for same in group),
            tuple(
                Variant(found[same].text, found[same].posts, found[same].first)
                for same in group[:_MOST_VARIANTS]
            ),
            len(group),
        )
        for group in groups
    ]
    often = [one for one in made if one.posts >= rules.least_posts]
    return sorted(often, key=lambda one: (-one.posts, one.text))
