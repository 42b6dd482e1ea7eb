"""Addresses of pages: long, badly formed, meaningless, or numbered because the name was taken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

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

_SUFFIX = re.compile(r"(.*[^\d-].*?)-([2-9]|1\d)")
_MEANINGLESS = re.compile(
    r"\d+|(?:untitled|auto-draft|no-title|new-post|new-page|draft|copy-of)(?:-[\w-]*)?"
)
_CAPITALS = re.compile(r"[A-Z]")
_TRACKING = re.compile(r"[?&](?:utm_[a-z]+|fbclid|gclid|msclkid)=", re.IGNORECASE)


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
