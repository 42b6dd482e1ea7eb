"""What the rules would change, before anything is written: terms, people, and each post.

"Before" is the site as it stands, "after" what a normalization under these rules makes of it, by
the very same code. Posts stream through; kept are terms, people, counts, and the changes of so many
posts. Draws nothing and writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from wp_sync.archive.base import Current, SiteArchive
from wp_sync.content import Derived, Term, TermSource
from wp_sync.model import MEDIA_KIND, State
from wp_sync.normalize.authors.authors import Authors, order_authors
from wp_sync.normalize.authors.co_authors import Bylines
from wp_sync.normalize.engine import Prepared, prepare
from wp_sync.normalize.inventory import default_id, source_authors, source_terms
from wp_sync.normalize.links.moves import Moves, archived_addresses
from wp_sync.normalize.records import post_of
from wp_sync.normalize.rules import AuthorRules, Rules
from wp_sync.normalize.terms.filing import Filing
from wp_sync.normalize.terms.order import order_taxonomies
from wp_sync.normalize.terms.terms import Terms
from wp_sync.normalize.text import fold
from wp_sync.progress import Progress, Silent, Stop

MOST_CHANGES = 10_000  # posts told one by one; the rest is counted
_BATCH = 200
_SAME = AuthorRules(bylines="ignore")  # people as the site has them
_Key = tuple[str, str]  # taxonomy, slug


@dataclass(frozen=True, slots=True)
class Branch:
    """A term in a tree, drawn in the tree's order. ``depth`` is 0 at the top.

    ``fate``: before, what becomes of it (empty: it stays as it is); after, ``new``, or which terms
    it was made of where these had other names or places.
    """

    name: str
    slug: str
    depth: int
    posts: int
    fate: str = ""


@dataclass(frozen=True, slots=True)
class Tree:
    """One taxonomy before and after."""

    taxonomy: str
    before: tuple[Branch, ...]
    after: tuple[Branch, ...]

    @property
    def changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class PostChange:
    """What would be other about one post.

    ``gone`` and ``added`` are (taxonomy, path) of terms. ``cleaned`` counts by rule what is taken
    out of its text or mended, ``links`` the links that get another address; ``related``: related
    posts in its text are taken out or replaced.
    """

    kind: str
    id: int
    title: str
    link: str
    gone: tuple[_Key, ...] = ()
    added: tuple[_Key, ...] = ()
    primary: tuple[str, str] = ("", "")  # before and after, where they differ
    authors: tuple[str, str] = ("", "")
    cleaned: Mapping[str, int] = field(default_factory=dict)
    links: int = 0
    related: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """The whole of it. ``by_concern`` counts the posts that change, by what changes in them;
    ``cleaned`` the places by rule; ``people`` are (name, posts before, posts after); ``to_write``
    the posts that a normalization would write now."""

    trees: tuple[Tree, ...]
    people: tuple[tuple[str, int, int], ...]
    posts: int
    changed: int
    to_write: int
    by_concern: Mapping[str, int]
    cleaned: Mapping[str, int]
    changes: tuple[PostChange, ...]

    @property
    def left_out(self) -> int:
        """How many changed posts ``changes`` leaves out."""
        return self.changed - len(self.changes)


def preview(
    archive: SiteArchive,
    rules: Rules,
    progress: Progress | None = None,
    stop: Stop | None = None,
    *,
    most: int = MOST_CHANGES,
) -> Preview:
    """Try the rules on a site; at most ``most`` changed posts are told one by one.

    Raises:
        ArchiveError: the archive can't be read.
        Interrupted: a stop was asked for.
    """
    return _Trial(archive, rules, progress or Silent(), stop or Stop(), most).run()


class _Trial:
    def __init__(
        self, archive: SiteArchive, rules: Rules, progress: Progress, stop: Stop, most: int
    ) -> None:
        self.archive = archive
        self.rules = rules
        self.progress = progress
        self.stop = stop
        self.most = most
        self.now: Prepared = prepare(archive, rules, progress, stop)
        default = default_id(archive)
        self.old = order_taxonomies(source_terms(archive), Rules(), default_id=default)
        people = order_authors(source_authors(archive, _SAME), _SAME)
        self.filing = Filing(self.old, Rules(), people, default)
        self.bylines = Bylines(people, _SAME)
        self.slugs = people.slug_of
        self.names = _names(people), _names(self.now.authors)
        self.paths = _paths(self.old), _paths(self.now.taxonomies)
        self.moves = Moves(self.now.index, rules.links, archived_addresses(archive, rules.links))
        self.counts: tuple[Counter[_Key], Counter[_Key]] = (Counter(), Counter())
        self.people: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        self.by_concern: Counter[str] = Counter()
        self.cleaned: Counter[str] = Counter()
        self.changes: list[PostChange] = []
        self.posts = self.changed = self.to_write = 0

    def run(self) -> Preview:
        for kind in sorted(self.archive.kinds()):
            if not kind.startswith("posts/") or kind == MEDIA_KIND:
                continue
            self.progress.stage(kind.partition("/")[2], self.archive.count(kind))
            for batch in _batches(self.archive.current(kind)):
                pages = self.now.pages(kind, batch)
                for current in batch:
                    derived, _ = self.now.deriver.derive(current, pages.get(current.id))
                    self.to_write += derived.derived_from != current.derived_from
                    if current.state is State.LIVE:
                        self._look(current, derived)
                self.progress.advance(len(batch))
                self.stop.check()
        names = sorted({*self.people[0], *self.people[1]}, key=lambda name: (fold(name), name))
        return Preview(
            trees=_trees(self.old, self.now.taxonomies, self.counts),
            people=tuple((name, self.people[0][name], self.people[1][name]) for name in names),
            posts=self.posts,
            changed=self.changed,
            to_write=self.to_write,
            by_concern=dict(sorted(self.by_concern.items())),
            cleaned=dict(sorted(self.cleaned.items())),
            changes=tuple(self.changes),
        )

    def _look(self, current: Current, derived: Derived) -> None:
        self.posts += 1
        post = post_of(current, self.slugs)
        had = self.filing.file(post, current.data, self.now.index)
        wrote, _ = self.bylines.of(post, current.data)
        primary, terms = [], []
        for rows, counts, paths in zip((had, derived.terms), self.counts, self.paths, strict=True):
            counts.update((row.taxonomy, row.slug) for row in rows)
            terms.append({(row.taxonomy, paths[row.taxonomy, row.slug]): None for row in rows})
            main = (paths[row.taxonomy, row.slug] for row in rows if row.primary)
            primary.append(next(main, ""))
        people = []
        for authors, names, tally in zip(
            (wrote, derived.authors), self.names, self.people, strict=True
        ):
            shown = [names.get(row.author) or row.name or row.author for row in authors]
            tally.update(dict.fromkeys(shown, 1))
            people.append(", ".join(shown))
        cleaned = Counter(one.rule for one in derived.cleanings if one.done)
        self.cleaned.update(cleaned)
        change = PostChange(
            current.kind,
            current.id,
            derived.post.title,
            derived.post.link,
            gone=tuple(key for key in terms[0] if key not in terms[1]),
            added=tuple(key for key in terms[1] if key not in terms[0]),
            primary=(primary[0], primary[1]) if primary[0] != primary[1] else ("", ""),
            authors=(people[0], people[1]) if people[0] != people[1] else ("", ""),
            cleaned=dict(sorted(cleaned.items())),
            links=self._moved(derived),
            related=self.rules.related.body != "keep"
            and any(
                entry.origin.startswith("content:")
                and entry.origin.partition(":")[2] not in self.rules.related.body_leave
                for entry in derived.related
            ),
        )
        concerns = {
            "terms": bool(change.gone or change.added),
            "primary": change.primary != ("", ""),
            "authors": change.authors != ("", ""),
            "cleaning": bool(cleaned),
            "links": bool(change.links),
            "related": change.related,
        }
        if any(concerns.values()):
            self.changed += 1
            self.by_concern.update(name for name, holds in concerns.items() if holds)
            if len(self.changes) < self.most:
                self.changes.append(change)

    def _moved(self, derived: Derived) -> int:
        if not self.moves.needed:
            return 0
        base = self.now.index.base(derived.post.link)
        found = (self.moves.becomes(one.url, base, derived.post.id) for one in derived.links)
        pairs = zip(found, derived.links, strict=True)
        return sum(new is not None and new != one.url for new, one in pairs)


def _names(authors: Authors) -> dict[str, str]:
    return {author.slug: author.name for author in authors.authors}


def _paths(taxonomies: Sequence[Terms]) -> dict[_Key, str]:
    return {(term.taxonomy, term.slug): term.path for each in taxonomies for term in each.terms}


def _trees(
    old: Sequence[Terms], new: Sequence[Terms], counts: tuple[Counter[_Key], Counter[_Key]]
) -> tuple[Tree, ...]:
    paths = _paths(new)
    old_paths = {
        (term.taxonomy, id): term.path
        for each in old
        for term in each.terms
        for id in term.source_ids
    }
    rows: dict[tuple[str, int], list[TermSource]] = {}
    made_of: dict[_Key, list[str]] = {}
    for row in (row for each in new for row in each.sources):
        key = (row.taxonomy, row.source_id)
        rows.setdefault(key, []).append(row)
        path = old_paths.get(key, row.source_name)
        there = (row.to_taxonomy, row.to_slug)
        told = path if row.taxonomy == row.to_taxonomy else f"{row.taxonomy}: {path}"
        if row.to_slug and told != paths.get(there, ""):
            made_of.setdefault(there, []).append(told)

    def fate(term: Term) -> str:
        told = []
        for row in (row for id in term.source_ids for row in rows.get((term.taxonomy, id), ())):
            path = paths.get((row.to_taxonomy, row.to_slug), "")
            if row.to_taxonomy != row.taxonomy and path:
                told.append(f"{row.to_taxonomy}: {path}")
            elif path != term.path:
                told.append(path or row.action)
        return ", ".join(told)

    def origin(term: Term) -> str:
        found = made_of.get((term.taxonomy, term.slug), [])
        has = any((term.taxonomy, id) in old_paths for id in term.source_ids)
        return ", ".join(found) or ("" if has else "new")

    before = {each.taxonomy: each.terms for each in old}
    after = {each.taxonomy: each.terms for each in new}
    return tuple(
        Tree(
            name,
            tuple(
                Branch(term.name, term.slug, depth, counts[0][name, term.slug], fate(term))
                for term, depth in _drawn(before.get(name, ()))
            ),
            tuple(
                Branch(term.name, term.slug, depth, counts[1][name, term.slug], origin(term))
                for term, depth in _drawn(after.get(name, ()))
            ),
        )
        for name in sorted({*before, *after})
    )


def _drawn(terms: Sequence[Term]) -> Iterator[tuple[Term, int]]:
    """The terms from the top down, each below its parent, and how deep; by name on a level."""
    slugs = {term.slug for term in terms}
    below: dict[str, list[Term]] = {}
    for term in sorted(terms, key=lambda term: (fold(term.name), term.slug), reverse=True):
        below.setdefault(term.parent if term.parent in slugs else "", []).append(term)
    waiting = [(term, 0) for term in below.get("", ())]
    while waiting:
        term, depth = waiting.pop()
        yield term, depth
        waiting += [(child, depth + 1) for child in below.get(term.slug, ())]


def _batches(source: Iterator[Current]) -> Iterator[list[Current]]:
    iterator = iter(source)
    while batch := list(islice(iterator, _BATCH)):
        yield batch
