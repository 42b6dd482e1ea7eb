"""YAML above a text, written so that every parser reads the same. Pure.

Our own few lines instead of a library: what is written is strings, numbers, truth and lists, and a
string is quoted unless no YAML, old or new, could take it for anything else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

Value = str | int | bool | Sequence["Value"] | Mapping[str, "Value"]

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[ _-][A-Za-z0-9]+)*")
_WORDS = frozenset(
    ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "none")
)
# Where a moment is one, and no title that looks like it.
_MOMENTS = frozenset(("date", "lastmod", "last_modified_at", "modified"))
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_ESCAPED = re.compile(
    '["\\\\\x00-\x1f\x7f-\x9f\u00ad\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff'
    "\ufffe\uffff\ud800-\udfff]"
)
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def front_matter(values: Mapping[str, Value]) -> str:
    """The block between two lines of dashes."""
    lines = ["---"]
    for name, value in values.items():
        lines += _lines(name, value, "")
    return "\n".join([*lines, "---", ""])


def _lines(name: str, value: Value, indent: str) -> list[str]:
    head = f"{indent}{scalar(name)}:"
    if name in _MOMENTS and isinstance(value, str) and _DATE.fullmatch(value):
        return [f"{head} {value}"]
    if isinstance(value, (str, int)):
        return [f"{head} {scalar(value)}"]
    if isinstance(value, Mapping):
        found = [head]
        for key, one in value.items():
            found += _lines(key, one, f"{indent}  ")
        return found
    if not value:
        return [f"{head} []"]
    return [head, *(line for one in value for line in _entry(one, f"{indent}  "))]


def _entry(value: Value, indent: str) -> list[str]:
    if isinstance(value, (str, int)):
        return [f"{indent}- {scalar(value)}"]
    if isinstance(value, Mapping):
        lines = [line for key, one in value.items() for line in _lines(key, one, f"{indent}  ")]
        return [f"{indent}- {lines[0].lstrip()}", *lines[1:]]
    raise TypeError("a list in a list")


def scalar(value: str | int | bool) -> str:
    """One value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return f'"{_ESCAPED.sub(_escape, value)}"'


def _escape(match: re.Match[str]) -> str:
    sign = match[0]
    if sign in _SHORT:
        return _SHORT[sign]
    if "\ud800" <= sign <= "\udfff":
        sign = "\ufffd"
    return f"\\u{ord(sign):04X}"
