"""Which page leads to which: orphans, dead ends, and islands that nothing else leads to.

Links in the content and related posts count, once a page. Menus count where the archive has them
(they need a login); archives, feeds and search lead to every post and are left out.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping

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
from wp_sync.audit.page import Page, PostFacts
from wp_sync.audit.rules.related.entries import entries
from wp_sync.audit.site import Site
from wp_sync.model import MEDIA_KIND, SITE_KIND

_REACHED = frozenset(("resolved", "moved"))
_FOLLOWED = frozenset(("a", "area"))
_MENUS = ("wp_navigation", "wp_template", "wp_template_part", "wp_block")
_MENU_ITEMS = "posts/nav_menu_item"
_FEWEST = 3  # posts; below, every one is an orphan and it means nothing


def targets(page: Page) -> set[int]:
    """The posts and pages that a page leads to, by id."""
    found = {
        link.target
        for link in page.links
        if link.state in _REACHED
        and link.element in _FOLLOWED
        and link.target_kind.startswith("posts/")
        and link.target_kind != MEDIA_KIND
    }
    found |= {one.target for one in entries(page) if one.state in _REACHED}
    return found - {0, page.id}


def _inside(page: Page) -> int:
    """How many places of the site a page leads to, terms and people among them."""
    found = {
        (link.target_kind, link.target, link.resolved if not link.target else "")
        for link in page.links
        if link.state in _REACHED
        and link.element in _FOLLOWED
        and link.target_kind != MEDIA_KIND
        and not (link.target == page.id and link.target_kind == page.kind)
    }
    found |= {("related", one.target, one.url) for one in entries(page) if one.state in _REACHED}
    return len(found)


@page_rule(
    Rule(
        id="related/dead-end",
        reason="A page without a link to any other of the site is where visits end.",
        severity=Severity.WARNING,
        fix="Link to what a reader of this page wants next.",
        bad="<p>Words, and no link at all.</p>",
        good='<p>Words, and <a href="/post-2/">what follows from them</a>.</p>',
        sample=True,
    )
)
def dead_end(page: Page, limits: Limits) -> Iterator[Hit]:
    """Yoast's "no internal links" counts the same."""
    if page.words and not _inside(page):
        yield Hit("no link to any other page of the site")


@page_rule(
    Rule(
        id="related/few-links",
        reason="A long page with few links to others of the site leaves its readers alone.",
        severity=Severity.NOTICE,
        fix="Link to pages that go deeper into what is only touched on here.",
        bad="A post of 2,000 words with one link to another page of the site.",
        good="A post of 2,000 words with three.",
        thresholds=(
            Threshold("middling", 800, "squirrelscan", "words from which on two links are wanted"),
            Threshold("long", 1500, "squirrelscan", "words above which three are wanted"),
        ),
    )
)
def few_links(page: Page, limits: Limits) -> Iterator[Hit]:
    words = len(page.words)
    if words < limits.whole("middling"):
        return
    wanted = 3 if words > limits.whole("long") else 2
    found = _inside(page)
    if 0 < found < wanted:
        links = "link" if found == 1 else "links"
        message = f"{found} {links} to other pages of the site in {words:,} words, {wanted} wanted"
        yield Hit(message, data={"words": words, "links": found})


@page_fact("related.graph")
def outgoing(page: Page) -> list[int] | None:
    return sorted(targets(page))[:500] or None


ORPHAN = Rule(
    id="related/orphan",
    reason="No other page links to this one, so that readers and search engines hardly find it.",
    severity=Severity.WARNING,
    fix="Link to it from pages on the same subject, or retire it.",
    bad="A post that no other post or page mentions.",
    good="A post that at least one other links to.",
)
SINGLE = Rule(
    id="related/single-inlink",
    reason="One link alone leads to this page: it is lost when that link goes.",
    severity=Severity.NOTICE,
    fix="Link to it from a second page on the same subject.",
    bad="A post that one other links to.",
    good="A post that two others link to.",
    thresholds=(Threshold("most", 1, "squirrelscan", "pages that lead here, at most"),),
)
ISLAND = Rule(
    id="related/island",
    reason="A few pages link to one another only, and nothing else leads to or from them.",
    severity=Severity.NOTICE,
    fix="Link one of them to and from the rest of the site.",
    bad="Two posts that link to each other, and to and from no third.",
    good="Two posts that link to each other, one of which the front page links to.",
)


