"""Two sides' fields compared: which differ, and the place where they do. Pure.

Shared by everything that asks whether one side is the other: `verify`, and audits against another
site. What is equal is decided by the canonical values that the caller gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from wp_sync.publish.base import digest_of

_AROUND = 60
_encode = msgspec.json.Encoder(order="sorted").encode


def differing(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The fields of ours that theirs does not have as they are: name, and both where they differ.

    Fields that only theirs has are not ours to judge.
    """
    for name, value in ours.items():
        other = theirs.get(name)
        if digest_of(value) != digest_of(other):
            yield name, *around(value, other)


def around(ours: Any, theirs: Any) -> tuple[str, str]:
    """Both values as text, shortened to where they first differ."""
    one, other = shown(ours), shown(theirs)
    if len(one) <= 2 * _AROUND and len(other) <= 2 * _AROUND:
        return one, other
    at = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    start = max(0, at - _AROUND // 2)

    def part(text: str) -> str:
        piece = text[start : at + _AROUND]
        head = "…" if start else ""
        return head + piece + ("…" if at + _AROUND < len(text) else "")

    return part(one), part(other)


def shown(value: Any) -> str:
    """A value as a person reads it: text as it is, the rest as JSON, nothing as nothing."""
    if value is None:
        return ""
    return value if isinstance(value, str) else _encode(value).decode()
