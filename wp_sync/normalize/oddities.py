"""What a person should know of a post's markup and links: broken, hostile, or too much of it.

Pure, and only tells: the record passes otherwise whole. Passwords in links are never repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from wp_sync.content import Link
from wp_sync.normalize.links.scan import Comment, Scan

_DEEPEST = 512  # levels, where browsers stop nesting (Blink and Gecko)
_LARGEST = 5_000_000  # characters; WordPress's own editors give up long before
_MOST = 5  # messages of one sort about one post
_LONGEST = 80
_SIGNS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffd]")
_CONTROLS = bytes((*range(9), 11, 12, *range(14, 32), 127))
_ATTRIBUTES = re.compile(r"<!--\s++wp:([a-z][a-z0-9_/-]*+)\s++(\{.*\})\s*+/?-->", re.DOTALL)
_OPENED = re.compile(r"<!--\s++wp:([a-z][a-z0-9_/-]*+)\s++\{")
_PASSWORD = re.compile(r"//[^/?#@\s]*:[^/?#@\s]*@")
_VOID = frozenset(("br", "img", "hr", "input", "wbr", "source", "col", "embed", "area", "track"))


def oddities(scanned: Scan, links: Sequence[Link], left_out: bool = False) -> list[str]:
    """Messages about a body and its links; ``left_out`` where it had too many to be listed."""
    found = [f"broken markup: {message}" for message in scanned.broken]
    source = scanned.source
    if len(source) > _LARGEST:
        found.append(f"the content has {len(source) / 1e6:.0f} million characters")
    if _has_signs(source):
        found += _signs(source)
    if len(scanned.tags) > _DEEPEST and (depth := _depth(scanned)) > _DEEPEST:
        found.append(f"markup is {depth:,} levels deep; browsers show {_DEEPEST}")
    found += _limited(_broken_json(scanned))
    if left_out:
        found.append(f"only the first {len(links):,} links are listed")
    return found + _limited(_of_links(links))


def _limited(messages: Iterator[str]) -> list[str]:
    found: list[str] = []
    more = 0
    for message in messages:
        if len(found) < _MOST:
            found.append(message)
        else:
            more += 1
    return [*found, f"{more:,} more like the last"] if more else found


def _has_signs(source: str) -> bool:
    """Whether any of `_SIGNS` is there; mostly in a tenth of the time that it takes itself."""
    data = source.encode("utf-8", "surrogatepass")
    if any(sign in data for sign in _CONTROLS):
        return True
    if len(data) == len(source):
        return False
    return b"\xef\xbf\xbd" in data or (b"\xc2" in data and _SIGNS.search(source) is not None)


def _signs(source: str) -> Iterator[str]:
    """One message for each sort of character that no text has."""
    seen = set(_SIGNS.findall(source))
    if "\ufffd" in seen:
        yield "unreadable characters (U+FFFD) in the content"
    if any("\x7f" < sign < "\xa0" for sign in seen):
        yield "characters of another encoding (U+0080 to U+009F) in the content"
    if any(sign <= "\x1f" or sign == "\x7f" for sign in seen):
        yield "control characters in the content"


def _depth(scanned: Scan) -> int:
    """How deep elements stand in each other, counted without mending."""
    depth = deepest = 0
    for tag in scanned.tags:
        if tag.closing:
            depth = max(0, depth - 1)
        elif tag.name not in _VOID:
            depth += 1
            deepest = max(deepest, depth)
    return deepest


def _broken_json(scanned: Scan) -> Iterator[str]:
    for comment in scanned.comments:
        message = _block_message(scanned.source, comment)
        if message:
            yield f"broken block at character {comment.start:,}: {message}"


def _block_message(source: str, comment: Comment) -> str:
    start, end = comment
    if source.find("{", start, end) < 0:
        return ""
    whole = _ATTRIBUTES.match(source, start, end)
    if whole is None:
        opened = _OPENED.match(source, start, end)
        return f"the attributes of {opened[1][:_LONGEST]} have no end" if opened else ""
    try:
        msgspec.json.decode(whole[2].encode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        return f"the attributes of {whole[1][:_LONGEST]} are no JSON"
    return ""


def _of_links(links: Sequence[Link]) -> Iterator[str]:
    for link in links:
        url = link.url
        if "@" in url and _PASSWORD.search(url):
            yield f"a link holds a password: {_PASSWORD.sub('//…@', url)[:_LONGEST]}"
        elif link.target_type == "script":
            yield f"a link runs a script: {ascii(url)[1:-1][:_LONGEST]}"
        elif not url.isprintable() and _SIGNS.search(url):
            yield f"a link holds control characters: {ascii(url)[1:-1][:_LONGEST]}"
