"""The tables, columns, keys, indexes and views of an archive against those it is to have.

SQLite keeps them as text in its first pages, where a flipped bit renames a column or unties a view.
Says nothing about rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import lru_cache
from typing import Any

from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import Connection
from sqlalchemy.pool import StaticPool

from wp_sync.archive.base import Damage
from wp_sync.archive.database import Database
from wp_sync.archive.migrations import MIGRATIONS, SCHEMA_VERSION, migrate
from wp_sync.archive.schema import METADATA
from wp_sync.archive.views import VIEWS

_REPAIR = "`check --repair` saves the rows into a new archive.db of the right shape"
_POSTGRESQL = "restore the database from a backup"


def check_shape(database: Database) -> Iterator[Damage]:
    """What of the schema is not as the migrations make it."""
    with database.read() as connection:
        if database.sqlite:
            # Text against text: the same migrations made both.
            found, wanted = _sqlite(connection), _made_anew()
            hint = _REPAIR
        else:
            found, wanted = _server(connection), _metadata()
            hint = _POSTGRESQL
        numbers = set(connection.execute(SCHEMA_VERSION.select()).scalars())
    for name in sorted(wanted.keys() | found.keys()):
        if name not in found:
            yield Damage(f"{name} in {database.name}", "it is missing", hint)
        elif name not in wanted and database.sqlite:
            yield Damage(f"{name} in {database.name}", "wp-sync did not make it", hint, "notice")
        elif name in wanted and found[name] != wanted[name]:
            yield Damage(f"{name} in {database.name}", "its definition is not what it was", hint)
    missing = {one.version for one in MIGRATIONS} - numbers
    if missing:
        words = f"the migrations {', '.join(map(str, sorted(missing)))} are not in it"
        yield Damage(f"table schema_version in {database.name}", words, hint)


def _sqlite(connection: Connection) -> dict[str, Any]:
    driver: Any = connection.connection.driver_connection
    return shape(driver)


def shape(connection: sqlite3.Connection) -> dict[str, Any]:
    """Each table's columns and indexes, and each view's text, as SQLite understands them."""
    found: dict[str, Any] = {}
    names = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
    for kind, name, table, sql in names:
        if kind == "table":
            columns = connection.execute("SELECT * FROM pragma_table_xinfo(?)", (name,)).fetchall()
            rowid = "WITHOUT ROWID" in (sql or "").upper()
            found[f"table {name}"] = (table, rowid, columns)
        elif kind == "index":
            columns = connection.execute("SELECT * FROM pragma_index_xinfo(?)", (name,)).fetchall()
            # A table's own key has no text of its own.
            condition = " ".join((sql or "").split()).partition(" WHERE ")[2]
            found[f"index {name}"] = (table, columns, condition)
        else:
            found[f"{kind} {name}"] = (table, " ".join((sql or "").split()))
    return found


@lru_cache(maxsize=1)
def _made_anew() -> dict[str, Any]:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with closing(Database(engine, "memory", read_only=False)) as fresh:
        migrate(fresh)
        with fresh.read() as connection:
            return _sqlite(connection)


def _server(connection: Connection) -> dict[str, Any]:
    inspector = inspect(connection)
    tables = set(inspector.get_table_names())
    found: dict[str, Any] = {
        f"table {name}": sorted(column["name"] for column in inspector.get_columns(name))
        for name in tables & METADATA.tables.keys()
    }
    return found | {f"view {name}": name for name in inspector.get_view_names()}


def _metadata() -> dict[str, Any]:
    tables = {
        f"table {name}": sorted(column.name for column in table.c)
        for name, table in METADATA.tables.items()
    }
    return tables | {f"view {name}": name for name in VIEWS}
