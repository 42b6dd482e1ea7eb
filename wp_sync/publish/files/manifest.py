"""What an export wrote, remembered in its output folder: each file, its digest, what it came from.

A small SQLite file in ``.wp-sync``: memory does not grow with the site, and a batch of files is
announced in one transaction before the first of them gets its name, and closed in another after the
last one has it. A run killed in between leaves rows with two digests, and either is ours. Decides
nothing.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec import json

from wp_sync.errors import Place, WpSyncError
from wp_sync.publish.files.names import fold

FORMAT = 1
_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE units (
  key TEXT PRIMARY KEY, kind TEXT NOT NULL, title TEXT NOT NULL, digest TEXT NOT NULL,
  facts BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE files (
  path TEXT PRIMARY KEY, key TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
  mtime INTEGER NOT NULL, coming TEXT NOT NULL DEFAULT '', theirs TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX files_of ON files (key);
"""
# What one pass notes, outside memory; gone when the manifest is closed.
_PASSING = """
PRAGMA temp.journal_mode = OFF;
CREATE TEMP TABLE seen (key TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE claims (folded TEXT PRIMARY KEY, path TEXT NOT NULL UNIQUE) WITHOUT ROWID;
"""
_FILE = "path, key, sha256, size, mtime, coming, theirs"


class UnitRow(NamedTuple):
    """A unit as it was last written."""

    key: str
    kind: str
    title: str
    digest: str
    facts: Mapping[str, str]


class FileRow(NamedTuple):
    """A file as it was last written.

    ``mtime`` is in nanoseconds, 0 for unknown. ``coming``: the digest that was about to be written
    when a run ended. ``theirs``: a person's version that is to stay, by its digest.
    """

    path: str
    key: str
    sha256: str
    size: int
    mtime: int
    coming: str = ""
    theirs: str = ""

    @property
    def ours(self) -> tuple[str, ...]:
        return (self.sha256, self.coming) if self.coming else (self.sha256,)


def _unit(row: tuple[str, str, str, str, bytes]) -> UnitRow:
    return UnitRow(row[0], row[1], row[2], row[3], json.decode(row[4], type=dict[str, str]))


