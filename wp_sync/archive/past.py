"""The archive as it was at a moment: each record's version and state then, a page at a time.

Read out of the versions and changes, which nobody alters; writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.engine import Connection

from wp_sync.archive import rows
from wp_sync.archive.base import Version
from wp_sync.archive.database import Database
from wp_sync.archive.records import PAGE_OF_VERSIONS, Records
from wp_sync.archive.schema import CHANGES, RUNS, VERSIONS
from wp_sync.model import State

_V, _C = VERSIONS.c, CHANGES.c


def stood(
    database: Database, records: Records, site: str, kind: str, moment: datetime
) -> Iterator[tuple[Version, State]]:
    """See `wp_sync.archive.base.SiteArchive.stood`."""
    then = rows.iso(moment)
    last = -1
    while True:
        newest = (
            select(_V.id, func.max(_V.number).label("number"))
            .where(_V.site == site, _V.kind == kind, _V.id > last, _V.seen_at <= then)
            .where(func.length(_V.data) > 0)
            .group_by(_V.id)
            .order_by(_V.id)
            .limit(PAGE_OF_VERSIONS)
            .subquery()
        )
        statement = (
            select(VERSIONS)
            .join(newest, and_(newest.c.id == _V.id, newest.c.number == _V.number))
            .where(_V.site == site, _V.kind == kind)
            .order_by(_V.id)
        )
        with database.read() as connection:
            page = [records.version(connection, row) for row in connection.execute(statement)]
            states = _states(connection, site, kind, [one.id for one in page], then)
        for version in page:
            yield version, states.get(version.id, State.LIVE)
        if len(page) < PAGE_OF_VERSIONS:
            return
        last = page[-1].id


def _states(
    connection: Connection, site: str, kind: str, ids: list[int], then: str
) -> dict[int, State]:
    """What the last change of each record up to then left it as."""
    known = and_(RUNS.c.site == _C.site, RUNS.c.number == _C.run)
    statement = (
        select(_C.id, _C.state)
        .join(RUNS, known)
        .where(_C.site == site, _C.kind == kind, _C.id.in_(ids), RUNS.c.started_at <= then)
        .order_by(_C.id, _C.number)
    )
    return {row.id: State(row.state) for row in connection.execute(statement)}
