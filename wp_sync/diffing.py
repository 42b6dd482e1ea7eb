"""Two versions of a record as lines a person can compare. Pure: values in, text out.

Fields become lines ``name: value``; HTML is broken at its blocks, so that a changed word shows as
one changed line. What WordPress randomises is left out of the comparison.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Sequence

from wp_sync.digest import scrub
from wp_sync.model import Item

_BLOCK_END = re.compile(
    r"(?<=>)(?=<(?:!--|p|h[1-6]|ul|ol|li|div|figure|table|tr|blockquote|pre|section|hr|nav)\b)"
    r"|(?<=-->)(?=\S)|(?<=<br>)|(?<=<br />)"
)
_SHORT = 100  # characters: a longer text, or one of several lines, stands below its field's name


def lines(data: Item) -> list[str]:
    """A record as lines, fields in order of name, nested ones as ``title.rendered``."""
    return list(_field_lines("", data))


def _field_lines(name: str, value: object) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key in sorted(value, key=str):
            if name == "" and key == "_links":
                continue
            yield from _field_lines(f"{name}.{key}" if name else str(key), value[key])
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        for number, one in enumerate(value):
            yield from _field_lines(f"{name}[{number}]", one)
    elif isinstance(value, str):
        yield from _text_lines(name, scrub(value))
    else:
        yield f"{name}: {json.dumps(value, ensure_ascii=False)}"


def _text_lines(name: str, text: str) -> Iterator[str]:
    broken = [line.rstrip() for line in _BLOCK_END.sub("\n", text.replace("\r", "")).split("\n")]
    kept = [line for line in broken if line]
    if len(kept) <= 1 and len(text) <= _SHORT:
        yield f"{name}: {text.strip()}"
        return
    yield f"{name}:"
    for line in kept:
        yield f"    {line}"


def unified(before: Item, after: Item, *, names: tuple[str, str], context: int = 2) -> list[str]:
    """A unified diff of two versions, without line ends; empty when nothing differs."""
    return list(difflib.unified_diff(lines(before), lines(after), *names, lineterm="", n=context))


def changed_fields(before: Item, after: Item) -> list[str]:
    """The names of the top-level fields that differ."""
    names = sorted({*before, *after} - {"_links"}, key=str)
    return [
        name
        for name in names
        if _flat(before.get(name)) != _flat(after.get(name)) or (name in before) != (name in after)
    ]


def _flat(value: object) -> Sequence[str]:
    return list(_field_lines("-", value))
