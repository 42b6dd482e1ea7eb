"""Words that age: years in titles, “recently” from long ago, posts that nobody has touched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import chain
from typing import Any

from wp_sync.audit.base import (
    OWN,
    Certainty,
    Excerpt,
    Hit,
    Limits,
    Rule,
    Severity,
    Threshold,
    page_fact,
    site_rule,
)
from wp_sync.audit.excerpts import excerpt
from wp_sync.audit.page import Page, PostFacts
from wp_sync.audit.secrets import masked
from wp_sync.audit.site import Site

_YEAR = re.compile(r"(?<![\d.,/:-])((?:19|20)\d\d)(?![\d.,:/-]*\d)")
_ADDRESS = re.compile(
    r"\s+(?:[A-Z]\w+\s+){0,2}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Drive|Blvd|Way)\b"
)
# Words that are true only when they are written, by what stands in each of them. Looked for one by
# one: that is ten times as fast as an expression of them all.
_AGES: dict[str, tuple[str, ...]] = {
    **{f" {span}": tuple(f"{when} {span}" for when in ("this", "last", "next"))
       for span in ("year", "month", "week")},
    "this ": tuple(f"this {season}" for season in ("spring", "summer", "autumn", "fall", "winter")),
    "a recent ": tuple(f"a recent {work}" for work in ("study", "survey", "report", "trial")),
    "s jahr": ("dieses jahr", "letztes jahr", "nächstes jahr"),
    "ann": ("cette année", "l’année dernière", "l'année dernière"),
    " año": ("este año", "el año pasado"),
    "as of ": ("as of ",),
}  # fmt: skip
_AS_OF = re.compile(r"as of ((?:19|20)\d\d)\b")
_MOST = 5  # of one post


@page_fact("ages")
def ages(page: Page) -> list[list[Any]] | None:
    """Words that were true when they were written: words, year, excerpt with its place."""
    text = page.prose.text
    low = text.lower()
    if len(low) != len(text):  # a letter whose small form is two: no place would be right
        low = text
    places: list[tuple[int, int, int]] = []
    for words in chain.from_iterable(some for part, some in _AGES.items() if part in low):
        at = low.find(words)
        while at >= 0:
            end, year = at + len(words), 0
            if words == "as of ":
                told = _AS_OF.match(low, at)
                end, year = (told.end(), int(told[1])) if told else (at, 0)
            if end > at and not (low[at - 1 : at].isalnum() or low[end : end + 1].isalnum()):
                places.append((at, end, year))
            at = low.find(words, at + len(words))
    found: list[list[Any]] = []
    for at, end, year in sorted(places)[:_MOST]:
        shown = excerpt(masked(page.html, page.secrets), *page.prose.place(at, end))
        found.append([text[at:end], year, shown.text, shown.start, shown.end])
    return found or None


@site_rule(
    Rule(
        id="content/dated-claim",
        reason="What was new, next or current when it was written reads as if it still were.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Name the year, or bring the sentence up to date.",
        bad="“Later this year we will open a second ward”, written in 2016",
        good="“In 2016 we opened a second ward”",
        thresholds=(Threshold("years", 1, OWN, "full years after which such words are stale"),),
    )
)
class DatedClaim:
    def __init__(self, limits: Limits) -> None:
        self._years = limits.whole("years")
        self._found: list[tuple[str, int, int, list[list[Any]]]] = []

    def add(self, post: PostFacts) -> None:
        told = post.more.get("ages")
        if told:
            written = post.modified_at or post.published_at
            self._found.append((post.kind, post.id, int(written[:4] or 0), told))

    def hits(self, site: Site) -> Iterable[Hit]:
        for kind, id, written, told in self._found:
            for words, year, text, start, end in told:
                since = year or written
                if since and site.now.year - since > self._years:
                    shown = Excerpt(text, start, end)
                    message = f"“{words}”, as it was in {since}"
                    yield Hit(message, words.lower(), excerpt=shown, kind=kind, id=id)


@site_rule(
    Rule(
        id="content/year-in-title",
        reason="A year in the title tells everybody in a list of results that the post is old.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Bring it up to date, or take the year out of the title.",
        bad="“The best masks of 2017”, still there in 2026",
        good="“The best masks”, or a review of a year that is meant as one",
    )
)
class YearInTitle:
    def __init__(self, limits: Limits) -> None:
        self._found: list[tuple[str, int, int, str]] = []

    def add(self, post: PostFacts) -> None:
        for match in _YEAR.finditer(post.title):
            year = int(match[1])
            published = int(post.published_at[:4] or 0)
            # A year about that of the post itself is what ages; others are history, or a street.
            if abs(year - published) <= 1 and not _ADDRESS.match(post.title, match.end()):
                self._found.append((post.kind, post.id, year, post.title))
                break

    def hits(self, site: Site) -> Iterable[Hit]:
        for kind, id, year, title in self._found:
            if year < site.now.year:
                yield Hit(f"{year} stands in the title “{title[:120]}”", "title", kind=kind, id=id)


@site_rule(
    Rule(
        id="content/stale",
        reason="What nobody has touched for years is seldom still right, least of all in medicine.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Read it again; save it with a new date, or take it offline.",
        bad="a post last changed in 2014",
        good="a post that was read again last year",
        thresholds=(Threshold("months", 60, OWN, "since the last change"),),
    )
)
def stale(site: Site, limits: Limits) -> Iterator[Hit]:
    before = (site.now - timedelta(days=limits.whole("months") * 365 // 12)).strftime("%Y-%m-%d")
    rows = site.pages(
        "SELECT id, type, modified_at FROM posts WHERE site = :site AND state = 'live'"
        " AND status = 'publish' AND modified_at < :before AND modified_at > ''"
        " AND (id > :after_id OR (id = :after_id AND type > :after_type))"
        " ORDER BY id, type LIMIT :most",
        "id", "type",
        before=before, after_type="",
    )  # fmt: skip
    for row in rows:
        if row["type"] in ("post", "page") or str(row["type"])[:3] not in ("wp_", "nav"):
            message = f"last changed on {str(row['modified_at'])[:10]}"
            yield Hit(message, "age", kind=f"posts/{row['type']}", id=int(row["id"]))
