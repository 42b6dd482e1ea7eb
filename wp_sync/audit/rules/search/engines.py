"""What engines are told to leave alone, or to look for elsewhere; and the primary category."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

from wp_sync.audit.base import (
    Certainty,
    Hit,
    Limits,
    Rule,
    Severity,
    page_fact,
    page_rule,
    site_rule,
)
from wp_sync.audit.page import Page, PostFacts
from wp_sync.audit.rules.search.shared import seo
from wp_sync.audit.same import Kinds
from wp_sync.audit.site import Site


@page_rule(
    Rule(
        id="search/noindex",
        reason="A published page that engines are told to leave out is not found by searching.",
        severity=Severity.WARNING,
        certainty=Certainty.REVIEW,
        fix="Let engines in again, in the SEO plugin's box, unless it is meant so.",
        bad="a published post that is set to noindex",
        good="noindex on drafts, thank-you pages and the like",
    )
)
def noindex(page: Page, limits: Limits) -> Iterator[Hit]:
    if seo(page).noindex:
        yield Hit("search engines are told to leave it out", "noindex")


def _bare(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    return host, unquote(parts.path).rstrip("/"), parts.query


@page_rule(
    Rule(
        id="search/canonical-elsewhere",
        reason="A page that names another one as the original gives up its own place in results.",
        severity=Severity.WARNING,
        certainty=Certainty.REVIEW,
        fix="Take the canonical address out, unless the text is really taken from there.",
        bad="a canonical address on another site, or of another post",
        good="the page's own address, or none",
    )
)
def canonical_elsewhere(page: Page, limits: Limits) -> Iterator[Hit]:
    canonical = seo(page).canonical
    if not canonical:
        return
    try:
        same = _bare(canonical) == _bare(page.post.link)
    except ValueError:
        same = False
    if not same:
        yield Hit(f"it names {canonical} as the original", f"canonical {canonical}")


@page_fact("primary")
def primary_fact(page: Page) -> int | None:
    """1: a category is the primary one; 2: several categories, and none is."""
    filed = [term for term in page.terms if term.taxonomy == "category"]
    if any(term.primary for term in filed):
        return 1
    return 2 if len(filed) > 1 else None


@site_rule(
    Rule(
        id="search/primary-missing",
        reason="Without a primary category, breadcrumbs and addresses take whichever comes first.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Choose the primary category in the SEO plugin.",
        bad="a post in two categories, none of them primary, where other posts have one",
        good="a post in two categories, one of them primary",
    )
)
class PrimaryMissing:
    def __init__(self, limits: Limits) -> None:
        self._some = False
        self._kinds = Kinds()
        self._without = array("q")

    def add(self, post: PostFacts) -> None:
        told = post.more.get("primary")
        self._some = self._some or told == 1
        if told == 2:
            self._without.append(self._kinds.key(post.kind, post.id))

    def hits(self, site: Site) -> Iterable[Hit]:
        if self._some:  # else nobody on this site chooses one
            for kind, id in map(self._kinds.post, self._without):
                yield Hit("none of its categories is the primary one", "primary", kind=kind, id=id)
