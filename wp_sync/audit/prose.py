"""The words of a body as they are searched: without tags, comments, scripts and code samples.

Words keep their entities; inline tags vanish, other tags become line ends, so that what is a line
here is what a reader sees as one. Every place leads back to one in the source. Pure.
"""

from __future__ import annotations

from bisect import bisect_right

from wp_sync.normalize.links.scan import Comment, Scan, Tag

_CODE = frozenset(("pre", "code", "kbd", "samp", "tt"))
_RAW = frozenset(
    ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "template")
)
_INLINE = frozenset(
    ("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "del", "dfn", "em", "font", "i",
     "ins", "mark", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "time", "u", "var",
     "wbr", "label", "o:p")
)  # fmt: skip


class Prose:
    """The words of one body, and where each of them stands in it."""

    __slots__ = ("_places", "_starts", "text")

    def __init__(self, scanned: Scan) -> None:
        source = scanned.source
        stops: list[Tag | Comment] = list(scanned.tags)
        if scanned.comments:
            stops += scanned.comments
            stops.sort(key=lambda stop: stop.start)
        parts: list[str] = []
        starts: list[int] = []
        places: list[int] = []
        at = length = code = 0
        raw = broken = False
        for stop in stops:
            if stop.start > at and not code and not raw:
                if broken:
                    parts.append("\n")
                    length += 1
                    broken = False
                starts.append(length)
                places.append(at)
                parts.append(source[at : stop.start])
                length += stop.start - at
            at = stop.end
            if len(stop) == 2:  # a comment
                continue
            name, closing = stop[0], stop[1]
            if name in _INLINE:
                continue
            broken = True
            if name in _CODE:
                code = max(0, code + (-1 if closing else 1))
            elif name in _RAW:
                raw = not closing
        if scanned.end > at and not code and not raw:
            if broken:
                parts.append("\n")
                length += 1
            starts.append(length)
            places.append(at)
            parts.append(source[at : scanned.end])
        self.text = "".join(parts)
        self._starts = starts
        self._places = places

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where words of ``text`` stand in the source, from the first to behind the last."""
        first = self._at(start)
        return first, max(first, self._at(end - 1) + 1 if end > start else first)

    def _at(self, offset: int) -> int:
        number = bisect_right(self._starts, offset) - 1
        if number < 0:
            return 0
        return self._places[number] + offset - self._starts[number]