class Manifest:
    """One export's account; ``path`` may be missing for one that only looks."""

    def __init__(self, path: Path, *, reading: bool = False) -> None:
        self._path = path
        name = "file:empty?mode=memory"
        if not reading or path.exists():
            # SQLite's own escaping of a path in a URI: as pathlib does it.
            name = f"{path.absolute().as_uri()}?mode={'ro' if reading else 'rwc'}"
        with self._explained():
            self._db = sqlite3.connect(name, uri=True, isolation_level=None)
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version > FORMAT:
                raise WpSyncError(
                    "was written by a newer wp-sync",
                    place=Place(file=str(path)),
                    hint="use that version, or export into another folder",
                )
            if not version:
                self._db.executescript(f"BEGIN;{_SCHEMA}PRAGMA user_version = {FORMAT};COMMIT;")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(_PASSING)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            full = "full" in str(error)
            raise WpSyncError(
                "the disk is full" if full else f"the manifest can't be used ({error})",
                place=Place(file=str(self._path)),
                hint="make room and run again; nothing is lost"
                if full
                else "if it is damaged, remove it: files that are as we would write them are "
                "adopted again, others are shown as conflicts",
            ) from error

    def meta(self, name: str) -> str:
        with self._explained():
            row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def set_meta(self, name: str, value: str) -> None:
        with self._explained():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def unit(self, key: str) -> UnitRow | None:
        with self._explained():
            row = self._db.execute("SELECT * FROM units WHERE key = ?", (key,)).fetchone()
        return _unit(row) if row else None

    def known(self, keys: Sequence[str]) -> tuple[dict[str, UnitRow], dict[str, list[FileRow]]]:
        """Units, and their files in order of path, by key; some hundred at a time."""
        marks = ", ".join("?" * len(keys))
        files: dict[str, list[FileRow]] = {}
        with self._explained():
            rows = self._db.execute(f"SELECT * FROM units WHERE key IN ({marks})", keys).fetchall()  # noqa: S608
            for row in self._db.execute(
                f"SELECT {_FILE} FROM files WHERE key IN ({marks}) ORDER BY key, path",  # noqa: S608
                keys,
            ):
                files.setdefault(row[1], []).append(FileRow._make(row))
        return {row[0]: _unit(row) for row in rows}, files

    def see(self, keys: Iterable[str]) -> None:
        """Note that units are wanted, for `unseen`."""
        with self._explained():
            rows = [(key,) for key in keys]
            self._db.executemany("INSERT OR IGNORE INTO temp.seen VALUES (?)", rows)

    def unseen(self) -> dict[str, tuple[str, str]]:
        """Kind and title of the units that nobody wanted since this was opened, by key."""
        sql = """SELECT key, kind, title FROM units
            WHERE key NOT IN (SELECT key FROM temp.seen) ORDER BY key"""
        with self._explained():
            return {key: (kind, title) for key, kind, title in self._db.execute(sql)}

    def units(self) -> Iterator[tuple[str, str, str]]:
        """Key, kind and title of every unit, in order of key; nothing may be written meanwhile."""
        with self._explained():
            yield from self._db.execute("SELECT key, kind, title FROM units ORDER BY key")

    def file(self, path: str) -> FileRow | None:
        with self._explained():
            row = self._db.execute(f"SELECT {_FILE} FROM files WHERE path = ?", (path,)).fetchone()  # noqa: S608
        return FileRow(*row) if row else None

    def files(self) -> Iterator[FileRow]:
        """Every file in order of path; nothing may be written meanwhile."""
        with self._explained():
            yield from map(
                FileRow._make,
                self._db.execute(f"SELECT {_FILE} FROM files ORDER BY path"),  # noqa: S608
            )

    def files_of(self, key: str) -> list[FileRow]:
        with self._explained():
            found = self._db.execute(
                f"SELECT {_FILE} FROM files WHERE key = ? ORDER BY path",  # noqa: S608
                (key,),
            )
            return [FileRow(*row) for row in found]

    def claim(self, path: str) -> bool:
        """Note that a rendered unit wants a path; False where one does that some disks take for
        the same."""
        with self._explained():
            row = (fold(path), path)
            done = self._db.execute("INSERT OR IGNORE INTO temp.claims VALUES (?, ?)", row)
        return done.rowcount > 0

    def unclaimed(self) -> Iterator[FileRow]:
        """The files of `files` that no rendered unit claimed."""
        sql = f"""SELECT {_FILE} FROM files
            WHERE path NOT IN (SELECT path FROM temp.claims) ORDER BY path"""  # noqa: S608
        with self._explained():
            yield from map(FileRow._make, self._db.execute(sql))

    def count(self) -> int:
        """How many units it holds."""
        with self._explained():
            return int(self._db.execute("SELECT count(*) FROM units").fetchone()[0])

    def write(
        self,
        *,
        files: Sequence[FileRow] = (),
        units: Sequence[UnitRow] = (),
        forget: Iterable[str] = (),
        forget_units: Iterable[str] = (),
    ) -> None:
        """In one transaction, durable when this returns."""
        with self._explained():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany(
                    "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?)", files
                )
                self._db.executemany(
                    "INSERT OR REPLACE INTO units VALUES (?, ?, ?, ?, ?)",
                    [(*row[:4], json.encode(dict(row.facts), order="sorted")) for row in units],
                )
                self._db.executemany("DELETE FROM files WHERE path = ?", [(p,) for p in forget])
                self._db.executemany(
                    "DELETE FROM units WHERE key = ?", [(k,) for k in forget_units]
                )
                self._db.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        self._db.close()
