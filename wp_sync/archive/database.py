"""The connection to SQLite or PostgreSQL: transactions, settings, and errors said in words.

Knows no table but that of the tallies, which it keeps with every transaction. `Database.read` and
`Database.write` are the only ways in; a failure of the disk or the server leaves them as one
`ArchiveError` with the next step.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, create_engine, delete, event, insert, select
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.sql.dml import Insert
from sqlalchemy.sql.schema import Table

from wp_sync.archive import schema, tallies
from wp_sync.archive.tallies import Deltas
from wp_sync.errors import ArchiveDamaged, ArchiveError, ArchiveLocked, Place

Values = tuple[Any, ...]  # of a whole row, in the table's order

_KEYS_AT_ONCE = 200
_RESTORE = "`check --repair` saves what can be read; or restore archive.db from a backup"
# (a piece of the driver's message, what it means, the next step)
_MEANINGS = (
    ("malformed", "its database file is damaged", _RESTORE),
    ("Could not decode", "its database file is damaged", _RESTORE),
    ("codec can't decode", "its database file is damaged", _RESTORE),
    ("not a database", "its file is not an SQLite database", _RESTORE),
    ("disk is full", "the disk is full", "free some space and run again; nothing is half-written"),
    ("No space left", "the disk is full", "free some space and run again; nothing is half-written"),
    ("Input/output error", "the disk failed", "check the disk, then run the check"),
    # SQLite's word for a shared-memory file (of the WAL) that it could not make large enough.
    ("SHMSIZE", "the disk is full", "free some space and run again; nothing is half-written"),
    (
        "disk I/O error",
        "the disk failed while reading or writing",
        "check the disk, then run the check",
    ),
    ("readonly", "it can't be written", "check the owner and permissions of the folder"),
    ("read-only", "it can't be written", "check the owner and permissions of the folder"),
    ("unable to open", "its database can't be opened", "check the folder's path and permissions"),
    ("is locked", "another program keeps its database locked", "wait for it to end, run again"),
    ("password authentication", "the server refuses the login", "check user and password"),
    ("does not exist", "the server does not know it", "create the database first, or fix its name"),
    ("onnection refused", "no PostgreSQL server answers there", "start it, or fix host and port"),
    ("could not translate host", "its host is unknown", "fix the host in the address"),
    ("server closed the connection", "the connection was lost", "run again once the server is up"),
    ("terminating connection", "the server ended the connection", "run again once it is up"),
)
_UNSEEN = """
    SELECT relname FROM pg_stat_user_tables
    WHERE schemaname = current_schema() AND relname IN ('records', 'versions', 'posts')
          AND n_mod_since_analyze > 1000 + 0.2 * n_live_tup
