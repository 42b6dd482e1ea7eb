"""Rows and records of the archive as `Item` fields, one function a family. Pure.

What is empty is left out, so that an absent field and an empty one are the same item.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from wp_sync.content import MediaItem, Post
from wp_sync.normalize.records import moment
from wp_sync.normalize.text import decoded_slug, integer, plain, rendered, string
from wp_sync.publish.base import key_of

Row = Mapping[str, Any]
_AUTO_EXCERPT = re.compile(r"(?:\[&hellip;\]|\[…\]|\[\.\.\.\]|more-link)")
# Statuses of posts that are no content: the trash, and what the editor made in case.
NOT_PUBLISHED = frozenset(("trash", "auto-draft"))
# Comments of these are no content either.
NOT_SHOWN = frozenset(("spam", "trash"))


def filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that say something."""
    return {name: value for name, value in fields.items() if value not in ("", None, (), [], {}, 0)}


def raw_of(value: Any) -> str | None:
    """The text as its author wrote it; None where only what visitors see was sent."""
    raw = value.get("raw") if isinstance(value, Mapping) else None
    return string(raw) if isinstance(raw, str) else None


def written(value: Any) -> str:
    """The best there is of a text: as written, else as visitors see it."""
    raw = raw_of(value)
    return rendered(value) if raw is None else raw


def term_fields(row: Row) -> dict[str, Any]:
    """A row of ``terms``."""
    kind = f"terms/{row['taxonomy']}"
    return filled(
        {
            "name": row["name"],
            "slug": row["slug"],
            "description": row["description"],
            "parent": key_of(kind, row["parent"]) if row["parent"] else "",
            "taxonomy": row["taxonomy"],
            "path": row["path"],
            "default": bool(row["is_default"]),
        }
    )


def person_fields(row: Row, data: Mapping[str, Any]) -> dict[str, Any]:
    """A row of ``authors``, and the record of the account it was, where there is one."""
    return filled(
        {
            "name": row["name"],
            "slug": row["slug"],
            "description": string(data.get("description")),
            "url": string(data.get("url")),
        }
    )


def attachment_fields(
    media: MediaItem, data: Mapping[str, Any], author: str, post: str
) -> dict[str, Any]:
    """An attachment; ``author`` and ``post`` are keys."""
    return filled(
        {
            "title": written(data.get("title")),
            "slug": decoded_slug(string(data.get("slug"))),
            "date": media.published_at,
            "modified": media.modified_at,
            "author": author,
            "post": post,
            "alt_text": media.alt,
            "caption": written(data.get("caption")),
            "description": written(data.get("description")),
            "mime": media.mime,
            "status": string(data.get("status")),
            "source_url": media.url,
            "width": media.width,
            "height": media.height,
        }
    )


def post_fields(post: Post, data: Mapping[str, Any]) -> dict[str, Any]:
    """A post's own fields; what points to other items is added by the stream."""
    fields = {
        "title": written(data.get("title")),
        "excerpt": _excerpt(data.get("excerpt")),
        "slug": post.slug,
        "status": post.status,
        "date": post.published_at,
        "date_local": string(data.get("date")),
        "modified": post.modified_at,
        "menu_order": post.menu_order,
        "sticky": post.sticky,
        "format": "" if post.format == "standard" else post.format,
        "template": post.template,
        "password": string(data.get("password")),
        "comment_status": string(data.get("comment_status")),
        "ping_status": string(data.get("ping_status")),
        "type": post.type,
    }
    meta = data.get("meta")
    if isinstance(meta, Mapping):
        fields["meta"] = filled(meta)
    fields["seo"] = _seo(data)
    return filled(fields)


def _excerpt(value: Any) -> str:
    raw = raw_of(value)
    if raw is not None:
        return raw
    shown = rendered(value)
    # What WordPress cuts from the content itself is no excerpt of anybody's.
    return "" if _AUTO_EXCERPT.search(shown) else shown


def _seo(data: Mapping[str, Any]) -> dict[str, Any]:
    """What Yoast says of a post to search engines, where it says so in REST."""
    head = data.get("yoast_head_json")
    if not isinstance(head, Mapping):
        return {}
    robots = head.get("robots")
    return filled(
        {
            "title": string(head.get("title")),
            "description": string(head.get("description")),
            "canonical": string(head.get("canonical")),
            "noindex": isinstance(robots, Mapping) and robots.get("index") == "noindex",
        }
    )


def menu_item_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of a menu; ``menu``, ``object`` and ``parent`` are added by the stream."""
    return filled(
        {
            "title": written(data.get("title")),
            "url": string(data.get("url")),
            "item_type": string(data.get("type")),
            "object_type": string(data.get("object")),
            "menu_order": integer(data.get("menu_order")),
            "status": string(data.get("status")),
            "target": string(data.get("target")),
            "classes": [c for c in _strings(data.get("classes")) if c],
            "xfn": [x for x in _strings(data.get("xfn")) if x],
            "attr_title": string(data.get("attr_title")),
            "description": string(data.get("description")),
        }
    )


def _strings(value: Any) -> list[str]:
    return [string(part) for part in value] if isinstance(value, Sequence) else []


def comment_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """A comment; ``post``, ``parent`` and ``author`` are added by the stream."""
    return filled(
        {
            "author_name": plain(string(data.get("author_name"))),
            "author_url": string(data.get("author_url")),
            "author_email": string(data.get("author_email")),
            "date": moment(data.get("date_gmt")),
            "content": written(data.get("content")),
            "status": string(data.get("status")),
            "type": string(data.get("type")),
        }
    )
