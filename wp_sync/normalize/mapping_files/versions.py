"""The format's versions, one count a kind of file: newer files are refused, older ones are read.

A kind's number rises when its files may say something new, so that an older wp-sync asks for an
upgrade instead of calling the new words mistakes. What older versions could say means what it
always did: nothing has to be rewritten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from wp_sync.toml import Table

VERSIONS: Final[Mapping[str, int]] = {"terms": 2, "authors": 2, "links": 2, "related": 2}
_FIRST: Final = 1  # of the kinds that are not named above

# What came with which version: a key at the top of the file, or within one of its tables.
_SINCE: Final[Mapping[str, Mapping[tuple[str, ...], int]]] = {
    "terms": {
        ("assign",): 2,
        ("primary",): 2,
        ("slugs", "language"): 2,
        ("rule", "taxonomy"): 2,
        ("rule", "match", "lang"): 2,
    },
    "authors": {("bylines",): 2, ("slugs", "language"): 2},
    "links": {
        ("redirects",): 2,
        ("shortlinks",): 2,
        ("external",): 2,
        ("new",): 2,
        ("tracking", "clean"): 2,
    },
    "related": {("body",): 2, ("fallback",): 2},
}


def version_of(kind: str) -> int:
    """The newest version of a kind of file: ``terms``, ``authors``, or another file's name."""
    return VERSIONS.get(kind, _FIRST)


def accepted(top: Table, kind: str) -> bool:
    """Whether a file can be read here; notes a missing, unknown or too new version in it."""
    newest = version_of(kind)
    version = top.integer("version", newest)
    if "version" not in top:
        hint = f"begin the file with version = {newest}"
        top.complain("the format's version is missing", hint=hint)
        return True
    if version > newest:
        top.complain(
            f"version {version} of the format is newer than this wp-sync knows ({newest})",
            key="version",
            hint="upgrade wp-sync: pip install --upgrade wp-sync",
        )
        return False
    if version < _FIRST:
        hint = f"write version = {newest}"
        top.complain(f"there is no version {version} of the format", key="version", hint=hint)
        return False
    for keys, since in _SINCE.get(kind, {}).items():
        if since > version:
            for path in _uses(top.data, keys):
                top.file.complain(
                    path,
                    f"{keys[-1]} came with version {since} of the format; this file is of version"
                    f" {version}",
                    f"write version = {since}; nothing else changes",
                )
    return True


def _uses(data: Any, keys: tuple[str, ...]) -> Iterator[tuple[str | int, ...]]:
    """Where a key stands; a list of tables is looked through."""
    if isinstance(data, list):
        for number, part in enumerate(data):
            yield from ((number, *rest) for rest in _uses(part, keys))
    elif isinstance(data, dict) and keys[0] in data:
        if len(keys) == 1:
            yield keys
        else:
            yield from ((keys[0], *rest) for rest in _uses(data[keys[0]], keys[1:]))
