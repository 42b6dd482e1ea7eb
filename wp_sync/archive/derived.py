"""The tables that the rules made: whole sets, batches, and posts with all that hangs on them.

Writes only rows that differ, which their checksums tell. Runs in transactions that the caller
opens; see `wp_sync.archive.site`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.engine import Connection
from sqlalchemy.sql.schema import Table

from wp_sync.archive import rows
from wp_sync.archive.database import Database
from wp_sync.archive.records import chunks
from wp_sync.archive.schema import (
    AUTHORS,
    CLEANINGS,
    COMMENTS,
    LINKS,
    MEDIA,
    METADATA,
    POST_AUTHORS,
    POST_DEPENDENCIES,
    POST_TERMS,
    POSTS,
    RELATED_POSTS,
    TERM_SOURCES,
    TERMS,
)
from wp_sync.content import Author, Comment, Derived, MediaItem, Term, TermSource

Row = dict[str, Any]
Stands = Mapping[Any, int]  # checksums of rows, by their keys

# Values whose name a database keeps for itself.
_RENAMED = {(TERMS.name, "default"): "is_default", (POST_TERMS.name, "primary"): "is_primary"}
_CHILDREN = (POST_TERMS, POST_AUTHORS, LINKS, RELATED_POSTS, CLEANINGS, POST_DEPENDENCIES)


@cache
def _columns(table: str, kind: Any) -> tuple[tuple[str, str], ...]:
    """The columns of a table in its order, each with the value's field, or empty for none."""
    fields_of = {_RENAMED.get((table, name), name): name for name in kind.__match_args__}
    columns = METADATA.tables[table].c
    return tuple((c.name, fields_of.get(c.name, "")) for c in columns if c.name != "checksum")


def _row(table: Table, start: Row, value: Any) -> Row:
    # In the table's order: that is the order the checksum is made and checked in.
    row: Row = {}
    kind: Any = type(value)
    for column, name in _columns(table.name, kind):
        if not name:
            row[column] = start[column]
            continue
        part = getattr(value, name)
        if type(part) is not str or not part.isascii() or "\0" in part:  # most need no tidying
            part = rows.tidy(part)
        row[column] = part
    return rows.sealed(row)


