"""The run over a whole archive: every record through the rules, only what changed written.

Reads and writes through the archive's port alone, in batches, so that memory holds the addresses,
terms and people, never the posts. What is decided about one record is decided in the pure modules
next to this one; the same archive and rules give the same rows on every machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from msgspec.structs import replace as replace_facts

from wp_sync.archive.base import Current, SiteArchive
from wp_sync.content import Derived, Post, PostTerm
from wp_sync.errors import Place, Problem
from wp_sync.model import MEDIA_KIND, Item
from wp_sync.normalize.authors.authors import AuthorNote, Authors, order_authors
from wp_sync.normalize.authors.co_authors import Bylines, late_authors
from wp_sync.normalize.clean import Cleaner
from wp_sync.normalize.crew import Batch, Crew, Results, helpers_for
from wp_sync.normalize.dependencies import (
    Changes,
    Facts,
    changed_keys,
    changed_records,
    facts_of,
    leaning,
    stale_ids,
)
from wp_sync.normalize.derive import DERIVATION, Deriver
from wp_sync.normalize.inventory import default_id, source_authors, source_terms
from wp_sync.normalize.links.redirects import FOLLOWED_KIND, REDIRECT_KIND
from wp_sync.normalize.links.urls import UrlIndex
from wp_sync.normalize.records import comment_of, media_of, post_of
from wp_sync.normalize.related.computed import Likeness
from wp_sync.normalize.related.neighbours import gather, readable, versions_digest
from wp_sync.normalize.rules import Rules, digest
from wp_sync.normalize.rules.common import placeless
from wp_sync.normalize.site_addresses import Known, SiteAddresses
from wp_sync.normalize.terms.filing import Filing
from wp_sync.normalize.terms.order import order_taxonomies
from wp_sync.normalize.terms.terms import TermNote, Terms
from wp_sync.normalize.unwritten import Unwritten
from wp_sync.progress import Progress, Silent, Stop

_BATCH = 200
_TALLIES = "SELECT name, rows, mix FROM tallies WHERE site = :site ORDER BY name"
# Tables that a normalization neither reads nor writes, or whose rows say no more than others do.
_UNREAD = frozenset(
    (
        "runs",
        "changes",
        "bookmarks",
        "quarantine",
        "files",
        "derivations",
        "losses",
        "receipts",
        "intents",
        "target_versions",
        "audits",
        "findings",
        "audit_facts",
        "link_checks",
    )
)
# Put in order anew by every run.
_MADE_WHOLE = frozenset(("terms", "term_sources", "authors"))
_SOURCE = frozenset(("sites", "records", "versions", "dictionaries", "old_addresses"))
_AUTHORS_OF_POSTS = """SELECT author, name FROM post_authors
    WHERE site = :site AND name <> '' ORDER BY post, post_type, position"""
_MOST_FINDINGS = 1000
_PAGES = "rendered"  # the family of kept pages, see wp_sync.pull.pages


@dataclass(frozen=True, slots=True)
class NormalizeResult:
    """What a normalization did and found, for the summary and the report.

    ``written`` counts changed rows per table (a post's links and related posts with it),
    ``posts_written`` the posts among them, ``read`` the records looked at. ``links`` counts by
    state, ``related`` by (origin, state); both over the posts derived in this run only.
    ``findings`` holds at most 1,000; ``findings_left_out`` counts the rest.
    """

    read: Mapping[str, int] = field(default_factory=dict)
    written: Mapping[str, int] = field(default_factory=dict)
    posts_written: int = 0
    links: Mapping[str, int] = field(default_factory=dict)
    related: Mapping[tuple[str, str], int] = field(default_factory=dict)
    term_notes: tuple[TermNote, ...] = ()
    author_notes: tuple[AuthorNote, ...] = ()
    findings: tuple[Problem, ...] = ()
    findings_left_out: int = 0
    rules: str = ""

    @property
    def changed(self) -> int:
        return sum(self.written.values())

    @property
    def refused(self) -> int:
        """Terms and authors that the rules refuse, for want of a rule that names them."""
        terms = sum(note.kind == "refused" for note in self.term_notes)
        return terms + sum(note.kind == "refused" for note in self.author_notes)


def normalize_site(
    archive: SiteArchive,
    rules: Rules,
    progress: Progress | None = None,
    stop: Stop | None = None,
    *,
    helpers: int | None = None,
) -> NormalizeResult:
    """Derive the normalized tables of one site from its archived records and the rules.

    Rendered pages kept in the archive are searched for related posts where the rules say so. Broken
    or hostile content never raises: its record passes otherwise whole and a finding names it.
    ``helpers``: how many processes derive posts beside this one; None: as the work and the machine
    suggest.

    Raises:
        ArchiveError: the archive can't be read or written.
        Interrupted: a stop was asked for; what was written stays, the next run goes on.
    """
    run = _Run(archive, rules, progress or Silent(), stop or Stop())
    run.helpers = helpers
    before = facts_of(archive.derived_under())
    run.settled = before is not None and before.rows == run.rows(_MADE_WHOLE)
    run.kept = before is not None and before.made == run.rows(_MADE_WHOLE | _SOURCE)
    run.terms()
    if not run.unchanged(before):
        changes = run.look(before)
        # A run killed half-way leaves rows of two sets of rules: none holds until the end.
        archive.set_derived_under("")
        run.media(changes)
        run.redirects()
        run.posts(changes)
        run.people()
        run.comments(changes)
        archive.set_derived_under(run.facts(changes).text())
    return run.result()


@dataclass(frozen=True, slots=True)
class Prepared:
    """What all posts share, made ready to try the rules on single ones.

    ``pages`` gives what was kept of posts' rendered pages by id, for records of one kind.
    """

    deriver: Deriver
    index: UrlIndex
    taxonomies: Sequence[Terms]
    authors: Authors
    pages: Callable[[str, Sequence[Current]], Mapping[int, Item]]


def prepare(
    archive: SiteArchive,
    rules: Rules,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> Prepared:
    """The rules over a site's terms, people and addresses, as a normalization has them.

    Writes nothing.

    Raises:
        ArchiveError: the archive can't be read.
        Interrupted: a stop was asked for.
    """
    run = _Run(Unwritten.of(archive), rules, progress or Silent(), stop or Stop())
    run.terms()
    run.media(None)
    run.redirects()
    run.index.filled()
    deriver = run.deriver(run.likeness())
    return Prepared(deriver, run.index, run.taxonomies, run.authors, run.pages)


def addresses_of(archive: SiteArchive, rules: Rules) -> UrlIndex:
    """What the addresses of a normalized site mean, as its normalization knew them.

    Raises:
        ArchiveError: the archive can't be read.
    """
    run = _Run(Unwritten.of(archive), rules, Silent(), Stop())
    run.redirects()
    run.index.filled()
    return run.index


class _Run:
    def __init__(self, archive: SiteArchive, rules: Rules, progress: Progress, stop: Stop) -> None:
        self.archive = archive
        self.rules = rules
        self.progress = progress
        self.stop = stop
        self.kinds = sorted(archive.kinds())
        site = archive.site()
        self.site_key = site.key if site else ""
        self.addresses = SiteAddresses(
            archive, self.site_key, site.home if site else "", rules.links
        )
        self.index = self.addresses.index
        self.taxonomies: Sequence[Terms] = ()
        self.default = 0
        self.authors = order_authors(source_authors(archive, rules.authors), rules.authors)
        self.bylines = Bylines(self.authors, self.rules.authors)
        self.read: Counter[str] = Counter()
        self.written: Counter[str] = Counter()
        self.posts_written = 0
        self.links: Counter[str] = Counter()
        self.related: Counter[tuple[str, str]] = Counter()
        self.findings: list[Problem] = []
        self.left_out = 0
        # The keys of facts that changed, None where every post is to be derived.
        self.keys: set[int] | None = None
        self.all_media = True
        self.helpers: int | None = None
        # Whether no row of a record or post has changed since; none that was made; no address.
        self.settled = self.kept = self.in_place = False

    def _of(self, family: str) -> list[str]:
        return [kind for kind in self.kinds if kind.startswith(f"{family}/")]

    def people(self) -> None:
        """The authors: those the site lists, and guests whom only posts name."""
        known = {author.slug for author in self.authors.authors}
        rows = self.archive.query(_AUTHORS_OF_POSTS, site=self.site_key)
        named = ((str(row["author"]), str(row["name"])) for row in rows)
        late = late_authors((slug, name) for slug, name in named if slug not in known)
        self.written["authors"] += self.archive.put_authors([*self.authors.authors, *late])

    def terms(self) -> None:
        """Every taxonomy through its rules; the tables are written whole, changed rows only."""
        self.progress.stage("terms")
        self.default = default_id(self.archive)
        sources = source_terms(self.archive)
        self.read["terms"] += sum(map(len, sources.values()))
        self.taxonomies = order_taxonomies(sources, self.rules, default_id=self.default)
        self.filing = Filing(self.taxonomies, self.rules, self.authors, self.default)
        terms = [term for each in self.taxonomies for term in each.terms]
        rows = [row for each in self.taxonomies for row in each.sources]
        self.written["terms"] += self.archive.put_terms(terms, rows)
        self.now = self.shared()

    def shared(self) -> Facts:
        """What all posts share beside the records, each fact by its digest."""
        rules, authors = self.rules, self.authors
        base = [
            DERIVATION,
            str(self.index.home),
            [rules.digests[name] for name in ("links", "related", "cleaning", "boilerplate")],
            digest(placeless(replace(rules.authors, rules=()))),
            [[each.taxonomy, rules.of(each.taxonomy).primary] for each in self.taxonomies],
        ]
        if kinds := self._readable():  # proposals may be of any post, for any other
            base += [self.filing.context, sorted(authors.slug_of.items())]
            base += [rules.digests["authors"], versions_digest(self.archive, self.site_key, kinds)]
        concerned = [
            (taxonomy, made, None if concerns is None else sorted(concerns))
            for taxonomy, made, concerns in self.filing.rules_on_posts()
        ]
        return Facts(
            digest(base),
            self.filing.term_digests(),
            concerned,
            dict(authors.slug_of),
            {one.slug: digest(replace(one, rule="")) for one in authors.authors},
            digest([rules.digests["authors"], sorted(authors.guests.items())]),
        )

    def unchanged(self, before: Facts | None) -> bool:
        """Whether nothing that was read or written has changed since, rules and rows alike."""
        return before is not None and before.tables == self.rows() and before.like(self.now)

    def rows(self, but: frozenset[str] = frozenset()) -> str:
        """Every row that is read or written, but those of some tables, by one digest."""
        found = self.archive.query(_TALLIES, site=self.site_key)
        return digest([list(row.values()) for row in found if row["name"] not in _UNREAD | but])

    def facts(self, changes: Changes) -> Facts:
        """What the archive is derived under, once all is written."""
        return replace_facts(
            self.now,
            records=changes.digests,
            sums=changes.sums,
            tables=self.rows(),
            rows=self.rows(_MADE_WHOLE),
            made=self.rows(_MADE_WHOLE | _SOURCE),
        )

    def look(self, before: Facts | None) -> Changes:
        """Which facts and records changed; everything where any post may be concerned."""
        self.progress.stage("changes")
        self.keys = changed_keys(before, self.now) if before else None
        self.all_media = self.keys is None or before is None or before.users != self.now.users
        if before is not None and self.keys is not None and self.settled:
            return Changes(digests=before.records, sums=before.sums, touched={})
        families = ("posts/", "terms/", "users/", "comments/", f"{_PAGES}/")
        more = (REDIRECT_KIND, FOLLOWED_KIND)
        kinds = [kind for kind in self.kinds if kind.startswith(families) or kind in more]
        known = before if self.keys is not None else None
        changes = changed_records(self.archive, self.site_key, kinds, known, self.stop.check)
        if REDIRECT_KIND in changes.ids:
            self.keys, self.all_media = None, True
        return changes

    def redirects(self) -> None:
        for source in self.addresses.redirects():
            message = f"a redirect's pattern is not followed: {source[:200]}"
            self._note(Problem(message, Place(site=self.site_key)))

    def media(self, changes: Changes | None) -> None:
        """Attachments; ``changes`` None: all, to be read only."""
        if MEDIA_KIND not in self.kinds:
            return
        self.progress.stage("media", self.archive.count(MEDIA_KIND))
        ids = None
        if changes is not None and not self.all_media:
            ids = sorted(changes.ids.get(MEDIA_KIND, ()))
            self.addresses.files_were(ids)
        for batch in _batches(self.archive.current(MEDIA_KIND, ids=ids)):
            items = [media_of(current, self.authors.slug_of) for current in batch]
            self.addresses.files_are(items, some=ids is not None)
            self.written["media"] += self.archive.put_media(items)
            self._done("media", len(batch))

    def _readable(self) -> list[str]:
        """The kinds for whose posts others are proposed; none unless the rules want it."""
        wanted = self.rules.related.fallback == "computed"
        return readable(self.kinds) if wanted else []

    def posts(self, changes: Changes) -> None:
        """Posts whose own record changed, and those that asked for a fact that did.

        Where what concerns every post has changed, all are derived, and those that come out the
        same are not written.
        """
        alike = self.likeness() if self.keys is None else {}
        if self.keys is not None:
            self.keys |= self.addresses.moved(changes)
            kinds = (MEDIA_KIND, FOLLOWED_KIND)
            moved = (changes.addresses, changes.old, *map(changes.ids.get, kinds))
            self.in_place = not any(moved)
        concerned: dict[str, set[int]] = {}
        if self.keys:
            concerned = leaning(self.archive, self.site_key, self.keys, self.stop.check)
        due: list[tuple[str, list[int] | None, int]] = []
        for kind in self._of("posts"):
            if kind == MEDIA_KIND:
                continue
            name = kind.partition("/")[2]
            ids = None
            if self.keys is not None:
                touched = changes.touched
                among = touched.get(kind, ()) if touched is not None and self.kept else None
                own = stale_ids(self.archive, self.site_key, kind, among)
                pages = changes.ids.get(f"{_PAGES}/{name}", set())
                ids = sorted(own | concerned.get(name, set()) | pages)
            due.append((kind, ids, self.archive.count(kind) if ids is None else len(ids)))
        helpers = self.helpers
        if helpers is None:
            # What all posts are about is too much to be there once for each helper.
            helpers = 0 if alike else helpers_for(sum(count for _, _, count in due))
        if helpers:
            self.index.filled()
            self.in_place = False
        with Crew(self.deriver(alike), helpers) as crew:
            for kind, ids, count in due:
                self.progress.stage(kind.partition("/")[2], count)
                for batch, results in crew.derive(self._work(kind, ids)):
                    self._put(batch.posts, results)
                    self._done("posts", len(batch.posts))

    def _work(self, kind: str, ids: list[int] | None) -> Iterator[Batch]:
        for batch in _batches(self.archive.current(kind, ids=ids)):
            known: Mapping[int, Known] = {}
            if self.in_place:
                name = kind.partition("/")[2]
                known = self.addresses.known(name, [one.id for one in batch])
            yield Batch(batch, self.pages(kind, batch), known)

    def _put(self, posts: Sequence[Current], results: Results) -> None:
        changed = []
        for current, (derived, messages) in zip(posts, results, strict=True):
            self._count(current, derived, messages)
            if derived.derived_from != current.derived_from:
                changed.append(derived)
        if changed:
            self.written["posts"] += self.archive.put_posts(changed)
            self.posts_written += len(changed)

    def deriver(self, alike: Mapping[str, Likeness]) -> Deriver:
        return Deriver(
            self.index,
            self.rules.related,
            self.filing,
            self.authors,
            alike,
            Cleaner(self.rules.cleaning, self.rules.boilerplate),
            self.bylines,
            self.addresses.near,
        )

    def likeness(self) -> dict[str, Likeness]:
        """What posts are like which, by kind; nothing unless the rules want proposals of it."""
        if not (kinds := self._readable()):
            return {}
        self.progress.stage("likeness", sum(map(self.archive.count, kinds)))
        return gather(self.archive, kinds, self._filed, self._looked_at)

    def pages(self, kind: str, batch: Sequence[Current]) -> dict[int, Item]:
        """What was kept of the posts' rendered pages, where the rules want them searched."""
        pages = f"{_PAGES}/{kind.partition('/')[2]}"
        if not self.rules.related.page or pages not in self.kinds:
            return {}
        ids = [current.id for current in batch]
        return {page.id: page.data for page in self.archive.current(pages, ids=ids)}

    def _count(self, current: Current, derived: Derived, messages: Sequence[str]) -> None:
        self.links.update(link.state for link in derived.links)
        self.related.update((entry.origin, entry.state) for entry in derived.related)
        for message in messages:
            self._find(current, derived.post.link, message)

    def _find(self, current: Current, link: str, message: str) -> None:
        place = Place(site=self.site_key, kind=current.kind, id=current.id, url=link)
        self._note(Problem(message, place))

    def _note(self, problem: Problem) -> None:
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(problem)
        else:
            self.left_out += 1

    def comments(self, changes: Changes) -> None:
        for kind in self._of("comments"):
            ids = None if self.keys is None else sorted(changes.ids.get(kind, ()))
            count = self.archive.count(kind) if ids is None else len(ids)
            self.progress.stage("comments", count)
            for batch in _batches(self.archive.current(kind, ids=ids)):
                comments = [comment_of(current) for current in batch]
                self.written["comments"] += self.archive.put_comments(comments)
                self._done("comments", len(batch))

    def _filed(self, current: Current) -> tuple[Post, list[PostTerm]]:
        post = post_of(current, self.authors.slug_of)
        return post, self.filing.file(post, current.data, self.index)

    def _looked_at(self) -> None:
        self.progress.advance(1)
        self.stop.check()

    def _done(self, what: str, count: int) -> None:
        self.read[what] += count
        self.progress.advance(count)
        self.stop.check()

    def result(self) -> NormalizeResult:
        return NormalizeResult(
            read=dict(self.read),
            written={table: count for table, count in sorted(self.written.items()) if count},
            posts_written=self.posts_written,
            links=dict(sorted(self.links.items())),
            related=dict(sorted(self.related.items())),
            term_notes=tuple(note for each in self.taxonomies for note in each.notes),
            author_notes=self.authors.notes,
            findings=tuple(self.findings),
            findings_left_out=self.left_out,
            rules=self.rules.digest,
        )


def _batches(source: Iterator[Current]) -> Iterator[list[Current]]:
    iterator = iter(source)
    while batch := list(islice(iterator, _BATCH)):
        yield batch
