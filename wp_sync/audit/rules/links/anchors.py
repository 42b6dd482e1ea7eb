"""Links to places in pages: whether the place is there. By ``id`` and ``name``, percent-decoded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote
from zlib import crc32

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
from wp_sync.audit.rules.links.shared import at, data, followed
from wp_sync.audit.site import Site

# Places that themes and WordPress itself put around the content.
_OF_THEMES = re.compile(
    r"(?:comments?|respond|commentform|comment-\d+|post-\d+|li-comment-\d+|content|main(?:-content)?"
    r"|primary|secondary|page|top|site-(?:content|navigation|header|footer)|masthead|colophon"
    r"|header|footer|nav|menu|sidebar|search(?:form)?|contact|wp--skip-link--target|skip.*|more-\d+"
    r"|(?:wp)?cf7-.*|gf_.*|elementor-.*|footnote.*|fn.*)",
    re.IGNORECASE,
)
# What a script of the page reads, and no place: routes, states, and text to be marked.
_NO_PLACE = re.compile(r"[/!?&:~]|.*(?:=|/)|:~:")


def _wanted(fragment: str | None) -> str:
    """A fragment that names a place; empty for what names none."""
    text = (fragment or "").partition(":~:")[0].strip()
    if not text or text.lower() == "top" or _NO_PLACE.match(text):
        return ""
    return text


@page_rule(
    Rule(
        id="links/anchor-missing",
        reason="A link to a place on the same page does nothing, since the place is not there.",
        severity=Severity.WARNING,
        fix="Give the heading or element that is meant this id, or correct the link.",
        bad='<p><a href="#prices">Prices</a></p><h2>Our prices</h2>',
        good='<p><a href="#prices">Prices</a></p><h2 id="prices">Our prices</h2>',
        sample=True,
    )
)
def anchor_missing(page: Page, limits: Limits) -> Iterator[Hit]:
    for link, address, raw in followed(page):
        if link.state != "fragment" and not raw.startswith("#"):
            continue
        fragment = address.fragment if address else raw[1:]
        wanted = _wanted(fragment)
        if wanted and not page.here(wanted):
            unsure = Certainty.REVIEW if _OF_THEMES.fullmatch(wanted) else None
            message = f"there is no place called “{wanted[:100]}” on this page"
            yield Hit(message, f"#{wanted}", at(link), data=data(link), certainty=unsure)


def _key(place: str) -> int:
    return crc32(place.encode("utf-8", "surrogatepass"))


@page_fact("links.places")
def places(page: Page) -> dict[str, object] | None:
    """The places of the page (as numbers of 32 bits), and those it links to on other pages."""
    wanted: dict[tuple[str, int, str, str], None] = {}
    for link, address, _ in followed(page):
        if link.target and address and link.state in ("resolved", "moved"):
            fragment = _wanted(address.fragment)
            if fragment and link.target_kind.startswith("posts/") and len(wanted) < 200:
                wanted[link.target_kind, link.target, fragment, link.url] = None
    here = sorted({_key(one) for one in page.anchors})[:2_000]
    if not here and not wanted:
        return None
    return {"here": here, "wanted": [list(one) for one in wanted]}


@site_rule(
    Rule(
        id="links/anchor-missing-there",
        reason="A link names a place on another page that is not there, and shows the page's top.",
        severity=Severity.WARNING,
        fix="Give the element of the other page this id, or correct the link.",
        bad='<p><a href="/our-prices/#2019">Prices of 2019</a>, where no place is called 2019.</p>',
        good='<p><a href="/our-prices/#2024">Prices of 2024</a>, where an element has this id.</p>',
    )
)
class AnchorMissingThere:
    """The places that are linked to, then looked up on the pages meant."""

    def __init__(self, limits: Limits) -> None:
        self._wanted: dict[tuple[str, int], list[tuple[str, int, str, str]]] = {}

    def add(self, post: PostFacts) -> None:
        noted = post.more.get("links.places")
        for kind, id, fragment, url in noted["wanted"] if noted else ():
            self._wanted.setdefault((kind, id), []).append((post.kind, post.id, fragment, url))

    def hits(self, site: Site) -> Iterable[Hit]:
        by_kind: dict[str, list[int]] = {}
        for kind, id in self._wanted:
            by_kind.setdefault(kind, []).append(id)
        for kind, ids in sorted(by_kind.items()):
            for target in site.facts_of(kind, ids):
                noted = target.more.get("links.places") or {"here": []}
                here = set(noted["here"])
                for from_kind, from_id, fragment, url in self._wanted[kind, target.id]:
                    yield from _missing(here, target, (from_kind, from_id), fragment, url)


def _missing(
    here: set[int], target: PostFacts, post: tuple[str, int], fragment: str, url: str
) -> Iterator[Hit]:
    if _key(fragment) in here or _key(unquote(fragment)) in here:
        return
    unsure = Certainty.REVIEW if _OF_THEMES.fullmatch(fragment) or len(here) >= 2_000 else None
    yield Hit(
        f"“{target.title[:100]}” has no place called “{fragment[:100]}”",
        url,
        kind=post[0],
        id=post[1],
        data={"url": url, "target": f"{target.kind}/{target.id}"},
        certainty=unsure,
        because=(target.kind, target.id),
    )
