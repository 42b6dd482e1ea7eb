"""WordPress's REST items as `Held` and `Seen`, and the form in which two values are compared; pure.

The names of fields are REST's own, so that what is sent and what is held can be laid side by side.
Registered meta stands under ``meta.KEY``, one field a key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wp_sync.entities import unescape
from wp_sync.model import MEDIA_KIND
from wp_sync.normalize.records import moment
from wp_sync.normalize.text import decoded_slug, string
from wp_sync.publish.base import Held, Seen, digest_of, prints
from wp_sync.publish.order import MENU_ITEM_KIND, USER_KIND
from wp_sync.publish.wordpress.alike import alike, alike_comment
from wp_sync.publish.wordpress.files import facts_of
from wp_sync.publish.wordpress.shape import COMMENT_KIND, Kind

META = "meta."
_POST = (
    "title.raw", "content.raw", "excerpt.raw", "slug", "status", "date_gmt", "author",
    "featured_media", "parent", "menu_order", "sticky", "format", "template", "password",
    "comment_status", "ping_status", "meta",
)  # fmt: skip
_MEDIA = (
    "title.raw", "slug", "date_gmt", "author", "post", "alt_text", "caption", "description",
)  # fmt: skip
_MENU_ITEM = (
    "title.raw", "url", "menus", "type", "object", "object_id", "parent", "menu_order", "status",
    "target", "classes", "xfn", "attr_title", "description",
)  # fmt: skip
_COMMENT = (
    "post", "parent", "author", "author_name", "author_email", "author_url", "date_gmt",
    "content", "status", "type",
)  # fmt: skip
_TERM = ("name", "slug", "description", "parent")
_USER = ("name", "slug", "description", "url")
# Only posts' own fields can be asked for in part: ``caption.raw`` of a file comes back as nothing.
# What is read for other ends than comparing.
_ASIDE = frozenset(
    ("id", "link", "modified_gmt", "permalink_template", "media_details", "source_url", "meta")
)
_TRASHED = re.compile(r"__trashed(?:-\d+)?$")


def fields_of(kind: Kind) -> tuple[str, ...]:
    """The fields that `held_of` wants, for ``_fields``."""
    if kind.kind == MENU_ITEM_KIND:
        return ("id", *_MENU_ITEM)
    if kind.kind == MEDIA_KIND:
        more = ("link", "modified_gmt", "status", "source_url", "media_details")
        return ("id", *more, *_MEDIA)
    if kind.kind == COMMENT_KIND:
        return ("id", "link", *_COMMENT)
    if kind.kind == USER_KIND:
        return ("id", "link", *_USER)
    if kind.family == "terms":
        return ("id", "link", *_TERM)
    return ("id", "link", "modified_gmt", "permalink_template", *_POST, *kind.terms.values())


def index_fields(kind: Kind) -> tuple[str, ...]:
    """The fields that `seen_of` wants: for posts and files no texts, for small things all."""
    if kind.kind == MENU_ITEM_KIND or kind.family != "posts":
        return fields_of(kind)
    return ("id", "slug", "status", "modified_gmt", "date_gmt", "title.raw")


def held_of(kind: Kind, data: Mapping[str, Any]) -> Held:
    """A whole REST item (context ``edit``) as what the target holds."""
    fields: dict[str, Any] = {}
    for path in fields_of(kind):
        name = path.partition(".")[0]
        if name in _ASIDE or name not in data or (name == "type" and kind.kind == COMMENT_KIND):
            continue
        value = data[name]
        fields[name] = value.get("raw", "") if isinstance(value, Mapping) else value
    meta = data.get("meta")
    if isinstance(meta, Mapping):
        fields |= {f"{META}{key}": value for key, value in meta.items()}
    if kind.kind == MEDIA_KIND:
        fields.pop("status", None)
    if "slug" in fields:
        fields["slug"] = _slug(data)
    trashed = data.get("status") == "trash"
    facts = facts_of(data) if kind.kind == MEDIA_KIND else {}
    return Held(
        kind.kind,
        str(data.get("id")),
        fields,
        stamp_of(data),
        string(data.get("link")),
        string(fields.get("slug")),
        _title(kind, fields),
        (*_marks(kind, data), *prints(text=text_of(kind, fields))),
        facts,
        trashed,
    )


def seen_of(kind: Kind, data: Mapping[str, Any]) -> Seen:
    """A line of the index."""
    if kind.kind == MENU_ITEM_KIND or kind.family != "posts":
        return held_of(kind, data).seen()
    return Seen(
        kind.kind,
        str(data.get("id")),
        stamp_of(data),
        _slug(data),
        _title_of(data),
        _marks(kind, data) or hint_of(_title_of(data), moment(data.get("date_gmt"))),
        data.get("status") == "trash",
    )


def stamp_of(data: Mapping[str, Any]) -> str:
    """What differs whenever the thing was changed there.

    ``modified`` stays when a status is changed by the clock, and things other than posts have none.
    """
    if "modified_gmt" in data:
        return f"{data['modified_gmt']} {data.get('status')} {data.get('slug')}"
    plain = {
        name: value.get("raw", "") if isinstance(value, Mapping) else value
        for name, value in data.items()
        if name not in ("link", "_links", "id")
    }
    return digest_of(plain)[:16]


def mark_of(kind: str, slug: str, date: str) -> tuple[str, ...]:
    """What tells a thing by its name alone: a term's slug, a post's slug with its date."""
    if kind.startswith("posts/"):
        return prints(mark=[slug, date]) if slug and date else ()
    return prints(mark=[slug]) if slug and not kind.startswith("comments/") else ()


def hint_of(title: str, date: str) -> tuple[str, ...]:
    """What leads to a post that has no name yet; whether it is the one, its text tells."""
    return prints(hint=[title, date]) if title and date else ()


def text_of(kind: Kind | str, fields: Mapping[str, Any]) -> list[Any]:
    """What tells a thing by what it says; empty where it says too little."""
    name = kind if isinstance(kind, str) else kind.kind

    def value(field: str) -> Any:
        return canonical(name, field, fields[field]) if field in fields else ""

    wanted: tuple[str, ...]
    if name == COMMENT_KIND:
        wanted = ("post", "date_gmt", "author_name", "content")
    elif name == MENU_ITEM_KIND:
        wanted = ("menus", "title", "url", "object_id", "menu_order")
    elif name == MEDIA_KIND or not name.startswith("posts/"):
        return []
    else:
        wanted = ("title", "date_gmt", "content")
        if not fields.get("title") and not fields.get("content"):
            return []
    return [value(field) for field in wanted]


def _marks(kind: Kind, data: Mapping[str, Any]) -> tuple[str, ...]:
    if kind.kind == MENU_ITEM_KIND:
        return ()
    return mark_of(kind.kind, _slug(data), moment(data.get("date_gmt")))


def _slug(data: Mapping[str, Any]) -> str:
    slug = decoded_slug(string(data.get("slug")))
    return _TRASHED.sub("", slug) if data.get("status") == "trash" else slug


def _title_of(data: Mapping[str, Any]) -> str:
    title = data.get("title")
    return string(title.get("raw")) if isinstance(title, Mapping) else ""


def _title(kind: Kind, fields: Mapping[str, Any]) -> str:
    if kind.kind == COMMENT_KIND:
        return f"{fields.get('author_name', '')}: {string(fields.get('content'))[:60]}"
    return string(fields.get("title") or fields.get("name"))


_ONE_OF = {"approve": "approved", "1": "approved", "hold": "hold", "0": "hold"}


def canonical(kind: str, name: str, value: Any) -> Any:
    """A value in the form in which two are compared."""
    if name in ("content", "excerpt", "caption") and isinstance(value, str):
        return alike_comment(value) if kind == COMMENT_KIND else alike(value)
    if name == "date_gmt":
        return moment(value)
    if name == "slug":
        return decoded_slug(string(value))
    if name == "status" and kind == COMMENT_KIND:
        return _ONE_OF.get(string(value), value)
    if name in ("name", "title") and isinstance(value, str):
        # WordPress keeps names of terms and people with entities, titles as they were sent.
        return _unescaped(value) if _is_encoded(kind) else value
    if name == "author_name":
        return _unescaped(string(value))
    if name == "description" and _is_encoded(kind):
        return _unescaped(string(value))
    if name == "format":
        return value or "standard"
    if name.startswith(META) and isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list) and all(isinstance(one, int) for one in value):
        return sorted(value)
    return value


def _is_encoded(kind: str) -> bool:
    """Whether WordPress keeps names and descriptions of a kind with entities."""
    return kind.startswith("terms/") or kind == USER_KIND


def _unescaped(text: str) -> str:
    return " ".join(unescape(text).split())
