"""One archived record into its normalized value: posts, media, comments.

Pure and forgiving: a field of the wrong type counts as absent, so that a broken record passes
otherwise whole. Terms, links and related posts are added by `wp_sync.normalize.derive`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from wp_sync.archive.base import Current
from wp_sync.content import Comment, MediaItem, Post
from wp_sync.normalize.text import decoded_slug, integer, plain, rendered, string

_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")


def moment(value: Any) -> str:
    """A WordPress time in UTC (``date_gmt``) as ISO 8601 with ``Z``; empty when unknown.

    ``0000-00-00`` (drafts, old imports) and dates that no calendar has are unknown. A time with an
    explicit offset is converted.
    """
    text = string(value)
    if not _ISO.match(text) or text.startswith("0000"):
        return ""
    try:
        if len(text) == 19:
            datetime.fromisoformat(text)
            return f"{text[:10]}T{text[11:]}Z"
        parsed = datetime.fromisoformat(text)
        parsed = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return ""
    return parsed.strftime("%Y-%m-%dT%H:%M:%SZ") if parsed.year > 999 else ""


def post_of(current: Current, authors: Mapping[int, str]) -> Post:
    """A post, page or item of a custom type. Content and excerpt stay as the site renders them."""
    data = current.data
    content = data.get("content")
    return Post(
        id=current.id,
        type=current.kind.partition("/")[2],
        status=string(data.get("status")) or "publish",
        state=str(current.state),
        slug=decoded_slug(string(data.get("slug"))),
        title=plain(rendered(data.get("title"))),
        link=string(data.get("link")),
        author=author_of(data, authors),
        published_at=moment(data.get("date_gmt")),
        modified_at=moment(data.get("modified_gmt")),
        excerpt=rendered(data.get("excerpt")),
        content=rendered(content),
        parent=integer(data.get("parent")),
        menu_order=_order(data.get("menu_order")),
        featured_media=integer(data.get("featured_media")),
        sticky=data.get("sticky") is True,
        format=string(data.get("format")),
        template=string(data.get("template")),
        protected=isinstance(content, Mapping) and content.get("protected") is True,
    )


def author_of(data: Mapping[str, Any], authors: Mapping[int, str]) -> str:
    """The slug of a record's author; one whom the site does not list is ``author-<id>``."""
    id = integer(data.get("author"))
    return authors.get(id, f"author-{id}") if id else ""


def _order(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31:
        return value
    return 0


def media_of(current: Current, authors: Mapping[int, str]) -> MediaItem:
    """An attachment. ``url`` is the original, also where WordPress serves a scaled copy of it."""
    data = current.data
    source = string(data.get("source_url"))
    details = data.get("media_details")
    details = details if isinstance(details, Mapping) else {}
    sizes: dict[str, str] = {}
    listed = details.get("sizes")
    for name, size in listed.items() if isinstance(listed, Mapping) else ():
        url = string(size.get("source_url")) if isinstance(size, Mapping) else ""
        if url:
            sizes[string(name)] = url
    original = string(details.get("original_image"))
    if original and source and "/" not in original:
        sizes.setdefault("full", source)
        source = f"{source.rpartition('/')[0]}/{original}"
    return MediaItem(
        id=current.id,
        state=str(current.state),
        url=source,
        link=string(data.get("link")),
        title=plain(rendered(data.get("title"))),
        alt=string(data.get("alt_text")),
        caption=rendered(data.get("caption")),
        mime=string(data.get("mime_type")),
        width=integer(details.get("width")) or None,
        height=integer(details.get("height")) or None,
        parent=integer(data.get("post")),
        author=author_of(data, authors),
        published_at=moment(data.get("date_gmt")),
        modified_at=moment(data.get("modified_gmt")),
        sizes=dict(sorted(sizes.items())),
    )


def comment_of(current: Current) -> Comment:
    """A comment; its content stays HTML as the site renders it."""
    data = current.data
    return Comment(
        id=current.id,
        state=str(current.state),
        post=integer(data.get("post")),
        parent=integer(data.get("parent")),
        author_name=plain(string(data.get("author_name"))),
        author_url=string(data.get("author_url")),
        author=integer(data.get("author")),
        status=string(data.get("status")),
        type=string(data.get("type")),
        published_at=moment(data.get("date_gmt")),
        link=string(data.get("link")),
        content=rendered(data.get("content")),
    )
