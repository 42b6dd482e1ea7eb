"""Versions whose text was lost, given it back when the source sends the very same again.

A repair leaves such a version in its place, empty, with its digest. What comes with another digest
is a new version, and the lost one stays lost. Runs in transactions that the caller opens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from wp_sync.archive import losses, rows
from wp_sync.archive.codec import Codec, sha256
from wp_sync.archive.database import Database
from wp_sync.archive.losses import Loss
from wp_sync.archive.schema import VERSIONS
from wp_sync.digest import is_of
from wp_sync.model import Record


def refill(
    database: Database, connection: Connection, site: str, kind: str, batch: Sequence[Record]
) -> None:
    """Put the text of these records where just this text is missing."""
    lost = losses.lost_versions(connection, site, kind)
    for record in batch if lost else ():
        number = lost.get(record.id)
        if number is None or record.lacking:
            continue
        which = (
            VERSIONS.c.site == site,
            VERSIONS.c.kind == kind,
            VERSIONS.c.id == record.id,
            VERSIONS.c.number == number,
        )
        found = connection.execute(select(VERSIONS).where(*which)).mappings().first()
        if found is None or found["data"] or not is_of(record.data, found["digest"]):
            continue
        database.upsert(connection, VERSIONS, [_filled(dict(found), record)])
        losses.forget(database, connection, Loss(site, "versions", kind, record.id, number))


def _filled(row: dict[str, Any], record: Record) -> dict[str, Any]:
    """The row with the text, compressed by itself: it may be of before any dictionary."""
    row |= {"sha256": sha256(record.raw), "size": len(record.raw), "dictionary": 0}
    row |= {"seen_at": rows.iso(record.seen_at)} if row["seen_at"].startswith("1970") else {}
    row["data"] = Codec().compress(record.raw)
    row.pop("checksum")
    return rows.sealed(row)
