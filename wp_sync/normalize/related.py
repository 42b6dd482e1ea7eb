"""Related posts in the wild: entries from REST fields, plugins' and themes' markup, and by hand.

Pure, over one post's values. Finds entries (address, title, origin); what an address means is
asked of a function. Works on the scanner's flat list of tags: a block's region is found by class
or id, by the words that announce it, or by an owner's CSS selector (that one with BeautifulSoup,
the only reading here that builds a tree).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bs4 import BeautifulSoup

from wp_sync.content import Related
from wp_sync.normalize.phrases import CONNECTING, GENERIC, HEADINGS, LEADS, folded
from wp_sync.normalize.rules import BlockRule, RelatedRules
from wp_sync.normalize.scan import Scan, Tag, anchor_text
from wp_sync.normalize.text import fold, integer, plain, rendered, string
from wp_sync.normalize.urls import Meaning

Mean = Callable[[str], Meaning]

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

# Markup of plugins and themes: class or id → origin. Names as the plugins print them.
_BLOCKS = {
    "jp-relatedposts": "jetpack",
    "jp-relatedposts-i2": "jetpack",
    "wp-block-jetpack-related-posts": "jetpack",
    "yarpp": "yarpp",
    "yarpp-related": "yarpp",
    "yarpp-related-shortcode": "yarpp",
    "yarpp-related-widget": "yarpp",
    "yarpp-thumbnails-horizontal": "yarpp",
    "yarpp-thumbnail": "yarpp",
    "crp_related": "crp",
    "crp-related": "crp",
    "related-gallery": "rpbt",
    "single-related-posts": "fusion",
    "fusion-related-posts": "fusion",
    "yuzo_related_post": "yuzo",
    "wp_rp_wrap": "zemanta",
    "wp_rp_content": "zemanta",
    "wp_rp": "zemanta",
    "wp-block-newspack-blocks-homepage-articles": "newspack",
    "elementor-widget-posts": "elementor",
    "ast-single-related-posts-container": "astra",
    "wp-block-query": "query",
    "wp-block-latest-posts__list": "latest",
    "wp-embedded-content": "embed",
    "is-type-wp-embed": "embed",
    "rp4wp-related-posts": "rp4wp",
    "related-posts": "theme",
    "related_posts": "theme",
    "relatedposts": "theme",
    "related-articles": "theme",
    "post-related": "theme",
    "td_block_related_posts": "theme",
    "jnews_related_post_container": "theme",
}
_PREFIXES = (("rpbt_", "rpbt"), ("crp_related", "crp"), ("yarpp-template", "yarpp"))
_HINTS = (
    "related", "yarpp", "crp_", "rpbt_", "yuzo", "wp_rp", "homepage-articles", "elementor-widget",
    "wp-block-query", "latest-posts", "wp-embed", "postTitle",
)  # fmt: skip
# On a whole page these are side bars and footers, the same on every page.
_NOT_ON_PAGES = frozenset(("query", "latest", "embed"))

_HEADING = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_LINES = frozenset(("p", "li", "div", "blockquote", "strong", "b", "summary", *_HEADING))
_BLOCK_LEVEL = frozenset(
    (
        "p", "li", "ul", "ol", "div", "section", "article", "aside", "blockquote", "table", "tr",
        "td", "figure", "dl", "dt", "dd", "main", "hr", "pre", "form", "br", *_HEADING,
    )
)  # fmt: skip
_CONTAINERS = frozenset(("div", "section", "article", "aside", "main", "blockquote"))
_RAW = frozenset(("script", "style", "textarea", "iframe", "noembed", "noframes", "xmp", "title"))
_STOPS = frozenset(("hr", "form", "nav", "footer", "pre"))
_TRIM = " \t\n()[]【】:：.…!？?»«›‹→➔➜►▶•·*#|-–—_~>✓★☆👉📖📚🔗"
_ARCHIVES = re.compile(r"/(?:category|tag|author|topics?)/", re.IGNORECASE)
_LONGEST_LINE = 80  # characters of an announcing line
_LONGEST_NOTE = 160  # characters of plain text that may stand beside an entry's link
_MOST_TAGS = 1500  # a hand-written block ends within so many tags
_BUDGET = 40_000  # tags that all announcing lines of one text may make us walk: hostile ones repeat
_LONGEST_PAGE = 4_000_000  # characters that a selector is asked about


@dataclass(frozen=True, slots=True)
class Entry:
    """A related post as it was found, before anyone knows what its address means."""

    origin: str
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Phrases:
    """The words that announce a block, folded; made once for all posts (`phrases_of`)."""

    headings: frozenset[str]
    leads: frozenset[str]
    lead_words: tuple[str, ...]
    longest: int
    classes: Mapping[str, str]
    hints: tuple[str, ...]
    selectors: tuple[BlockRule, ...]


def phrases_of(rules: RelatedRules) -> Phrases:
    """The built-in words and blocks with those of the rules."""
    headings = folded(HEADINGS) | set(rules.headings)
    leads = folded(LEADS) | set(rules.leads)
    classes = dict(_BLOCKS)
    hints = list(_HINTS)
    for block in rules.blocks:
        for word in (*block.classes, *block.ids):
            classes[word] = block.name
            hints.append(word)
    return Phrases(
        headings=frozenset(phrase.strip(_TRIM) for phrase in headings),
        leads=frozenset(phrase.strip(_TRIM) for phrase in leads),
        lead_words=tuple(sorted({p.strip(_TRIM) for p in leads}, key=lambda p: (-len(p), p))),
        longest=_LONGEST_LINE,
        classes=classes,
        hints=tuple(hints),
        selectors=tuple(block for block in rules.blocks if block.selector),
    )


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
    found += _by_hand(scan, mean, phrases, where, spans)
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
        if tag.name in ("a", "img", "li", "iframe", "link", "html") or tag.name in _HEADING:
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
        if not _is_post(meaning):
            continue
        titles[url] = max(_title(scan, number, attributes), titles.get(url, (0, "")), key=_rank)
    return [Entry(origin, url, title) for url, (_, title) in titles.items()]


def _title(scan: Scan, number: int, attributes: Mapping[str, str]) -> tuple[int, str]:
    """What an anchor calls its post, and how far to trust it: words, title, picture's text."""
    title = anchor_text(scan, number)
    if title and fold(title).strip(_TRIM) not in GENERIC:
        return 3, title
    title = plain(attributes.get("title", ""))
    if title:
        return 2, title
    title = _alternative(scan, number)
    return (1, title) if title else (0, "")


