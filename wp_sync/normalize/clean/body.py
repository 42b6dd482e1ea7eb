"""What every cleaning rule works with: a scanned body, its elements and words, and edits to it.

Nothing is applied here; see `wp_sync.normalize.clean.cleaner`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from wp_sync.normalize.links.scan import Comment, Scan, Tag
from wp_sync.normalize.rules.cleaning import CleaningRules

VOID = frozenset(
    (
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
        "source", "track", "wbr",
    )
)  # fmt: skip
RAW = frozenset(("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"))
CODE = frozenset(("pre", "code"))
_OPTIONAL_END = frozenset(
    ("p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "colgroup")
)
_BLOCK = re.compile(r"<!--\s++(/?)wp:([a-z][a-z0-9_/-]*+)(?:\s(?:[^-]|-(?!->))*+)?-->")
BLANK = re.compile(r"(?:\s|&nbsp;|&#160;|&#x[aA]0;|&#8203;|\u200b|\ufeff)*+")


class Edit(NamedTuple):
    """A part of the body from ``start`` up to ``end`` becomes ``new``; ``do`` False: told only."""

    start: int
    end: int
    new: str
    rule: str
    what: str
    do: bool = True


class Line(NamedTuple):
    """One of the first lines of a body: its words, and the whole of its element."""

    name: str
    words: str
    start: int
    end: int


class Lines:
    """Lines that several may walk over, each found when the first of them comes to it."""

    def __init__(self, source: Iterator[Line]) -> None:
        self._source = source
        self._found: list[Line] = []

    def __iter__(self) -> Iterator[Line]:
        yield from self._found
        for line in self._source:
            self._found.append(line)
            yield line


class Body:
    """A body under cleaning: its tags, which closes which, and where its words stand."""

    def __init__(self, scanned: Scan, title: str, rules: CleaningRules) -> None:
        self.scan = scanned
        self.source = scanned.source
        self.title = title
        self.rules = rules
        self.lines: Lines | None = None  # its first ones, see `wp_sync.normalize.clean.top`

    @cached_property
    def closing(self) -> dict[int, int]:
        """The number of the end tag of each element that has one of its own, well nested."""
        found: dict[int, int] = {}
        stack: list[int] = []
        tags = self.scan.tags
        open_names: dict[str, int] = {}
        for number, tag in enumerate(tags):
            if not tag.closing:
                if tag.name not in VOID:
                    stack.append(number)
                    open_names[tag.name] = open_names.get(tag.name, 0) + 1
            elif open_names.get(tag.name):
                nested = True
                while True:
                    top = stack.pop()
                    name = tags[top].name
                    open_names[name] -= 1
                    if name == tag.name:
                        if nested:
                            found[top] = number
                        break
                    nested = nested and name in _OPTIONAL_END
        return found

    @cached_property
    def texts(self) -> Sequence[tuple[int, int]]:
        """Where words stand: outside tags, comments, raw text and code samples."""
        found: list[tuple[int, int]] = []
        stops: list[Tag | Comment] = [*self.scan.tags, *self.scan.comments]
        stops.sort(key=lambda stop: stop.start)
        at = code = 0
        raw = False
        for stop in stops:
            if stop.start > at and not code and not raw:
                found.append((at, stop.start))
            at = stop.end
            if isinstance(stop, Comment):
                continue
            raw = stop.name in RAW and not stop.closing
            if stop.name in CODE:
                code = max(0, code + (-1 if stop.closing else 1))
        if at < self.scan.end and not code and not raw:
            found.append((at, self.scan.end))
        return found

    @cached_property
    def _blocks(self) -> Sequence[tuple[int, int]]:
        """The outermost blocks that have content, from comment to comment."""
        found: list[tuple[int, int]] = []
        depth = begin = 0
        for comment in self.scan.comments:
            block = _BLOCK.match(self.source, comment.start, comment.end)
            if block is None or self.source.startswith("/-->", comment.end - 4):
                continue
            if not block[1]:
                begin = comment.start if not depth else begin
                depth += 1
            elif depth:
                depth -= 1
                if not depth:
                    found.append((begin, comment.end))
        if depth:
            found.append((begin, len(self.source)))
        return found

    def in_block(self, start: int, end: int) -> bool:
        """Whether a span is a part of a block, which may not be valid without it."""
        number = bisect_right(self._blocks, (start, len(self.source))) - 1
        return number >= 0 and self._blocks[number][0] < start and end < self._blocks[number][1]

    def balanced(self, start: int, end: int) -> bool:
        """Whether the elements and blocks that begin in a span end there too, and the other way."""
        tags = self.scan.tags
        number = bisect_left(tags, start, key=lambda tag: tag.start)
        stack: list[str] = []
        while number < len(tags) and tags[number].start < end:
            tag = tags[number]
            number += 1
            if tag.end > end:
                return False
            if not tag.closing:
                stack += [tag.name] if tag.name not in VOID else []
            elif not stack or stack.pop() != tag.name:
                return False
        depth = 0
        for block in _BLOCK.finditer(self.source, start, end):
            if not self.source.startswith("/-->", block.end() - 4):
                depth += -1 if block[1] else 1
            if depth < 0:
                return False
        return not stack and not depth

    def with_block(self, start: int, end: int) -> tuple[int, int]:
        """A span with the block comments around it, where nothing else stands between them.

        What is taken out with its block leaves block markup valid.
        """
        source = self.source
        before = source[:start].rstrip() if start < 200 else source[start - 200 : start].rstrip()
        if not before.endswith("-->"):
            return start, end
        opens = source.rfind("<!--", 0, start)
        opening = _BLOCK.match(source, opens, start) if opens >= 0 else None
        after = end
        while after < len(source) and source[after] in " \t\r\n":
            after += 1
        closing = _BLOCK.match(source, after)
        if (
            opening is None
            or closing is None
            or source[opening.end() : start].strip()
            or opening[1]
            or not closing[1]
            or opening[2].rstrip("/") != closing[2].rstrip("/")
            or source.startswith("/-->", opening.end() - 4)
        ):
            return start, end
        return opens, closing.end()

    def elements(self, *names: str) -> Iterator[tuple[int, Tag]]:
        """The opening tags of these names, with their numbers."""
        tags = self.scan.tags
        for number in sorted([number for name in names for number in self._opening.get(name, ())]):
            yield number, tags[number]

    @cached_property
    def _opening(self) -> dict[str, list[int]]:
        """The numbers of all opening tags by name."""
        found: dict[str, list[int]] = {}
        for number, tag in enumerate(self.scan.tags):
            if not tag[1]:
                found.setdefault(tag[0], []).append(number)
        return found


def attribute_span(source: str, start: int, end: int) -> tuple[int, int]:
    """A whole attribute, from the white space before its name, given where its value stands."""
    quoted = source[start - 1] in "\"'"
    first, last = (start - 1, end + 1) if quoted else (start, end)
    while source[first - 1] in " \t\r\n\f":
        first -= 1
    first -= 1  # the equals sign
    while source[first - 1] in " \t\r\n\f":
        first -= 1
    while source[first - 1] not in " \t\r\n\f/\"'":
        first -= 1
    while source[first - 1] in " \t\r\n\f":
        first -= 1
    return first, last
