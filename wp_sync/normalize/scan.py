"""A linear scanner for HTML fragments: every tag and every address in it, with its position.

No tree is built and nothing is changed: values are named by start and end in the source, so that a
later step can splice new ones in and leave every other byte alone. It follows the tokenizer of the
HTML standard (comments, raw-text elements, all quotings), and works in time proportional to the
input however broken it is: every pattern is possessive, and every construct also ends at the end
of the text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.entities import html5
from typing import Literal, NamedTuple

Encoding = Literal["attribute", "srcset", "json", "css"]

_SPACE = " \t\n\f\r"
_ATTRIBUTE = (
    rf"[{_SPACE}/]*+"
    rf"([^{_SPACE}/>][^{_SPACE}/>=]*+)"
    rf"(?:[{_SPACE}]*+=[{_SPACE}]*+(?:\"([^\"]*+)\"?|'([^']*+)'?|([^{_SPACE}>]*+)))?+"
)
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_TAG = re.compile(
    rf"<(/?)([a-zA-Z][^{_SPACE}/>]*+)("
    + re.sub(r"\((?!\?)", "(?:", _ATTRIBUTE).join(("(?:", ")*+"))
    + rf"[{_SPACE}/]*+)(>?)"
)
_RAW_TEXT = frozenset(
    ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
)
_RAW_END = {
    name: re.compile(rf"</{name}(?=[{_SPACE}/>])", re.IGNORECASE) for name in sorted(_RAW_TEXT)
}
_COMMENT_END = re.compile(r"--!?>")
_ENTITY = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[A-Za-z][A-Za-z0-9]*+;?)")
_CSS_URL = re.compile(
    r"url\([ \t\n]*+(?:\"([^\"]*+)\"?|'([^']*+)'?|([^)\"' \t\n]*+))", re.IGNORECASE
)
_JSON_STRING = re.compile(r'"((?:[^"\\]|\\.)*+)("?)', re.DOTALL)
_ADDRESS = re.compile(r"(?:https?:)?//[^\s/]", re.IGNORECASE)


class Attribute(NamedTuple):
    """An attribute: its lower-case name, its value decoded, and where the value stands."""

    name: str
    value: str
    start: int
    end: int


class Tag(NamedTuple):
    """A tag: its lower-case name, whether it closes, and where it and its attributes stand."""

    name: str
    closing: bool
    start: int
    end: int
    attributes_start: int
    attributes_end: int


class Comment(NamedTuple):
    """A comment, ``<!--`` and ``-->`` included in the span."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Found:
    """An address in the source. ``url`` is decoded; the source's own spelling stands between
    ``start`` and ``end`` in the ``encoding`` that a replacement has to be written in."""

    url: str
    start: int
    end: int
    encoding: Encoding
    element: str
    attribute: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """All tags and comments of a fragment in order. ``broken`` says what a browser must mend."""

    source: str
    tags: list[Tag]
    comments: list[Comment]
    broken: tuple[str, ...] = ()

    def attributes(self, tag: Tag) -> list[Attribute]:
        """The attributes of a tag; of two with one name the first counts, as in browsers."""
        source = self.source
        found: list[Attribute] = []
        names: set[str] = set()
        for match in _ATTRIBUTES.finditer(source, tag.attributes_start, tag.attributes_end):
            name = match[1].lower()
            if name in names:
                continue
            names.add(name)
            group = match.lastindex or 1
            if group == 1:
                found.append(Attribute(name, "", match.end(), match.end()))
            else:
                start, end = match.span(group)
                found.append(Attribute(name, unescape(match[group]), start, end))
        return found

    def get(self, tag: Tag) -> dict[str, str]:
        """The attributes of a tag by name."""
        return {attribute.name: attribute.value for attribute in self.attributes(tag)}


