"""Proposals on terms: what seems to be one term twice, or no term at all.

Pure: terms and, post by post, what each is filed under in; `Proposal` values out, the same whatever
order they come in. Every term is proposed to be merged or dropped at most once, so that the rules
never contradict each other. Applies nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from wp_sync.normalize.rules import digest
from wp_sync.normalize.suggest.alike import THRESHOLD
from wp_sync.normalize.suggest.near_duplicates import near_duplicates
from wp_sync.normalize.suggest.proposals import Proposal, in_order, rule_text
from wp_sync.normalize.terms.paths import fold_path
from wp_sync.normalize.text import fold

Key = tuple[str, int]  # taxonomy, id

_SAID = {
    "case": "they differ in capitals only",
    "entity": "they differ in how a sign is written only",
    "space": "they differ in white space only",
    "sign": "they differ in signs only",
    "hyphen": "they differ in hyphens or spaces only",
    "accent": "they differ in accents only",
    "plural": "one seems to be the plural of the other",
    "typing error": "one seems to be the other with a typing error",
    "order": "they are the same words in another order",
    "same name": "they have one name",
}


@dataclass(frozen=True, slots=True)
class KnownTerm:
    """A term as the site has it. ``parent`` is an id, 0 at the top; ``posts`` counts its posts."""

    taxonomy: str
    id: int
    name: str
    slug: str
    parent: int = 0
    posts: int = 0
    default: bool = False
    lang: str = ""

    @property
    def key(self) -> Key:
        return self.taxonomy, self.id


class TermUse:
    """Which posts terms are on, in a few numbers a term however many posts there are."""

    def __init__(self, terms: Iterable[KnownTerm]) -> None:
        self._parents = {term.key: (term.taxonomy, term.parent) for term in terms}
        self.posts: Counter[Key] = Counter()
        self.both: Counter[Key] = Counter()  # posts that have a term's parent as well
        self._prints: dict[Key, int] = {}

    def add(self, post: int, terms: Iterable[Key]) -> None:
        """Count a post, each once, under the terms it is filed under."""
        filed = set(terms)
        mark = int(digest(post), 16)
        for key in filed:
            self.posts[key] += 1
            self._prints[key] = self._prints.get(key, 0) ^ mark
            self.both[key] += self._parents.get(key) in filed

    def same(self) -> Iterator[list[Key]]:
        """Terms that are on exactly the same posts, two at least of each."""
        groups: dict[tuple[int, int], list[Key]] = {}
        for key, mark in self._prints.items():
            groups.setdefault((self.posts[key], mark), []).append(key)
        for (posts, _), keys in sorted(groups.items()):
            if posts > 1 and len(keys) > 1:
                yield sorted(keys)


def suggest_terms(
    terms: Sequence[KnownTerm], use: TermUse | None = None, *, threshold: float = THRESHOLD
) -> list[Proposal]:
    """Everything worth proposing on these terms, the surest first.

    ``use`` says which posts they are on; without it the terms' own counts are taken, and what only
    posts can tell is left out. ``threshold`` is the least confidence of near-duplicate names.
    """
    return _Suggesting(terms, use, threshold).proposals()


class _Suggesting:
    def __init__(self, terms: Sequence[KnownTerm], use: TermUse | None, threshold: float) -> None:
        self._terms = {term.key: term for term in sorted(terms, key=lambda term: term.key)}
        self._use = use
        self._threshold = threshold
        self._done: set[Key] = set()  # terms with a rule on them already
        self._into: dict[Key, Key] = {}
        self._places: dict[tuple[str, str], Key] | None = None
        self._merges: list[tuple[Key, str, str, float]] = []
        self._parents = {(term.taxonomy, term.parent) for term in terms if term.parent}

    def proposals(self) -> list[Proposal]:
        self._near_duplicates()
        self._same_posts()
        return in_order(
            (
                *self._merged(),
                *self._in_both_taxonomies(),
                *self._hardly_used(),
                *self._parents_and_children(),
            )
        )

    def _posts(self, key: Key) -> int:
        return self._use.posts[key] if self._use else self._terms[key].posts

    def _weight(self, key: Key) -> tuple[bool, int, bool, int]:
        """Which of two terms stays: the default one, the fuller one, the parent, the older one."""
        return self._terms[key].default, self._posts(key), key in self._parents, -key[1]

    def _path(self, key: Key) -> str:
        """The names from the top down; empty where a path can't be written."""
        names: list[str] = []
        at = key
        while at in self._terms and len(names) < 50:
            names.append(self._terms[at].name)
            at = at[0], self._terms[at].parent
        return "" if any(">" in name for name in names) else " > ".join(reversed(names))

    def _place(self, key: Key) -> str:
        """How a rule names the term: by its path, or, where an older one has that path, its slug.

        Empty where neither would mean this term.
        """
        if self._places is None:
            self._places = {}
            for other in self._terms:  # in order of id: of twins, a path means the oldest
                self._places.setdefault((other[0], fold_path(self._path(other))), other)
        path = self._path(key)
        if not path or self._places[key[0], fold_path(path)] == key:
            return path
        slug = self._terms[key].slug
        return slug if ">" not in slug and (key[0], fold(slug)) not in self._places else ""

    def _merge(self, goes: Key, stays: Key, kind: str, why: str, sure: float) -> None:
        """Note a merge, unless there is a rule on the term already, or it would close a circle."""
        stays = self._root(stays)
        if goes not in self._done and goes != stays:
            self._done.add(goes)
            self._into[goes] = stays
            self._merges.append((goes, kind, why, sure))

    def _root(self, key: Key) -> Key:
        while key in self._into:
            key = self._into[key]
        return key

    def _merged(self) -> Iterator[Proposal]:
        """The merges, each into what stays in the end."""
        for goes, kind, why, sure in self._merges:
            stays = self._root(goes)
            one, other = self._terms[goes], self._terms[stays]
            path = self._place(stays)
            count = self._posts(goes)
            reason = f"“{one.name}” ({_posts(count)}) and “{other.name}” "
            reason += f"({_posts(self._posts(stays))}): {why}"
            rule = rule_text({"slug": one.slug}, {"into": path}) if path else ""
            names = (one.name, other.name)
            concern, ids = f"terms/{one.taxonomy}", (goes[1], stays[1])
            yield Proposal(concern, kind, names, reason, count, round(sure, 2), rule, ids)

    def _near_duplicates(self) -> None:
        found: list[tuple[float, Key, Key, str]] = []
        for taxonomy in sorted({key[0] for key in self._terms}):
            own = [term for key, term in self._terms.items() if key[0] == taxonomy]
            for first_id, second_id, why in near_duplicates(
                ((term.id, term.name) for term in own), threshold=self._threshold
            ):
                pair = (taxonomy, first_id), (taxonomy, second_id)
                found.append((why.confidence, *pair, why.reason))
            named: dict[str, list[Key]] = {}
            for term in own:
                named.setdefault(term.name, []).append(term.key)
            for keys in named.values():
                found += [(0.95, keys[0], other, "same name") for other in keys[1:]]
        for sure, first, second, reason in sorted(found, key=lambda row: (-row[0], row[1:])):
            here, there = self._terms[first], self._terms[second]
            if here.lang != there.lang and here.lang and there.lang:
                continue  # a translation
            if first[1] == there.parent or second[1] == here.parent:
                sure = min(sure, 0.6)
            elif here.parent != there.parent:
                sure = min(sure, 0.65)  # "News" of one department and of another
            if sure < min(self._threshold, 0.6):
                continue
            goes, stays = sorted((first, second), key=self._weight)
            self._merge(goes, stays, reason, _SAID[reason], sure)

    def _same_posts(self) -> None:
        for keys in self._use.same() if self._use else ():
            for taxonomy in sorted({key[0] for key in keys}):
                group = [key for key in keys if key[0] == taxonomy and key in self._terms]
                group.sort(key=self._weight, reverse=True)
                for key in group[1:]:
                    stays, count = group[0], self._posts(key)
                    if (key[0], self._terms[key].parent) == stays:
                        continue
                    sure = min(0.8, 0.4 + 0.08 * count)
                    why = f"they are on the same {count} posts"
                    self._merge(key, stays, "same posts", why, sure)

    def _in_both_taxonomies(self) -> Iterator[Proposal]:
        """Tags with the name of a category: their posts could be filed under it."""
        categories: dict[str, KnownTerm] = {}
        own = [key for key in self._terms if key[0] == "category"]
        for key in sorted(own, key=self._weight):  # of several of one name, the one that stays
            categories[fold(self._terms[key].name)] = self._terms[self._root(key)]
        for key, term in self._terms.items():
            same = categories.get(fold(term.name))
            if key[0] != "post_tag" or same is None or key in self._done:
                continue
            self._done.add(key)
            count = self._posts(key)
            reason = f"“{term.name}” is a tag ({_posts(count)}) and a category as well "
            reason += f"({_posts(self._posts(same.key))})"
            change: dict[str, str | bool] = {"taxonomy": "category"}
            if (path := self._place(same.key)) and path != same.name:
                change["into"] = path
            rule = rule_text({"slug": term.slug}, change)
            names = (term.name, same.name)
            kind, ids = "tag and category", (key[1], same.id)
            yield Proposal("terms/post_tag", kind, names, reason, count, 0.8, rule, ids)

    def _hardly_used(self) -> Iterator[Proposal]:
        for key, term in self._terms.items():
            count = self._posts(key)
            if count > 1 or key in self._done or key in self._parents or term.default:
                continue
            self._done.add(key)
            kind, sure = ("single post", 0.3) if count else ("empty", 0.9)
            reason = f"“{term.name}” is on {'one post only' if count else 'no post'}"
            rule = rule_text({"slug": term.slug}, {"drop": True})
            names, ids = (term.name,), (key[1],)
            yield Proposal(f"terms/{key[0]}", kind, names, reason, count, sure, rule, ids)

    def _parents_and_children(self) -> Iterator[Proposal]:
        """Posts filed under a term and its parent: one of the two is enough."""
        for key, count in sorted(self._use.both.items() if self._use else ()):
            parent = (key[0], self._terms[key].parent) if key in self._terms else key
            if not count or parent not in self._terms:
                continue
            names = (self._terms[parent].name, self._terms[key].name)
            share = count / max(1, self._posts(key))
            reason = (
                f"{_posts(count)} of {self._posts(key)} under “{names[1]}” are filed under its "
            )
            reason += f"parent “{names[0]}” as well"
            kind, sure, ids = "parent and child", round(share * 0.6, 2), (parent[1], key[1])
            yield Proposal(f"terms/{key[0]}", kind, names, reason, count, sure, "", ids)


def _posts(count: int) -> str:
    return f"{count} post{'' if count == 1 else 's'}"
