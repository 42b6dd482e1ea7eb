"""A database file that is broken: its indexes made anew, or its rows saved into a new file.

The broken file stays beside the new one, in the folder ``damaged``. What rows could not be saved is
for `wp_sync.archive.repair` to say, by the tallies and ties of those that could.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete
from sqlalchemy.dialects.sqlite import insert

from wp_sync.archive import schema
from wp_sync.archive.aside import Aside
from wp_sync.archive.base import Repair
from wp_sync.archive.blobs import sync_file, sync_folder
from wp_sync.archive.carve import Carved, carve
from wp_sync.archive.check_shape import check_shape
from wp_sync.archive.database import Database, explained, open_sqlite
from wp_sync.archive.migrations import migrate
from wp_sync.errors import ArchiveError

_BATCH = 500
# What SQLite says of an index that does not agree with its table; the rows themselves are whole.
_OF_AN_INDEX = re.compile(
    r"(row \d+ |wrong # of entries |non-unique entry )(in|missing from) index"
)
_WAL = ("-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Structure:
    """What is wrong with a database file: ``indexes`` only, or its rows have to be ``carved``."""

    words: str = ""
    indexes: bool = False

    @property
    def sound(self) -> bool:
        return not self.words


def examine(path: Path) -> Structure:
    """What SQLite and the schema say of a file.

    Raises:
        ArchiveError: it can't be read for a reason that is not damage (permissions, a lock).
    """
    try:
        with contextlib.closing(open_sqlite(path, read_only=False)) as database:
            connection = database.engine.raw_connection()
            try:
                found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(1000)")]
            finally:
                connection.close()
            found = [words for words in found if words != "ok"]
            if not found:
                shape = [one for one in check_shape(database) if one.severity == "error"]
                return Structure(f"{shape[0].item} {shape[0].message}" if shape else "")
    except ArchiveError as error:
        return Structure(error.message)
    except Exception as error:  # damage takes any form
        told = explained(str(path), getattr(error, "orig", None) or error)
        if any(word in told.message for word in ("written", "opened", "locked", "full")):
            raise told from error
        return Structure(told.message)
    only_indexes = all(_OF_AN_INDEX.match(words) for words in found)
    return Structure(found[0].splitlines()[0], indexes=only_indexes)


def reindex(path: Path) -> bool:
    """Make every index anew; whether that was all it needed."""
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("REINDEX")
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()
            return bool(found == ("ok",))
    except sqlite3.Error:
        return False


def save_rows(broken: Path, fresh: Path) -> list[Repair]:
    """Save every row that proves itself into a new database file."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(broken)) as old:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    told: list[Repair] = []
    with contextlib.closing(open_sqlite(fresh, read_only=False)) as database:
        migrate(database)
        saved = _insert(database, carve(broken), told)
    words = f"{saved:,} rows were saved into a new archive.db; the old one is in damaged/"
    return [Repair("archive.db", words, "mended"), *told]


def _insert(database: Database, found: Iterator[Carved], told: list[Repair]) -> int:
    saved = 0
    batches: dict[str, list[Carved]] = {}
    with database.write() as connection:
        connection.execute(delete(schema.TALLIES))

        def send(name: str) -> int:
            some = batches.pop(name)
            table = some[0].table
            statement = insert(table).on_conflict_do_nothing()
            connection.execute(statement, [one.row for one in some])
            return len(some) if table is not schema.TALLIES else 0

        for one in found:
            name = str(one.table.name)
            batches.setdefault(name, []).append(one)
            if one.turned:
                key = " ".join(str(one.row[column.name]) for column in one.table.primary_key)
                words = "one bit had flipped and was turned back; its checksum agrees"
                told.append(Repair(f"{name}: {key}", words, "mended"))
            if len(batches[name]) >= _BATCH:
                saved += send(name)
        for name in list(batches):
            saved += send(name)
    return saved


def exchange(root: Path, path: Path, fresh: Path, aside: Aside) -> None:
    """Put the new file in the old one's place; the old one goes aside first, as a second name."""
    folder = aside.made()
    kept = folder / path.name
    try:
        os.link(path, kept)
    except OSError:  # a file system without links
        shutil.copy2(path, kept)
        sync_file(kept)
    sync_folder(folder)
    for end in _WAL:
        log = path.with_name(path.name + end)
        if log.exists():
            aside.move(log)
    sync_file(fresh)
    fresh.replace(path)
    sync_folder(root)
