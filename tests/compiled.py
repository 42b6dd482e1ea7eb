"""Statements compiled once for all archives that a process opens, not once for each.

SQLAlchemy keeps what it compiled by engine, which is right for a program that opens one archive.
Tests that open the same archive some thousand times would spend two fifths of their time on
compiling the same hundred statements.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from wp_sync.archive import database

_STATEMENTS: LRUCache[Any, Any] = LRUCache(2000)


class _Dialect(SQLiteDialect_pysqlite):
    """SQLite's dialect, equal to others of its kind, since statements are kept by it too."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))


def share() -> None:
    """Have every archive in SQLite that this process opens use the same compiled statements."""
    create = database.create_engine
    if create.__module__ == __name__:
        return  # they do already

    def create_engine(url: Any, **options: Any) -> Engine:
        engine = create(url, **options)
        if type(engine.dialect) is SQLiteDialect_pysqlite:
            engine.dialect.__class__ = _Dialect
            engine.update_execution_options(compiled_cache=_STATEMENTS)
        return engine

    database.create_engine = create_engine
