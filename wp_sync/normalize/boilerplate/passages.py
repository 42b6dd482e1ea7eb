"""A body as passages: what a reader sees as one paragraph, heading or item, and where it stands.

Pure. Says nothing about what a passage is worth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from wp_sync.normalize.links.scan import Scan, Tag
from wp_sync.normalize.text import fold, plain

_BLOCKS = frozenset(
    (
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "div", "section", "article",
        "aside", "blockquote", "table", "thead", "tbody", "tr", "td", "th", "figure", "figcaption",
        "dl", "dt", "dd", "main", "hr", "pre", "form", "header", "footer", "nav", "details",
        "summary", "address",
    )
)  # fmt: skip
_UNREAD = frozenset(
    ("script", "style", "textarea", "iframe", "noembed", "noframes", "xmp", "title")
)
_OTHER_SIGNS = re.compile(r"[\W_]+")
_LONGEST = 20_000


class Passage(NamedTuple):
    """A passage: its plain text, its element from ``start`` to ``end``, its inside without tags.

    Where no element encloses just this passage, both spans are the same.
    """

    text: str
    start: int
    end: int
    inner_start: int
    inner_end: int


def comparable(text: str) -> str:
    """The form in which passages are compared: folded, words of letters and digits only."""
    return _OTHER_SIGNS.sub(" ", fold(text)).strip()


def passages(scanned: Scan, least: int = 0) -> Iterator[Passage]:
    """The passages of a body with at least so many characters of markup, in order."""
    source = scanned.source
    at = 0
    before: Tag | None = None
    for tag in scanned.tags:
        if tag.name not in _BLOCKS and tag.name not in _UNREAD:
            continue
        if tag.start - at >= least and (before is None or before.name not in _UNREAD):
            yield from _passage(source, at, tag.start, before, tag)
        at, before = tag.end, tag
    if scanned.end - at >= least and (before is None or before.name not in _UNREAD):
        yield from _passage(source, at, scanned.end, before, None)


def _passage(
    source: str, start: int, end: int, before: Tag | None, after: Tag | None
) -> Iterator[Passage]:
    if end - start > _LONGEST or not source[start:end].strip():
        return
    text = plain(source[start:end])
    if not text:
        return
    if before and after and not before.closing and after.closing and before.name == after.name:
        yield Passage(text, before.start, after.end, start, end)
        return
    while start < end and source[start] in " \t\r\n":
        start += 1
    while end > start and source[end - 1] in " \t\r\n":
        end -= 1
    yield Passage(text, start, end, start, end)