class DerivedTables:
    """The derived tables of one site."""

    def __init__(self, database: Database, site: str) -> None:
        self._database = database
        self._site = site

    def put_terms(
        self, connection: Connection, terms: Sequence[Term], sources: Sequence[TermSource]
    ) -> int:
        return self._put_all(connection, TERMS, terms) + self._put_all(
            connection, TERM_SOURCES, sources
        )

    def put_authors(self, connection: Connection, authors: Sequence[Author]) -> int:
        return self._put_all(connection, AUTHORS, authors)

    def put_media(self, connection: Connection, media: Sequence[MediaItem]) -> int:
        return self._put_some(connection, MEDIA, media)

    def put_comments(self, connection: Connection, comments: Sequence[Comment]) -> int:
        return self._put_some(connection, COMMENTS, comments)

    def _put_all(self, connection: Connection, table: Table, values: Iterable[object]) -> int:
        """The whole set of a site: what is not in it goes."""
        keys = [column for column in table.primary_key if column.name != "site"]
        statement = select(*keys, table.c.checksum).where(table.c.site == self._site)
        stands = {tuple(row[:-1]): row[-1] for row in connection.execute(statement)}
        wanted = {
            tuple(row[key.name] for key in keys): row
            for row in (_row(table, {"site": self._site}, value) for value in values)
        }
        gone = [key for key in stands if key not in wanted]
        for key in gone:
            same = [column == part for column, part in zip(keys, key, strict=True)]
            self._database.delete(connection, table, self._site, *same)
        changed = {k: r for k, r in wanted.items() if stands.get(k) != r["checksum"]}
        return len(gone) + self._write(connection, table, changed, stands)

    def _put_some(self, connection: Connection, table: Table, values: Iterable[object]) -> int:
        """A batch of rows known by id; rows that are not in it stay."""
        wanted = {
            row["id"]: row for row in (_row(table, {"site": self._site}, one) for one in values)
        }
        stands: dict[int, int] = {}
        for some in chunks(wanted):
            statement = select(table.c.id, table.c.checksum).where(
                table.c.site == self._site, table.c.id.in_(some)
            )
            stands.update((row[0], row[1]) for row in connection.execute(statement))
        changed = {k: r for k, r in wanted.items() if stands.get(k) != r["checksum"]}
        return self._write(connection, table, changed, stands)

    def _write(
        self, connection: Connection, table: Table, changed: Mapping[Any, Row], stands: Stands
    ) -> int:
        if changed:
            replaced = [stands[key] for key in changed if key in stands]
            self._database.upsert(connection, table, list(changed.values()), replaced=replaced)
        return len(changed)

    def put_posts(self, connection: Connection, posts: Sequence[Derived]) -> int:
        """Posts with their terms, links and related posts; only those that differ are touched."""
        wanted = {(one.post.type, one.post.id): one for one in posts}
        stands = self._posts(connection, [one.post.id for one in posts])
        written = 0
        fresh: dict[Table, list[Row]] = {table: [] for table in (POSTS, *_CHILDREN)}
        replaced: dict[Table, list[int]] = {table: [] for table in (POSTS, *_CHILDREN)}
        for key, one in sorted(wanted.items()):
            row = self._post(one)
            children = self._children(one)
            for table, some in zip(_CHILDREN, children, strict=True):
                before = self._stood(connection, table, row) if key in stands else {}
                now = {_key(table, child): child for child in some}
                gone = self._remove(connection, table, row, before.keys() - now.keys())
                written += gone if table is not POST_DEPENDENCIES else 0
                differ = {k: c for k, c in now.items() if before.get(k) != c["checksum"]}
                fresh[table] += differ.values()
                replaced[table] += [before[k] for k in differ if k in before]
            if stands.get(key) != row["checksum"]:
                fresh[POSTS].append(row)
                replaced[POSTS] += [stands[key]] if key in stands else []
        for table, some in fresh.items():
            self._database.upsert(connection, table, some, replaced=replaced[table])
            # What a derivation asked for is bookkeeping, no row of anybody's.
            written += len(some) if table is not POST_DEPENDENCIES else 0
        return written

    def _post(self, one: Derived) -> Row:
        terms = {(term.taxonomy, term.slug) for term in one.terms}
        start = {
            "site": self._site,
            "derived_from": one.derived_from,
            "terms": len(terms),
            "authors": len({author.position for author in one.authors}),
            "links": len({link.position for link in one.links}),
            "related": len({(entry.origin, entry.position) for entry in one.related}),
            "cleanings": len({cleaning.position for cleaning in one.cleanings}),
        }
        return _row(POSTS, start, one.post)

    def _children(self, one: Derived) -> tuple[list[Row], ...]:
        start = {"site": self._site, "post": one.post.id, "post_type": rows.clean(one.post.type)}
        return (
            [_row(POST_TERMS, start, term) for term in one.terms],
            [_row(POST_AUTHORS, start, author) for author in one.authors],
            [_row(LINKS, start, link) for link in one.links],
            [_row(RELATED_POSTS, start, entry) for entry in one.related],
            [_row(CLEANINGS, start, cleaning) for cleaning in one.cleanings],
            [rows.sealed({**start, "facts": one.dependencies})] if one.dependencies else [],
        )

    def _posts(self, connection: Connection, ids: Iterable[int]) -> dict[tuple[str, int], int]:
        found: dict[tuple[str, int], int] = {}
        for some in chunks(ids):
            statement = select(POSTS.c.type, POSTS.c.id, POSTS.c.checksum).where(
                POSTS.c.site == self._site, POSTS.c.id.in_(some)
            )
            for row in connection.execute(statement):
                found[row[0], row[1]] = row[2]
        return found

    def _stood(self, connection: Connection, table: Table, post: Row) -> dict[Any, int]:
        statement = select(*_own_key(table), table.c.checksum).where(self._of_post(table, post))
        return {tuple(row[:-1]): row[-1] for row in connection.execute(statement)}

    def _remove(self, connection: Connection, table: Table, post: Row, keys: Iterable[Any]) -> int:
        gone = sorted(keys)
        for key in gone:
            same = [column == part for column, part in zip(_own_key(table), key, strict=True)]
            which = (self._of_post(table, post), *same)
            self._database.delete(connection, table, self._site, *which)
        return len(gone)

    def _of_post(self, table: Table, post: Row) -> Any:
        return and_(
            table.c.site == self._site,
            table.c.post == post["id"],
            table.c.post_type == post["type"],
        )


def _own_key(table: Table) -> list[Any]:
    return [c for c in table.primary_key if c.name not in ("site", "post", "post_type")]


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in _own_key(table))
