"""Which kinds of records a site has, without reading every row."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from wp_sync.archive.schema import RECORDS


def kinds(connection: Connection, site: str) -> list[str]:
    """Kinds in order; jumps from one to the next in the key."""
    found: list[str] = []
    while True:
        statement = select(func.min(RECORDS.c.kind)).where(
            RECORDS.c.site == site, RECORDS.c.kind > (found[-1] if found else "")
        )
        kind = connection.execute(statement).scalar()
        if kind is None:
            return found
        found.append(kind)
