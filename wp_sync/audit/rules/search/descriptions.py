"""Descriptions for lists of results: missing, too long or short, the same on several pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wp_sync.audit.base import (
    OWN,
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
from wp_sync.audit.rules.search.shared import Shared, seo, short
from wp_sync.audit.same import number_of
from wp_sync.audit.site import Site
from wp_sync.normalize.text import fold

_FEW = 10  # posts that a list of each is no burden of


@page_fact("description")
def description_fact(page: Page) -> str | None:
    told = seo(page).description
    return (fold(told)[:400] or None) if told else None


@page_fact("undescribed")
def undescribed(page: Page) -> int | None:
    """1: a plugin is there, and has no description; 2: it has one."""
    told = seo(page)
    if not told.here or told.noindex:
        return None
    return 2 if told.description else 1


@site_rule(
    Rule(
        id="search/description-missing",
        reason="Without a description, results show whatever sentence the engine picks.",
        severity=Severity.NOTICE,
        fix="Write a description in the SEO plugin's box below the text.",
        bad="a post of a site with an SEO plugin, its description left empty",
        good="a description of one or two sentences",
        thresholds=(
            Threshold("share", 0.2, OWN, "of posts that have one; below, it is said once for all"),
        ),
    )
)
class DescriptionMissing:
    def __init__(self, limits: Limits) -> None:
        self._share = limits.number("share")
        self._with = 0
        self._without: list[tuple[str, int]] = []

    def add(self, post: PostFacts) -> None:
        told = post.more.get("undescribed")
        if told == 2:
            self._with += 1
        elif told == 1:
            self._without.append((post.kind, post.id))

    def hits(self, site: Site) -> Iterable[Hit]:
        posts = self._with + len(self._without)
        if posts > _FEW and self._with < posts * self._share:
            message = f"{len(self._without):,} of {posts:,} posts have no description"
            yield Hit(message, "description", kind="site/site", id=0)
            return
        for kind, id in self._without:
            yield Hit("it has no description", "description", kind=kind, id=id)


@page_rule(
    Rule(
        id="search/description-length",
        reason="A description that is too long is cut off, one that is too short often replaced.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Write one or two sentences.",
        bad="a description of 240 characters",
        good="a description of 140 characters",
        thresholds=(
            Threshold("least", 70, "Screaming Frog, third-party", "characters"),
            Threshold("most", 155, "Screaming Frog, third-party", "characters"),
        ),
    )
)
def description_length(page: Page, limits: Limits) -> Iterator[Hit]:
    text = seo(page).description
    if text and not limits.whole("least") <= len(text) <= limits.whole("most"):
        yield Hit(f"the description has {len(text)} characters: {short(text)}", "description")


@site_rule(
    Rule(
        id="search/description-duplicate",
        reason="Pages with the same description look the same in results.",
        severity=Severity.WARNING,
        fix="Say in each description what is different.",
        bad="two posts with one description",
        good="a description of its own for each",
    )
)
class DescriptionDuplicate(Shared):
    def number(self, post: PostFacts) -> int | None:
        text = post.more.get("description")
        return number_of(text) if text else None

    def told(self, post: PostFacts, others: str) -> tuple[str, str]:
        text = str(post.more.get("description", ""))
        return f"{others} has the same description: {short(text)}", "description"
