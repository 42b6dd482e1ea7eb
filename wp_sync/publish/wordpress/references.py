"""Every place in a body where WordPress keeps the id of something else; changes none.

Classes (``wp-image-7``), ``rel="attachment wp-att-7"``, captions' ids, ``data-id`` of old
galleries, the attributes of blocks, and shortcodes. Each place holds digits and nothing else, so
that another id can stand there and no other byte is touched. Code samples hold none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from wp_sync.model import MEDIA_KIND
from wp_sync.normalize.links.scan import Comment, Scan, Tag
from wp_sync.publish.wordpress.json_places import Value, values

ANY_POST = "posts/"  # a post of whatever type


class Reference(NamedTuple):
    """The digits of an id from ``start`` up to ``end``; ``kind`` is the kind of thing it means."""

    kind: str
    id: int
    start: int
    end: int


_CLASS = re.compile(r"(?<![\w-])wp-(?:image|att)-([0-9]{1,18})(?![\w-])")
_CAPTION = re.compile(r"(?:caption-)?attachment[_-]([0-9]{1,18})")
_ID_ATTRIBUTES = frozenset(("data-id", "data-attachment-id", "data-image-id"))
_IDED = frozenset(("img", "a", "figure", "li", "div", "video", "audio"))
_BLOCK = re.compile(r"<!--\s++wp:((?:[a-z][a-z0-9_-]*+/)?[a-z][a-z0-9_-]*+)\s++(?=\{)")
_CLOSER = re.compile(r"<!--\s++/wp:((?:[a-z][a-z0-9_-]*+/)?[a-z][a-z0-9_-]*+)\s")
_OPENER = re.compile(r"<!--\s++wp:((?:[a-z][a-z0-9_-]*+/)?[a-z][a-z0-9_-]*+)\s")
_CODE_BLOCKS = frozenset(("code", "preformatted"))
_CODE_TAGS = frozenset(("pre", "code"))
_SHORTCODE = re.compile(r"(\[?)\[(gallery|playlist|caption|wp_caption)(\s[^\[\]<>]*+)\](\]?)")
_PAIR = re.compile(
    r"(?<![\w-])(ids|include|exclude|id)\s*+=\s*+(?:\"([^\"]*+)|'([^']*+)|([^\s\"']++))"
)
_NUMBER = re.compile(r"(?<![\w.-])[1-9][0-9]{0,17}(?![\w.])")
_CAPTION_ID = re.compile(r"attachment_([1-9][0-9]{0,17})")

# The attributes of core's blocks that hold ids, by path; ``*`` stands for any position or key.
_MEDIA_BLOCKS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "image": (("id",),),
    "gallery": (("ids", "*"), ("images", "*", "id")),
    "cover": (("id",),),
    "media-text": (("mediaId",),),
    "file": (("id",),),
    "video": (("id",), ("tracks", "*", "id")),
    "audio": (("id",),),
    "icon": (("id",),),
    "jetpack/slideshow": (("ids", "*"),),
    "jetpack/tiled-gallery": (("ids", "*"),),
    "jetpack/image-compare": (("imageBefore", "id"), ("imageAfter", "id")),
}
_POST_BLOCKS: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    "block": ((("ref",), "posts/wp_block"),),
    "navigation": ((("ref",), "posts/wp_navigation"),),
    "page-list": ((("parentPageID",), "posts/page"),),
    "page-list-item": ((("id",), "posts/page"),),
    "query": (
        (("query", "parents", "*"), ANY_POST),
        (("query", "exclude", "*"), ANY_POST),
        (("query", "author"), "users/user"),
        (("query", "categoryIds", "*"), "terms/category"),
        (("query", "tagIds", "*"), "terms/post_tag"),
    ),
    "latest-posts": (
        (("categories", "*", "id"), "terms/category"),
        (("categories",), "terms/category"),
        (("selectedAuthor",), "users/user"),
    ),
    "avatar": ((("userId",), "users/user"),),
}
_LINK_BLOCKS = frozenset(("navigation-link", "navigation-submenu"))
# Names that plugins' blocks give an attachment's id.
_PLUGIN_KEYS = frozenset(
    ("mediaId", "mediaID", "imageId", "imageID", "attachmentId", "attachmentID")
)
_NAMES = {"tag": "post_tag"}  # the editor's word for the taxonomy


def references(scanned: Scan) -> Iterator[Reference]:
    """Every id in a body, in the order of the source."""
    found = [*_in_tags(scanned), *_in_blocks(scanned), *_in_shortcodes(scanned)]
    found.sort(key=lambda one: one.start)
    end = 0
    for one in found:
        if one.start >= end and one.id:
            end = one.end
            yield one


def image_ids(scanned: Scan) -> dict[int, int]:
    """By the start of each ``img`` tag, the attachment that its class names."""
    found = {}
    for tag in scanned.tags:
        if (
            tag.name == "img"
            and not tag.closing
            and "wp-image-" in scanned.source[tag.start : tag.end]
        ):
            match = _CLASS.search(scanned.get(tag).get("class", ""))
            if match:
                found[tag.start] = int(match[1])
    return found


def _in_tags(scanned: Scan) -> Iterator[Reference]:
    source = scanned.source
    for tag in scanned.tags:
        if tag.closing or tag.attributes_start == tag.attributes_end:
            continue
        spelling = source[tag.attributes_start : tag.attributes_end]
        if "-id" not in spelling and "wp-" not in spelling and "attachment" not in spelling:
            continue
        yield from _in_tag(scanned, tag)


def _in_tag(scanned: Scan, tag: Tag) -> Iterator[Reference]:
    source = scanned.source
    for name, value, start, end in scanned.attributes(tag):
        if name in ("class", "rel"):
            for match in _CLASS.finditer(source, start, end):
                yield Reference(MEDIA_KIND, int(match[1]), *match.span(1))
        elif name in ("id", "aria-describedby"):
            whole = _CAPTION.fullmatch(source, start, end)
            if whole:
                yield Reference(MEDIA_KIND, int(whole[1]), *whole.span(1))
        elif (
            name in _ID_ATTRIBUTES
            and tag.name in _IDED
            and len(value) < 19
            and value.isdecimal()
            and source[start:end] == value
        ):
            yield Reference(MEDIA_KIND, int(value), start, end)


def _in_blocks(scanned: Scan) -> Iterator[Reference]:
    source = scanned.source
    code = ""
    for comment in scanned.comments:
        if code:
            closer = _CLOSER.match(source, comment.start, comment.end)
            if closer and closer[1].removeprefix("core/") == code:
                code = ""
            continue
        block = _OPENER.match(source, comment.start, comment.end)
        if block is None:
            continue
        name = block[1].removeprefix("core/")
        if name in _CODE_BLOCKS and not source.startswith("/-->", comment.end - 4):
            code = name
            continue
        yield from _in_block(source, comment, name)


def _in_block(source: str, comment: Comment, name: str) -> Iterator[Reference]:
    opening = _BLOCK.match(source, comment.start, comment.end)
    if opening is None:
        return
    found = list(values(source, opening.end(), comment.end))
    if name in _LINK_BLOCKS:
        kind = _linked_kind(found)
        yield from (_one(value, kind) for value in found if kind and value.path == ("id",))
        return
    for value in found:
        kind = _kind_at(name, value)
        if kind:
            yield from _ids(value, kind)


def _kind_at(name: str, value: Value) -> str:
    """What the ids at a path of a block's attributes mean; empty where there are none."""
    path = value.path
    if any(_fits(path, one) for one in _MEDIA_BLOCKS.get(name, ())):
        return MEDIA_KIND
    for pattern, kind in _POST_BLOCKS.get(name, ()):
        if _fits(path, pattern):
            return kind
    if name == "query" and path[:2] == ("query", "taxQuery"):
        # {"category":[7]}, and since 6.9 {"include":{"category":[7]},"exclude":{…}}.
        names = [part for part in path[2:] if isinstance(part, str)]
        return f"terms/{names[-1]}" if names else ""
    if "/" in name and len(path) and path[-1] in _PLUGIN_KEYS:
        return MEDIA_KIND
    return ""