def _rank(ranked: tuple[int, str]) -> int:
    return ranked[0]


def _is_post(meaning: Meaning) -> bool:
    """Whether an address can be an entry: a post of this site, or one that was there."""
    if meaning.state == "missing":
        return not _ARCHIVES.search(meaning.resolved) and "/wp-content/" not in meaning.resolved
    return meaning.kind.startswith("posts/") and meaning.kind != "posts/attachment"


def _alternative(scan: Scan, number: int) -> str:
    """The alternative text of the picture that an anchor holds."""
    for tag in scan.tags[number + 1 : number + 12]:
        if tag.name == "a":
            break
        if tag.name == "img":
            return plain(scan.get(tag).get("alt", ""))
    return ""


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


@dataclass(slots=True)
class _Line:
    """One line or block of the flow: its plain words outside anchors, and its anchors."""

    words: str
    anchors: list[int]
    end: int  # number of the tag that ended it


def _by_hand(
    scan: Scan, mean: Mean, phrases: Phrases, where: str, spans: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, Entry]]:
    tags, source = scan.tags, scan.source
    skip_to = 0
    span = 0
    navigation = 0
    budget = _BUDGET
    for number, tag in enumerate(tags):
        if tag.name in ("nav", "footer"):
            navigation = max(0, navigation + (-1 if tag.closing else 1))
        if tag.closing or tag.name not in _LINES or navigation or tag.start < skip_to:
            continue
        while span < len(spans) and spans[span][1] <= tag.start:
            span += 1
        if span < len(spans) and spans[span][0] <= tag.start:
            continue
        # Most paragraphs begin with more plain text than any announcing line has.
        after = tags[number + 1].start if number + 1 < len(tags) else len(source)
        if after - tag.end > _LONGEST_LINE * 4 and len(source[tag.end : after].strip()) > (
            _LONGEST_LINE * 2
        ):
            continue
        line = _line(scan, number)
        if line is None:
            continue
        said = fold(line.words).strip(_TRIM)
        entries: list[Entry] = []
        end = line.end
        if line.anchors:
            entries = _led(scan, line, said, phrases, where, mean)
        if not entries and not line.anchors and said and budget > 0 and _announces(said, phrases):
            budget -= _MOST_TAGS // 10
            entries, end = _following(scan, line.end, f"{where}:{_form(tag)}", mean)
        if entries:
            for entry in entries:
                yield tag.start, entry
            skip_to = tags[min(end, len(tags) - 1)].end


