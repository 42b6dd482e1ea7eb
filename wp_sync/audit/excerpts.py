"""A piece of the content with the place marked, short enough to read. Text in, text out."""

from __future__ import annotations

from wp_sync.findings import Excerpt

_AROUND = 70  # characters before and behind the place
_LONGEST = 240  # of the place itself


def excerpt(source: str, start: int, end: int, around: int = _AROUND) -> Excerpt:
    """What stands around a place of a text, on one line; ``…`` where it is cut."""
    start = max(0, min(start, len(source)))
    end = max(start, min(end, len(source), start + _LONGEST))
    first = _edge(source, start, -around)
    last = _edge(source, end, around)
    before = ("…" if first else "") + _line(source[first:start], left=not first)
    marked = _line(source[start:end]) if end > start else ""
    after = _line(source[end:last]) + ("…" if last < len(source) else "")
    return Excerpt(before + marked + after, len(before), len(before) + len(marked))


def _edge(source: str, at: int, by: int) -> int:
    """Where to cut: at most so many characters away, between words where there is a gap near."""
    far = max(0, min(len(source), at + by))
    if far in (0, len(source)):
        return far
    if by < 0:
        gap = source.find(" ", far, at)
        return gap + 1 if 0 <= gap < far + 20 else far
    gap = source.rfind(" ", at, far)
    return gap if gap > far - 20 else far


def _line(text: str, *, left: bool = False) -> str:
    """The text with its white space folded, a space at either end kept where there was one."""
    folded = " ".join(text.split())
    if not folded:
        return " " if text and not left else ""
    head = "" if left or not text[0].isspace() else " "
    return head + folded + (" " if text[-1].isspace() else "")
