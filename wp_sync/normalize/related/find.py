"""Related posts in the wild: entries from REST fields, plugins' and themes' markup, and by hand.

Pure, over one post's values. Finds blocks (where they stand) and their entries (address, title,
origin); what an address means is asked of a function. Works on the scanner's flat list of tags: a
block's region is found by class or id, by the words that announce it, or by an owner's CSS selector
(that one with BeautifulSoup, the only reading here that builds a tree).
"""

from __future__ import annotations

import warnings
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning

from wp_sync.content import Related
from wp_sync.normalize.links.scan import Scan, Tag
from wp_sync.normalize.related.by_hand import HEADING_TAGS, by_hand
from wp_sync.normalize.related.entries import (
    Block,
    Entry,
    Mean,
    Phrases,
    is_post,
    phrases_of,
    rank,
    title_of,
)
from wp_sync.normalize.related.forms import ANCHORS, GOODS, NOT_ON_PAGES, PLACES, origin_of
from wp_sync.normalize.rules import BlockRule
from wp_sync.normalize.text import integer, plain, rendered, string

__all__ = [
    "Block",
    "Entry",
    "Phrases",
    "blocks_in",
    "in_fields",
    "in_markup",
    "judged",
    "phrases_of",
]

# Fields of the REST API: (field, origin). Each holds a list of posts or a table with one.
_FIELDS = (
    ("jetpack-related-posts", "rest:jetpack"),
    ("yarpp", "rest:yarpp"),
    ("yarpp_related", "rest:yarpp"),
    ("yarpp-related", "rest:yarpp"),
    ("crp", "rest:crp"),
    ("crp_related", "rest:crp"),
    ("contextual-related-posts", "rest:crp"),
    ("rpbt", "rest:rpbt"),
    ("related-posts-by-taxonomy", "rest:rpbt"),
    ("related_posts", "rest:other"),
    ("related-posts", "rest:other"),
)
_LONGEST_PAGE = 4_000_000  # characters that a selector is asked about


def in_fields(data: Mapping[str, Any]) -> list[Entry]:
    """Entries of the fields that plugins add to a post's REST answer."""
    entries = []
    for field, origin in _FIELDS:
        value = data.get(field)
        if isinstance(value, Mapping):
            value = value.get("posts") or value.get("results") or value.get("items")
        if not isinstance(value, list):
            continue
        for item in value[:1000]:
            if isinstance(item, Mapping):
                entry = _field_entry(origin, item)
            else:
                id = integer(item)
                entry = Entry(origin, f"/?p={id}", "") if id else None
            if entry is not None:
                entries.append(entry)
    return entries


def _field_entry(origin: str, item: Mapping[str, Any]) -> Entry | None:
    url = next(
        (
            text
            for key in ("url", "link", "permalink", "post_link")
            if (text := string(item.get(key)))
        ),
        "",
    )
    id = integer(item.get("id")) or integer(item.get("ID"))
    if not url and not id:
        return None
    title = rendered(item.get("title")) or string(item.get("post_title"))
    return Entry(origin, url or f"/?p={id}", plain(title))


def in_markup(scan: Scan, mean: Mean, phrases: Phrases, *, where: str = "content") -> list[Entry]:
    """The entries of `blocks_in`, in order."""
    blocks = blocks_in(scan, mean, phrases, where=where)
    return [entry for block in blocks for entry in block.entries]


def blocks_in(scan: Scan, mean: Mean, phrases: Phrases, *, where: str = "content") -> list[Block]:
    """Every block in a fragment (``where="content"``) or a whole page (``"page"``), in order.

    Blocks of plugins and themes give the posts of this site that they link; blocks by hand give
    what is linked there, as long as most of it is posts of this site. Those by an owner's selector
    come last.
    """
    spelled = scan.spelled
    found: list[Block] = []
    if any(hint in spelled for hint in phrases.hints):
        found += _regions(scan, phrases, where, mean)
        if "postTitle" in spelled:
            found += _inline_boxes(scan, where)
            found.sort(key=lambda block: block.start)
    spans = [(block.start, block.end) for block in found]
    starts = [start for start, _ in spans]
    for block in by_hand(scan, mean, phrases, where, spans):
        at = bisect_left(starts, block.start)
        if at < len(spans) and spans[at][0] < block.end:  # the heading of a block that is known
            if found[at].start == spans[at][0]:
                found[at] = replace(found[at], start=block.start)
        else:
            found.append(block)
    found.sort(key=lambda block: block.start)
    return found + list(_selected(scan, phrases.selectors, where))


def _regions(scan: Scan, phrases: Phrases, where: str, mean: Mean) -> Iterator[Block]:
    """The blocks known by class or id, with the posts of this site that they link."""
    source, tags = scan.source, scan.tags
    classes = dict(phrases.classes)
    number = 0
    while number < len(tags):
        tag = tags[number]
        number += 1
        if tag.closing or tag.attributes_end - tag.attributes_start < 6 or tag.name == "body":
            continue
        raw = source[tag.attributes_start : tag.attributes_end]
        if not any(hint in raw for hint in phrases.hints):
            continue
        attributes = scan.get(tag)
        words = attributes.get("class", "").split()
        origin = origin_of([*words, attributes.get("id", "")], classes)
        if not origin or (where == "page" and origin in NOT_ON_PAGES) or GOODS & set(words):
            continue
        if tag.name == "a" and origin not in ANCHORS:
            continue
        if tag.name in ("img", "li", "iframe", "link", "html") or tag.name in HEADING_TAGS:
            continue
        first, last = number - 1, _closing(tags, number - 1)
        entries = tuple(_cards(scan, range(first, last + 1), f"{where}:{origin}", mean))
        if origin == "theme" and all(mean(each.url).kind == "posts/page" for each in entries):
            entries = ()  # a menu
        empty = origin in PLACES and not any(each.name == "a" for each in tags[first:last])
        if entries or empty:
            yield Block(f"{where}:{origin}", tag.start, tags[last].end, entries)
        number = last + 1


