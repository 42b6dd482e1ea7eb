"""Related posts that a person wrote: links after a heading or bold line, and "Read also: …" lines.

Pure, over the scanner's flat list of tags; bounded work however the markup repeats itself. Knows no
plugin and no theme: those are in `related`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wp_sync.normalize.links.scan import Scan, Tag, anchor_text
from wp_sync.normalize.related.entries import (
    TRIM,
    Block,
    Entry,
    Mean,
    Phrases,
    is_post,
    key_of,
    rank,
    title_of,
)
from wp_sync.normalize.related.phrases import CONNECTING
from wp_sync.normalize.text import plain

HEADING_TAGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_LINES = frozenset(("p", "li", "div", "blockquote", "strong", "b", "summary", *HEADING_TAGS))
_BLOCK_LEVEL = frozenset(
    (
        "p", "li", "ul", "ol", "div", "section", "article", "aside", "blockquote", "table", "tr",
        "td", "figure", "dl", "dt", "dd", "main", "hr", "pre", "form", "br", *HEADING_TAGS,
    )
)  # fmt: skip
_CONTAINERS = frozenset(("div", "section", "article", "aside", "main", "blockquote"))
_RAW = frozenset(("script", "style", "textarea", "iframe", "noembed", "noframes", "xmp", "title"))
_STOPS = frozenset(("hr", "form", "nav", "footer", "pre"))
_SIGNS = re.compile(r"[\W_]+")
_BLANKS = " \t\n\r\v\f\x1c\x1d\x1e\x1f"  # what `str.split` folds, of ASCII
_LONGEST_LINE = 80  # characters of an announcing line
_LONGEST_START = 40  # characters of plain text that may stand before it: a date, a number
_LONGEST_NOTE = 160  # characters of plain text that may stand beside an entry's link
_MOST_TAGS = 1500  # a hand-written block ends within so many tags
_BUDGET = 40_000  # tags that all announcing lines of one text may make us walk: hostile ones repeat


@dataclass(slots=True)
class _Line:
    """One line or block of the flow: its plain words outside anchors, and its anchors."""

    words: str
    anchors: list[int]
    end: int  # number of the tag that ended it


def by_hand(
    scan: Scan, mean: Mean, phrases: Phrases, where: str, spans: Sequence[tuple[int, int]]
) -> Iterator[Block]:
    """Blocks that a person wrote. What stands in ``spans`` is known already.

    A heading that announces one of those is told as a block that overlaps it.
    """
    tags, source = scan.tags, scan.source
    skip_to = 0
    span = 0
    navigation = 0
    in_anchor = False
    budget = _BUDGET
    for number, tag in enumerate(tags):
        name, closing, begin, _, _, _ = tag
        if name in ("nav", "footer"):
            navigation = max(0, navigation + (-1 if closing else 1))
        elif name == "a":
            in_anchor = not closing
        if closing or name not in _LINES or navigation or begin < skip_to:
            continue
        if in_anchor and name not in HEADING_TAGS:
            continue
        while span < len(spans) and spans[span][1] <= begin:
            span += 1
        if span < len(spans) and spans[span][0] <= begin:
            continue
        # Most paragraphs begin with more plain text than any announcing line has.
        after = tags[number + 1].start if number + 1 < len(tags) else len(source)
        if after - tag.end > _LONGEST_LINE * 4 and len(source[tag.end : after].strip()) > (
            _LONGEST_LINE * 2
        ):
            continue
        line = _line(scan, number)
        if line is None or (not line.words and len(line.anchors) != 1):
            continue
        said = key_of(line.words)
        entries: list[Entry] = []
        end = line.end
        if line.anchors:
            entries = _led(scan, line, said, phrases, where, mean)
        if not entries and not line.anchors and said and budget > 0 and _announces(said, phrases):
            budget -= _MOST_TAGS // 10
            entries, end = _following(scan, line.end, f"{where}:{_form(tag)}", mean)
        if entries:
            last = tags[min(end, len(tags) - 1)]
            stop = last.end if last.closing or last.name in ("a", "img") else last.start
            if end == len(tags) - 1 and not last.closing:
                stop = len(source)
            start = tag.end if tag.name == "br" else tag.start
            yield Block(entries[0].origin, start, max(stop, tag.end), tuple(entries))
            skip_to = last.end


def _form(tag: Tag) -> str:
    return "heading" if tag.name in HEADING_TAGS else "line"


def _announces(said: str, phrases: Phrases) -> bool:
    """Whether a line is one of the phrases, or a phrase of several words with a few behind it."""
    if said in phrases.headings:
        return True
    words = said.split(" ")
    if 2 < len(words) <= 9 and any(
        " ".join(words[:count]) in phrases.headings for count in range(2, len(words))
    ):
        return True
    return (
        said[0] >= "\u3040"
        and len(words) == 1
        and any(said.startswith(each) and len(said) - len(each) <= 6 for each in phrases.dense)
    )


def _line(scan: Scan, number: int) -> _Line | None:
    """The short line that opens at a tag, or None where it has too many words to announce."""
    tags, source = scan.tags, scan.source
    opening = tags[number]
    at, inside, raw = opening.end, False, False
    opened = opening.name
    parts: list[str] = []
    anchors: list[int] = []
    length = 0
    bold = opened in ("strong", "b")
    for next_number in range(number + 1, min(number + 60, len(tags))):
        name, closing, start, end, _, _ = tags[next_number]
        if not inside and not raw:
            text = source[at:start]
            length += len(text.strip())
            if length > _LONGEST_LINE * 3:
                return None
            parts.append(text)
        at = end
        raw = not closing and name in _RAW
        if name == "a":
            inside = not closing
            if inside:
                anchors.append(next_number)
        elif (closing and name == opened) or (
            name in _BLOCK_LEVEL and (name != "br" or (bold or not anchors))
        ):
            if name == "br" and not "".join(parts).strip() and not anchors:
                continue
            return _line_of(parts, anchors, next_number)
        else:
            parts.append(" " if name == "br" else "")
    else:
        if number + 60 < len(tags):
            return None
        if not inside and not raw:
            parts.append(source[at : at + _LONGEST_LINE * 4])
    return _line_of(parts, anchors, min(number + 60, len(tags)) - 1)


def _line_of(parts: Sequence[str], anchors: list[int], end: int) -> _Line | None:
    text = "".join(parts)
    # Where nothing but white space can be folded, what is too long is so before that.
    if (
        text.isascii()
        and "&" not in text
        and "<" not in text
        and len(text) - sum(map(text.count, _BLANKS)) > _LONGEST_LINE
    ):
        return None
    words = plain(text)
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
        lead = ""
        if said.startswith(phrases.lead_words):
            lead = next(lead for lead in phrases.lead_words if said.startswith(lead))
        rest = said[len(lead) :] if lead else ""
        if lead and all(word in CONNECTING or not word for word in _SIGNS.split(rest)):
            entries = [_anchor_entry(scan, number, f"{where}:lead") for number in line.anchors]
    elif len(line.anchors) == 1:
        text = anchor_text(scan, line.anchors[0])
        lead, sign, title = _split_lead(text)
        if sign and key_of(lead) in phrases.leads and title:
            entry = _anchor_entry(scan, line.anchors[0], f"{where}:lead")
            entries = [Entry(entry.origin, entry.url, title)]
    return _own(entries, mean)


def _split_lead(text: str) -> tuple[str, str, str]:
    match = re.match(r"([^:：–—|»]{2,60}?)\s*([:：–—|»])\s*(.+)", text, re.DOTALL)
    return (match[1], match[2], match[3].strip()) if match else ("", "", "")


def _anchor_entry(scan: Scan, number: int, origin: str) -> Entry:
    attributes = scan.get(scan.tags[number])
    return Entry(origin, attributes.get("href", ""), title_of(scan, number, attributes)[1])


def _following(scan: Scan, number: int, origin: str, mean: Mean) -> tuple[list[Entry], int]:
    """The links that follow an announcing line, and the number of the tag where they end.

    They end at the next heading without a link, at a paragraph of prose, behind a list, or with
    the container that holds the line.
    """
    tags, source = scan.tags, scan.source
    anchors: list[int] = []
    block: list[int] = []
    loose = before = 0
    inside = raw = listed = False
    depth = 0
    at = tags[number].end
    end = number
    last = min(number + _MOST_TAGS, len(tags))
    for current in range(number + 1, last):
        tag = tags[current]
        if not inside and not raw:
            loose += len(source[at : tag.start].replace("&nbsp;", " ").strip(TRIM + ",;"))
        at = tag.end
        raw = tag.name in _RAW and not tag.closing
        name = tag.name
        if name == "a":
            inside = not tag.closing
            if inside:
                before = before if block else loose
                block.append(current)
            continue
        if name not in _BLOCK_LEVEL and name not in _STOPS:
            continue
        inside = False
        limit = _LONGEST_NOTE if block else _LONGEST_LINE
        if loose > limit or (block and before > _LONGEST_START):
            break
        anchors += block
        if block:
            end = current
        block, loose = [], 0
        if name in _STOPS and not tag.closing:
            break
        if name in HEADING_TAGS and not tag.closing and not _holds_link(tags, current):
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
        if (
            last == len(tags)
            and loose + len(source[at:].strip()) <= _LONGEST_NOTE
            and (not block or before <= _LONGEST_START)
        ):
            anchors += block
            end = last - 1 if block else end
    # A picture, the title and "Read more" are one entry; in the next item of a list it is another.
    titles: dict[tuple[str, int], tuple[int, str]] = {}
    items, place = 0, number
    for each in anchors:
        items += sum(tag.name == "li" and not tag.closing for tag in tags[place:each])
        place = each
        attributes = scan.get(tags[each])
        key = attributes.get("href", ""), items
        titles[key] = max(titles.get(key, (0, "")), title_of(scan, each, attributes), key=rank)
    entries = [Entry(origin, url, title) for (url, _), (_, title) in titles.items()]
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
        if not entry.url or (meaning.kind == "posts/page" and "#" in entry.url):
            others += 1
        elif is_post(meaning) and meaning.state != "fragment":
            posts += 1
            kept.append(entry)
        elif meaning.state == "outside":
            others += 1
            kept.append(entry)
        else:
            others += 1
    return kept if posts and posts >= others else []
