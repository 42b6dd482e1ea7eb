"""Paths of names such as ``Body > Back pain``: how people write where a term stands in a tree.

Pure functions over strings; which term a path means is decided in `wp_sync.normalize.terms.terms`.
"""

from __future__ import annotations

import re

from wp_sync.normalize.text import clean_name, fold

_SEPARATOR = re.compile(r"\s*>\s*")


def fold_path(path: str) -> str:
    """A path of names in the form in which paths are compared."""
    if ">" not in path:
        return fold(path)
    return " > ".join(fold(part) for part in split_path(path))


def split_path(path: str) -> list[str]:
    """The names of a path such as ``Body > Back pain``, cleaned, outermost first."""
    names = (clean_name(part) for part in _SEPARATOR.split(path))
    return [name for name in names if name]
