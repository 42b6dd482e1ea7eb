"""An item as one row of a CSV table, for people with spreadsheets. Pure.

A table for each family, with the same columns in every export. No cell starts a formula: what a
program might compute gets an apostrophe in front, as in mapping sheets. Lists stand in one cell,
with bars between them. What has no column is in JSON Lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from wp_sync.normalize.mapping_sheets.cells import joined, neutral
from wp_sync.publish.base import Item

# A term's path by its key; a cell says where a post stands in words.
Paths = Mapping[str, str]
Column = Callable[[Item, Paths], str]


def _field(name: str) -> Column:
    return lambda item, _paths: _text(item.fields.get(name, ""))


def _filed(taxonomy: str) -> Column:
    def cell(item: Item, paths: Paths) -> str:
        keys = item.fields.get("terms", {}).get(taxonomy, ())
        return joined(paths.get(key, key) for key in keys)

    return cell


def _elsewhere(item: Item, paths: Paths) -> str:
    """Terms of other taxonomies, each with its taxonomy before it."""
    return joined(
        f"{taxonomy}: {paths.get(key, key)}"
        for taxonomy, keys in sorted(item.fields.get("terms", {}).items())
        if taxonomy not in ("category", "post_tag")
        for key in keys
    )


def _authors(item: Item, _paths: Paths) -> str:
    keys = item.fields.get("authors") or [item.fields.get("author", "")]
    return joined(key.partition(":")[2] for key in keys if key)


def _name(name: str) -> Column:
    """The name in a key: the slug of a term or person, the id of a record."""
    return lambda item, _paths: str(item.fields.get(name, "")).partition(":")[2]


_COMMON: dict[str, Column] = {
    "id": lambda item, _paths: str(item.id),
    "url": lambda item, _paths: item.url,
}
_POSTS: dict[str, Column] = {
    **_COMMON,
    "type": lambda item, _paths: item.name,
    **{name: _field(name) for name in ("status", "slug", "title", "date", "modified")},
    "authors": _authors,
    "categories": _filed("category"),
    "tags": _filed("post_tag"),
    "other_terms": _elsewhere,
    "featured_media": _name("featured_media"),
    "parent": _name("parent"),
    "menu_order": _field("menu_order"),
    **{name: _field(name) for name in ("sticky", "format", "template", "comment_status")},
    "related": lambda item, _paths: joined(
        key.partition(":")[2] for key in item.fields.get("related", ())
    ),
    "excerpt": _field("excerpt"),
    "content": _field("content"),
}
_TERMS: dict[str, Column] = {
    **{name: _field(name) for name in ("taxonomy", "slug", "name", "path")},
    "parent": _name("parent"),
    "description": _field("description"),
    "default": _field("default"),
}
_PEOPLE: dict[str, Column] = {
    "slug": _field("slug"),
    "name": _field("name"),
    "url": lambda item, _paths: item.url,
    "description": _field("description"),
}
_MEDIA: dict[str, Column] = {
    **_COMMON,
    "source_url": _field("source_url"),
    "sha256": lambda item, _paths: item.file.sha256 if item.file else "",
    **{name: _field(name) for name in ("title", "alt_text", "caption", "mime", "width", "height")},
    "date": _field("date"),
    "author": _name("author"),
    "post": _name("post"),
}
_COMMENTS: dict[str, Column] = {
    **_COMMON,
    "post": _name("post"),
    "parent": _name("parent"),
    **{name: _field(name) for name in ("date", "status", "author_name", "author_url", "content")},
}
_MENUS: dict[str, Column] = {
    "id": lambda item, _paths: str(item.id),
    "menu": _name("menu"),
    "parent": _name("parent"),
    **{name: _field(name) for name in ("menu_order", "title", "url", "item_type")},
    "object": _field("object"),
}

TABLES: dict[str, Mapping[str, Column]] = {
    "terms": _TERMS,
    "people": _PEOPLE,
    "media": _MEDIA,
    "posts": _POSTS,
    "comments": _COMMENTS,
    "menus": _MENUS,
}


def row(cells: Iterable[str]) -> bytes:
    """A line of CSV (RFC 4180): every cell that needs it in quotation marks."""
    return (",".join(map(_quoted, cells)) + "\r\n").encode("utf-8", "replace")


def row_of(table: str, item: Item, paths: Paths) -> bytes:
    """The item's row in one of the `TABLES`."""
    return row(neutral(column(item, paths)) for column in TABLES[table].values())


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return str(value)


def _quoted(cell: str) -> str:
    if any(sign in cell for sign in ',"\r\n') or cell != cell.strip():
        return '"' + cell.replace('"', '""') + '"'
    return cell
