"""Decisions written as TOML text, one rule a paragraph, as a person would write them."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")  # which no TOML comment may hold
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def value(data: Any) -> str:
    """A value as TOML writes it, on one line."""
    if isinstance(data, bool):
        return "true" if data else "false"
    if isinstance(data, str):
        # JSON's escapes are a subset of those of TOML's basic strings, but for the delete sign.
        return json.dumps(data, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(data, Mapping):
        return f"{{ {pairs(data)} }}" if data else "{}"
    if isinstance(data, Sequence):
        return f"[{', '.join(value(part) for part in data)}]"
    if isinstance(data, datetime.date | datetime.time):
        return data.isoformat()
    return str(data)


def pairs(data: Mapping[str, Any]) -> str:
    """Keys and values as they stand within an inline table."""
    return ", ".join(f"{key(name)} = {value(part)}" for name, part in data.items())


def key(name: str) -> str:
    return name if _BARE.fullmatch(name) else value(name)


def head(settings: Mapping[str, Any]) -> str:
    """The settings of a file: single keys, then tables."""
    lines = [f"{key(k)} = {value(v)}" for k, v in settings.items() if not isinstance(v, Mapping)]
    for name, table in settings.items():
        if isinstance(table, Mapping):
            lines += ["", f"[{key(name)}]"]
            lines += [f"{key(k)} = {value(v)}" for k, v in table.items()]
    return "\n".join(lines) + "\n"


def rule(name: str, data: Mapping[str, Any], comment: str = "") -> str:
    """One ``[[name]]`` with the lines of its comment above it."""
    lines = [f"# {_CONTROL.sub(' ', line)}".rstrip() for line in comment.splitlines()]
    lines.append(f"[[{name}]]")
    lines += [f"{key(k)} = {value(v)}" for k, v in data.items()]
    return "\n".join(lines) + "\n"
