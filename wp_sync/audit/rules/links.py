"""Links in the content: what they lead to, and what they say. Nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wp_sync.audit.base import Hit, Limits, Rule, Severity, page_rule
from wp_sync.audit.page import Page
from wp_sync.content import Link

# Elements whose address a visitor follows; the rest is loaded (`mixed`, `media`).
_FOLLOWED = frozenset(("a", "area", "form", "button", "input", "block", "shortcode", "text"))


def at(link: Link) -> tuple[int, int]:
    return link.span_start, link.span_end


def followed(page: Page) -> Iterator[Link]:
    """The links that a visitor can click: those of anchors, areas and forms."""
    return (link for link in page.links if link.element in ("a", "area"))


def _data(link: Link, **more: Any) -> dict[str, Any]:
    return {"url": link.url, "text": link.text[:120], **more}


@page_rule(
    Rule(
        id="links/missing-target",
        reason="A link inside the site leads to nothing, so that visitors meet a page not found.",
        severity=Severity.ERROR,
        fix="Link to where the content is now, restore the page, or take the link out.",
        bad='<p>See <a href="/no-such-page/">our offer</a>.</p>',
        good='<p>See <a href="/post-2/">our offer</a>.</p>',
        sample=True,
    )
)
def missing_target(page: Page, limits: Limits) -> Iterator[Hit]:
    for link in page.links:
        if link.state == "missing":
            message = f"{link.resolved or link.url} is not there"
            yield Hit(message, link.resolved or link.url, at(link), data=_data(link))