@site_rules(ORPHAN, SINGLE, ISLAND)
class Graph:
    """Published posts and what they lead to, eight bytes a link."""

    def __init__(self, limits: Mapping[str, Limits]) -> None:
        self._most = limits[SINGLE.id].whole("most")
        self._ids = array("q")
        self._kinds: list[str] = []  # few, and the same text each time
        self._place: dict[int, int] = {}
        self._urls: dict[str, int] = {}
        self._from = array("I")
        self._to = array("q")

    def add(self, post: PostFacts) -> None:
        place = len(self._ids)
        self._place[post.id] = place
        self._ids.append(post.id)
        self._kinds.append(post.kind)
        for target in post.more.get("related.graph", ()):
            self._from.append(place)
            self._to.append(target)

    def hits(self, site: Site) -> Iterable[Hit]:
        if len(self._ids) < _FEWEST:
            return
        fixed = set(_led_to_by_the_site(site))
        inlinks = array("I", bytes(4 * len(self._ids)))
        union = array("I", range(len(self._ids)))
        for start, target in zip(self._from, self._to, strict=True):  # no pair of them twice
            end = self._place.get(target)
            if end is not None and end != start:
                inlinks[end] += 1
                _join(union, start, end)
        yield from self._lonely(inlinks, fixed)
        yield from self._islands(union, fixed)

    def _lonely(self, inlinks: array[int], fixed: set[int]) -> Iterator[Hit]:
        for place, count in enumerate(inlinks):
            id, kind = self._ids[place], self._kinds[place]
            if id in fixed:
                continue
            # Pages mostly stand in menus, which few logins can see.
            unsure = Certainty.REVIEW if kind == "posts/page" else None
            if count == 0:
                message = "no other page links to it"
                yield Hit(message, kind=kind, id=id, rule=ORPHAN.id, certainty=unsure)
            elif count <= self._most:
                message = (
                    "one page alone links to it" if count == 1 else f"{count} pages link to it"
                )
                yield Hit(message, kind=kind, id=id, rule=SINGLE.id)

    def _islands(self, union: array[int], fixed: set[int]) -> Iterator[Hit]:
        groups: dict[int, list[int]] = {}
        for place in range(len(union)):
            groups.setdefault(_root(union, place), []).append(place)
        several = [group for group in groups.values() if len(group) > 1]
        if len(several) < 2:
            return
        main = max(several, key=len)
        for group in several:
            ids = [self._ids[place] for place in group]
            if group is main or not fixed.isdisjoint(ids):
                continue
            first = group[0]
            message = f"{len(ids)} pages link to one another only: {', '.join(map(str, ids[:10]))}"
            yield Hit(
                message + (" …" if len(ids) > 10 else ""),
                kind=self._kinds[first],
                id=self._ids[first],
                rule=ISLAND.id,
                data={"posts": ids[:100], "size": len(ids)},
            )


def _root(union: array[int], place: int) -> int:
    while union[place] != place:
        union[place] = union[union[place]]
        place = union[place]
    return place


def _join(union: array[int], one: int, other: int) -> None:
    a, b = _root(union, one), _root(union, other)
    if a != b:
        union[max(a, b)] = min(a, b)


def _led_to_by_the_site(site: Site) -> Iterator[int]:
    """Pages that the site itself leads to: the front page, the posts page, what menus name."""
    for current in site.archive.current(SITE_KIND):
        data = current.data
        inner = data.get("settings")
        for settings in (data, inner if isinstance(inner, Mapping) else {}):
            for name in ("page_on_front", "page_for_posts", "wp_page_for_privacy_policy"):
                id = settings.get(name)
                if isinstance(id, int) and id:
                    yield id
    for row in site.query(
        "SELECT id FROM records WHERE site = :site AND (link = :home OR link = :slash)",
        home=site.home,
        slash=f"{site.home}/",
    ):
        yield int(row["id"])
    names = ", ".join(f"'{name}'" for name in _MENUS)
    for row in site.query(
        f"SELECT DISTINCT target FROM links WHERE site = :site AND target > 0"  # noqa: S608
        f" AND post_type IN ({names})"
    ):
        yield int(row["target"])
    if _MENU_ITEMS in site.archive.kinds():
        for current in site.archive.current(_MENU_ITEMS):
            id = current.data.get("object_id")
            if isinstance(id, int) and current.data.get("type") != "taxonomy":
                yield id