def _fits(path: tuple[str | int, ...], pattern: tuple[str, ...]) -> bool:
    return len(path) == len(pattern) and all(
        want in ("*", have) for have, want in zip(path, pattern, strict=True)
    )


def _linked_kind(found: list[Value]) -> str:
    """What a link of a navigation means, by its ``kind`` and ``type``."""
    words = {value.path[0]: value.text for value in found if len(value.path) == 1}
    kind, type_ = words.get("kind", ""), words.get("type", "")
    if kind == "taxonomy" or type_ in ("category", "tag"):
        return f"terms/{_NAMES.get(type_, type_)}"
    if kind == "post-type" or type_ in ("post", "page"):
        return f"posts/{type_}" if type_ else ANY_POST
    return ""


def _one(value: Value, kind: str) -> Reference:
    number = int(value.text) if value.text.isdecimal() and len(value.text) < 19 else 0
    return Reference(kind, number, value.start, value.end)


def _ids(value: Value, kind: str) -> Iterator[Reference]:
    """A number, or the numbers of a string such as ``"4,7"``."""
    if not value.is_string:
        yield _one(value, kind)
        return
    for match in _NUMBER.finditer(value.text):
        start = value.start + match.start()
        yield Reference(kind, int(match[0]), start, start + len(match[0]))


def _in_shortcodes(scanned: Scan) -> Iterator[Reference]:
    source = scanned.source
    if "[gallery" not in source and "[playlist" not in source and "caption" not in source:
        return
    covered = _covered(scanned)
    place = 0
    for match in _SHORTCODE.finditer(source):
        start = match.start()
        while place < len(covered) and covered[place][1] <= start:
            place += 1
        if place < len(covered) and covered[place][0] <= start:
            continue
        if match[1] and match[4]:  # [[gallery]] is a sample
            continue
        caption = match[2].endswith("caption")
        for pair in _PAIR.finditer(source, match.start(3), match.end(3)):
            group = pair.lastindex or 1
            if group == 1:
                continue
            if caption:
                number = _CAPTION_ID.fullmatch(source, *pair.span(group))
                if pair[1] == "id" and number:
                    yield Reference(MEDIA_KIND, int(number[1]), *number.span(1))
                continue
            kind = ANY_POST if pair[1] == "id" else MEDIA_KIND
            for number in _NUMBER.finditer(source, *pair.span(group)):
                yield Reference(kind, int(number[0]), *number.span())


def _covered(scanned: Scan) -> list[tuple[int, int]]:
    """Where no shortcode counts: tags, comments, and what stands in code."""
    spans = [(comment.start, comment.end) for comment in scanned.comments]
    depth = opened = 0
    for tag in scanned.tags:
        spans.append((tag.start, tag.end))
        if tag.name in _CODE_TAGS:
            if not tag.closing:
                opened = opened if depth else tag.end
                depth += 1
            elif depth:
                depth -= 1
                if not depth:
                    spans.append((opened, tag.start))
    if depth:
        spans.append((opened, scanned.end))
    spans.sort()
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
