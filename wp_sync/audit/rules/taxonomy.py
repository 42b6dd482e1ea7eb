"""Categories, tags and other terms: empty, thin, doubled, and posts that are badly filed.

Looks at terms as the rules of ``mappings/`` leave them: what is decided there is no finding.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wp_sync.audit.base import (
    Certainty,
    Hit,
    Limits,
    Rule,
    Severity,
    Threshold,
    page_fact,
    page_rule,
    site_rules,
)
from wp_sync.audit.likeness import Sketches, sketch_of
from wp_sync.audit.page import Page, PostFacts
from wp_sync.audit.site import Site
from wp_sync.normalize.suggest.near_duplicates import near_duplicates
from wp_sync.normalize.text import fold, integer

_UNREAD = frozenset(
    ("nav_menu", "post_format", "wp_theme", "wp_template_part_area", "wp_pattern_category",
     "link_category", "author", "language", "term_language", "post_translations",
     "term_translations")
)  # fmt: skip
_LIMITS = {"category": "categories", "post_tag": "tags"}

EMPTY = Rule(
    id="taxonomy/empty",
    reason="The archive of a term without posts is an empty page that search engines may index.",
    severity=Severity.WARNING,
    fix="Delete the term, or file posts under it.",
    bad="The tag “autumn 2017”, under which no post stands.",
    good="Every tag has posts.",
)
SINGLE = Rule(
    id="taxonomy/single-post",
    reason="A term of one post repeats that post's page and helps nobody find another.",
    severity=Severity.NOTICE,
    fix="Merge it into a term that means the same, or file more posts under it.",
    bad="The tag “Dr. Jane's visit”, with one post.",
    good="The tag “events”, with nine.",
)
THIN = Rule(
    id="taxonomy/thin",
    reason="A term of very few posts makes a thin archive page.",
    severity=Severity.NOTICE,
    fix="File more posts under it, or merge it into a broader term.",
    bad="The category “Research”, with three posts.",
    good="The category “Research”, with thirty.",
    thresholds=(
        Threshold("least", 4, "third party (agencies name four to five)", "posts of a term"),
    ),
)
BLOAT = Rule(
    id="taxonomy/bloat",
    reason="More terms than a taxonomy of this many posts can use: most hold next to nothing.",
    severity=Severity.WARNING,
    fix="Merge terms that mean the same, and delete those that no reader would look for.",
    bad="900 tags for 400 posts.",
    good="60 tags for 400 posts.",
    thresholds=(
        Threshold("percent", 50, "own choice", "terms for a hundred posts, at most"),
        Threshold("least", 50, "own choice", "terms below which nothing is said"),
    ),
)
ALIKE = Rule(
    id="taxonomy/near-duplicate-names",
    reason="Two names that may mean one thing split its posts in two.",
    severity=Severity.WARNING,
    certainty=Certainty.REVIEW,
    fix="Merge the two, if they mean the same (`wp-sync mappings suggest` writes the rule).",
    bad="The tags “Sleep disorder” and “sleep disorders”.",
    good="The tag “Sleep disorders” alone.",
)
BOTH = Rule(
    id="taxonomy/same-name",
    reason="A category and a tag of one name compete with two archives of the same subject.",
    severity=Severity.NOTICE,
    fix="Keep the one that readers use, and merge the other into it.",
    bad="A category “Sleep” and a tag “Sleep”.",
    good="A category “Sleep”, and no tag of that name.",
)
SAME = Rule(
    id="taxonomy/same-posts",
    reason="Two terms hold nearly the same posts, so that one of their archives is superfluous.",
    severity=Severity.NOTICE,
    fix="Merge them, or file their posts apart.",
    bad="“Apnea” with ten posts, “CPAP” with nine of the same.",
    good="“Apnea” with ten posts, “CPAP” with four of them and twelve others.",
    thresholds=(
        Threshold("percent", 90, "own choice", "of the two terms' posts that are in both"),
        Threshold("least", 4, "own choice", "posts of each"),
    ),
)
ONLY_DEFAULT = Rule(
    id="taxonomy/only-default",
    reason="A post in nothing but the default category was never filed.",
    severity=Severity.WARNING,
    fix="File it under the category that it belongs to.",
    bad="A post in “Uncategorized” alone.",
    good="A post in “Sleep”.",
)
BOTH_LEVELS = Rule(
    id="taxonomy/parent-and-child",
    reason="A post under a term and one above it stands twice in the same branch.",
    severity=Severity.NOTICE,
    certainty=Certainty.REVIEW,
    fix="Keep the narrower term; the broader one's archive shows the post all the same.",
    bad="A post in “Sleep” and in “Sleep > Apnea”.",
    good="A post in “Sleep > Apnea”.",
)
NO_PARENT = Rule(
    id="taxonomy/orphan-parent",
    reason="A term whose parent is not there falls out of menus, breadcrumbs and the tree.",
    severity=Severity.WARNING,
    fix="Give it a parent that is there, or none.",
    bad="The category “Apnea” under category 77, which was deleted.",
    good="The category “Apnea” under “Sleep”.",
)
MISCOUNTED = Rule(
    id="taxonomy/miscounted",
    reason="WordPress counts other posts under the term than there are, and shows that number.",
    severity=Severity.NOTICE,
    certainty=Certainty.REVIEW,
    fix="Have WordPress count again (`wp term recount`), or look for posts that are hidden.",
    bad="“Sleep (12)” in a sidebar, with nine posts behind it.",
    good="“Sleep (9)” with nine posts.",
)


@page_rule(
    Rule(
        id="taxonomy/too-many-terms",
        reason="A post under many terms stands for none of them.",
        severity=Severity.NOTICE,
        fix="Keep the terms that a reader would look for this post under.",
        bad="A post in nine categories, with thirty tags.",
        good="A post in two categories, with five tags.",
        thresholds=(
            Threshold("categories", 5, "third party (PublishPress Checklists)", "at most"),
            Threshold("tags", 10, "third party (PublishPress Checklists)", "at most"),
            Threshold("others", 10, "own choice", "of another taxonomy, at most"),
        ),
    )
)
def too_many_terms(page: Page, limits: Limits) -> Iterator[Hit]:
    if len(page.terms) <= min(limits.whole(name) for name in ("categories", "tags", "others")):
        return
    counts = Counter(one.taxonomy for one in page.terms if one.taxonomy not in _UNREAD)
    for taxonomy, count in sorted(counts.items()):
        most = limits.whole(_LIMITS.get(taxonomy, "others"))
        if count > most:
            name = _LIMITS.get(taxonomy, f"terms of {taxonomy}")
            message = f"{count} {name}, at most {most} are wanted"
            yield Hit(message, taxonomy, data={"taxonomy": taxonomy, "terms": count})


@page_fact("taxonomy.terms")
def filed(page: Page) -> list[list[str]] | None:
    return [[one.taxonomy, one.slug] for one in page.terms if one.taxonomy not in _UNREAD] or None


@dataclass(frozen=True, slots=True)
class _Term:
    taxonomy: str
    slug: str
    name: str
    path: str
    parent: str
    ids: tuple[int, ...]
    count: int
    default: bool

    @property
    def kind(self) -> str:
        return f"terms/{self.taxonomy}"

    @property
    def id(self) -> int:
        return self.ids[0] if self.ids else 0

    def hit(self, rule: Rule, message: str, subject: str = "", **data: object) -> Hit:
        # A term that only the rules made has no number to be known by.
        subject = subject if self.ids else f"{self.slug} {subject}".strip()
        shown = {"taxonomy": self.taxonomy, "slug": self.slug, "path": self.path, **data}
        return Hit(message, subject, kind=self.kind, id=self.id, rule=rule.id, data=shown)


@site_rules(
    EMPTY, SINGLE, THIN, BLOAT, ALIKE, BOTH, SAME, ONLY_DEFAULT, BOTH_LEVELS, NO_PARENT, MISCOUNTED
)
class Filing:
    """Which published post is filed under what: four bytes a filing, and then the terms."""

    def __init__(self, limits: Mapping[str, Limits]) -> None:
        self._limits = limits
        self._numbers: dict[tuple[str, str], int] = {}
        self._posts: list[tuple[str, int]] = []
        self._starts = array("I", [0])
        self._filed = array("I")

    def add(self, post: PostFacts) -> None:
        terms = post.more.get("taxonomy.terms")
        if not terms:
            return
        numbers = self._numbers
        for taxonomy, slug in terms:
            self._filed.append(numbers.setdefault((taxonomy, slug), len(numbers)))
        self._posts.append((post.kind, post.id))
        self._starts.append(len(self._filed))

    def hits(self, site: Site) -> Iterable[Hit]:
        terms = {(one.taxonomy, one.slug): one for one in _terms(site)}
        counts = Counter(self._filed)
        posts = {key: counts[number] for key, number in self._numbers.items()}
        yield from self._sizes(terms, posts)
        yield from self._bloat(terms)
        yield from _names(terms, posts)
        yield from self._same_posts(terms, counts)
        yield from self._posts_of(terms)
        yield from _orphans(site, terms)

    def _sizes(
        self, terms: Mapping[tuple[str, str], _Term], posts: Mapping[tuple[str, str], int]
    ) -> Iterator[Hit]:
        least = self._limits[THIN.id].whole("least")
        parents = {(one.taxonomy, one.parent) for one in terms.values() if one.parent}
        for key, term in terms.items():
            count = posts.get(key, 0)
            if len(term.ids) == 1 and term.count != count:
                message = f"WordPress counts {term.count:,} posts, there are {count:,}"
                yield term.hit(MISCOUNTED, message, source=term.count, posts=count)
            if term.default or (key in parents and count < least):
                continue  # a heading of others, or where everything begins
            if count == 0 and not term.count:
                yield term.hit(EMPTY, f"no post is filed under “{term.name}”")
            elif count == 1:
                yield term.hit(SINGLE, f"one post alone is filed under “{term.name}”")
            elif 1 < count < least:
                yield term.hit(THIN, f"{count} posts are filed under “{term.name}”", posts=count)

    def _bloat(self, terms: Mapping[tuple[str, str], _Term]) -> Iterator[Hit]:
        limits = self._limits[BLOAT.id]
        by_taxonomy = Counter(taxonomy for taxonomy, _ in terms)
        filed: Counter[str] = Counter()
        names = [taxonomy for taxonomy, _ in self._numbers]
        for start, end in zip(self._starts, self._starts[1:], strict=False):
            filed.update({names[number] for number in self._filed[start:end]})
        for taxonomy, count in sorted(by_taxonomy.items()):
            posts = filed[taxonomy]
            if count >= limits.whole("least") and count * 100 > posts * limits.whole("percent"):
                message = f"{count:,} terms of {taxonomy} for {posts:,} posts"
                yield Hit(
                    message,
                    taxonomy,
                    kind="site/site",
                    rule=BLOAT.id,
                    data={"taxonomy": taxonomy, "terms": count, "posts": posts},
                )

    def _same_posts(
        self, terms: Mapping[tuple[str, str], _Term], counts: Mapping[int, int]
    ) -> Iterator[Hit]:
        limits = self._limits[SAME.id]
        least, share = limits.whole("least"), limits.number("percent") / 100
        keys = list(self._numbers)
        members: dict[int, array[int]] = {
            number: array("I") for number, count in counts.items() if count >= least
        }
        for post, (start, end) in enumerate(zip(self._starts, self._starts[1:], strict=False)):
            for number in self._filed[start:end]:
                if number in members:
                    members[number].append(post)
        sketches = Sketches()
        for number, own in members.items():
            sketches.add(number, sketch_of([(one + 1) * 0x9E3779B1 & 0xFFFFFFFF for one in own]))
        # Estimates are off by a tenth now and then; the posts themselves are compared.
        for one, other, _ in sketches.pairs(max(0.5, share - 0.25)):
            a, b = set(members[one]), set(members[other])
            common = len(a & b)
            first, second = terms.get(keys[one]), terms.get(keys[other])
            if first is None or second is None or common < share * (len(a) + len(b) - common):
                continue
            if (second.taxonomy, second.slug) in (
                (first.taxonomy, first.parent), (second.taxonomy, "")
            ) or first.slug == second.parent:  # fmt: skip
                continue  # a parent whose posts are all its child's is a heading
            fewer, more = sorted((first, second), key=lambda t: (len(t.ids), t.taxonomy, t.slug))
            message = f"“{fewer.name}” and “{more.name}” share {common} of their posts"
            subject = f"{more.taxonomy}/{more.slug}"
            yield fewer.hit(SAME, message, subject, other=subject, posts=common)

    def _posts_of(self, terms: Mapping[tuple[str, str], _Term]) -> Iterator[Hit]:
        """What is wrong with the filing of single posts."""
        known: Sequence[_Term | None] = [terms.get(key) for key in self._numbers]
        spans = zip(self._posts, self._starts, self._starts[1:], strict=False)
        for (kind, id), start, end in spans:
            here = [term for number in self._filed[start:end] if (term := known[number])]
            categories = [term for term in here if term.taxonomy == "category"]
            if len(categories) == 1 and categories[0].default:
                message = f"it is in “{categories[0].name}” alone"
                yield Hit(message, kind=kind, id=id, rule=ONLY_DEFAULT.id)
            slugs = {(term.taxonomy, term.slug) for term in here}
            for term in here:
                above = next((one for one in _above(term, terms) if one in slugs), None)
                if above:
                    broader = terms[above].name
                    message = f"it is under “{term.path}” and under “{broader}” above it"
                    subject = f"{term.taxonomy}/{term.slug}"
                    yield Hit(message, subject, kind=kind, id=id, rule=BOTH_LEVELS.id)


def _above(term: _Term, terms: Mapping[tuple[str, str], _Term]) -> Iterator[tuple[str, str]]:
    """The terms above one, from its parent up, as far as they are there."""
    passed = {term.slug}
    while term.parent and term.parent not in passed:
        key = term.taxonomy, term.parent
        if key not in terms:
            return
        yield key
        term = terms[key]
        passed.add(term.slug)


def _terms(site: Site) -> Iterator[_Term]:
    rows = site.query(
        "SELECT taxonomy, slug, name, path, parent, source_ids, source_count, is_default FROM terms"
        " WHERE site = :site ORDER BY taxonomy, slug"
    )
    for row in rows:
        if row["taxonomy"] not in _UNREAD:
            yield _Term(
                str(row["taxonomy"]),
                str(row["slug"]),
                str(row["name"]),
                str(row["path"]),
                str(row["parent"]),
                tuple(json.loads(str(row["source_ids"]))),
                int(row["source_count"]),
                bool(row["is_default"]),
            )


def _names(
    terms: Mapping[tuple[str, str], _Term], posts: Mapping[tuple[str, str], int]
) -> Iterator[Hit]:
    """Names that may mean one: within a taxonomy, and the same in two."""
    by_taxonomy: dict[str, list[_Term]] = {}
    by_name: dict[str, list[_Term]] = {}
    for term in terms.values():
        by_taxonomy.setdefault(term.taxonomy, []).append(term)
        by_name.setdefault(fold(term.name), []).append(term)

    def size(term: _Term) -> tuple[int, str, str]:
        return posts.get((term.taxonomy, term.slug), 0), term.taxonomy, term.slug

    for _, some in sorted(by_taxonomy.items()):
        for one, other, why in near_duplicates(enumerate(term.name for term in some)):
            fewer, more = sorted((some[one], some[other]), key=size)
            if (fewer.parent == more.slug) or (more.parent == fewer.slug):
                continue
            message = f"“{fewer.name}” may mean “{more.name}”"
            subject = f"{more.taxonomy}/{more.slug}"
            yield fewer.hit(
                ALIKE, message, subject, other=subject, confidence=round(why.confidence, 2)
            )
    for _, some in sorted(by_name.items()):
        taxonomies = {term.taxonomy for term in some}
        if len(taxonomies) < 2:
            continue
        first, *others = sorted(some, key=lambda term: (term.taxonomy != "category", size(term)))
        for term in others:
            if term.taxonomy != first.taxonomy:
                message = f"“{term.name}” is also a term of {first.taxonomy}"
                yield term.hit(BOTH, message, f"{first.taxonomy}/{first.slug}")


def _orphans(site: Site, terms: Mapping[tuple[str, str], _Term]) -> Iterator[Hit]:
    """Terms whose parent the site itself no longer has."""
    for kind in site.archive.kinds():
        taxonomy = kind.partition("/")[2]
        if not kind.startswith("terms/") or taxonomy in _UNREAD:
            continue
        parents: dict[int, int] = {}
        there: set[int] = set()
        for current in site.archive.current(kind):
            if current.state.value != "live":
                continue
            there.add(current.id)
            if parent := integer(current.data.get("parent")):
                parents[current.id] = parent
        for id, parent in parents.items():
            if parent not in there:
                message = f"its parent {parent} is not there"
                yield Hit(message, kind=kind, id=id, rule=NO_PARENT.id, because=(kind, parent))
