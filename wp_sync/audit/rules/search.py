"""What search engines are told: titles, descriptions, headings, addresses, and what is hidden.

Reads what SEO plugins (Yoast, Rank Math, All in One SEO) say in a record, where they are there.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

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
from wp_sync.audit.same import Kinds, Same, number_of
from wp_sync.audit.site import Site
from wp_sync.normalize.text import clean_name, fold, plain, string

_FEW = 10  # posts that a list of each is no burden of
_UNTITLED_FORMATS = frozenset(("aside", "status", "quote", "link", "chat"))
_SUFFIX = re.compile(r"(.*[^\d-].*?)-([2-9]|1\d)")
_MEANINGLESS = re.compile(
    r"\d+|(?:untitled|auto-draft|no-title|new-post|new-page|draft|copy-of)(?:-[\w-]*)?"
)
_CAPITALS = re.compile(r"[A-Z]")
_TRACKING = re.compile(r"[?&](?:utm_[a-z]+|fbclid|gclid|msclkid)=", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Seo:
    """What a plugin tells search engines of a page. ``here``: there is such a plugin."""

    here: bool = False
    title: str = ""
    description: str = ""
    canonical: str = ""
    noindex: bool = False


def seo_of(data: Mapping[str, Any]) -> Seo:
    """What the SEO plugins that a record speaks of say."""
    yoast = data.get("yoast_head_json")
    if isinstance(yoast, Mapping) and yoast:
        robots = yoast.get("robots")
        index = robots.get("index") if isinstance(robots, Mapping) else ""
        return Seo(
            True,
            plain(string(yoast.get("title"))),
            plain(string(yoast.get("description"))),
            string(yoast.get("canonical")),
            index == "noindex",
        )
    meta = data.get("meta")
    if isinstance(meta, Mapping) and any(str(key).startswith("rank_math_") for key in meta):
        robots = meta.get("rank_math_robots")
        return Seo(
            True,
            "",  # a template of variables, not the title itself
            plain(string(meta.get("rank_math_description"))),
            string(meta.get("rank_math_canonical_url")),
            isinstance(robots, list | tuple) and "noindex" in robots,
        )
    aioseo = data.get("aioseo_head_json") or data.get("aioseo_meta_data")
    if isinstance(aioseo, Mapping) and aioseo:
        robots = string(aioseo.get("robots")) + string(aioseo.get("og:robots"))
        return Seo(
            True,
            plain(string(aioseo.get("title"))),
            plain(string(aioseo.get("description"))),
            string(aioseo.get("canonical_url") or aioseo.get("canonical")),
            "noindex" in robots or aioseo.get("robots_noindex") is True,
        )
    return Seo()


def _seo(page: Page) -> Seo:
    found = page.__dict__.get("_seo")
    if found is None:
        found = page.__dict__["_seo"] = seo_of(page.data)
    assert isinstance(found, Seo)
    return found


def _short(text: str) -> str:
    return f"“{text[:100]}…”" if len(text) > 100 else f"“{text}”"


# -- titles


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
    title = _seo(page).title or page.post.title
    if len(title) > limits.whole("most"):
        yield Hit(f"the title has {len(title)} characters: {_short(title)}", "title")


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
def title_short(page: Page, limits: Limits) -> Iterator[Hit]:
    told = _seo(page).title
    title = told or page.post.title
    least = limits.whole("least" if told else "least_bare")
    if title and len(title) < least and page.post.format not in _UNTITLED_FORMATS:
        yield Hit(f"the title has only {len(title)} characters: {_short(title)}", "title")


@page_fact("title")
def title_fact(page: Page) -> int | None:
    """The title as a number, and the language that a plugin gives a post with it: translations
    may share a title."""
    title = page.title
    return number_of(f"{string(page.data.get('lang'))[:20]}\n{title}") if title else None


def _others(names: Mapping[int, PostFacts], own: int, group: list[int]) -> str:
    rest = [names[key].url for key in group if key != own and key in names][:3]
    more = len(group) - 1 - len(rest)
    return ", ".join(rest) + (f" and {more} more" if more > 0 else "")


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
class TitleDuplicate:
    def __init__(self, limits: Limits) -> None:
        self._same = Same()

    def add(self, post: PostFacts) -> None:
        if number := post.more.get("title"):
            self._same.add(number, post)

    def hits(self, site: Site) -> Iterable[Hit]:
        for group in self._same.groups():
            known = self._same.facts(site, group)
            for key, facts in known.items():
                message = f"{_short(facts.title)} is also the title of {_others(known, key, group)}"
                subject = f"title {fold(facts.title)}"
                yield Hit(message, subject, kind=facts.kind, id=facts.id)


# -- descriptions


@page_fact("description")
def description_fact(page: Page) -> str | None:
    told = _seo(page).description
    return (fold(told)[:400] or None) if told else None


@page_fact("undescribed")
def undescribed(page: Page) -> int | None:
    """1: a plugin is there, and has no description; 2: it has one."""
    seo = _seo(page)
    if not seo.here or seo.noindex:
        return None
    return 2 if seo.description else 1


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
    text = _seo(page).description
    if text and not limits.whole("least") <= len(text) <= limits.whole("most"):
        yield Hit(f"the description has {len(text)} characters: {_short(text)}", "description")


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
class DescriptionDuplicate:
    def __init__(self, limits: Limits) -> None:
        self._same = Same()

    def add(self, post: PostFacts) -> None:
        if text := post.more.get("description"):
            self._same.add(number_of(text), post)

    def hits(self, site: Site) -> Iterable[Hit]:
        for group in self._same.groups():
            known = self._same.facts(site, group)
            for key, facts in known.items():
                text = str(facts.more.get("description", ""))
                message = f"{_others(known, key, group)} has the same description: {_short(text)}"
                yield Hit(message, "description", kind=facts.kind, id=facts.id)


# -- headings


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
            message = f"a heading of the first level in the text: {_short(heading.text)}"
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
            message = f"a heading has {len(heading.text)} characters: {_short(heading.text)}"
            yield Hit(message, f"heading {heading.text}", (heading.start, heading.end))


# -- addresses


@page_rule(
    Rule(
        id="search/slug-long",
        reason="A long address is cut off where it is shown, and breaks where it is mailed.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Shorten the slug, and redirect the old address.",
        bad="an address of 150 characters",
        good="https://clinic.example/what-to-bring/",
        thresholds=(Threshold("most", 115, "Screaming Frog, third-party", "characters"),),
    )
)
def slug_long(page: Page, limits: Limits) -> Iterator[Hit]:
    address = unquote(page.post.link)
    if len(address) > limits.whole("most"):
        yield Hit(f"the address has {len(address)} characters: {address}", "address")


@page_rule(
    Rule(
        id="search/slug-form",
        reason="Addresses with capitals, underscores, doubled slashes or trackers get mistyped and "
        "are known to engines in several forms.",
        severity=Severity.NOTICE,
        fix="Use small letters and hyphens, and redirect the old address.",
        bad="https://clinic.example/News/masks_and_straps/",
        good="https://clinic.example/news/masks-and-straps/",
    )
)
def slug_form(page: Page, limits: Limits) -> Iterator[Hit]:
    try:
        parts = urlsplit(page.post.link)
        home = urlsplit(page.setting.home)
    except ValueError:
        return
    path = parts.path.removeprefix(home.path)
    wrong = []
    if _CAPITALS.search(unquote(path)):
        wrong.append("capitals")
    if "_" in path:
        wrong.append("underscores")
    if "//" in path:
        wrong.append("a doubled slash")
    if _TRACKING.search(page.post.link):
        wrong.append("a tracker")
    if wrong:
        yield Hit(f"the address has {' and '.join(wrong)}: {page.post.link}", "address")


@page_rule(
    Rule(
        id="search/slug-meaningless",
        reason="An address of a number or of “untitled” says nothing of what is there.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Give it a slug of two or three words of the title.",
        bad="https://clinic.example/48213/",
        good="https://clinic.example/what-to-bring/",
    )
)
def slug_meaningless(page: Page, limits: Limits) -> Iterator[Hit]:
    slug = page.post.slug
    if _MEANINGLESS.fullmatch(slug) and page.title != slug:
        yield Hit(f"the slug says nothing: {slug}", "slug")


@page_fact("suffix")
def suffix(page: Page) -> str | None:
    match = _SUFFIX.fullmatch(page.post.slug)
    return match[1] if match else None


@site_rule(
    Rule(
        id="search/slug-suffix",
        reason="WordPress puts a number behind a slug that is taken: often a copy stayed behind.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="See whether one of the two is a copy; give the other a slug of its own.",
        bad="/five-rules-2/ beside /five-rules/",
        good="/type-2-diabetes/",
    )
)
class SlugSuffix:
    def __init__(self, limits: Limits) -> None:
        self._found: list[tuple[str, int, str]] = []

    def add(self, post: PostFacts) -> None:
        if base := post.more.get("suffix"):
            self._found.append((post.kind, post.id, base))

    def hits(self, site: Site) -> Iterable[Hit]:
        for start in range(0, len(self._found), 200):
            some = self._found[start : start + 200]
            names = {f"slug{number}": base for number, base in enumerate({one[2] for one in some})}
            holders = ", ".join(f":{name}" for name in names)
            rows = site.query(
                "SELECT kind, slug, link FROM records WHERE site = :site"  # noqa: S608
                f" AND state = 'live' AND slug IN ({holders})",
                **names,
            )
            there = {(str(row["kind"]), str(row["slug"])): str(row["link"]) for row in rows}
            for kind, id, base in some:
                if (other := there.get((kind, base))) is not None:
                    message = f"its slug has a number behind it, since {other} has the name"
                    yield Hit(message, f"slug of {base}-2", kind=kind, id=id, data={"other": other})


# -- what engines are told to leave alone


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
    if _seo(page).noindex:
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
    canonical = _seo(page).canonical
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
