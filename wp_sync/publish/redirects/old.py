"""The addresses by which a record could be reached at the old site. Pure; looks nothing up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import tzinfo

from wp_sync.model import MEDIA_KIND
from wp_sync.normalize.links.web_address import Address, parse_address
from wp_sync.publish.redirects.entries import Old, old_of
from wp_sync.publish.redirects.new import Place
from wp_sync.publish.zone import local

__all__ = ["addresses_of", "dates_of", "feeds_of", "home_of", "plain_date", "shortlinks_of"]

_FEEDS = ("rss2", "rss", "atom", "rdf")
# Kinds that have no page of their own, whatever their link says.
_PAGELESS = frozenset(
    ("posts/nav_menu_item", "posts/wp_block", "posts/wp_template", "posts/wp_template_part",
     "posts/wp_global_styles", "posts/wp_navigation", "posts/wp_font_family", "posts/wp_font_face",
     "terms/nav_menu", "terms/wp_pattern_category", "terms/link_category", "terms/post_format")
)  # fmt: skip


def home_of(home: str) -> Address:
    """The old site's home; its path is where the site lies on its host."""
    found = parse_address(home if "//" in home else f"https://{home}")
    return found or Address("https", "", "/", "", None)


def _root(home: Address) -> str:
    return home.path.rstrip("/") or "/"


def addresses_of(place: Place, home: Address) -> Iterator[tuple[Old, str]]:
    """A record's own address first, then the short ones, each with the sort of address it is."""
    if place.kind in _PAGELESS:
        return
    link = old_of(place.link, home)
    if link is not None and (link.name or link.path != _root(home)):
        yield link, "attachment page" if place.kind == MEDIA_KIND else "address"
    yield from ((old, "short address") for old in shortlinks_of(place, home))


def shortlinks_of(place: Place, home: Address) -> Iterator[Old]:
    """What WordPress takes at the home page in place of the address (WP_Query's arguments)."""
    root, number = _root(home), str(place.id)
    family, _, name = place.kind.partition("/")
    if family == "posts":
        yield Old(root, "p", number)
        if name == "page":
            yield Old(root, "page_id", number)
        elif name == "attachment":
            yield Old(root, "attachment_id", number)
        elif name != "post" and place.slug:
            yield Old(root, name, place.slug)
    elif place.kind == "terms/category":
        yield Old(root, "cat", number)
        yield Old(root, "category_name", place.slug)
    elif place.kind == "terms/post_tag":
        yield Old(root, "tag", place.slug)
        yield Old(root, "tag_id", number)
    elif family == "terms":
        yield Old(root, name, place.slug)
    elif family == "users":
        yield Old(root, "author", number)
        yield Old(root, "author_name", place.slug)


def feeds_of(home: Address) -> Iterator[tuple[Old, bool]]:
    """The addresses of the whole site's feeds, and whether each is that of the comments."""
    base = home.path.rstrip("/")
    for comments in (False, True):
        folder = f"{base}/comments/feed" if comments else f"{base}/feed"
        yield Old(folder), comments
        yield from ((Old(f"{folder}/{each}"), comments) for each in _FEEDS)
        prefix = "comments-" if comments else ""
        yield from ((Old(_root(home), "feed", prefix + each), comments) for each in _FEEDS)
    yield Old(_root(home), "feed", "feed"), False


def dates_of(moments: Iterable[str], zone: tzinfo) -> list[str]:
    """The date archives that posts of these moments (UTC) stand in: ``2024``, ``2024/05`` …"""
    found: set[str] = set()
    for moment in moments:
        there = local(moment, zone)
        if there is not None and there.year > 1000:
            found |= {there.strftime(form) for form in ("%Y", "%Y/%m", "%Y/%m/%d")}
    return sorted(found)


def plain_date(path: str, home: Address) -> Old:
    """A date archive's address under plain permalinks: ``2024/05`` is ``/?m=202405``."""
    return Old(_root(home), "m", path.replace("/", ""))