def _form(tag: Tag) -> str:
    return "heading" if tag.name in _HEADING else "line"


def _announces(said: str, phrases: Phrases) -> bool:
    """Whether a line is one of the phrases, or a phrase of several words with a few behind it."""
    if said in phrases.headings:
        return True
    words = said.split(" ")
    return len(words) <= 9 and any(
        " ".join(words[:count]) in phrases.headings for count in range(2, len(words))
    )


def _line(scan: Scan, number: int) -> _Line | None:
    """The short line that opens at a tag, or None where it has too many words to announce."""
    tags, source = scan.tags, scan.source
    opening = tags[number]
    at, inside, raw = opening.end, False, False
    parts: list[str] = []
    anchors: list[int] = []
    length = 0
    bold = opening.name in ("strong", "b")
    for next_number in range(number + 1, min(number + 60, len(tags))):
        tag = tags[next_number]
        if not inside and not raw:
            text = source[at : tag.start]
            length += len(text.strip())
            if length > _LONGEST_LINE * 3:
                return None
            parts.append(text)
        at = tag.end
        raw = tag.name in _RAW and not tag.closing
        if tag.name == "a":
            inside = not tag.closing
            if inside:
                anchors.append(next_number)
        elif (tag.name == opening.name and tag.closing) or (
            tag.name in _BLOCK_LEVEL and (tag.name != "br" or (bold or not anchors))
        ):
            if tag.name == "br" and not "".join(parts).strip() and not anchors:
                continue
            return _line_of(parts, anchors, next_number)
        else:
            parts.append(" " if tag.name == "br" else "")
    else:
        if number + 60 < len(tags):
            return None
        if not inside and not raw:
            parts.append(source[at : at + _LONGEST_LINE * 4])
    return _line_of(parts, anchors, min(number + 60, len(tags)) - 1)


def _line_of(parts: Sequence[str], anchors: list[int], end: int) -> _Line | None:
    words = plain("".join(parts))
    return _Line(words, anchors, end) if len(words) <= _LONGEST_LINE else None


def _led(
    scan: Scan,
    line: _Line,
    said: str,
    phrases: Phrases,
    where: str,
    mean: Mean,
) -> list[Entry]:
    """Entries of a line such as ``Read also: <a>``; empty where it is none.

    Beside the lead there may be nothing but signs and words that join links.
    """
    entries = []
    if said:
        lead = next((lead for lead in phrases.lead_words if said.startswith(lead)), "")
        rest = said[len(lead) :] if lead else ""
        if lead and all(
            word in CONNECTING or not word for word in re.split(r"[\s,;:/|.、،\-–—]+", rest)
        ):
            entries = [_anchor_entry(scan, number, f"{where}:lead") for number in line.anchors]
    elif len(line.anchors) == 1:
        text = anchor_text(scan, line.anchors[0])
        lead, sign, title = _split_lead(text)
        if sign and fold(lead).strip(_TRIM) in phrases.leads and title:
            entry = _anchor_entry(scan, line.anchors[0], f"{where}:lead")
            entries = [Entry(entry.origin, entry.url, title)]
    return _own(entries, mean)


