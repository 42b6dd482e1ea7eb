"""Related posts in the wild: entries from REST fields, plugins' and themes' markup, and by hand.

Pure, over one post's values. Finds entries (address, title, origin); what an address means is
asked of a function. Works on the scanner's flat list of tags: a block's region is found by class
or id, by the words that announce it, or by an owner's CSS selector (that one with BeautifulSoup,
the only reading here that builds a tree).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bs4 import BeautifulSoup

from wp_sync.content import Related
from wp_sync.normalize.by_hand import HEADING_TAGS, by_hand
from wp_sync.normalize.entries import Entry, Mean, Phrases, is_post, phrases_of, rank, title_of
from wp_sync.normalize.rules import BlockRule
from wp_sync.normalize.scan import Scan, Tag
from wp_sync.normalize.text import integer, plain, rendered, string

__all__ = ["Entry", "Phrases", "in_fields", "in_markup", "judged", "phrases_of"]

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
_PREFIXES = (("rpbt_", "rpbt"), ("crp_related", "crp"), ("yarpp-template", "yarpp"))
# On a whole page these are side bars and footers, the same on every page.
_NOT_ON_PAGES = frozenset(("query", "latest", "embed"))
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
    """Entries of every block in a fragment (``where="content"``) or a whole page (``"page"``).

    Blocks of plugins and themes give the posts of this site that they link; blocks by hand give
    what is linked there, as long as most of it is posts of this site.
    """
    source = scan.source
    found: list[tuple[int, Entry]] = []
    spans: list[tuple[int, int]] = []  # regions already read, in order
    if any(hint in source for hint in phrases.hints):
        for origin, first, last in _regions(scan, phrases, where):
            spans.append((scan.tags[first].start, scan.tags[last].end))
            entries = _cards(scan, range(first, last + 1), f"{where}:{origin}", mean)
            found += [(scan.tags[first].start, entry) for entry in entries]
        if "postTitle" in source:
            found += _inline_boxes(scan, where)
    found += by_hand(scan, mean, phrases, where, spans)
    found.sort(key=lambda pair: pair[0])
    entries = [entry for _, entry in found]
    return entries + list(_selected(source, phrases.selectors, where))


def _regions(scan: Scan, phrases: Phrases, where: str) -> Iterator[tuple[str, int, int]]:
    """(origin, number of the first tag, number of the last) of each block by class or id."""
    source, tags = scan.source, scan.tags
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
        origin = _origin([*words, attributes.get("id", "")], phrases.classes)
        if not origin or (where == "page" and origin in _NOT_ON_PAGES):
            continue
        if tag.name in ("a", "img", "li", "iframe", "link", "html") or tag.name in HEADING_TAGS:
            continue
        last = _closing(tags, number - 1)
        yield origin, number - 1, last
        number = last + 1


def _origin(words: Iterable[str], classes: Mapping[str, str]) -> str:
    for word in words:
        if word in classes:
            found = classes[word]
            if found != "theme":
                return found
        for prefix, origin in _PREFIXES:
            if word.startswith(prefix):
                return origin
    return next((classes[word] for word in words if word in classes), "")


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
    titles: dict[str, tuple[int, str]] = {}
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
        titles[url] = max(title_of(scan, number, attributes), titles.get(url, (0, "")), key=rank)
    return [Entry(origin, url, title) for url, (_, title) in titles.items()]


def _inline_boxes(scan: Scan, where: str) -> Iterator[tuple[int, Entry]]:
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
                yield opening.start, Entry(f"{where}:inline", url, title)
            anchor = None


def _selected(source: str, blocks: Sequence[BlockRule], where: str) -> Iterator[Entry]:
    """Entries by the owner's own CSS selectors, read as a person would: with BeautifulSoup."""
    if not blocks or len(source) > _LONGEST_PAGE:
        return
    soup = BeautifulSoup(source, "lxml")
    for block in blocks:
        for region in soup.select(block.selector):
            anchors = [region] if region.name == "a" else region.select("a[href]")
            for anchor in anchors:
                url, title = anchor.get("href"), anchor.get_text(" ", strip=True)
                if isinstance(url, str) and url:
                    yield Entry(f"{where}:{block.name}", url, plain(title)[:500])


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
