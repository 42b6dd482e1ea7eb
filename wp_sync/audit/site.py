"""The site as a whole, as site rules see it: its tables by queries, titles and addresses of items.

Reads the archive through its port; decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from wp_sync.archive.base import SiteArchive
from wp_sync.audit.page import PostFacts

Row = Mapping[str, Any]
_PAGE = 2_000


class Site:
    """One site of an archive. ``today`` is the day of the audit in UTC, ``2030-01-31``."""

    def __init__(
        self,
        archive: SiteArchive,
        facts: Callable[[str, Iterable[int]], Iterator[PostFacts]],
        now: datetime | None = None,
    ) -> None:
        known = archive.site()
        self.archive = archive
        self.key = known.key if known else ""
        self.home = (known.home if known else "").rstrip("/")
        self.now = now or datetime.now(UTC)
        self.today = self.now.strftime("%Y-%m-%d")
        self._facts = facts

    def query(self, sql: str, **parameters: object) -> Iterable[Row]:
        """Rows of the archive; ``:site`` is bound. Bounded answers only: they come at once."""
        return self.archive.query(sql, site=self.key, **parameters)

    def pages(self, sql: str, *keys: str, **parameters: object) -> Iterator[Row]:
        """Rows of a large table, a page at a time: ``sql`` orders by ``keys`` (whole numbers or
        text), takes what comes behind ``:after_<key>`` in each, and ends with ``LIMIT :most``.

        All keys must be columns of the answer. The first page starts at -1, or at what is given
        for ``after_<key>`` (the empty text, for keys that are text).
        """
        after: dict[str, object] = {f"after_{key}": -1 for key in keys}
        after |= {key: parameters.pop(key) for key in list(parameters) if key in after}
        while True:
            rows = self.archive.query(sql, site=self.key, most=_PAGE, **after, **parameters)
            yield from rows
            if len(rows) < _PAGE:
                return
            after = {f"after_{key}": rows[-1][key] for key in keys}

    def facts_of(self, kind: str, ids: Iterable[int]) -> Iterator[PostFacts]:
        """What is kept of single posts."""
        return self._facts(kind, ids)
