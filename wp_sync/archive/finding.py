"""Looking up what a person named (`wp_sync.archive.addresses`) among records and old addresses."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.engine import Connection
from sqlalchemy.sql.schema import Table

from wp_sync.archive.addresses import Wanted
from wp_sync.archive.kinds import kinds
from wp_sync.archive.schema import OLD_ADDRESSES, RECORDS
from wp_sync.model import State

Found = tuple[str, int]
_NO_CANDIDATES = ("rendered/",)  # pages that were kept beside a record, under its address


def find(connection: Connection, site: str, wanted: Wanted) -> list[Found]:
    """Every record that may be meant: live ones first, then gone ones, then former addresses."""
    ranked: dict[Found, int] = {}
    for kind, id, state in _among(connection, site, RECORDS, wanted, RECORDS.c.state):
        ranked.setdefault((kind, id), 0 if state == State.LIVE else 1)
    named = Wanted(wanted.addresses, wanted.slugs)
    for kind, id, _ in _among(connection, site, OLD_ADDRESSES, named, OLD_ADDRESSES.c.version):
        ranked.setdefault((kind, id), 2)
    shown = [one for one in ranked if not one[0].startswith(_NO_CANDIDATES)]
    return sorted(shown, key=lambda one: (ranked[one], one))


def _among(
    connection: Connection, site: str, table: Table, wanted: Wanted, third: Any
) -> list[tuple[str, int, Any]]:
    named: list[Any] = []
    if wanted.addresses:
        named.append(table.c.address.in_(wanted.addresses))
    if wanted.slugs:
        named.append(table.c.slug.in_(wanted.slugs))
    found: list[tuple[str, int, Any]] = []
    if named:
        statement = select(table.c.kind, table.c.id, third).where(table.c.site == site, or_(*named))
        found += [tuple(row) for row in connection.execute(statement)]
    if wanted.id is not None:
        # By kind and id, the key of the table, not by id alone, which would read every row.
        for kind in _kinds(connection, site, wanted.kind):
            statement = select(table.c.kind, table.c.id, third).where(
                table.c.site == site, table.c.kind == kind, table.c.id == wanted.id
            )
            found += [tuple(row) for row in connection.execute(statement)]
    return found


def _kinds(connection: Connection, site: str, which: str) -> list[str]:
    every = kinds(connection, site)
    if not which:
        return every
    return [
        kind
        for kind in every
        if kind == which
        or (which.endswith("/") and kind.startswith(which))
        or kind.partition("/")[2] == which
    ]
