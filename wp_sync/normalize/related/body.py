"""Related-posts blocks in a body: taken out, or one uniform block in their place.

Pure; for exports and publishers. Touches only the blocks that `related.blocks_in` found, by their
places in the source: every byte beside them stays, and so does every tag whose other half is
outside. Finds nothing itself, and knows nothing of archives.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from wp_sync.normalize.links.scan import Scan
from wp_sync.normalize.related.entries import Block
from wp_sync.normalize.rules import RelatedRules

Span = tuple[int, int]

_VOID = frozenset(
    (
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source",
        "track", "wbr",
    )
)  # fmt: skip
# Elements that stand for their only content: when that goes, they go.
_WRAPPERS = frozenset(
    (
        "div", "section", "aside", "figure", "blockquote", "p", "ul", "ol", "li", "span", "strong",
        "em", "b", "i", "center",
    )
)  # fmt: skip
_BLOCK_COMMENT = re.compile(r"<!--\s*(/?)(wp:[a-z0-9/_-]+)[^>]*?(/?)-->", re.DOTALL)
_MARKS = re.compile(r"<!--\s*(?:more|nextpage|noteaser)\b")  # they divide a post
_OWN_COMMENT = re.compile(r"relat|yuzo|relpost|yarpp|zemanta", re.IGNORECASE)
_IN_THE_TEXT = frozenset(("lead", "inline", "embed", "blogcard"))


class _Piece(NamedTuple):
    """A tag or comment as far as nesting goes: ``name`` is empty where it has no other half."""

    name: str
    closing: bool
    start: int
    end: int
    kept: bool = False


def with_blocks_as_ruled(
    scanned: Scan,
    blocks: Sequence[Block],
    rules: RelatedRules,
    items: Sequence[tuple[str, str]] = (),
) -> str:
    """A body with its blocks as ``[body]`` of ``related.toml`` wants them.

    ``items`` are the (address, title) pairs of the uniform block; it comes where the last list
    stood, else at the end. Without items there is none. ``keep`` gives the body itself.
    """
    source = scanned.source
    if rules.body == "keep":
        return source
    going = [block for block in blocks if block.origin.partition(":")[2] not in rules.body_leave]
    pieces = _pieces(scanned)
    cuts = _merged(cut for block in going for cut in _cuts(source, pieces, block))
    if rules.body == "replace" and items:
        lists = [b for b in going if b.origin.partition(":")[2] not in _IN_THE_TEXT]
        at = lists[-1].start if lists else len(source)
        at = next((start for start, end in cuts if start <= at < end), at)
        return _spliced(source, cuts, at, uniform_block(rules.body_heading, items))
    return _spliced(source, cuts, len(source), "")


def uniform_block(heading: str, items: Sequence[tuple[str, str]]) -> str:
    """The one block that stands for all others. Titles and addresses are escaped."""
    listed = "".join(
        f'<li><a href="{escape(url)}">{escape(title or url, quote=False)}</a></li>'
        for url, title in items
    )
    title = f"<h2>{escape(heading, quote=False)}</h2>" if heading else ""
    return f'<section class="related-posts">{title}<ul>{listed}</ul></section>'


def _spliced(source: str, cuts: Sequence[Span], at: int, text: str) -> str:
    parts: list[str] = []
    done = 0
    for start, end in [*cuts, (len(source), len(source))]:
        if text and done <= at <= start:
            parts += (source[done:at], text)
            done, text = at, ""
        parts.append(source[done:start])
        done = end
    return "".join(parts)


def _pieces(scanned: Scan) -> list[_Piece]:
    """Tags and comments of a fragment in one list, in order."""
    pieces = [
        _Piece("" if tag.name in _VOID else tag.name, tag.closing, tag.start, tag.end)
        for tag in scanned.tags
    ]
    for comment in scanned.comments:
        text = scanned.source[comment.start : comment.end]
        block = _BLOCK_COMMENT.match(text)
        if block and not block[3]:
            pieces.append(_Piece(block[2], bool(block[1]), comment.start, comment.end))
        else:
            kept = bool(_MARKS.match(text)) or not (block or _OWN_COMMENT.search(text))
            pieces.append(_Piece("", False, comment.start, comment.end, kept=kept))
    return sorted(pieces, key=lambda piece: piece.start)


def _cuts(source: str, pieces: Sequence[_Piece], block: Block) -> list[Span]:
    """What of a block can go: all of it, but for tags whose other half stays outside."""
    first = bisect_left(pieces, block.start, key=lambda piece: piece.start)
    last = bisect_left(pieces, block.end, key=lambda piece: piece.start)
    closers: list[_Piece] = []
    openers: list[_Piece] = []
    marks: list[_Piece] = []
    waiting: dict[str, int] = {}  # names in `openers`, so that hostile nesting costs no search
    for piece in pieces[first:last]:
        if not piece.name:
            if _MARKS.match(source, piece.start):
                marks.append(piece)
        elif not piece.closing:
            openers.append(piece)
            waiting[piece.name] = waiting.get(piece.name, 0) + 1
        elif waiting.get(piece.name):
            while openers:
                other = openers.pop()
                waiting[other.name] -= 1
                if other.name == piece.name:
                    break
        else:
            closers.append(piece)
    start, end = block.start, block.end
    # The other half may stand right beside the block: then it goes too.
    matched = 0
    for piece in closers:
        left = pieces[first - 1] if first else None
        if left is None or left.name != piece.name or left.closing:
            break
        if source[left.end : start].strip():
            break
        start, first, matched = left.start, first - 1, matched + 1
    while openers and last < len(pieces):
        right = pieces[last]
        if right.name != openers[-1].name or not right.closing or source[end : right.start].strip():
            break
        openers.pop()
        end, last = right.end, last + 1
    start, end = _grown(source, pieces, start, end)
    stays = (*closers[matched:], *openers, *marks)
    cuts: list[Span] = []
    for piece in sorted(stays, key=lambda piece: piece.start):
        cuts.append((start, piece.start))
        start = piece.end
    cuts.append((start, end))
    return [(one, other) for one, other in cuts if one < other]


def _grown(source: str, pieces: Sequence[_Piece], start: int, end: int) -> Span:
    """The block with the wrappers around it that would be left empty, and its own comments."""
    before = bisect_left(pieces, start, key=lambda piece: piece.start) - 1
    after = bisect_left(pieces, end, key=lambda piece: piece.start)
    while True:
        left = pieces[before] if before >= 0 else None
        right = pieces[after] if after < len(pieces) else None
        if left and (left.end > start or source[left.end : start].strip()):
            left = None
        if right and source[end : right.start].strip():
            right = None
        if left and not left.name and not left.kept and source.startswith("<!--", left.start):
            start, before = left.start, before - 1
        elif right and not right.name and not right.kept and source.startswith("<!--", right.start):
            end, after = right.end, after + 1
        elif (
            left
            and right
            and left.name == right.name
            and (left.name in _WRAPPERS or left.name.startswith("wp:"))
            and not left.closing
            and right.closing
        ):
            start, end = left.start, right.end
            before, after = before - 1, after + 1
        else:
            return start, end


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
