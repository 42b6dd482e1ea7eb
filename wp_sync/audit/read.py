"""Pages out of an archive: records with the rows that normalizing made of them, in batches.

Reads through the port alone and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from operator import itemgetter
from typing import Any, TypeVar

from wp_sync.archive.base import Current, SiteArchive
from wp_sync.audit.page import Page, Setting
from wp_sync.content import Cleaning, Link, PostAuthor, PostTerm, Related
from wp_sync.model import State
from wp_sync.normalize.records import post_of

_BATCH = 200
# Kinds that are parts of the machinery and no pages that anybody reads.
_UNREAD = frozenset(
    ("attachment", "nav_menu_item", "wp_block", "wp_template", "wp_template_part", "wp_navigation",
     "wp_global_styles", "wp_font_family", "wp_font_face", "custom_css", "customize_changeset",
     "oembed_cache", "user_request", "revision", "acf-field", "acf-field-group")
)  # fmt: skip
_T = TypeVar("_T")
_RENAMED = {"is_primary": "primary"}


def page_kinds(kinds: Iterable[str]) -> list[str]:
    """The kinds whose records are audited as pages, in order."""
    posts = (kind for kind in kinds if kind.startswith("posts/"))
    return sorted(kind for kind in posts if kind.partition("/")[2] not in _UNREAD)


class Reader:
    """Reads the pages of one site."""

    def __init__(self, archive: SiteArchive) -> None:
        known = archive.site()
        self._archive = archive
        self._site = known.key if known else ""
        self.setting = Setting((known.home if known else "").rstrip("/"), self._site)

    def pages(self, kind: str, ids: Iterable[int] | None = None) -> Iterator[Page]:
        """The live ones of these records, in order of id."""
        for batch in _batches(self._archive.current(kind, ids=ids)):
            live = [current for current in batch if current.state is State.LIVE]
            if live:
                yield from self._pages(kind, live)

    def _pages(self, kind: str, batch: Sequence[Current]) -> Iterator[Page]:
        type = kind.partition("/")[2]
        span = {"type": type, "first": batch[0].id, "last": batch[-1].id}
        links = self._rows("links", Link, span)
        terms = self._rows("post_terms", PostTerm, span)
        authors = self._rows("post_authors", PostAuthor, span)
        related = self._rows("related_posts", Related, span)
        cleanings = self._rows("cleanings", Cleaning, span)
        for current in batch:
            id = current.id
            named = authors.get(id, ())
            post = post_of(current, {})
            if named:
                post = replace(post, author=named[0].author)
            yield Page(
                post,
                current.data,
                self.setting,
                links=links.get(id, ()),
                terms=terms.get(id, ()),
                authors=named,
                related=related.get(id, ()),
                cleanings=cleanings.get(id, ()),
            )

    def _rows(
        self, table: str, kind: Callable[..., _T], span: Mapping[str, object]
    ) -> dict[int, list[_T]]:
        rows = self._archive.query(
            f"SELECT * FROM {table} WHERE site = :site AND post_type = :type"  # noqa: S608
            " AND post BETWEEN :first AND :last ORDER BY post, position",
            site=self._site,
            **span,
        )
        columns = itemgetter(*(column for column, _ in _names(kind)))
        found: dict[int, list[_T]] = {}
        for row in rows:
            id = row["post"]
            assert isinstance(id, int)
            found.setdefault(id, []).append(kind(*columns(row)))
        return found


def _names(kind: Any) -> list[tuple[str, str]]:
    back = {new: old for old, new in _RENAMED.items()}
    return [(back.get(name, name), name) for name in kind.__match_args__]


def _batches(source: Iterator[Current]) -> Iterator[list[Current]]:
    while batch := list(islice(source, _BATCH)):
        yield batch
