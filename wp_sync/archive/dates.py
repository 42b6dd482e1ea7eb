"""Live records by their dates: how many there are up to a moment, which, and where to cut.

Reads only, from the index over records' dates alone (``records_by_date``), so that a count among a
million records costs milliseconds. Dates are ``date_gmt`` as the source sent it, compared as text;
a record without one is dated before all others.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.engine import Connection

from wp_sync.archive.base import Dated
from wp_sync.archive.schema import RECORDS
from wp_sync.model import State


def cuts(
    connection: Connection, site: str, kind: str, after: str | None, until: str | None, parts: int
) -> list[Dated]:
    """See `wp_sync.archive.base.SiteArchive.cuts`."""
    here = _within(site, kind, after, until)
    count = connection.execute(select(func.count()).where(*here)).scalar_one()
    found: list[Dated] = []
    for number in range(1, min(parts, count)):
        row = connection.execute(
            select(RECORDS.c.date, RECORDS.c.id)
            .where(*here)
            .order_by(RECORDS.c.date, RECORDS.c.id)
            .offset(max(1, count * number // parts) - 1)
            .limit(1)
        ).first()
        # A cut at the last date would leave nothing behind it.
        if row is None or row.date == until or (found and row.date == found[-1].date):
            continue
        upto = select(func.count()).where(*here, RECORDS.c.date <= row.date)
        reached = connection.execute(upto).scalar_one()
        if reached < count:
            found.append(Dated(row.id, row.date, reached))
    return found


def ids(
    connection: Connection, site: str, kind: str, after: str | None, until: str | None
) -> list[int]:
    """The live ids dated after one moment up to another."""
    statement = select(RECORDS.c.id).where(*_within(site, kind, after, until))
    return sorted(connection.execute(statement).scalars())


def _within(
    site: str, kind: str, after: str | None, until: str | None
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        RECORDS.c.site == site,
        RECORDS.c.kind == kind,
        RECORDS.c.state == State.LIVE.value,
    ]
    if after is not None:
        found.append(RECORDS.c.date > after)
    if until is not None:
        found.append(RECORDS.c.date <= until)
    return found
