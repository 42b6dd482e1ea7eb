"""An archive that rules can be tried on: it reads the real one, and every write is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from wp_sync.archive.base import SiteArchive

# Beside these, a normalization only reads.
_COUNTED = frozenset(("put_terms", "put_authors", "put_media", "put_comments", "put_posts"))


class Unwritten:
    """`SiteArchive` whose derived tables nobody can write."""

    def __init__(self, archive: SiteArchive) -> None:
        self._archive = archive

    @classmethod
    def of(cls, archive: SiteArchive) -> SiteArchive:
        return cast(SiteArchive, cls(archive))

    def __getattr__(self, name: str) -> Any:
        return _nothing if name in _COUNTED else getattr(self._archive, name)

    def set_derived_under(self, _context: str) -> None:
        return None


def _nothing(*_: Sequence[object]) -> int:
    return 0