def _closing(tags: Sequence[Tag], number: int) -> int:
    """The number of the end tag of an element, or of the last tag where it is never closed."""
    name, depth = tags[number].name, 0
    for at in range(number, len(tags)):
        if tags[at].name == name:
            depth += -1 if tags[at].closing else 1
            if depth == 0:
                return at
    return len(tags) - 1


def _cards(scan: Scan, numbers: range, origin: str, mean: Mean) -> list[Entry]:
    """The posts of this site linked in a region, each once, with the best of its titles.

    A card links its post several times: the picture, the title, "Read more".
    """
    titles: dict[object, tuple[int, str]] = {}
    urls: dict[object, str] = {}
    for number in numbers:
        tag = scan.tags[number]
        if tag.name != "a" or tag.closing:
            continue
        attributes = scan.get(tag)
        url = attributes.get("href", "")
        rel = attributes.get("rel", "")
        if not url or "author" in rel or "tag" in rel.split() or "category" in rel:
            continue
        meaning = mean(url)
        if not is_post(meaning):
            continue
        if meaning.state == "self" and ("?" in url or "/page/" in url):  # the list's next page
            continue
        key = meaning.target or url
        if key in urls and "#" in url:  # "3 comments"
            continue
        titles[key] = max(titles.get(key, (0, "")), title_of(scan, number, attributes), key=rank)
        urls.setdefault(key, url)
    return [Entry(origin, urls[key], title) for key, (_, title) in titles.items()]


def _inline_boxes(scan: Scan, where: str) -> Iterator[Block]:
    """Inline Related Posts: an anchor that holds ``span.ctaText`` and ``span.postTitle``."""
    anchor: int | None = None
    for number, tag in enumerate(scan.tags):
        if tag.name == "a":
            anchor = None if tag.closing else number
        elif tag.name == "span" and not tag.closing and anchor is not None:
            if "postTitle" not in scan.get(tag).get("class", "").split():
                continue
            opening = scan.tags[anchor]
            end = scan.tags[number + 1].start if number + 1 < len(scan.tags) else tag.end
            title = plain(scan.source[tag.end : min(end, tag.end + 500)])
            url = scan.get(opening).get("href", "")
            if url:
                close = scan.tags[_next_anchor(scan.tags, number)]
                stop = close.end if close.closing else close.start
                origin = f"{where}:inline"
                yield Block(origin, opening.start, stop, (Entry(origin, url, title),))
            anchor = None


def _next_anchor(tags: Sequence[Tag], number: int) -> int:
    """The number of the next tag of an anchor, or of the last tag."""
    for at in range(number + 1, len(tags)):
        if tags[at].name == "a":
            return at
    return len(tags) - 1


_NUMBER = "data-tag-number"


def _selected(scan: Scan, rules: Sequence[BlockRule], where: str) -> Iterator[Block]:
    """Blocks by the owner's own CSS selectors, read as a person would: with BeautifulSoup.

    The tree knows no places, so every tag is numbered before it is built.
    """
    if not rules or len(scan.source) > _LONGEST_PAGE:
        return
    parts: list[str] = []
    at = 0
    for number, tag in enumerate(scan.tags):
        if not tag.closing:
            # Before the tag's own attributes: of two with one name the first counts.
            parts += (scan.source[at : tag.attributes_start], f' {_NUMBER}="{number}"')
            at = tag.attributes_start
    with warnings.catch_warnings():  # a post may well be nothing but an address
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        soup = BeautifulSoup("".join((*parts, scan.source[at:])), "lxml")
    for rule in rules:
        origin = f"{where}:{rule.name}"
        for region in soup.select(rule.selector):
            entries = []
            anchors = [region] if region.name == "a" else region.select("a[href]")
            for anchor in anchors:
                url, title = anchor.get("href"), anchor.get_text(" ", strip=True)
                if isinstance(url, str) and url:
                    entries.append(Entry(origin, url, plain(title)[:500]))
            said = region.get(_NUMBER)
            if entries and isinstance(said, str) and said.isdigit():
                first = int(said)
                start, end = scan.tags[first].start, scan.tags[_closing(scan.tags, first)].end
                yield Block(origin, start, end, tuple(entries))


def judged(entries: Iterable[Entry], mean: Mean, self_id: int, most: int) -> list[Related]:
    """Entries with what their addresses mean; the same post again is a ``duplicate``."""
    seen: set[object] = set()
    found: list[Related] = []
    for entry in entries:
        if len(found) == most:
            break
        meaning = mean(entry.url)
        state = meaning.state
        if meaning.target == self_id and meaning.kind.startswith("posts/"):
            state = "self"
        key: object = meaning.target or meaning.resolved or entry.url
        if key in seen:
            state = "duplicate"
        seen.add(key)
        title = entry.title[:500]
        found.append(Related(len(found), entry.origin, entry.url, title, state, meaning.target))
    return found
