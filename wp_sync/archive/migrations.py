"""Numbered migrations, each in one transaction, and the table that says which were applied.

A new archive gets today's tables at once, and ends as one that went through all steps (a test
compares them). A migration that was released never changes again: what comes later is a new number
at the end of the list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    MetaData,
    Table,
    Text,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import Connection

from wp_sync.archive import rows, schema, tallies
from wp_sync.archive.database import Database
from wp_sync.archive.views import VIEWS
from wp_sync.errors import ArchiveError, Place

_METADATA = MetaData()
SCHEMA_VERSION = Table(
    "schema_version",
    _METADATA,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("description", Text, nullable=False),
    Column("applied_at", Text, nullable=False),
)
_TALLIED = 3  # since this version, rows are counted as they are written


@dataclass(frozen=True, slots=True)
class Migration:
    """One step from the version before to ``version``."""

    version: int
    description: str
    apply: Callable[[Connection], None]


def _first_tables(connection: Connection) -> None:
    schema.METADATA.create_all(connection)
    schema.settle_storage(connection)
    for name, body in VIEWS.items():
        connection.exec_driver_sql(f"CREATE VIEW {name} AS {body}")


def _derived_anew(connection: Connection) -> None:
    """Make the derived tables anew in today's shape, empty; the next `normalize` fills them.

    Nothing is lost: what they hold is made of the versions, which no migration touches here.
    """
    for name in reversed(VIEWS):  # some stand on others
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")
    for table in schema.DERIVED:
        table.drop(connection, checkfirst=True)
    connection.execute(delete(schema.DERIVATIONS))
    _first_tables(connection)


def _tallies_and_losses(connection: Connection) -> None:
    schema.METADATA.create_all(connection, tables=[schema.TALLIES, schema.LOSSES])


def _bookmarks_with_our_clock(connection: Connection) -> None:
    found = [dict(row) for row in connection.execute(text("SELECT * FROM bookmarks")).mappings()]
    schema.BOOKMARKS.drop(connection)
    schema.BOOKMARKS.create(connection)
    names = [column.name for column in schema.BOOKMARKS.c if column.name != "checksum"]
    if found:
        sealed = [rows.sealed({name: row.get(name) for name in names}) for row in found]
        connection.execute(insert(schema.BOOKMARKS), sealed)


def _dependencies(connection: Connection) -> None:
    schema.METADATA.create_all(connection, tables=[schema.POST_DEPENDENCIES])


def _targets(connection: Connection) -> None:
    tables = [schema.RECEIPTS, schema.INTENTS, schema.TARGET_VERSIONS]
    schema.METADATA.create_all(connection, tables=tables)


def _audits(connection: Connection) -> None:
    schema.METADATA.create_all(connection, tables=list(schema.AUDITED))


def _views_anew(connection: Connection) -> None:
    for name in reversed(VIEWS):
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}")
    for name, body in VIEWS.items():
        connection.exec_driver_sql(f"CREATE VIEW {name} AS {body}")


MIGRATIONS: Sequence[Migration] = (
    Migration(1, "the first tables", _first_tables),
    Migration(2, "several places of a term, several authors of a post", _derived_anew),
    Migration(3, "tallies of rows, and what is known to be lost", _tallies_and_losses),
    Migration(4, "our own clock beside the server's", _bookmarks_with_our_clock),
    Migration(5, "where links stand and how they are known; what cleaning finds", _derived_anew),
    Migration(6, "how PostgreSQL keeps long values", schema.settle_storage),
    Migration(7, "related posts as a graph", _views_anew),
    Migration(8, "what each post's derivation asked for", _dependencies),
    Migration(9, "what was pushed to which target", _targets),
    Migration(10, "audits, their findings, and what is kept for the next one", _audits),
)


def version_of(database: Database) -> int:
    """The schema's version; 0 for an empty database.

    Raises:
        ArchiveError: the database holds somebody else's tables.
    """
    with database.read() as connection:
        tables = set(inspect(connection).get_table_names())
        if SCHEMA_VERSION.name in tables:
            return connection.execute(select(func.max(SCHEMA_VERSION.c.version))).scalar() or 0
    if tables:
        raise ArchiveError(
            f"{database.name} is a database, but not an archive of wp-sync "
            f"(it has the tables {', '.join(sorted(tables)[:5])})",
            hint="name another folder or database for the archive",
        )
    return 0


def migrate(database: Database, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring the archive to the newest version, one transaction a step.

    Raises:
        ArchiveError: the archive is of a newer version than this program knows, or it is older
            and opened for reading only.
    """
    newest = migrations[-1].version
    found = version_of(database)
    if found > newest:
        raise ArchiveError(
            f"this archive was written by a newer wp-sync (its tables are of version {found}, "
            f"this program knows {newest})",
            place=Place(file=database.name),
            hint="upgrade wp-sync: pip install --upgrade wp-sync",
        )
    if found < newest and database.read_only:
        raise ArchiveError(
            f"{database.name} is empty or of an older version ({found}, now {newest}), and it is "
            "opened for reading only",
            hint="open it once for writing, for example by a pull",
        )
    if not found and migrations is MIGRATIONS:
        _begin(database)
        return
    for migration in migrations:
        if migration.version > found:
            _step(database, migration, last=migration.version == newest)


def _begin(database: Database) -> None:
    """The first step makes all tables in today's shape; those after it have nothing to change."""
    with database.write() as connection:
        _METADATA.create_all(connection)
        if connection.execute(select(SCHEMA_VERSION.c.version)).first() is not None:
            return  # another process was faster
        MIGRATIONS[0].apply(connection)
        applied_at = rows.now()
        connection.execute(
            insert(SCHEMA_VERSION),
            [
                {"version": one.version, "description": one.description, "applied_at": applied_at}
                for one in MIGRATIONS
            ],
        )


def _step(database: Database, migration: Migration, *, last: bool) -> None:
    with database.write() as connection:
        _METADATA.create_all(connection)
        applied = connection.execute(
            select(SCHEMA_VERSION.c.version).where(SCHEMA_VERSION.c.version == migration.version)
        ).first()
        if applied is not None:  # another process was faster
            return
        migration.apply(connection)
        # Once for all steps: it reads every row. Nothing but the next step reads what is between.
        if last and migration.version >= _TALLIED:
            tallies.recount(connection)
        connection.execute(
            insert(SCHEMA_VERSION).values(
                version=migration.version,
                description=migration.description,
                applied_at=rows.now(),
            )
        )
