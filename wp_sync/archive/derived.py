"""The tables that the rules made: whole sets, batches, and posts with all that hangs on them.

Writes only rows that differ, which their checksums tell. Runs in transactions that the caller
opens; see `wp_sync.archive.site`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import false, func, or_, select
from sqlalchemy.engine import Connection
from sqlalchemy.sql.schema import Table

from wp_sync.archive import rows
from wp_sync.archive.database import Database, Values
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

_Key = tuple[str, int]  # of a post: type, id
Stands = Mapping[Any, int]  # checksums of rows, by their keys

# Values whose name a database keeps for itself.
_RENAMED = {(TERMS.name, "default"): "is_default", (POST_TERMS.name, "primary"): "is_primary"}
_CHILDREN = (POST_TERMS, POST_AUTHORS, LINKS, RELATED_POSTS, CLEANINGS, POST_DEPENDENCIES)


@cache
def _values(table: str, kind: Any) -> Callable[[Any], Values]:
    """What reads a value's fields in the order of the table's columns."""
    fields_of = {_RENAMED.get((table, name), name): name for name in kind.__match_args__}
    columns = (column.name for column in METADATA.tables[table].c)
    return attrgetter(*(fields_of[name] for name in columns if name in fields_of))


def _row(table: Table, start: Values, value: Any, end: Values = ()) -> Values:
    """A value's row; ``start`` and ``end`` are the columns before and behind its own."""
    kind: Any = type(value)
    return rows.whole((*start, *_values(table.name, kind)(value), *end))


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
        places = [list(table.c).index(column) for column in keys]
        statement = select(*keys, table.c.checksum).where(table.c.site == self._site)
        stands = {tuple(row[:-1]): row[-1] for row in connection.execute(statement)}
        wanted = {
            tuple(row[place] for place in places): row
            for row in (_row(table, (self._site,), value) for value in values)
        }
        gone = [key for key in stands if key not in wanted]
        for key in gone:
            same = [column == part for column, part in zip(keys, key, strict=True)]
            self._database.delete(connection, table, self._site, *same)
        changed = {k: r for k, r in wanted.items() if stands.get(k) != r[-1]}
        return len(gone) + self._write(connection, table, changed, stands)

    def _put_some(self, connection: Connection, table: Table, values: Iterable[object]) -> int:
        """A batch of rows known by id; rows that are not in it stay."""
        wanted = {row[1]: row for row in (_row(table, (self._site,), one) for one in values)}
        stands: dict[int, int] = {}
        for some in chunks(wanted):
            statement = select(table.c.id, table.c.checksum).where(
                table.c.site == self._site, table.c.id.in_(some)
            )
            stands.update((row[0], row[1]) for row in connection.execute(statement))
        changed = {k: r for k, r in wanted.items() if stands.get(k) != r[-1]}
        return self._write(connection, table, changed, stands)

    def _write(
        self, connection: Connection, table: Table, changed: Mapping[Any, Values], stands: Stands
    ) -> int:
        replaced = [stands[key] for key in changed if key in stands]
        self._database.upsert_whole(connection, table, list(changed.values()), replaced)
        return len(changed)

    def put_posts(self, connection: Connection, posts: Sequence[Derived]) -> int:
        """Posts with their terms, links and related posts; only those that differ are touched."""
        wanted = {(one.post.type, one.post.id): one for one in posts}
        stands = self._posts(connection, [one.post.id for one in posts])
        children = {table: self._stood(connection, table, stands) for table in _CHILDREN}
        written = 0
        fresh: dict[Table, list[Values]] = {table: [] for table in (POSTS, *_CHILDREN)}
        replaced: dict[Table, list[int]] = {table: [] for table in (POSTS, *_CHILDREN)}
        gone: dict[Table, dict[Values, int]] = {table: {} for table in _CHILDREN}
        for key, one in sorted(wanted.items()):
            row = self._post(one)
            for table, some in zip(_CHILDREN, self._children(one), strict=True):
                before = children[table].get(key, {})
                now = {child[3 : 3 + _OWN[table]]: child for child in some}
                gone[table].update(
                    ((self._site, key[1], key[0], *own), checksum)
                    for own, checksum in before.items()
                    if own not in now
                )
                differ = {k: c for k, c in now.items() if before.get(k) != c[-1]}
                fresh[table] += differ.values()
                replaced[table] += [before[k] for k in differ if k in before]
            if stands.get(key) != row[-1]:
                fresh[POSTS].append(row)
                replaced[POSTS] += [stands[key]] if key in stands else []
        for table, keys in gone.items():
            self._database.delete_whole(connection, table, sorted(keys), keys.values())
            written += len(keys) if table is not POST_DEPENDENCIES else 0
        for table, some in fresh.items():
            self._database.upsert_whole(connection, table, some, replaced[table])
            # What a derivation asked for is bookkeeping, no row of anybody's.
            written += len(some) if table is not POST_DEPENDENCIES else 0
        return written

    def asking(
        self, connection: Connection, facts: Sequence[bytes]
    ) -> list[tuple[str, int, bytes]]:
        """Posts in whose facts any of these bytes stand, whether or not where a fact begins."""
        table = POST_DEPENDENCIES
        # Their names in SQLite and PostgreSQL; the latter's own syntax for it takes no parameters.
        place = func.instr if self._database.sqlite else func.pg_catalog.position
        found = select(table.c.post_type, table.c.post, table.c.facts).where(
            table.c.site == self._site,
            or_(false(), *(place(table.c.facts, one) > 0 for one in facts)),
        )
        return [(type, post, bytes(packed)) for type, post, packed in connection.execute(found)]

    def _post(self, one: Derived) -> Values:
        end = (
            one.derived_from,
            len({(term.taxonomy, term.slug) for term in one.terms}),
            len({author.position for author in one.authors}),
            len({link.position for link in one.links}),
            len({(entry.origin, entry.position) for entry in one.related}),
            len({cleaning.position for cleaning in one.cleanings}),
        )
        return _row(POSTS, (self._site,), one.post, end)

    def _children(self, one: Derived) -> tuple[list[Values], ...]:
        start = (self._site, one.post.id, rows.clean(one.post.type))
        facts = (*start, one.dependencies)
        return (
            [_row(POST_TERMS, start, term) for term in one.terms],
            [_row(POST_AUTHORS, start, author) for author in one.authors],
            [_row(LINKS, start, link) for link in one.links],
            [_row(RELATED_POSTS, start, entry) for entry in one.related],
            [_row(CLEANINGS, start, cleaning) for cleaning in one.cleanings],
            [(*facts, rows.checksum(facts))] if one.dependencies else [],
        )

    def _posts(self, connection: Connection, ids: Iterable[int]) -> dict[_Key, int]:
        found: dict[_Key, int] = {}
        for some in chunks(ids):
            statement = select(POSTS.c.type, POSTS.c.id, POSTS.c.checksum).where(
                POSTS.c.site == self._site, POSTS.c.id.in_(some)
            )
            for row in connection.execute(statement):
                found[row[0], row[1]] = row[2]
        return found

    def _stood(
        self, connection: Connection, table: Table, posts: Iterable[_Key]
    ) -> dict[_Key, dict[Values, int]]:
        """The checksums of the rows that hang on posts, by post and own key."""
        found: dict[_Key, dict[Values, int]] = {}
        columns = (table.c.post_type, table.c.post, *_own_key(table), table.c.checksum)
        for some in chunks(id for _, id in posts):
            statement = select(*columns).where(table.c.site == self._site, table.c.post.in_(some))
            for type, post, *own, checksum in connection.execute(statement):
                found.setdefault((type, post), {})[tuple(own)] = checksum
        return found


def _own_key(table: Table) -> list[Any]:
    return [c for c in table.primary_key if c.name not in ("site", "post", "post_type")]


# How many columns behind site, post and type are the key's.
_OWN = {table: len(_own_key(table)) for table in _CHILDREN}
