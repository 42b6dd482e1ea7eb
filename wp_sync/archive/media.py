"""The rows of media files, by the address they came from; the bytes are `wp_sync.archive.blobs`'s.

Runs in transactions that the caller opens; see `wp_sync.archive.site`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from wp_sync.archive import rows
from wp_sync.archive.database import Database
from wp_sync.archive.records import chunks
from wp_sync.archive.schema import FILES
from wp_sync.model import MediaFile

_PAGE = 200  # rows read at a time: a download takes far longer than the next page


def key_of(site: str, url: str) -> str:
    """What a file's row and its part are called: a digest, since addresses can be of any length."""
    return hashlib.sha256(f"{site}\n{rows.clean(url)}".encode()).hexdigest()


class MediaRows:
    """The media files of one site."""

    def __init__(self, database: Database, site: str) -> None:
        self._database = database
        self._site = site

    def files(self, states: Iterable[str]) -> Iterator[MediaFile]:
        """In a stable order, a page at a time: marking a file between pages is fine."""
        wanted = tuple(states)
        last = ""
        while True:
            statement = (
                select(FILES)
                .where(FILES.c.site == self._site, FILES.c.key > last)
                .order_by(FILES.c.key)
                .limit(_PAGE)
            )
            if wanted:
                statement = statement.where(FILES.c.state.in_(wanted))
            with self._database.read() as connection:
                page = connection.execute(statement).all()
            for row in page:
                yield _file(row)
            if len(page) < _PAGE:
                return
            last = page[-1].key

    def of(self, connection: Connection, urls: Iterable[str]) -> dict[str, MediaFile]:
        """The rows of some addresses, by the address as it was asked for."""
        wanted = {key_of(self._site, url): url for url in urls}
        found: dict[str, MediaFile] = {}
        for some in chunks(wanted):
            statement = select(FILES).where(FILES.c.site == self._site, FILES.c.key.in_(some))
            found.update((wanted[row.key], _file(row)) for row in connection.execute(statement))
        return found

    def want(self, connection: Connection, files: Iterable[MediaFile]) -> None:
        wanted = {key_of(self._site, file.url): file for file in files}
        if not wanted:
            return
        there = select(FILES).where(FILES.c.site == self._site, FILES.c.key.in_(wanted))
        known = {row.key: row for row in connection.execute(there)}
        found = [
            self._row(replace(_file(known[key]), state="due"), known[key].run)
            if key in known
            else self._row(file, None)
            for key, file in wanted.items()
        ]
        self._database.upsert(connection, FILES, found)

    def put(self, connection: Connection, files: Iterable[tuple[int, MediaFile]]) -> None:
        """Files with the run that looked at them; of one that comes twice, the last counts."""
        found = {key_of(self._site, file.url): self._row(file, run) for run, file in files}
        self._database.upsert(connection, FILES, list(found.values()))

    def _row(self, file: MediaFile, run: int | None) -> dict[str, Any]:
        return rows.sealed(
            {
                "site": self._site,
                "key": key_of(self._site, file.url),
                "url": rows.clean(file.url),
                "attachment": rows.fit(file.attachment),
                "state": file.state,
                "sha256": file.sha256,
                "size": None if file.size is None else rows.fit(file.size),
                "mime": rows.clean(file.mime),
                "etag": rows.clean(file.etag),
                "last_modified": rows.clean(file.last_modified),
                "reason": rows.clean(file.reason),
                "run": run,
            }
        )


def _file(row: Any) -> MediaFile:
    return MediaFile(
        row.url,
        row.attachment,
        row.sha256,
        row.size,
        row.mime,
        row.etag,
        row.last_modified,
        row.state,
        row.reason,
    )
