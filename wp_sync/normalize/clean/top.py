"""The title said again, and the byline, at the top of a body.

Themes print both; where an editor pasted a whole page, the body has them too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from wp_sync.normalize.authors.bylines import parse_byline
from wp_sync.normalize.clean.body import Body, Edit, Line, Lines
from wp_sync.normalize.text import fold, plain

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_LINES = _HEADINGS | {"p"}
_WRAPPERS = frozenset(("div", "section", "article", "header", "main", "span", "strong", "b"))
_MOST_TAGS = 40
_LIKELY = re.compile(r"[\d:\uff1a]")
_LONGEST_BYLINE = 300
_LONGEST = 1_000


def first_lines(body: Body, most: int) -> Iterator[Line]:
    """The first headings and paragraphs that say something, as long as nothing else does.

    Walked once for all rules that ask, and no further than they do.
    """
    if body.lines is None:
        body.lines = Lines(_walk(body))
    return islice(body.lines, most)


def _walk(body: Body) -> Iterator[Line]:
    tags, source = body.scan.tags, body.source
    at = number = 0
    while number < min(len(tags), _MOST_TAGS):
        tag = tags[number]
        if _says(source, at, tag.start):
            return
        at = tag.end
        if tag.closing or tag.name not in _LINES:
            if not tag.closing and tag.name not in _WRAPPERS:
                return
            number += 1
            continue
        close = number + 1
        while close < len(tags) and not (tags[close].closing and tags[close].name == tag.name):
            if close - number > _MOST_TAGS or tags[close].name in _LINES:
                return
            close += 1
        if close == len(tags) or tags[close].start - tag.end > _LONGEST:
            return
        words = plain(source[tag.end : tags[close].start])
        end = tags[close].end
        if words:
            yield Line(tag.name, words, tag.start, end)
        at, number = end, close + 1


def _says(source: str, start: int, end: int) -> bool:
    gap = source[start:end]
    return bool(gap.strip()) and bool(plain(gap))


def repeated_title(body: Body) -> Iterator[Edit]:
    """The post's title as the first heading or paragraph, once or twice."""
    title = fold(body.title)
    if len(title) < 3:
        return
    for line in first_lines(body, 2):
        if fold(line.words) != title:
            return
        start, end = body.with_block(line.start, line.end)
        yield Edit(start, end, "", "title", f"the title again, as <{line.name}>")


def byline(body: Body) -> Iterator[Edit]:
    """A line that says who wrote the text and when, or where it is filed."""
    for line in first_lines(body, 4):
        # Two of a name, a day and categories: there is a digit or a label in all of them.
        if len(line.words) > _LONGEST_BYLINE:  # the text itself has begun
            return
        if not _LIKELY.search(line.words):
            continue
        if parse_byline(line.words) is not None:
            start, end = body.with_block(line.start, line.end)
            yield Edit(start, end, "", "byline", f"a byline: {line.words[:120]}")
            return
