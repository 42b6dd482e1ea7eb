"""Whether an item has the shape that WordPress gives it; knows WordPress's own fields only.

What a broken plugin, an overloaded server or something on the way puts in a field's place (null for
a text, a list for a number) is valid JSON under an unchanged time stamp, so that no later run would
look again. Such records are kept as far as they go, named, and asked for again.

Types: developer.wordpress.org/rest-api/reference. A post's dates may be null (drafts), `meta` and
`class_list` come as lists or objects (PHP does not tell them apart when they are empty).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from wp_sync.model import Item, Json, Record

Check = Callable[[Json], bool]


def _text(value: Json) -> bool:
    return isinstance(value, str)


def _number(value: Json) -> bool:
    return type(value) is int


def _flag(value: Json) -> bool:
    return isinstance(value, bool)


def _date(value: Json) -> bool:
    return value is None or isinstance(value, str)


def _number_or_none(value: Json) -> bool:
    return value is None or type(value) is int


def _rendered(value: Json) -> bool:
    # Reusable blocks have `raw` alone.
    return isinstance(value, dict) and isinstance(value.get("rendered", ""), str)


def _numbers(value: Json) -> bool:
    return isinstance(value, list) and all(type(each) is int for each in value)


def _many(value: Json) -> bool:
    return isinstance(value, (list, dict))


SHAPES: Mapping[str, Mapping[str, Check]] = {
    "posts": {
        **dict.fromkeys(("date", "date_gmt", "modified", "modified_gmt"), _date),
        **dict.fromkeys(("guid", "title", "content", "excerpt", "caption"), _rendered),
        **dict.fromkeys(("slug", "status", "type", "link", "template", "format"), _text),
        **dict.fromkeys(("comment_status", "ping_status", "password"), _text),
        **dict.fromkeys(("alt_text", "media_type", "mime_type", "source_url"), _text),
        **dict.fromkeys(("author", "featured_media", "parent", "menu_order"), _number),
        **dict.fromkeys(("categories", "tags"), _numbers),
        **dict.fromkeys(("meta", "class_list", "media_details"), _many),
        "post": _number_or_none,
        "sticky": _flag,
    },
    "terms": {
        **dict.fromkeys(("name", "slug", "link", "description", "taxonomy"), _text),
        **dict.fromkeys(("count", "parent"), _number),
        "meta": _many,
    },
    "users": {
        **dict.fromkeys(("name", "slug", "link", "description", "url"), _text),
        "meta": _many,
    },
    "comments": {
        **dict.fromkeys(("date", "date_gmt"), _date),
        **dict.fromkeys(("link", "status", "type", "author_name", "author_url"), _text),
        **dict.fromkeys(("author", "parent", "post"), _number),
        "content": _rendered,
        "meta": _many,
    },
}


class _Rendered(msgspec.Struct):
    rendered: str = ""


# The same checks as types, for msgspec to tell in one go that an item has nothing odd.
_TYPES: Mapping[Check, Any] = {
    _text: str,
    _number: int,
    _flag: bool,
    _date: str | None,
    _number_or_none: int | None,
    _rendered: _Rendered,
    _numbers: list[int],
    _many: list[Any] | dict[str, Any],
}
_STRUCTS = {
    family: msgspec.defstruct(
        family,
        [
            (name, _TYPES[check] | msgspec.UnsetType, msgspec.UNSET)
            for name, check in shapes.items()
        ],
    )
    for family, shapes in SHAPES.items()
}
_NOTHING = msgspec.defstruct("nothing", [])


def judged(records: Sequence[Record]) -> tuple[list[Record], dict[int, str]]:
    """The records of one answer, those out of shape marked (`Record.lacking`) and named.

    Missing is what the answer's other items have.
    """
    if not records:
        return [], {}
    family = records[0].kind.partition("/")[0]
    shapes = SHAPES.get(family, {})
    usual = set().union(*(record.data for record in records)) & shapes.keys()
    struct = _STRUCTS.get(family, _NOTHING)
    found: list[Record] = []
    named: dict[int, str] = {}
    for record in records:
        if record.lacking or _even(record.data, struct, usual):
            found.append(record)
            continue
        if reasons := _odd(record.data, shapes, usual):
            named[record.id] = "out of shape: " + "; ".join(reasons.values())
            record = replace(record, lacking=tuple(reasons))
        found.append(record)
    return found, named


def _even(data: Item, struct: type, usual: set[str]) -> bool:
    """Whether nothing is odd: the fast answer for nearly all."""
    try:
        msgspec.convert(data, struct)
    except msgspec.ValidationError:
        return False
    return usual <= data.keys()


def _odd(data: Item, shapes: Mapping[str, Check], usual: set[str]) -> dict[str, str]:
    reasons: dict[str, str] = {}
    for name in usual:
        if name not in data:
            reasons[name] = f"{name} is missing"
        elif not shapes[name](data[name]):
            reasons[name] = f"{name} is {_words(data[name])}"
    return dict(sorted(reasons.items()))


def _words(value: Json) -> str:
    if isinstance(value, dict):
        return "an object without its text"
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list"}
    return names.get(type(value), "null")
