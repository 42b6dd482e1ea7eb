"""Where the values of a JSON text stand, by their path; reads no value's meaning.

Block attributes must be changed in place: parsed and written anew they would be spelled otherwise.
Linear, and content with malformed JSON: what comes before the fault is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r'[\s,:]*+(?:("(?:[^"\\]|\\.)*+")|(-?[0-9]++(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+)'
    r"|([\[{])|([\]}])|(true|false|null))",
    re.DOTALL,
)
_COLON = re.compile(r"\s*+:")
_DEEPEST = 40
Path = tuple[str | int, ...]


class Value(NamedTuple):
    """A string (``text`` is its inside as spelled) or a number, and where it stands."""

    path: Path
    text: str
    start: int
    end: int
    is_string: bool


def values(source: str, start: int, end: int) -> Iterator[Value]:
    """Every string and number of a JSON value, with its path of keys and positions."""
    path: list[str | int] = []
    closers: list[str] = []
    at = start
    while match := _TOKEN.match(source, at, end):
        at = match.end()
        string, number, opening, closing, _ = match.groups()
        if closing:
            if not closers or closers.pop() != closing:
                return
            path.pop()
            if not closers:
                return
            _step(path, closers)
            continue
        if opening:
            if len(closers) >= _DEEPEST:
                return
            closers.append("}" if opening == "{" else "]")
            path.append("" if opening == "{" else 0)
            continue
        if string and closers and closers[-1] == "}" and _COLON.match(source, at, end):
            path[-1] = string[1:-1]
            continue
        if string:
            yield Value(tuple(path), string[1:-1], match.start(1) + 1, match.end(1) - 1, True)
        elif number:
            yield Value(tuple(path), number, match.start(2), match.end(2), False)
        if not closers:
            return
        _step(path, closers)


def _step(path: list[str | int], closers: list[str]) -> None:
    """On to the next item of a list."""
    if path and isinstance(path[-1], int) and closers[-1] == "]":
        path[-1] += 1