def _split_lead(text: str) -> tuple[str, str, str]:
    match = re.match(r"([^:：–—|»]{2,60}?)\s*([:：–—|»])\s*(.+)", text, re.DOTALL)
    return (match[1], match[2], match[3].strip()) if match else ("", "", "")


def _anchor_entry(scan: Scan, number: int, origin: str) -> Entry:
    attributes = scan.get(scan.tags[number])
    return Entry(origin, attributes.get("href", ""), _title(scan, number, attributes)[1])


def _following(scan: Scan, number: int, origin: str, mean: Mean) -> tuple[list[Entry], int]:
    """The links that follow an announcing line, and the number of the tag where they end.

    They end at the next heading without a link, at a paragraph of prose, behind a list, or with
    the container that holds the line.
    """
    tags, source = scan.tags, scan.source
    anchors: list[int] = []
    block: list[int] = []
    loose = 0
    inside = raw = listed = False
    depth = 0
    at = tags[number].end
    end = number
    last = min(number + _MOST_TAGS, len(tags))
    for current in range(number + 1, last):
        tag = tags[current]
        if not inside and not raw:
            loose += len(source[at : tag.start].replace("&nbsp;", " ").strip(_TRIM + ",;"))
        at = tag.end
        raw = tag.name in _RAW and not tag.closing
        name = tag.name
        if name == "a":
            inside = not tag.closing
            if inside:
                block.append(current)
            continue
        if name not in _BLOCK_LEVEL and name not in _STOPS:
            continue
        inside = False
        limit = _LONGEST_NOTE if block else _LONGEST_LINE
        if loose > limit:
            break
        anchors += block
        if block:
            end = current
        block, loose = [], 0
        if name in _STOPS and not tag.closing:
            break
        if name in _HEADING and not tag.closing and not _holds_link(tags, current):
            break
        if name in ("ul", "ol"):
            listed = listed or not tag.closing
            if tag.closing and anchors:
                end = current
                break
        if name in _CONTAINERS:
            depth += -1 if tag.closing else 1
            if depth < 0 and (anchors or depth < -2):
                break
    else:
        if last == len(tags) and loose + len(source[at:].strip()) <= _LONGEST_NOTE:
            anchors += block
            end = last - 1
    titles: dict[str, tuple[int, str]] = {}
    for each in anchors:
        attributes = scan.get(tags[each])
        url = attributes.get("href", "")
        titles[url] = max(_title(scan, each, attributes), titles.get(url, (0, "")), key=_rank)
    entries = [Entry(origin, url, title) for url, (_, title) in titles.items()]
    return _own(entries, mean), end


def _holds_link(tags: Sequence[Tag], number: int) -> bool:
    name = tags[number].name
    for tag in tags[number + 1 : number + 20]:
        if tag.name == name and tag.closing:
            return False
        if tag.name == "a":
            return True
    return False


def _own(entries: Sequence[Entry], mean: Mean) -> list[Entry]:
    """The entries where most of them are posts of this site; none otherwise.

    That tells a related-posts block from a table of contents (places in the same page), a list of
    sources (other sites), of products, of categories.
    """
    posts, others, kept = 0, 0, []
    for entry in entries:
        meaning = mean(entry.url)
        if meaning.kind == "posts/product" or not entry.url:
            others += 1
        elif _is_post(meaning) and meaning.state != "fragment":
            posts += 1
            kept.append(entry)
        elif meaning.state == "outside":
            others += 1
            kept.append(entry)
        else:
            others += 1
    return kept if posts and posts >= others else []


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
