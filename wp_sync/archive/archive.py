"""Opening an archive by its folder or address, and what concerns it as a whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from wp_sync.archive import runs
from wp_sync.archive.base import Archive, Damage, SiteState
from wp_sync.archive.blobs import Blobs
from wp_sync.archive.check import check
from wp_sync.archive.database import Database, explained, open_postgresql, open_sqlite
from wp_sync.archive.locks import FolderLock, ServerLock, command_line
from wp_sync.archive.migrations import migrate, version_of
from wp_sync.archive.site import SqlSite
from wp_sync.errors import ArchiveError, ArchiveMissing, Place, UsageError
from wp_sync.paths import typed

DATABASE_NAME = "archive.db"
MEDIA_NAME = "media"
_NO_ARCHIVE = "pull a site into it first, or name another place"
_SERVERS = ("postgresql", "postgres", "postgresql+psycopg")


def open_archive(
    location: str | Path,
    *,
    create: bool = True,
    read_only: bool = False,
    media: str | Path | None = None,
) -> Archive:
    """Open an archive: a folder (SQLite), or ``postgresql://…`` with a folder for media files.

    ``media`` may also stand in the address: ``postgresql://host/name?media=/srv/media``. With
    ``create`` an archive that is not there yet is made.

    Raises:
        ArchiveError: it is not there, can't be opened, is no archive, or is of a newer version.
        UsageError: the address is none.
    """
    text = os.fspath(location)
    if text.partition("://")[0] in _SERVERS:
        database, folder = _on_server(text, media, read_only=read_only)
        lock: FolderLock | ServerLock = ServerLock(database)
    elif "://" in text:
        raise UsageError(
            f"{text.partition('://')[0]}:// is no address of an archive",
            hint="give a folder, or postgresql://user@host/database?media=FOLDER",
        )
    else:
        root = database_file(typed(text)).parent
        database, folder = _in_folder(root, media, create=create, read_only=read_only)
        lock = FolderLock(root)
    try:
        if not create and version_of(database) == 0:
            raise ArchiveMissing(f"there is no archive in {database.name}", hint=_NO_ARCHIVE)
        migrate(database)
    except BaseException:
        database.close()
        raise
    return SqlArchive(database, Blobs(folder), lock)


def database_file(location: Path) -> Path:
    """The SQLite file of an archive that is named by its folder, or by that file."""
    if location.name == DATABASE_NAME and location.is_file():
        return location
    return location / DATABASE_NAME


def _in_folder(
    root: Path, media: str | Path | None, *, create: bool, read_only: bool
) -> tuple[Database, Path]:
    path = root / DATABASE_NAME
    try:
        there = path.is_file()
        if not there:
            if root.exists() and not root.is_dir():
                raise ArchiveError(
                    "this is a file, not an archive's folder",
                    place=Place(file=str(root)),
                    hint="name a folder",
                )
            if read_only or not create:
                raise ArchiveMissing(
                    f"there is no archive in {root}",
                    hint=_NO_ARCHIVE,
                )
            root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise explained(str(root), error) from error
    folder = Path(media) if media else root / MEDIA_NAME
    return open_sqlite(path, read_only=read_only), folder.resolve()


def _on_server(text: str, media: str | Path | None, *, read_only: bool) -> tuple[Database, Path]:
    try:
        url: URL = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise UsageError(
            "the address of the PostgreSQL database can't be read",
            hint="it looks like postgresql://user@host:5432/database?media=FOLDER",
        ) from error
    named = url.query.get(MEDIA_NAME)
    folder = media or (named if isinstance(named, str) else None)
    if not folder:
        raise UsageError(
            "an archive in PostgreSQL needs a folder for its media files",
            hint="add ?media=FOLDER to the address",
        )
    url = url.difference_update_query([MEDIA_NAME])
    database = open_postgresql(url, read_only=read_only, command=f"wp-sync {command_line()}")
    return database, typed(folder).resolve()


class SqlArchive:
    """`wp_sync.archive.base.Archive` over SQLite or PostgreSQL."""

    def __init__(self, database: Database, blobs: Blobs, lock: FolderLock | ServerLock) -> None:
        self._database = database
        self._blobs = blobs
        self._lock = lock

    def sites(self) -> Sequence[SiteState]:
        with self._database.read() as connection:
            return runs.sites(connection)

    def of(self, key: str) -> SqlSite:
        return SqlSite(self._database, self._blobs, key)

    def lock(self) -> AbstractContextManager[None]:
        return self._lock.hold()

    def check(
        self, *, read_data: bool = False, progress: Callable[[str, int, int], None] | None = None
    ) -> Iterator[Damage]:
        return check(self._database, self._blobs, read_data=read_data, progress=progress)

    @property
    def database(self) -> Database:
        return self._database

    @property
    def blobs(self) -> Blobs:
        return self._blobs

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> SqlArchive:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
