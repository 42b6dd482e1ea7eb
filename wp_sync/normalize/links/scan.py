"""A linear scanner for HTML fragments: every tag, comment and attribute, with its position.

No tree is built and nothing is changed: values are named by start and end in the source, so that a
later step can splice new ones in and leave every other byte alone. It follows the tokenizer of the
HTML standard (comments, raw-text elements, all quotings), and works in time proportional to the
input however broken it is: every pattern is possessive, and every construct also ends at the end
of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from wp_sync import entities
from wp_sync.normalize.links.spelling import unescape

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
_SPECIAL = _RAW_TEXT | {"plaintext", "svg", "math"}
_COMMENT_END = re.compile(r"--!?>")
# Two tags in three are one of these. By its whole spelling: name, whether it closes, and where its
# attributes begin and end; a look into a table takes a third of the time of the expression.
_COMMON = (
    "a", "b", "blockquote", "br", "br/", "br /", "code", "dd", "div", "dl", "dt", "em",
    "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "hr/", "hr /", "i", "li",
    "ol", "p", "pre", "section", "span", "strong", "table", "tbody", "td", "th", "thead", "tr",
    "ul",
)  # fmt: skip
_KNOWN = {
    match[0]: (match[2], match[1] == "/", *match.span(3))
    for match in (_TAG.match(f"<{slash}{name}>") for name in _COMMON for slash in ("", "/"))
    if match is not None
}
_LONGEST_KNOWN = max(map(len, _KNOWN))


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
    """A comment, ``<!--`` and ``-->`` included in the span; also what browsers take for one, such
    as ``<!doctype …>`` and ``<?php … ?>``."""

    start: int
    end: int


@dataclass(frozen=True)
class Scan:
    """All tags and comments of a fragment in order. ``broken`` says what a browser must mend;
    ``end`` is where its text ends (before a tag or raw text that is cut off)."""

    source: str
    tags: list[Tag]
    comments: list[Comment]
    end: int
    broken: tuple[str, ...] = ()

    @cached_property
    def spelled(self) -> str:
        """The attributes of all tags that open, as they are spelled, a line each or more.

        A word that is looked for in attributes alone is looked for here first: this is a fraction
        of the source.
        """
        source = self.source
        opening = [tag for tag in self.tags if tag[4] != tag[5] and not tag[1]]
        return "\n".join([source[tag[4] : tag[5]] for tag in opening])

    def attributes(self, tag: Tag) -> list[Attribute]:
        """The attributes of a tag; of two with one name the first counts, as in browsers."""
        found: dict[str, Attribute] = {}
        new = tuple.__new__
        for match in _ATTRIBUTES.finditer(self.source, tag[4], tag[5]):
            name = match[1].lower()
            if name in found:
                continue
            group = match.lastindex or 1
            if group == 1:
                found[name] = Attribute(name, "", match.end(), match.end())
            else:
                value = match[group]
                value = unescape(value) if "&" in value else value
                found[name] = new(Attribute, (name, value, *match.span(group)))
        return list(found.values())

    def get(self, tag: Tag) -> dict[str, str]:
        """The attributes of a tag by name; in a third of the time that `attributes` takes."""
        found: dict[str, str] = {}
        if tag[4] == tag[5]:
            return found
        for match in _ATTRIBUTES.finditer(self.source, tag[4], tag[5]):
            name = match[1].lower()
            if name not in found:
                group = match.lastindex or 1
                found[name] = unescape(match[group]) if group > 1 else ""
        return found


def scan(source: str) -> Scan:
    """Find every tag and comment of a fragment; never raises, never looks back."""
    tags: list[Tag] = []
    comments: list[Comment] = []
    broken: list[str] = []
    find, match_tag, add, known = source.find, _TAG.match, tags.append, _KNOWN.get
    new = tuple.__new__  # a third of the time that Tag() takes
    at, length = 0, len(source)
    text_end = length
    foreign = 0  # inside svg or math, where title and style are no raw text
    while True:
        at = find("<", at)
        if at < 0:
            break
        end = find(">", at, at + _LONGEST_KNOWN) + 1
        common = known(source[at:end])
        if common is not None:
            name, closing, first, last = common
            add(new(Tag, (name, closing, at, end, at + first, at + last)))
            at = end
            continue
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
                end = close_at + 1 if close_at >= 0 else length
                comments.append(Comment(at, end))
                at = end
            else:
                at += 1
            continue
        slash, name, closed = match.group(1, 2, 4)
        end = match.end()
        if not closed:  # the text ends inside the tag: browsers drop it
            broken.append(f"a tag without end: <{slash}{name[:20]}")
            text_end = at
            break
        name = name.lower()
        first, last = match.span(3)
        add(new(Tag, (name, slash == "/", at, end, first, last)))
        at = end
        if name not in _SPECIAL:
            continue
        if name in _RAW_TEXT:
            if slash or foreign:
                continue
            close = _RAW_END[name].search(source, end)
            if close is None:
                broken.append(f"<{name}> without end")
                text_end = end
                break
            at = close.start()
        elif name == "plaintext":
            if not slash:
                text_end = end
                break
        else:
            foreign = max(0, foreign - 1) if slash else foreign + (source[end - 2] != "/")
    return Scan(source, tags, comments, text_end, tuple(broken))


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
    for name, closing, start, end, _, _ in tags[number + 1 : number + 65]:
        if start > limit:
            break
        if not raw:
            parts.append(source[at:start])
        at = end
        if name == "a":
            raw = False
            break
        raw = name in _RAW_TEXT and not closing
        if name == "img" and not closing and not "".join(parts).strip():
            parts.append(" ")
    else:
        if not raw:
            parts.append(source[at : at + 2000] if at >= opening.end else "")
            if len(tags) > number + 1 + 64:
                parts.pop()
    text = "".join(parts)[:2000]
    if "<!--" in text:
        text = re.sub(r"<!--(?:[^-]|-(?!->))*+(?:-->)?", "", text)
    return " ".join(entities.unescape(text).split())[:500]
