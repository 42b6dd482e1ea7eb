"""Titles and headings: missing, too long or short, the same on several pages."""

from __future__ import annotations

from collections.abc import Iterator

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
from wp_sync.normalize.text import clean_name, fold, string

_UNTITLED_FORMATS = frozenset(("aside", "status", "quote", "link", "chat"))


@page_rule(
    Rule(
        id="search/title-missing",
        reason="Without a title there is nothing to show in a list of results, in a tab or a menu.",
        severity=Severity.ERROR,
        fix="Give it a title.",
        bad="a post whose title is empty or blank",
        good='a post with a title, or a note of the format "aside", which has none by its nature',
    )
)
def title_missing(page: Page, limits: Limits) -> Iterator[Hit]:
    if not clean_name(page.post.title) and page.post.format not in _UNTITLED_FORMATS:
        yield Hit("it has no title", "title")


@page_rule(
    Rule(
        id="search/title-long",
        reason="A long title is cut off in lists of results.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Say it shorter, or give the SEO plugin a shorter title.",
        bad="a title of 90 characters",
        good="a title of 50 characters",
        thresholds=(Threshold("most", 60, "Screaming Frog, third-party", "characters of a title"),),
    )
)
def title_long(page: Page, limits: Limits) -> Iterator[Hit]:
    title = seo(page).title or page.post.title
    if len(title) > limits.whole("most"):
        yield Hit(f"the title has {len(title)} characters: {short(title)}", "title")


@page_rule(
    Rule(
        id="search/title-short",
        reason="A title of a word or two seldom says enough to be found or chosen.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Say in the title what the page answers.",
        bad='a post called "Naps"',
        good='a post called "How long a nap should be, and when"',
        thresholds=(
            Threshold(
                "least", 30, "Screaming Frog, third-party",
                "characters of a plugin's title, which has the site's name in it",
            ),
            Threshold("least_bare", 15, OWN, "characters of the title alone"),
        ),
    )
)  # fmt: skip
def titleshort(page: Page, limits: Limits) -> Iterator[Hit]:
    told = seo(page).title
    title = told or page.post.title
    least = limits.whole("least" if told else "least_bare")
    if title and len(title) < least and page.post.format not in _UNTITLED_FORMATS:
        yield Hit(f"the title has only {len(title)} characters: {short(title)}", "title")


@page_fact("title")
def title_fact(page: Page) -> int | None:
    """The title as a number, and the language that a plugin gives a post with it: translations
    may share a title."""
    title = page.title
    return number_of(f"{string(page.data.get('lang'))[:20]}\n{title}") if title else None


@site_rule(
    Rule(
        id="search/title-duplicate",
        reason="Pages with the same title compete in results, and nobody can tell them apart.",
        severity=Severity.WARNING,
        fix="Say in each title what is different, or make one page of them.",
        bad='two posts called "Opening hours"',
        good='"Opening hours of the ward" and "Opening hours of the gym"',
    )
)
class TitleDuplicate(Shared):
    def number(self, post: PostFacts) -> int | None:
        return post.more.get("title")

    def told(self, post: PostFacts, others: str) -> tuple[str, str]:
        message = f"{short(post.title)} is also the title of {others}"
        return message, f"title {fold(post.title)}"


@page_rule(
    Rule(
        id="search/h1-in-body",
        reason="The theme prints the title as the page's first heading; a second one competes.",
        severity=Severity.WARNING,
        fix="Make it a heading of the second level.",
        bad="<h1>What to bring</h1><p>A pillow.</p>",
        good="<h2>What to bring</h2><p>A pillow.</p>",
        sample=True,
    )
)
def h1_in_body(page: Page, limits: Limits) -> Iterator[Hit]:
    for heading in page.headings:
        if heading.level == 1:
            message = f"a heading of the first level in the text: {short(heading.text)}"
            yield Hit(message, f"h1 {heading.text}", (heading.start, heading.end))


@page_rule(
    Rule(
        id="search/heading-long",
        reason="A heading as long as a paragraph no longer tells at a glance what follows.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Shorten it, or make it a paragraph.",
        bad="<h2>What you should bring for a night in our ward, and what to leave at home</h2>",
        good="<h2>What to bring, and what to leave at home</h2>",
        thresholds=(Threshold("most", 70, "Screaming Frog, third-party", "characters"),),
        sample=True,
    )
)
def heading_long(page: Page, limits: Limits) -> Iterator[Hit]:
    for heading in page.headings:
        if len(heading.text) > limits.whole("most"):
            message = f"a heading has {len(heading.text)} characters: {short(heading.text)}"
            yield Hit(message, f"heading {heading.text}", (heading.start, heading.end))
