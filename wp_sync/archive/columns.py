"""Columns as every table of the archive has them, once for SQLite and PostgreSQL.

Knows no table; those are in `wp_sync.archive.schema` and the modules beside it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, MetaData, Table, Text

METADATA = MetaData()

# Compared by code point everywhere: a database's own collation may skip punctuation.
_PLAIN = Text().with_variant(Text(collation="C"), "postgresql")


def table(name: str, *parts: Column[Any], clustered: bool = True) -> Table:
    # Small rows live in the key's own tree (WITHOUT ROWID); rows with long text or bytes do not:
    # SQLite's key trees keep at most a quarter of a page of each row in place.
    return Table(name, METADATA, *parts, sqlite_with_rowid=not clustered)


def key(name: str) -> Column[str]:
    return Column(name, _PLAIN, primary_key=True)


def number(name: str, *, key: bool = False, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, primary_key=key, nullable=null, autoincrement=False)


def text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, _PLAIN, nullable=null)


def flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def checksum() -> Column[int]:
    return Column("checksum", BigInteger, nullable=False)
