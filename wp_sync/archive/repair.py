"""Mending an archive: what one bit damaged is turned back, the rest marked for the next pull.

Says what was done about each thing and how it ends. What is damaged is put aside first, in a
folder ``damaged`` (`wp_sync.archive.aside`); what can't be had again is remembered as lost
(`wp_sync.archive.losses`). Fetches and derives nothing: the next pull and normalization do.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wp_sync.archive import salvage, tallies
from wp_sync.archive.archive import DATABASE_NAME, SqlArchive, open_archive
from wp_sync.archive.aside import Aside
from wp_sync.archive.base import Archive, Repair
from wp_sync.archive.blobs import Blobs
from wp_sync.archive.database import Database
from wp_sync.archive.locks import FolderLock
from wp_sync.archive.repair_files import mend_files
from wp_sync.archive.repair_rows import Work, mend_rows
from wp_sync.archive.repair_ties import mend_ties
from wp_sync.paths import typed

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was done, and the folder that holds what was put aside (None where nothing was)."""

    repairs: Sequence[Repair]
    folder: Path | None = None


def repair_archive(
    location: str | Path,
    *,
    media: str | Path | None = None,
    dry_run: bool = False,
    progress: Told | None = None,
) -> Repaired:
    """Mend an archive by its folder or address; with ``dry_run`` only tell what would be done.

    Raises:
        ArchiveLocked: a run holds the archive.
        ArchiveError: it is not there, or can't be read or written.
    """
    told = progress or (lambda _: None)
    root = typed(location) if "://" not in str(location) else None
    if root is not None and root.name == DATABASE_NAME and root.is_file():
        root = root.parent
    if root is None or not (root / DATABASE_NAME).is_file():
        with open_archive(location, create=False, media=media) as archive, archive.lock():
            folder = _blobs(archive).root.parent
            return _mend(archive, Aside(folder, rehearsal=dry_run), told, dry_run=dry_run)
    with FolderLock(root).hold():
        return _in_folder(root, media, told, dry_run=dry_run)


def _in_folder(root: Path, media: str | Path | None, told: Told, *, dry_run: bool) -> Repaired:
    path = root / DATABASE_NAME
    aside = Aside(root, rehearsal=dry_run)
    done: list[Repair] = []
    told("database")
    structure = salvage.examine(path)
    if structure.indexes and (dry_run or salvage.reindex(path)):
        done.append(Repair(DATABASE_NAME, f"indexes were made anew ({structure.words})", "mended"))
    elif not structure.sound:
        told("saving rows")
        with tempfile.TemporaryDirectory(prefix=".repair-", dir=None if dry_run else root) as place:
            fresh = Path(place) / DATABASE_NAME
            done += salvage.save_rows(path, fresh)
            if dry_run:
                media = media or root / "media"
                with open_archive(place, create=False, media=media) as archive:
                    rest = _mend(archive, aside, told, dry_run=True)
                return Repaired([*done, *rest.repairs])
            salvage.exchange(root, path, fresh, aside)
    with open_archive(root, create=False, media=media) as archive:
        rest = _mend(archive, aside, told, dry_run=dry_run)
    return Repaired([*done, *rest.repairs], rest.folder)


def _mend(archive: Archive, aside: Aside, told: Told, *, dry_run: bool) -> Repaired:
    assert isinstance(archive, SqlArchive)
    repairs = mend(archive.database, archive.blobs, aside, told, dry_run=dry_run)
    return Repaired(repairs, aside.folder if aside.used else None)


def _blobs(archive: Archive) -> Blobs:
    assert isinstance(archive, SqlArchive)
    return archive.blobs


class _Undo(Exception):
    """Ends a rehearsal's transaction."""


def mend(
    database: Database, blobs: Blobs, aside: Aside, progress: Told, *, dry_run: bool
) -> list[Repair]:
    """Mend rows, ties and files in one transaction; a rehearsal undoes it.

    Raises:
        ArchiveError: the archive can't be read or written; nothing was changed in the database.
    """
    done: list[Repair] = []
    try:
        with database.write() as connection:
            work = Work(database, connection, aside, done)
            progress("rows")
            mend_rows(work)
            progress("consistency")
            mend_ties(work)
            progress("media files")
            mend_files(work, blobs, rehearsal=dry_run)
            if done or tallies.kept(connection) != tallies.counted(connection):
                if not done:
                    done.append(Repair("table tallies", "rows were counted anew", "mended"))
                database.recount(connection)
            if dry_run:
                raise _Undo
            aside.write()
    except _Undo:
        pass
    return done
