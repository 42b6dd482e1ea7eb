"""Proving an archive against its own digests: finds damage, names it, changes nothing.

The quick check asks the database about its own structure, counts what must agree between tables
and looks at every media file's size. With ``read_data`` every row is held against its checksum,
every version against its SHA-256 and digest, every media file against its name. Damage is
reported, never raised: what one part can't read doesn't keep the next from being looked at.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import func, select

from wp_sync.archive import losses
from wp_sync.archive.base import Damage
from wp_sync.archive.blobs import Blobs
from wp_sync.archive.check_files import check_files
from wp_sync.archive.check_rows import check_rows
from wp_sync.archive.check_shape import check_shape
from wp_sync.archive.check_ties import check_ties
from wp_sync.archive.database import Database
from wp_sync.archive.locks import signature
from wp_sync.archive.schema import QUARANTINE, RUNS
from wp_sync.errors import ArchiveError, WpSyncError

Progress = Callable[[str, int, int], None]

_DUE = "the next pull fetches it"
_LOST = "only a backup from before may still have it"
_MOST = 100  # complaints of SQLite that are passed on; one broken page can cause thousands
_REPAIR = (
    "`check --repair` saves every row that can be read into a new archive.db; "
    "the next pull fetches what it could not save"
)


def check(
    database: Database, blobs: Blobs, *, read_data: bool, progress: Progress | None
) -> Iterator[Damage]:
    """Everything that is wrong, as it is found."""
    told = progress or _nobody
    parts: list[tuple[str, Iterator[Damage]]] = [
        ("database", _structure(database, whole=read_data)),
        ("shape", check_shape(database)),
        ("consistency", check_ties(database)),
    ]
    if read_data:
        parts.append(("rows", check_rows(database, told)))
    parts.append(("media files", check_files(database, blobs, told, read_data=read_data)))
    for name, part in parts:
        told(name, 0, 0)
        yield from _reported(name, database, part)
    yield from _reported("last run", database, _broken_off(database))
    yield from _reported("losses", database, _losses(database, blobs))


def _nobody(_stage: str, _done: int, _total: int) -> None:
    pass


def _reported(name: str, database: Database, part: Iterator[Damage]) -> Iterator[Damage]:
    try:
        yield from part
    except Exception as error:  # damage takes any form, and is only reported
        if isinstance(error, WpSyncError) and not isinstance(error, ArchiveError):
            raise
        words = str(getattr(error, "orig", None) or error).strip().splitlines()
        yield Damage(
            f"{name} of {database.name}",
            f"can't be read: {words[0] if words else type(error).__name__}",
            getattr(error, "hint", "") or _REPAIR,
        )


def _broken_off(database: Database) -> Iterator[Damage]:
    """A run that signed the lock and that the database knows nothing of.

    A process that is killed leaves its signature, and what it saved last in ``archive.db-wal``.
    Where somebody removed that file, the database is whole, and of an earlier time.
    """
    holder = signature(Path(database.name)) if database.sqlite else {}
    if not holder or not {"pull", "run", "demo", "push"} & set(str(holder.get("command")).split()):
        return
    with database.read() as connection:
        last = connection.execute(select(func.max(RUNS.c.started_at))).scalar() or ""
    if str(holder.get("since")) > last:
        yield Damage(
            f"{holder.get('command')}, process {holder.get('pid')} on {holder.get('host')}",
            f"it began at {holder.get('since')}, and the archive knows no run since: it is under "
            "way, was killed early, or what it saved was lost with a removed archive.db-wal",
            "the next pull fetches it again",
            "notice",
        )


def _losses(database: Database, blobs: Blobs) -> Iterator[Damage]:
    """What a repair found to be lost: no error for ever, and not forgotten."""
    with database.read() as connection:
        known = losses.known(connection)
        which = select(QUARANTINE.c.site, QUARANTINE.c.kind, QUARANTINE.c.id)
        held = {tuple(row) for row in connection.execute(which)}
    for loss in known:
        if loss.part == "files" and blobs.size(loss.kind) is not None:
            continue  # these very bytes came back
        due = loss.part == "versions" and (loss.site, loss.kind, loss.id) in held
        words = f"{loss.reason} (found on {loss.found_at[:10]})"
        yield Damage(f"{loss.site}: {loss.item}", words, _DUE if due else _LOST, "notice")


def _structure(database: Database, *, whole: bool) -> Iterator[Damage]:
    """SQLite's own check: pages, trees and (in whole) indexes against tables.

    A PostgreSQL server watches over its own pages (``data_checksums``); its rows are checked like
    SQLite's, against their checksums.
    """
    if not database.sqlite:
        return
    pragma = "integrity_check" if whole else "quick_check"
    with contextlib.closing(database.engine.raw_connection()) as connection:
        cursor = connection.cursor()
        for (words,) in cursor.execute(f"PRAGMA {pragma}({_MOST})"):
            if words != "ok":
                yield Damage(f"archive.db in {database.name}", str(words), _REPAIR)
