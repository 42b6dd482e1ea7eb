"""What the rules on links share: links taken apart once a page, and how they are shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from wp_sync.audit.page import Page
from wp_sync.content import Link
from wp_sync.normalize.links.web_address import Address, parse_address

# Links that visitors follow. Of addresses in blocks and shortcodes the archive knows too little.
FOLLOWED = frozenset(("a", "area"))
_FILE = re.compile(r"\.(?!html?$|php$)[a-z][a-z0-9]{1,4}$", re.IGNORECASE)
_EDGES = "".join(map(chr, range(33)))


class Parsed(NamedTuple):
    """A link with its address as a browser would make it; None where it is none of the web's."""

    link: Link
    address: Address | None
    raw: str  # what stands there, its edges trimmed


def parsed(page: Page) -> Sequence[Parsed]:
    """All links of a page, worked out once for all rules."""
    found: Sequence[Parsed] | None = page.__dict__.get("rules.links.parsed")
    if found is None:
        base = parse_address(page.post.link) if page.post.link else None
        known: dict[str, Address | None] = {}
        made = []
        for link in page.links:
            if link.url not in known:
                known[link.url] = parse_address(link.url, base)
            made.append(Parsed(link, known[link.url], link.url.strip(_EDGES)))
        found = page.__dict__["rules.links.parsed"] = made
    return found


def followed(page: Page) -> Sequence[Parsed]:
    """The links that a visitor can click."""
    found: Sequence[Parsed] | None = page.__dict__.get("rules.links.followed")
    if found is None:
        made = [one for one in parsed(page) if one[0].element in FOLLOWED]
        found = page.__dict__["rules.links.followed"] = made
    return found


def in_state(page: Page, *states: str) -> Sequence[Parsed]:
    """The links that a visitor can click, of those in one of these states."""
    by_state: dict[str, list[Parsed]] | None = page.__dict__.get("rules.links.states")
    if by_state is None:
        by_state = page.__dict__["rules.links.states"] = {}
        for one in followed(page):
            by_state.setdefault(one[0].state, []).append(one)
    if by_state.keys().isdisjoint(states):
        return ()
    return [one for one in followed(page) if one[0].state in states]


def at(link: Link) -> tuple[int, int]:
    return link.span_start, link.span_end


def data(link: Link, **more: Any) -> dict[str, Any]:
    """What reports show of a link beside the message."""
    found: dict[str, Any] = {"url": link.url}
    if link.text:
        found["text"] = link.text[:120]
    if link.target:
        found["target"] = f"{link.target_kind}/{link.target}"
    return found | more


def because(link: Link) -> tuple[str, int] | None:
    """The record whose change may have made the link what it is."""
    return (link.target_kind, link.target) if link.target and link.target_kind else None


def is_file(address: Address | None) -> bool:
    """Whether an address names a file or a part of the machinery: no page of WordPress's own."""
    if address is None:
        return False
    last = address.path.rpartition("/")[2]
    return bool(_FILE.search(last)) or "/wp-content/" in address.path or last.endswith(".php")


def is_own(page: Page, address: Address) -> bool:
    """Whether an address is on the site's own host, www or not."""
    return address[1].removeprefix("www.") == _own(page.setting.home)


@lru_cache(maxsize=64)
def _own(home: str) -> str:
    return home.partition("//")[2].partition("/")[0].lower().removeprefix("www.")


def encrypted(page: Page) -> bool:
    return page.setting.home.startswith("https://") or page.post.link.startswith("https://")
