"""Reading records back: what is known, newest versions, addresses; a page at a time.

Decides and writes nothing; `wp_sync.archive.keeping` does. Streams hold no connection between
pages, so that a reader never blocks a writer, and a caller may write while it reads.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import and_, func, literal, or_, select
from sqlalchemy.engine import Connection

from wp_sync.archive import rows
from wp_sync.archive.base import Current, Version
from wp_sync.archive.codec import parse
from wp_sync.archive.database import Database
from wp_sync.archive.dictionaries import Dictionaries
from wp_sync.archive.kinds import kinds
from wp_sync.archive.schema import OLD_ADDRESSES, POSTS, QUARANTINE, RECORDS, VERSIONS
from wp_sync.errors import ArchiveDamaged, Place
from wp_sync.model import Known, State

CHUNK = 500  # ids in one IN (…): every SQLite takes 999 parameters
PAGE = 2_000  # small rows read at a time
PAGE_OF_VERSIONS = 200
_PAGES_OF_ONE_PLAN = 50
_KNOWN = (RECORDS.c.id, RECORDS.c.stamp, RECORDS.c.state, RECORDS.c.racy, RECORDS.c.modified)
_LINKED = ("posts/", "terms/", "users/")
_STATES = {state.value: state for state in State}

_Key = TypeVar("_Key", int, str)


def chunks(values: Iterable[_Key], size: int = CHUNK) -> Iterator[list[_Key]]:
    """Sorted, without duplicates, in pieces that a statement takes."""
    ordered = sorted(set(values))
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def second(moment: datetime) -> str:
    """A moment as WordPress writes its ``…_gmt`` times, for comparison as text."""
    return rows.iso(moment).removesuffix("Z")


class Records:
    """The records of one site, read only."""

    def __init__(self, database: Database, site: str) -> None:
        self._database = database
        self._site = site
        self._dictionaries = Dictionaries(database, site)

    def quarantined(self, connection: Connection, kind: str) -> dict[int, str]:
        statement = select(QUARANTINE.c.id, QUARANTINE.c.reason).where(
            QUARANTINE.c.site == self._site, QUARANTINE.c.kind == kind
        )
        return {row.id: row.reason for row in connection.execute(statement)}

    def known(self, kind: str) -> Iterator[Known]:
        last = -1
        while True:
            statement = (
                select(*_KNOWN)
                .where(RECORDS.c.site == self._site, RECORDS.c.kind == kind, RECORDS.c.id > last)
                .order_by(RECORDS.c.id)
                .limit(PAGE)
            )
            with self._database.read() as connection:
                page = connection.execute(statement).all()
            for row in page:
                yield Known(row[0], row[1], State(row[2]), row[3], row[4])
            if len(page) < PAGE:
                return
            last = page[-1][0]

    def known_of(self, connection: Connection, kind: str, ids: Iterable[int]) -> dict[int, Known]:
        found: dict[int, Known] = {}
        for some in chunks(ids):
            statement = select(*_KNOWN).where(
                RECORDS.c.site == self._site, RECORDS.c.kind == kind, RECORDS.c.id.in_(some)
            )
            for row in connection.execute(statement):
                found[row[0]] = Known(row[0], row[1], State(row[2]), row[3], row[4])
        return found

    def count(self, connection: Connection, kind: str, state: State) -> int:
        statement = select(func.count()).where(
            RECORDS.c.site == self._site, RECORDS.c.kind == kind, RECORDS.c.state == state.value
        )
        return connection.execute(statement).scalar_one()

    def due(
        self, connection: Connection, kind: str, *, field: str, value: str, before: datetime
    ) -> list[int]:
        """Live ids with a status and a past date; only ``status`` is kept for such questions."""
        if field != "status":
            raise ValueError(f"the archive keeps no column for {field!r}")
        # As a literal, so that the index over scheduled records serves it.
        exact = literal(value, literal_execute=True)
        statement = (
            select(RECORDS.c.id)
            .where(
                RECORDS.c.site == self._site,
                RECORDS.c.kind == kind,
                RECORDS.c.status == exact,
                RECORDS.c.date < second(before),
                RECORDS.c.date != "",
                RECORDS.c.state == State.LIVE.value,
            )
            .order_by(RECORDS.c.id)
        )
        return list(connection.execute(statement).scalars())

    def current(self, kind: str, ids: Iterable[int] | None, stale_only: bool) -> Iterator[Current]:
        """Newest versions; with ``stale_only`` only posts that were derived from something else."""
        if ids is not None:
            for some in chunks(ids, PAGE_OF_VERSIONS):
                yield from self._current(kind, RECORDS.c.id.in_(some), stale_only)
            return
        last = -1
        for number in itertools.count():
            if number % _PAGES_OF_ONE_PLAN == 0:  # the caller writes what it derives meanwhile
                self._database.refresh_statistics()
            page = self._current(kind, RECORDS.c.id > last, stale_only)
            yield from page
            if len(page) < PAGE_OF_VERSIONS:
                return
            last = page[-1].id

    def _current(self, kind: str, which: Any, stale_only: bool) -> list[Current]:
        name = kind.partition("/")[2]
        derived = POSTS.c.derived_from
        statement = (
            select(
                RECORDS.c.id,
                RECORDS.c.state,
                RECORDS.c.digest,
                VERSIONS.c.data,
                VERSIONS.c.size,
                VERSIONS.c.dictionary,
                VERSIONS.c.number,
                derived,
            )
            .select_from(
                RECORDS.outerjoin(
                    VERSIONS,
                    and_(
                        VERSIONS.c.site == RECORDS.c.site,
                        VERSIONS.c.kind == RECORDS.c.kind,
                        VERSIONS.c.id == RECORDS.c.id,
                        VERSIONS.c.number == RECORDS.c.version,
                    ),
                ).outerjoin(
                    POSTS,
                    and_(
                        POSTS.c.site == RECORDS.c.site,
                        POSTS.c.id == RECORDS.c.id,
                        POSTS.c.type == name,
                        literal(kind.startswith("posts/")),
                    ),
                )
            )
            .where(RECORDS.c.site == self._site, RECORDS.c.kind == kind, which)
            # A text that is known to be lost is not there to be read (see `repair`).
            .where(or_(VERSIONS.c.data.is_(None), func.length(VERSIONS.c.data) > 0))
            .order_by(RECORDS.c.id)
            .limit(PAGE_OF_VERSIONS)
        )
        if stale_only:
            start = RECORDS.c.digest + ":" + RECORDS.c.state + ":"
            statement = statement.where(
                or_(derived.is_(None), func.substr(derived, 1, func.length(start)) != start)
            )
        with self._database.read() as connection:
            page = connection.execute(statement).all()
            return [
                Current(
                    kind,
                    row.id,
                    State(row.state),
                    row.digest,
                    self._data(connection, kind, row)[1],
                    row.derived_from or "",
                )
                for row in page
            ]

    def versions(self, connection: Connection, kind: str, id: int) -> list[Version]:
        statement = (
            select(VERSIONS)
            .where(VERSIONS.c.site == self._site, VERSIONS.c.kind == kind, VERSIONS.c.id == id)
            .where(func.length(VERSIONS.c.data) > 0)  # a text that is lost is not there to be read
            .order_by(VERSIONS.c.number)
        )
        return [self.version(connection, row) for row in connection.execute(statement)]

    def version(self, connection: Connection, row: Any) -> Version:
        """A whole row of the versions, read."""
        raw, data = self._data(connection, row.kind, row)
        return Version(
            row.kind,
            row.id,
            row.number,
            row.sha256,
            row.digest,
            rows.a_moment(row.seen_at),
            row.run,
            raw,
            data,
            tuple(rows.load(row.lacking)),
        )

    def _data(self, connection: Connection, kind: str, row: Any) -> tuple[bytes, Any]:
        """A version's bytes, and the same parsed.

        Raises:
            ArchiveDamaged: the row is gone, or its bytes can't be restored.
        """
        place = Place(self._site, kind, row.id)
        hint = "`check --repair` marks it for the next pull, and tells what else is damaged"
        if row.data is None:
            raise ArchiveDamaged("its newest version is not in the archive", place=place, hint=hint)
        try:
            raw = self._dictionaries.of(connection, row.dictionary).restore(row.data, row.size)
            return raw, parse(raw)
        except (ValueError, LookupError) as error:
            raise ArchiveDamaged(
                f"version {row.number} can't be read ({error})", place=place, hint=hint
            ) from error

    def urls(self) -> Iterator[tuple[str, str, int, str, State, str]]:
        """Every record of the families that links mean, a page at a time in order of kind, id."""
        with self._database.read() as connection:
            linked = [kind for kind in kinds(connection, self._site) if kind.startswith(_LINKED)]
        for kind in linked:
            last = -1
            while True:
                statement = (
                    select(
                        RECORDS.c.link,
                        RECORDS.c.id,
                        RECORDS.c.slug,
                        RECORDS.c.state,
                        RECORDS.c.status,
                    )
                    .where(
                        RECORDS.c.site == self._site, RECORDS.c.kind == kind, RECORDS.c.id > last
                    )
                    .order_by(RECORDS.c.id)
                    .limit(PAGE)
                )
                with self._database.read() as connection:
                    page = connection.execute(statement).all()
                for link, id, slug, state, status in page:
                    yield link, kind, id, slug, _STATES[state], status
                if len(page) < PAGE:
                    break
                last = page[-1].id

    def old_slugs(self) -> Iterator[tuple[str, str, int]]:
        """What posts were called before, a page at a time."""
        table = OLD_ADDRESSES
        last: tuple[str, int, int] = ("posts/", 0, 0)
        while True:
            kind, id, version = last
            statement = (
                select(table)
                .where(
                    table.c.site == self._site,
                    table.c.kind >= kind,
                    table.c.kind < "posts0",  # "0" follows "/"
                    or_(
                        table.c.kind > kind,
                        and_(table.c.kind == kind, table.c.id > id),
                        and_(table.c.kind == kind, table.c.id == id, table.c.version > version),
                    ),
                )
                .order_by(table.c.kind, table.c.id, table.c.version)
                .limit(PAGE)
            )
            with self._database.read() as connection:
                page = connection.execute(statement).all()
            for row in page:
                yield row.slug, row.link, row.id
            if len(page) < PAGE:
                return
            last = (page[-1].kind, page[-1].id, page[-1].version)
