"""What SQL can't say by itself, as functions: versions unpacked and compared, links, words.

Pure: bytes and texts in, text out. A damaged version is told as such; finding damage is `check`'s.
"""

from __future__ import annotations

import json
import re
import sqlite3
from urllib.parse import quote, urlencode

from wp_sync import diffing
from wp_sync.archive.codec import Codec, parse
from wp_sync.model import Item

_WORDS = re.compile(r'"([^"]+)"|([^\s"]+)')
_MOST = 200_000  # characters of one answer; a browser has to show it


def register(connection: sqlite3.Connection) -> None:
    """Give a connection these functions."""
    connection.create_function("page", -1, page, deterministic=True)
    connection.create_function("whole", 3, whole, deterministic=True)
    connection.create_function("sought", 1, sought, deterministic=True)
    connection.create_function("differences", 6, differences, deterministic=True)


def page(name: object, *pairs: object) -> str:
    """The address of a query with its parameters, named and given in turn."""
    given = [("" if one is None else str(one)) for one in pairs]
    query = urlencode(list(zip(given[::2], given[1::2], strict=False)))
    return f"/archive/{quote(str(name))}?{query}"


def sought(words: object) -> str:
    """Words as people type them, as an expression of FTS5 that can't be a wrong one.

    All must be there; in quotes they stand next to each other; a star ends what only begins so.
    """
    found = []
    for phrase, word in _WORDS.findall("" if words is None else str(words)):
        star = "*" if word.endswith("*") else ""
        plain = (phrase or word).rstrip("*").replace('"', " ").replace("\0", " ")
        if any(sign.isalnum() for sign in plain):
            found.append(f'"{plain}"{star}')
    return " ".join(found) or '""'


def whole(data: bytes | None, size: int, dictionary: bytes | None) -> str:
    """A version's JSON, laid out to be read."""
    try:
        item = _item(data, size, dictionary)
    except ValueError as error:
        return _damaged(error)
    return _cut(json.dumps(item, ensure_ascii=False, indent=2))


def differences(
    before: bytes | None,
    before_size: int | None,
    before_dictionary: bytes | None,
    after: bytes | None,
    after_size: int,
    after_dictionary: bytes | None,
) -> str:
    """What changed from one version to the next, field by field, as a unified diff."""
    if before is None or before_size is None:
        return "the first version"
    try:
        old = _item(before, before_size, before_dictionary)
        new = _item(after, after_size, after_dictionary)
    except ValueError as error:
        return _damaged(error)
    lines = diffing.unified(old, new, names=("before", "after"))[2:]
    return _cut("\n".join(lines)) or "nothing but what WordPress makes up anew for each answer"


def _item(data: bytes | None, size: int, dictionary: bytes | None) -> Item:
    item = parse(Codec(0, dictionary or b"").restore(data or b"", size))
    if not isinstance(item, dict):
        raise ValueError("it is no JSON object")
    return item


def _damaged(error: ValueError) -> str:
    return f"this version can't be read ({error}); `wp-sync check --read-data` tells more"


def _cut(text: str) -> str:
    return text if len(text) <= _MOST else f"{text[:_MOST]}\n… cut here: `wp-sync show` has all"
