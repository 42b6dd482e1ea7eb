"""What is known to be lost for good: remembered, so that it is no error for ever and not forgotten.

Holds rows only; `wp_sync.archive.repair` decides what is lost, `wp_sync.archive.check` tells it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from wp_sync.archive import rows
from wp_sync.archive.database import Database
from wp_sync.archive.schema import LOSSES


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that is lost: a version's text, a file's bytes, a run's row, or some rows.

    ``part`` is the table. A version is known by ``kind``, ``id``, ``number``; a file by its
    SHA-256 (``kind``) and attachment (``id``); a run by its number (``id``). ``item`` is how a
    person knows it. Times as in every row.
    """

    site: str
    part: str
    kind: str = ""
    id: int = 0
    number: int = 0
    item: str = ""
    reason: str = ""
    found_at: str = ""


def known(connection: Connection) -> list[Loss]:
    order = list(LOSSES.primary_key)
    return [_loss(row) for row in connection.execute(select(LOSSES).order_by(*order))]


def lost_versions(connection: Connection, site: str, kind: str) -> dict[int, int]:
    """The newest lost version of each record of a kind, by id."""
    statement = (
        select(LOSSES.c.id, LOSSES.c.number)
        .where(LOSSES.c.site == site, LOSSES.c.part == "versions", LOSSES.c.kind == kind)
        .order_by(LOSSES.c.id, LOSSES.c.number)
    )
    return {row.id: row.number for row in connection.execute(statement)}


def remember(database: Database, connection: Connection, losses: Iterable[Loss]) -> None:
    for loss in losses:
        row = {one.name: rows.tidy(getattr(loss, one.name)) for one in fields(loss)}
        row["found_at"] = loss.found_at or rows.now()
        database.upsert(connection, LOSSES, [rows.sealed(row)])


def forget(database: Database, connection: Connection, loss: Loss) -> None:
    """It came back after all."""
    key = (column == getattr(loss, column.name) for column in LOSSES.primary_key)
    database.delete(connection, LOSSES, loss.site, *key)


def _loss(row: Any) -> Loss:
    return Loss(*(getattr(row, one.name) for one in fields(Loss)))
