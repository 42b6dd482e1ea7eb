"""Related-posts blocks, entry by entry: broken, doubled, beside the point; and who has none.

What a fallback of the rules proposed (``computed``) stands on no page and is left out.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from zlib import crc32

from wp_sync.audit.base import (
    Certainty,
    Hit,
    Limits,
    Rule,
    Severity,
    Threshold,
    page_fact,
    page_rule,
    site_rule,
)
from wp_sync.audit.page import Page, PostFacts
from wp_sync.audit.site import Site
from wp_sync.content import Related

COMPUTED = "computed"
_REACHED = frozenset(("resolved", "moved"))
_TOGETHER = 500  # posts whose entries are looked up with one question
_FEWEST_LETTERS = 4  # shorter words of a title say little


def entries(page: Page) -> Iterator[Related]:
    return (one for one in page.related if one.origin != COMPUTED)


def _hit(one: Related, message: str) -> Hit:
    place = {"url": one.url, "entry": one.title[:120], "origin": one.origin}
    return Hit(message, one.url, data=place)


@page_rule(
    Rule(
        id="related/broken-entry",
        reason="A related-posts entry leads to a page that is missing or not published.",
        severity=Severity.ERROR,
        fix="Replace the entry, or take it out of the block.",
        bad="<h3>Related posts</h3><ul><li><a href='/gone/'>Gone</a></li></ul>",
        good="<h3>Related posts</h3><ul><li><a href='/post-2/'>Post 2</a></li></ul>",
    )
)
def broken_entry(page: Page, limits: Limits) -> Iterator[Hit]:
    for one in entries(page):
        if one.state in ("missing", "unpublished"):
            why = "is not there" if one.state == "missing" else "is not published"
            yield _hit(one, f"the related post “{one.title[:80] or one.url}” {why}")


@page_rule(
    Rule(
        id="related/self-entry",
        reason="A post that recommends itself wastes a place and looks careless.",
        severity=Severity.WARNING,
        fix="Take the entry out of the block.",
        bad="A post's block “You may also like” lists the post itself.",
        good="The block lists other posts.",
    )
)
def self_entry(page: Page, limits: Limits) -> Iterator[Hit]:
    for one in entries(page):
        if one.state == "self":
            yield _hit(one, "the related posts name this post itself")


@page_rule(
    Rule(
        id="related/duplicate-entry",
        reason="The same related post twice wastes a place.",
        severity=Severity.NOTICE,
        fix="Put another post in its place.",
        bad="<ul><li><a href='/a/'>A</a></li><li><a href='/a/'>A</a></li></ul> in a block",
        good="<ul><li><a href='/a/'>A</a></li><li><a href='/b/'>B</a></li></ul> in a block",
    )
)
def duplicate_entry(page: Page, limits: Limits) -> Iterator[Hit]:
    for one in entries(page):
        if one.state == "duplicate":
            yield _hit(one, f"“{one.title[:80] or one.url}” stands in the related posts twice")


@page_fact("related.entries")
def noted(page: Page) -> dict[str, object] | None:
    """What the rules on the site compare: the entries, and what the post is about."""
    targets = [[one.target, one.url] for one in entries(page) if one.state in _REACHED]
    words = {f"word {word}" for word in page.title.split() if len(word) >= _FEWEST_LETTERS}
    about = words | {f"term {one.taxonomy} {one.slug}" for one in page.terms}
    keys = sorted({crc32(word.encode("utf-8", "surrogatepass")) for word in about})[:24]
    return {"to": targets[:50], "about": keys, "any": any(True for _ in entries(page))}


@site_rule(
    Rule(
        id="related/block-missing",
        reason="A post has no related posts, though nearly all others of its kind have.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Give it related posts, as its siblings have them.",
        bad="Of 40 posts 39 end in “Related posts”, and this one does not.",
        good="All 40 end in “Related posts”.",
        thresholds=(
            Threshold("share", 80, "own choice", "percent of the type's posts that have a block"),
            Threshold("least", 10, "own choice", "posts of the type with a block, at least"),
        ),
    )
)
class BlockMissing:
    """Who has a block and who has not, by type."""

    def __init__(self, limits: Limits) -> None:
        self._share = limits.number("share") / 100
        self._least = limits.whole("least")
        self._having: Counter[str] = Counter()
        self._without: dict[str, array[int]] = {}

    def add(self, post: PostFacts) -> None:
        if post.more.get("related.entries", {}).get("any"):
            self._having[post.kind] += 1
        else:
            self._without.setdefault(post.kind, array("q")).append(post.id)

    def hits(self, site: Site) -> Iterable[Hit]:
        for kind, ids in sorted(self._without.items()):
            having = self._having[kind]
            if having < self._least or having / (having + len(ids)) < self._share:
                continue
            for id in ids:
                message = f"no related posts, which {having:,} others of its kind have"
                yield Hit(message, kind=kind, id=id)


@site_rule(
    Rule(
        id="related/irrelevant-entry",
        reason="A related post shares neither a term nor a word of its title with the post.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Put a post on the same subject in its place.",
        bad="Under “How much sleep children need”: “Our new parking lot”, in another category.",
        good="Under “How much sleep children need”: “Naps, and how long they should be”.",
    )
)
class IrrelevantEntry:
    """What every post is about, in a few numbers, and who recommends whom."""

    def __init__(self, limits: Limits) -> None:
        self._of: dict[int, int] = {}  # a post's place in the array of starts
        self._starts = array("I", [0])
        self._about = array("I")
        self._kinds: list[str] = []  # of those that recommend; few, and the same text each time
        self._ids = array("q")
        self._ends = array("I")
        self._to = array("q")

    def add(self, post: PostFacts) -> None:
        kept = post.more.get("related.entries")
        if not kept:
            return
        self._of[post.id] = len(self._starts) - 1
        self._about.extend(kept["about"])
        self._starts.append(len(self._about))
        if to := kept["to"]:
            self._to.extend([target for target, _ in to])
            self._ends.append(len(self._to))
            self._kinds.append(post.kind)
            self._ids.append(post.id)

    def _keys(self, id: int) -> set[int]:
        at = self._of[id]
        return set(self._about[self._starts[at] : self._starts[at + 1]])

    def hits(self, site: Site) -> Iterable[Hit]:
        found: dict[int, list[int]] = {}
        before, start = "", 0
        for kind, id, end in zip(self._kinds, self._ids, self._ends, strict=True):
            if kind != before or len(found) >= _TOGETHER:
                yield from _irrelevant(site, before, found)
                before, found = kind, {}
            targets, start = self._to[start:end], end
            if wrong := self._wrong(id, targets):
                found[id] = wrong
        yield from _irrelevant(site, before, found)

    def _wrong(self, id: int, targets: array[int]) -> list[int]:
        """The targets that have nothing in common with a post."""
        mine = self._keys(id)
        # Where either says nothing of itself, nothing can be told.
        return [
            target
            for target in targets
            if target in self._of and target != id
            if mine and (theirs := self._keys(target)) and mine.isdisjoint(theirs)
        ]


def _irrelevant(site: Site, kind: str, found: Mapping[int, list[int]]) -> Iterator[Hit]:
    """The hits on some posts of a kind, whose entries' addresses are looked up."""
    for facts in site.facts_of(kind, found) if found else ():
        for target, url in facts.more["related.entries"]["to"]:
            if target in found[facts.id]:
                message = f"the related post {target} shares no term and no word with this one"
                data = {"url": url, "target": target}
                yield Hit(message, url, kind=kind, id=facts.id, data=data)
