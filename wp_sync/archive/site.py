"""One site's part of an archive: each call of the port as one transaction over the parts.

Holds no SQL of its own; the parts (records, runs, media, derived tables) do.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import TextClause, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from wp_sync.archive import dates, finding, past, runs
from wp_sync.archive.addresses import wanted
from wp_sync.archive.audits import AuditRows
from wp_sync.archive.base import Current, Dated, RunRow, SiteState, Version
from wp_sync.archive.blobs import Blobs
from wp_sync.archive.database import Database
from wp_sync.archive.derived import DerivedTables
from wp_sync.archive.keeping import Keeper
from wp_sync.archive.kinds import kinds
from wp_sync.archive.media import MediaRows, key_of
from wp_sync.archive.records import Records
from wp_sync.archive.targets import SqlLedger
from wp_sync.archive.together import Together
from wp_sync.content import Author, Comment, Derived, MediaItem, Term, TermSource
from wp_sync.errors import ArchiveError, Problem
from wp_sync.model import (
    Bookmark,
    Identity,
    Known,
    MediaFile,
    Outcome,
    Record,
    State,
    Tally,
)

_SAVES_OF_ONE_PLAN = 50  # batches, of some hundred records each
_SHORT = 20_000  # characters of a statement that is remembered


@lru_cache(maxsize=128)  # finding the parameters takes longer than asking for a few rows
def _remembered(sql: str) -> TextClause:
    return text(sql)


def _statement(sql: str) -> TextClause:
    return _remembered(sql) if len(sql) < _SHORT else text(sql)


class SqlSite:
    """`wp_sync.archive.base.SiteArchive` over a database and a media folder."""

    def __init__(self, database: Database, blobs: Blobs, key: str) -> None:
        self._database = database
        self._blobs = blobs
        self._key = key
        self._records = Records(database, key)
        self._keeper = Keeper(database, key, self._records)
        self._media = MediaRows(database, key)
        self._marks = Together(self._mark_files)
        self._saves = 0
        self._derived = DerivedTables(database, key)

    # -- the site and its runs

    def site(self) -> SiteState | None:
        with self._database.read() as connection:
            return runs.site(connection, self._key)

    def set_site(self, identity: Identity) -> None:
        with self._database.write() as connection:
            runs.set_site(self._database, connection, self._key, identity)

    def begin_run(self, command: str, view: str) -> int:
        with self._database.write() as connection:
            return runs.begin(connection, self._database, self._key, command, view)

    def finish_run(
        self,
        run: int,
        outcome: Outcome,
        tallies: Mapping[str, Tally],
        problems: Sequence[Problem],
        requests: int,
    ) -> None:
        with self._database.write() as connection:
            runs.finish(
                connection, self._database, self._key, run, outcome, tallies, problems, requests
            )

    def runs(self, *, last: int = 20) -> Sequence[RunRow]:
        with self._database.read() as connection:
            return runs.runs(connection, self._key, last)

    # -- records and versions

    def kinds(self) -> Sequence[str]:
        with self._database.read() as connection:
            return kinds(connection, self._key)

    def known(self, kind: str) -> Iterator[Known]:
        return self._records.known(kind)

    def known_of(self, kind: str, ids: Iterable[int]) -> Mapping[int, Known]:
        with self._database.read() as connection:
            return self._records.known_of(connection, kind, ids)

    def count(self, kind: str, state: State = State.LIVE) -> int:
        with self._database.read() as connection:
            return self._records.count(connection, kind, state)

    def cuts(
        self, kind: str, *, after: str | None, until: str | None, parts: int
    ) -> Sequence[Dated]:
        with self._database.read() as connection:
            return dates.cuts(connection, self._key, kind, after, until, parts)

    def dated(self, kind: str, *, after: str | None, until: str | None) -> Sequence[int]:
        with self._database.read() as connection:
            return dates.ids(connection, self._key, kind, after, until)

    def save(self, run: int, records: Sequence[Record]) -> Tally:
        self._saves += 1
        if self._saves % _SAVES_OF_ONE_PLAN == 0:
            self._database.refresh_statistics()
        with self._keeping() as connection:
            return self._keeper.save(connection, run, records)

    def vanish(self, run: int, kind: str, states: Mapping[int, State]) -> Tally:
        with self._keeping() as connection:
            return self._keeper.vanish(connection, run, kind, states)

    def quarantine(self, run: int, kind: str, reasons: Mapping[int, str]) -> None:
        with self._database.write() as connection:
            self._keeper.quarantine(connection, run, kind, reasons)

    @contextlib.contextmanager
    def _keeping(self) -> Iterator[Connection]:
        try:
            with self._database.write() as connection:
                yield connection
        except BaseException:
            self._keeper.forget_cached()
            raise

    def quarantined(self, kind: str) -> Mapping[int, str]:
        with self._database.read() as connection:
            return self._records.quarantined(connection, kind)

    def bookmark(self, kind: str) -> Bookmark:
        with self._database.read() as connection:
            return runs.bookmark(connection, self._key, kind)

    def set_bookmark(self, kind: str, bookmark: Bookmark) -> None:
        with self._database.write() as connection:
            runs.set_bookmark(connection, self._database, self._key, kind, bookmark)

    def due(self, kind: str, *, field: str, value: str, before: datetime) -> Sequence[int]:
        with self._database.read() as connection:
            return self._records.due(connection, kind, field=field, value=value, before=before)

    def current(
        self, kind: str, *, ids: Iterable[int] | None = None, stale_for: str = ""
    ) -> Iterator[Current]:
        fresh = bool(stale_for) and kind.startswith("posts/") and stale_for == self.derived_under()
        return self._records.current(kind, ids, fresh)

    def derived_under(self) -> str:
        with self._database.read() as connection:
            return runs.derived_under(connection, self._key)

    def set_derived_under(self, context: str) -> None:
        if context != self.derived_under():
            with self._database.write() as connection:
                runs.set_derived_under(connection, self._database, self._key, context)

    def versions(self, kind: str, id: int) -> Sequence[Version]:
        with self._database.read() as connection:
            return self._records.versions(connection, kind, id)

    def stood(self, kind: str, moment: datetime) -> Iterator[tuple[Version, State]]:
        return past.stood(self._database, self._records, self._key, kind, moment)

    def find(self, url_or_id: str) -> Sequence[tuple[str, int]]:
        with self._database.read() as connection:
            known = runs.site(connection, self._key)
            home = known.home if known else f"https://{self._key}"
            return finding.find(connection, self._key, wanted(url_or_id, home))

    def urls(self) -> Iterator[tuple[str, str, int, str, State, str]]:
        return self._records.urls()

    def old_slugs(self) -> Iterator[tuple[str, str, int]]:
        return self._records.old_slugs()

    # -- media files

    def files(self, *, states: Iterable[str] = ()) -> Iterator[MediaFile]:
        return self._media.files(states)

    def files_of(self, urls: Iterable[str]) -> Mapping[str, MediaFile]:
        with self._database.read() as connection:
            return self._media.of(connection, urls)

    def want_files(self, files: Iterable[MediaFile]) -> None:
        wanted_files = list(files)
        if wanted_files:
            with self._database.write() as connection:
                self._media.want(connection, wanted_files)

    def incoming(self, file: MediaFile) -> Path:
        with self._database.said():
            return self._blobs.incoming(key_of(self._key, file.url))

    def adopt_file(self, run: int, file: MediaFile, path: Path) -> MediaFile:
        with self._database.said():
            digest, size = self._blobs.adopt(path, sha256=file.sha256, size=file.size)
        stored = replace(file, sha256=digest, size=size, state="stored", reason="")
        self.mark_file(run, stored)
        return stored

    def mark_file(self, run: int, file: MediaFile) -> None:
        if file.state == "failed" and (file.etag or file.last_modified):
            # These words let the next run go on with the part: its bytes must be safe before them.
            with self._database.said():
                self._blobs.sync_part(key_of(self._key, file.url))
        self._marks.add((run, file))

    def _mark_files(self, files: Sequence[tuple[int, MediaFile]]) -> None:
        with self._database.write() as connection:
            self._media.put(connection, files)

    def file_path(self, sha256: str) -> Path:
        return self._blobs.path(sha256)

    # -- derived tables

    def put_terms(self, terms: Sequence[Term], sources: Sequence[TermSource]) -> int:
        with self._database.write() as connection:
            return self._derived.put_terms(connection, terms, sources)

    def put_authors(self, authors: Sequence[Author]) -> int:
        with self._database.write() as connection:
            return self._derived.put_authors(connection, authors)

    def put_media(self, media: Sequence[MediaItem]) -> int:
        with self._database.write() as connection:
            return self._derived.put_media(connection, media)

    def put_comments(self, comments: Sequence[Comment]) -> int:
        with self._database.write() as connection:
            return self._derived.put_comments(connection, comments)

    def put_posts(self, posts: Sequence[Derived]) -> int:
        with self._database.write() as connection:
            return self._derived.put_posts(connection, posts)

    def asking(self, facts: Sequence[bytes]) -> Sequence[tuple[str, int, bytes]]:
        with self._database.read() as connection:
            return self._derived.asking(connection, facts)

    # -- targets

    def ledger(self, target: str) -> SqlLedger:
        return SqlLedger(self._database, self._key, target)

    # -- audits

    def audit_book(self) -> AuditRows:
        return AuditRows(self._database, self._key)

    def query(self, sql: str, **parameters: object) -> Sequence[Mapping[str, object]]:
        try:
            with self._database.read_only_rows() as connection:
                found = connection.execute(_statement(sql), parameters)
                names = list(found.keys())
                return [dict(zip(names, row, strict=True)) for row in found]
        except DBAPIError as error:
            raise ArchiveError(
                f"the query failed: {error.orig}", hint="docs/archive.md lists the tables"
            ) from error