def unescape(value: str) -> str:
    """An attribute's value with its entities decoded by the rules for attributes.

    There ``&copy=3`` and ``&copyright`` stay as they are: an entity without its semicolon counts
    only where neither ``=`` nor a letter or digit follows (HTML standard, 13.2.5.73).
    """
    if "&" not in value:
        return value

    def decoded(match: re.Match[str]) -> str:
        entity = match[0]
        if entity[1] == "#":
            return html.unescape(entity)
        if entity.endswith(";"):  # a prefix alone, as in &notit; counts in text only
            return html5.get(entity[1:], entity)
        if entity[1:] in html5 and not value.startswith("=", match.end()):
            return html5[entity[1:]]
        return entity

    return _ENTITY.sub(decoded, value)


def scan(source: str) -> Scan:
    """Find every tag and comment of a fragment; never raises, never looks back."""
    tags: list[Tag] = []
    comments: list[Comment] = []
    broken: list[str] = []
    find, match_tag = source.find, _TAG.match
    at, length = 0, len(source)
    foreign = 0  # inside svg or math, where title and style are no raw text
    while True:
        at = find("<", at)
        if at < 0:
            break
        match = match_tag(source, at)
        if match is None:
            if source.startswith("<!--", at):
                if source.startswith((">", "->"), at + 4):  # <!--> and <!---> are whole comments
                    end = source.index(">", at) + 1
                else:
                    close = _COMMENT_END.search(source, at + 4)
                    end = close.end() if close else length
                    if close is None:
                        broken.append("a comment without end")
                comments.append(Comment(at, end))
                at = end
            elif source.startswith(("<!", "<?", "</"), at) and at + 2 < length:
                close_at = find(">", at + 2)
                at = close_at + 1 if close_at >= 0 else length
            else:
                at += 1
            continue
        slash, name, _, closed = match.groups()
        end = match.end()
        if not closed:  # the text ends inside the tag: browsers drop it
            broken.append(f"a tag without end: <{slash}{name[:20]}")
            break
        name = name.lower()
        tags.append(Tag(name, bool(slash), at, end, *match.span(3)))
        at = end
        if name in _RAW_TEXT and not slash and not foreign:
            close = _RAW_END[name].search(source, end)
            if close is None:
                broken.append(f"<{name}> without end")
                break
            at = close.start()
        elif name == "plaintext" and not slash:
            break
        elif name in ("svg", "math"):
            foreign = max(0, foreign - 1) if slash else foreign + (source[end - 2] != "/")
    return Scan(source, tags, comments, tuple(broken))