"""
_DAMAGE = ("malformed", "Could not decode", "codec can't decode", "not a database")


class Database:
    """One SQLite file or one PostgreSQL database.

    ``name`` is how messages call it (never with a password). Safe for several threads; writers
    take turns.
    """

    def __init__(self, engine: Engine, name: str, *, read_only: bool) -> None:
        self.engine = engine
        self.name = name
        self.read_only = read_only
        self._writer = engine.execution_options(wp_sync_writes=True)
        self._turn = threading.RLock()
        self._compiled: dict[tuple[str, str], str] = {}
        self._deltas = Deltas()

    @property
    def sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one moment of the archive."""
        with self.said(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def read_only_rows(self) -> Iterator[Connection]:
        """A connection for SQL that was not written here: the engine itself refuses to write.

        What the SQL gets wrong comes out as SQLAlchemy raises it.
        """
        with self.engine.connect() as connection:
            if not self.sqlite:  # there every transaction of a reader is read-only
                with connection.begin():
                    yield connection
                return
            connection.exec_driver_sql("PRAGMA query_only=ON")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("PRAGMA query_only=OFF")

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: durable when it ends, undone when it raises."""
        if self.read_only:
            raise ArchiveError(
                f"{self.name} is opened for reading only", hint="open it for writing"
            )
        with self._turn, self.said(), self._writer.begin() as connection:
            self._deltas = Deltas()
            yield connection
            if pending := self._deltas.pending():
                self.upsert(
                    connection, schema.TALLIES, tallies.updated(connection, pending), replaced=()
                )

    @contextlib.contextmanager
    def said(self) -> Iterator[None]:
        """Say failures of disk and server in words; leave mistakes in our own SQL alone."""
        try:
            yield
        except (IntegrityError, ProgrammingError):
            raise
        except DBAPIError as error:
            raise explained(self.name, error.orig or error) from error
        except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
            raise explained(self.name, error) from error

    def insert(self, connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
        """Add whole rows of one site, which must not be there yet."""
        self._put(connection, table, insert, _in_order(table, rows), ())

    def upsert(
        self,
        connection: Connection,
        table: Table,
        rows: list[dict[str, Any]],
        *,
        replaced: Iterable[int] | None = None,
    ) -> None:
        """Put whole rows of one site, no key twice, replacing those whose key is there already.

        ``replaced``: the checksums of those, where the caller has read them; else they are read.
        """
        if replaced is None:
            replaced = self._standing(connection, table, rows)
        self._put(connection, table, self._upsert, _in_order(table, rows), replaced)

    def upsert_whole(
        self, connection: Connection, table: Table, rows: list[Values], replaced: Iterable[int]
    ) -> None:
        """`upsert` for rows that are values in the table's order, as `rows.whole` makes them."""
        self._put(connection, table, self._upsert, rows, replaced)

    def delete(self, connection: Connection, table: Table, site: str, *which: Any) -> int:
        """Remove rows of one site; returns how many. Only what is derived or lifted is removed."""
        chosen = (table.c.site == site, *which)
        gone = list(connection.execute(select(table.c.checksum).where(*chosen)).scalars())
        if gone:
            connection.execute(delete(table).where(*chosen))
            self._deltas.remove(table, site, gone)
        return len(gone)

    def delete_whole(
        self, connection: Connection, table: Table, keys: Sequence[Values], gone: Iterable[int]
    ) -> None:
        """Remove rows of one site by whole keys, in the key's order, and with their checksums."""
        if keys:
            columns = list(table.primary_key)
            which = [column == bindparam(f"of_{column.name}") for column in columns]
            found = [
                {f"of_{column.name}": part for column, part in zip(columns, key, strict=True)}
                for key in keys
            ]
            connection.execute(delete(table).where(*which), found)
            self._deltas.remove(table, keys[0][0], gone)

    def recount(self, connection: Connection) -> None:
        """Make the tallies anew from the rows that stand, whatever this transaction wrote."""
        self._deltas = Deltas()
        tallies.recount(connection)

    @staticmethod
    def _standing(
        connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
    ) -> list[int]:
        """The checksums of the rows that stand under these rows' keys; one look for many.

        SQLite finds no index for a list of whole keys: rows are looked up together that differ in
        one column of it, the one with the most values.
        """
        names = [column.name for column in table.primary_key]
        most = max(names, key=lambda name: len({row[name] for row in rows}), default="")
        alike: dict[tuple[Any, ...], list[Any]] = {}
        for row in rows:
            same = tuple(row[name] for name in names if name != most)
            alike.setdefault(same, []).append(row[most])
        found: list[int] = []
        for same, values in alike.items():
            others = (table.c[name] for name in names if name != most)
            which = [column == value for column, value in zip(others, same, strict=True)]
            for start in range(0, len(values), _KEYS_AT_ONCE):
                some = values[start : start + _KEYS_AT_ONCE]
                one = table.c[most] == some[0] if len(some) == 1 else table.c[most].in_(some)
                statement = select(table.c.checksum).where(*which, one)
                found += connection.execute(statement).scalars()
        return found

    def _dialect(self) -> Any:
        # Imported when used: PostgreSQL's takes a tenth of a second that few runs need.
        return importlib.import_module(f"sqlalchemy.dialects.{self.engine.dialect.name}")

    def _upsert(self, table: Table) -> Insert:
        statement = self._dialect().insert(table)
        others = [column.name for column in table.c if not column.primary_key]
        replacing: Insert = statement.on_conflict_do_update(
            index_elements=list(table.primary_key),
            set_={name: statement.excluded[name] for name in others},
        )
        return replacing

    def _put(
        self,
        connection: Connection,
        table: Table,
        statement: Callable[[Table], Insert],
        found: list[Values],
        replaced: Iterable[int],
    ) -> None:
        if not found:
            return
        # Every table begins with the site and ends with the checksum.
        self._deltas.add(table, found[0][0], [row[-1] for row in found], replaced)
        # Past SQLAlchemy's handling of each parameter, which costs as much as SQLite's own work:
        # whole rows of text, numbers and bytes are what the driver takes as they are.
        key = (table.name, statement.__name__)
        sql = self._compiled.get(key)
        if sql is None:
            compiled = statement(table).compile(dialect=self.engine.dialect)
            sql = self._compiled[key] = self._sql(table, str(compiled))
        if self.sqlite:
            connection.exec_driver_sql(sql, found)
        else:
            connection.exec_driver_sql(sql, tuple(map(list, zip(*found, strict=True))))

    def _sql(self, table: Table, compiled: str) -> str:
        """The statement as the driver gets it; for PostgreSQL one that takes whole columns.

        Row by row, the server plans and answers each; columns cost it a third of that.
        """
        if self.sqlite:
            return compiled
        _, _, conflict = compiled.partition(" ON CONFLICT ")
        names = ", ".join(f'"{column.name}"' for column in table.c)
        types = [column.type.compile(self.engine.dialect).split()[0] for column in table.c]
        columns = ", ".join(f"%b::{type}[]" for type in types)
        sql = f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({columns})"  # noqa: S608
        return f"{sql} ON CONFLICT {conflict}" if conflict else sql

    def refresh_statistics(self) -> None:
        """Have PostgreSQL look at tables of which much was written since it last did.

        Its own upkeep comes by within minutes. Until then it plans as if they were empty, and a
        join of a page of records reads all versions for each of them.
        """
        if self.sqlite or self.read_only:
            return
        with self.write() as connection:
            for name in connection.exec_driver_sql(_UNSEEN).scalars().all():
                connection.exec_driver_sql(f'ANALYZE "{name}"')

    def close(self) -> None:
        self.engine.dispose()


def _in_order(table: Table, rows: Sequence[Mapping[str, Any]]) -> list[Values]:
    values = itemgetter(*(column.name for column in table.c))
    return [values(row) for row in rows]


def explained(name: str, error: BaseException) -> ArchiveError:
    """What a driver's or the system's error means for the archive called ``name``."""
    text = str(error)
    first = text.strip().splitlines()[0] if text.strip() else type(error).__name__
    told = f"{text} {getattr(getattr(error, 'orig', error), 'sqlite_errorname', '')}"
    for piece, meaning, hint in _MEANINGS:
        if piece in told:
            kind = ArchiveDamaged if piece in _DAMAGE else ArchiveError
            if piece == "is locked":
                kind = ArchiveLocked
            return kind(f"{meaning} ({first})", place=Place(file=name), hint=hint)
    return ArchiveError(first, place=Place(file=name), hint="run again; if it stays, run the check")


def sqlite_address(path: Path, *, read_only: bool) -> str:
    """The file as an address for SQLite (``uri=True``), for reading alone or for both."""
    mode = "rwc"
    options = ""
    if read_only:
        mode = "ro"
        # Without a -wal file nothing is pending, and a folder that can't be written can't get the
        # -shm file that WAL mode wants: the file may then be taken as it stands.
        pending = path.with_name(path.name + "-wal")
        if not os.access(path.parent, os.W_OK) and not pending.exists():
            options = "&immutable=1"
    return f"{path.absolute().as_uri()}?mode={mode}{options}"


def open_sqlite(path: Path, *, read_only: bool) -> Database:
    """The SQLite file in WAL mode with full sync: what was committed survives a power cut."""
    target = sqlite_address(path, read_only=read_only)

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            target, uri=True, timeout=15, isolation_level=None, check_same_thread=False
        )

    engine = create_engine("sqlite://", creator=connect, poolclass=_pool())

    @event.listens_for(engine, "connect")
    def settings(connection: sqlite3.Connection, _record: object) -> None:
        pragmas = ["synchronous=FULL", "fullfsync=1", "checkpoint_fullfsync=1"]
        pragmas += ["trusted_schema=OFF", "cell_size_check=ON", "cache_size=-16000"]
        # 16 MiB of WAL between checkpoints (4 by default): a first pull writes its index pages
        # back a quarter as often.
        pragmas += ["wal_autocheckpoint=4000"]
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
        if not read_only:
            connection.execute("PRAGMA journal_mode=WAL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer asks for its turn at once: a read that turns into a write can fail half-way.
        writes = connection.get_execution_options().get("wp_sync_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return Database(engine, str(path.parent), read_only=read_only)


def _pool() -> Any:
    from sqlalchemy.pool import QueuePool

    return QueuePool


def open_postgresql(url: URL, *, read_only: bool, command: str) -> Database:
    """A PostgreSQL database through psycopg 3.

    Raises:
        ArchiveError: psycopg is not installed.
    """
    if importlib.util.find_spec("psycopg") is None:
        raise ArchiveError(
            "an archive in PostgreSQL needs the driver psycopg, which is not installed",
            hint="pip install 'wp-sync[postgresql]'",
        )
    schema.speak_postgresql()
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        connect_args={"application_name": command[:63], "connect_timeout": 15},
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not connection.get_execution_options().get("wp_sync_writes"):
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        else:
            # Durable when it returns, whatever the server's default says.
            connection.exec_driver_sql("SET LOCAL synchronous_commit = on")

    return Database(engine, url.render_as_string(hide_password=True), read_only=read_only)
