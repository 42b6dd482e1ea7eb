"""Values as PHP's serialize() writes them, which is how WordPress keeps lists in meta. Pure.

Lengths are those of UTF-8. Only what JSON can hold is written: no objects, ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_DEEPEST = 20


def serialized(value: Any, depth: int = 0) -> str:
    """The value in PHP's own notation; what is nested deeper than 20 levels is null."""
    if value is None or depth > _DEEPEST:
        return "N;"
    if isinstance(value, bool):
        return f"b:{int(value)};"
    if isinstance(value, int):
        return f"i:{value};" if abs(value) < 2**63 else _text(str(value))
    if isinstance(value, float):
        return f"d:{value!r};"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        pairs = [(_key(key), one) for key, one in value.items()]
    elif isinstance(value, Sequence):
        pairs = [(f"i:{number};", one) for number, one in enumerate(value)]
    else:
        raise TypeError(f"no JSON value: {type(value).__name__}")
    inner = "".join(f"{key}{serialized(one, depth + 1)}" for key, one in pairs)
    return f"a:{len(pairs)}:{{{inner}}}"


def _key(key: object) -> str:
    text = str(key)
    # PHP makes a number of a key that looks like one.
    if text.isascii() and text.isdigit() and (text == "0" or text[0] != "0") and len(text) < 19:
        return f"i:{text};"
    return _text(text)


def _text(text: str) -> str:
    return f's:{len(text.encode("utf-8", "replace"))}:"{text}";'