# Where addresses stand: (element, attribute). The lazy-loading names are those of the usual
# plugins; `*` is any element.
_LINKING = {
    "a": ("href",),
    "area": ("href",),
    "img": ("src", "data-src", "data-lazy-src", "data-orig-file", "data-large-file"),
    "source": ("src",),
    "iframe": ("src", "data-src"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "link": ("href",),
}
_SRCSETS = ("srcset", "data-srcset", "data-lazy-srcset")


def find_addresses(scanned: Scan) -> Iterator[Found]:
    """Every address in a fragment, in the order of the source.

    In the attributes known to hold one, in ``srcset``, in ``url()`` of style attributes, and in
    the JSON of block comments (absolute ones there; slashes may be escaped).
    """
    comments = iter(
        comment for comment in scanned.comments if scanned.source.startswith("<!-- wp:", comment[0])
    )
    comment = next(comments, None)
    tags = scanned.tags
    for number, tag in enumerate(tags):
        while comment is not None and comment.start < tag.start:
            yield from _in_block(scanned.source, comment)
            comment = next(comments, None)
        if tag.closing:
            continue
        wanted = _LINKING.get(tag.name, ())
        styled = "style" in scanned.source[tag.attributes_start : tag.attributes_end]
        if not wanted and not styled:
            continue
        for attribute in scanned.attributes(tag):
            if attribute.name in wanted:
                start, end, value = attribute.start, attribute.end, attribute.value
                text = anchor_text(scanned, number) if tag.name == "a" else ""
                yield Found(value, start, end, "attribute", tag.name, attribute.name, text)
            elif attribute.name in _SRCSETS and tag.name in ("img", "source"):
                yield from _in_srcset(scanned.source, attribute, tag.name)
            elif attribute.name == "style" and "url(" in attribute.value.lower():
                yield from _in_style(scanned.source, attribute, tag.name)
    while comment is not None:
        yield from _in_block(scanned.source, comment)
        comment = next(comments, None)


def anchor_text(scanned: Scan, number: int) -> str:
    """The words of the anchor that opens at a tag's number, entities decoded, tags dropped.

    An anchor ends at its end tag, at the next anchor, or after 64 tags or 2,000 characters,
    whatever comes first: one that is never closed must not cost the whole text each time.
    """
    tags, source = scanned.tags, scanned.source
    opening = tags[number]
    at = opening.end
    limit = at + 2000
    parts: list[str] = []
    raw = False
    for tag in tags[number + 1 : number + 65]:
        if tag.start > limit:
            break
        if not raw:
            parts.append(source[at : tag.start])
        at = tag.end
        raw = tag.name in _RAW_TEXT and not tag.closing
        if tag.name == "a":
            break
        if tag.name == "img" and not tag.closing and not "".join(parts).strip():
            parts.append(" ")
    else:
        if not raw:
            parts.append(source[at : at + 2000] if at >= opening.end else "")
            if len(tags) > number + 1 + 64:
                parts.pop()
    text = "".join(parts)[:2000]
    if "<!--" in text:
        text = re.sub(r"<!--(?:[^-]|-(?!->))*+(?:-->)?", "", text)
    return " ".join(html.unescape(text).split())[:500]


def _in_srcset(source: str, attribute: Attribute, element: str) -> Iterator[Found]:
    """The candidates of a srcset: split as the standard does, since addresses may hold commas."""
    raw = source[attribute.start : attribute.end]
    at, length = 0, len(raw)
    while at < length:
        while at < length and raw[at] in _SPACE + ",":
            at += 1
        start = at
        while at < length and raw[at] not in _SPACE:
            at += 1
        url = raw[start:at]
        bare = url.rstrip(",")
        if bare:
            begin = attribute.start + start
            end = begin + len(bare)
            yield Found(unescape(bare), begin, end, "srcset", element, attribute.name)
        if bare == url:  # a descriptor follows, up to the next comma outside brackets
            depth = 0
            while at < length and (raw[at] != "," or depth):
                depth += (raw[at] == "(") - (raw[at] == ")" and depth > 0)
                at += 1


def _in_style(source: str, attribute: Attribute, element: str) -> Iterator[Found]:
    raw = source[attribute.start : attribute.end]
    spelled = raw.replace("&quot;", '"     ').replace("&#039;", "'     ")  # as long as before
    for match in _CSS_URL.finditer(spelled):
        if match.lastindex is None:
            continue
        start, end = match.span(match.lastindex)
        value = unescape(raw[start:end].strip())
        while start < end and spelled[start] == " ":
            start += 1
        while end > start and spelled[end - 1] == " ":
            end -= 1
        value = unescape(raw[start:end])
        if value and not value.startswith("data:"):
            begin = attribute.start
            yield Found(value, begin + start, begin + end, "css", element, attribute.name)


def _in_block(source: str, comment: Comment) -> Iterator[Found]:
    if source.find("//", comment.start, comment.end) < 0 and (
        source.find("\\/", comment.start, comment.end) < 0
    ):
        return
    for match in _JSON_STRING.finditer(source, comment.start, comment.end):
        raw = match[1]
        if not match[2] or "/" not in raw:
            continue
        value = json_text(raw)
        if _ADDRESS.match(value) and not any(sign in value for sign in ' "<>'):
            yield Found(value, *match.span(1), "json", "block", "")


_JSON_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_JSON_SIGNS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def json_text(raw: str) -> str:
    """The inside of a JSON string with its escapes undone; malformed ones stay as they are."""
    if "\\" not in raw:
        return raw

    def undone(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        return _JSON_SIGNS.get(match[2], match[2])

    text = _JSON_ESCAPE.sub(undone, raw)
    if "\\u" in raw:  # a character beyond U+FFFF is written as two surrogates
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
