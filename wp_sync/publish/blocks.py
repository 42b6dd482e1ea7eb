"""Block markup in one canonical form, so that two spellings of the same blocks compare equal.

WordPress 6.8 and later write a post's block delimiters anew when it is updated: attributes without
spaces, ``--`` in them as an escape, no ``core/``. Some versions close at the end
what was never closed. Only delimiters are looked at; every other byte stays. Nothing is sent or
stored in this form. Linear in the text's length.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

_NAME = r"(?:[a-z][a-z0-9_-]*+/)?[a-z][a-z0-9_-]*+"
_DELIMITER = re.compile(rf"<!--\s++(/?)wp:({_NAME})(?=\s)\s*+([{{].*[}}])?+\s*+(/?)-->", re.DOTALL)
_CODES = (
    ("--", "\\u002d\\u002d"), ("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"),
    ('\\"', "\\u0022"),
)  # fmt: skip


def canonical_markup(text: str) -> str:
    """The text with every block delimiter in canonical form.

    Attributes are compact JSON with their keys in order; what PHP can't tell apart is spelled
    alike (``{}`` and ``[]``, ``1.0`` and ``1``). Attributes that are no JSON stay as they are. A
    block without content is self-closing; one that never ends, ends with the text.
    """
    if "<!--" not in text:
        return text
    parts: list[str] = []
    opened: list[str] = []
    open_now: Counter[str] = Counter()
    opener = -1
    at = 0
    while (start := text.find("<!--", at)) >= 0:
        parts.append(text[at:start])
        end = text.find("-->", start + 4)
        if end < 0:
            # What is not finished swallows whatever would be put behind it.
            return "".join((*parts, text[start:]))
        at = end + 3
        match = _DELIMITER.fullmatch(text, start, at)
        if match is None:
            parts.append(text[start:at])
            continue
        closing, name, attributes, void = match.groups()
        name = name.removeprefix("core/")
        spelled = _attributes(attributes)
        if closing:
            while open_now[name]:
                last = opened.pop()
                open_now[last] -= 1
                if last == name:
                    break
            _close(parts, name, opener)
        else:
            if not void:
                opener = len(parts)
                opened.append(name)
                open_now[name] += 1
            parts.append(f"<!-- wp:{name} {spelled}{'/' if void else ''}-->")
    parts.append(text[at:])
    for name in reversed(opened):
        _close(parts, name, opener)
    return "".join(parts)


def _close(parts: list[str], name: str, opener: int) -> None:
    """Write a block's end, or make its beginning self-closing where nothing stands between.

    ``opener`` is the place of the last beginning in ``parts``.
    """
    while parts and not parts[-1]:
        parts.pop()
    last = parts[-1] if parts else ""
    begins = last.startswith(f"<!-- wp:{name} ") and not last.endswith("/-->")
    if begins and opener == len(parts) - 1:
        parts[-1] = f"{last.removesuffix('-->')}/-->"
    else:
        parts.append(f"<!-- /wp:{name} -->")


def _attributes(text: str | None) -> str:
    """The attributes as WordPress spells them, with a space behind; empty for none."""
    if not text:
        return ""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return f"{text} "
    if not isinstance(value, dict) or not value:
        return "" if isinstance(value, dict) else f"{text} "
    try:
        spelled = json.dumps(
            _alike(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True
        )
    except RecursionError:
        return f"{text} "
    for sign, code in _CODES:
        spelled = spelled.replace(sign, code)
    return f"{spelled} "


def _alike(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _alike(item) for key, item in value.items()} or []
    if isinstance(value, list):
        return [_alike(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53:
        return int(value)
    return value
