"""Every row against its checksum, every version against its SHA-256 and digest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from sqlalchemy import func, select, tuple_
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.schema import Table

from wp_sync.archive import rows, schema
from wp_sync.archive.base import Damage
from wp_sync.archive.codec import sha256
from wp_sync.archive.database import Database
from wp_sync.archive.dictionaries import Dictionaries
from wp_sync.digest import VERSION, content_digest

_PAGE = 200
_DERIVED = frozenset(table.name for table in schema.DERIVED)
_NORMALIZE = "delete the row and normalize again: it is derived from the versions"
_RESTORE = "restore the archive from a backup, or pull the site into a new one"
_LATER = "the other versions are not concerned; restore the archive from a backup to get it back"


def check_rows(database: Database, progress: Callable[[str, int, int], None]) -> Iterator[Damage]:
    for table in schema.METADATA.sorted_tables:
        with database.read() as connection:
            total = connection.execute(select(func.count()).select_from(table)).scalar_one()
        look = _Versions(database).look if table is schema.VERSIONS else _look
        done = 0
        for row in _rows(database, table):
            if isinstance(row, Damage):
                yield row
            else:
                yield from look(table, row)
            done += 1
            if done % _PAGE == 0:
                progress(table.name, done, total)
        progress(table.name, done, total)


def _rows(database: Database, table: Table) -> Iterator[Any]:
    """Rows in order of their key, and damage in place of those that can't be read."""
    keys = list(table.primary_key)
    last: tuple[Any, ...] | None = None
    while True:
        which = select(*keys).order_by(*keys).limit(_PAGE)
        if last is not None:
            which = which.where(tuple_(*keys) > tuple_(*last))
        try:
            with database.read() as connection:
                page = [tuple(row) for row in connection.execute(which)]
            if not page:
                return
            yield from _page(database, table, keys, page)
        except Exception as error:  # noqa: BLE001 - damage takes any form, and is only reported
            after = f" after {_called(table, last)}" if last else ""
            yield Damage(f"table {table.name}{after}", f"can't be read: {_brief(error)}", _RESTORE)
            return
        last = page[-1]


def _page(
    database: Database, table: Table, keys: list[Any], page: list[tuple[Any, ...]]
) -> Iterator[Any]:
    whole = (
        select(table)
        .where(tuple_(*keys) >= tuple_(*page[0]), tuple_(*keys) <= tuple_(*page[-1]))
        .order_by(*keys)
    )
    try:
        with database.read() as connection:
            found = connection.execute(whole).mappings().all()
    except Exception:  # noqa: BLE001 - one row of the page: which one is found below
        found = []
        for key in page:
            one = select(table).where(*(c == part for c, part in zip(keys, key, strict=True)))
            try:
                with database.read() as connection:
                    found += connection.execute(one).mappings().all()
            except Exception as error:  # noqa: BLE001 - see above
                yield Damage(_called(table, key), f"can't be read: {_brief(error)}", _hint(table))
    yield from found


def _look(table: Table, row: Any) -> Iterator[Damage]:
    key = tuple(row[column.name] for column in table.primary_key)
    values = [row[c.name] for c in table.c if c.name != "checksum"]
    try:
        right = rows.checksum(values) == row["checksum"]
    except (TypeError, ValueError):
        right = False
    if not right:
        yield Damage(
            _called(table, key), "the row is not what was written (checksum)", _hint(table)
        )
    if table is schema.DICTIONARIES and sha256(row["data"]) != row["sha256"]:
        yield Damage(_called(table, key), "its bytes are not what was written (SHA-256)", _RESTORE)


class _Versions:
    """Checks versions, with each site's dictionaries at hand."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sites: dict[str, Dictionaries] = {}

    def look(self, table: Table, row: Any) -> Iterator[Damage]:
        # What is wrong with the bytes says more than that the row is not what it was.
        yield from list(self._bytes(table, row)) or _look(table, row)

    def _bytes(self, table: Table, row: Any) -> Iterator[Damage]:
        item = _called(table, tuple(row[column.name] for column in table.primary_key))
        if row["site"] not in self._sites:
            self._sites[row["site"]] = Dictionaries(self._database, row["site"])
        dictionaries = self._sites[row["site"]]
        try:
            codec = dictionaries.cached(row["dictionary"])
            if codec is None:
                with self._database.read() as connection:
                    codec = dictionaries.of(connection, row["dictionary"])
            raw = codec.restore(row["data"], row["size"])
        except (ValueError, LookupError, TypeError) as error:
            yield Damage(item, f"can't be restored: {error}", _LATER)
            return
        if sha256(raw) != row["sha256"]:
            yield Damage(item, "its bytes are not what was written (SHA-256)", _LATER)
        elif not _same_digest(raw, row["digest"]):
            yield Damage(item, "its content digest is not that of its bytes", _LATER)


def _same_digest(raw: bytes, digest: str) -> bool:
    if not digest.startswith(f"{VERSION}:"):
        return True  # made by other rules: the checksum of the row vouches for it
    try:
        return content_digest(msgspec.json.decode(raw)) == digest
    except (ValueError, RecursionError):
        return True  # what strict JSON refuses was read by other means; SHA-256 vouches for it


def _called(table: Table, key: tuple[Any, ...]) -> str:
    """``versions: blog.example.com posts/post 42 3``: enough to find the row by hand."""
    return f"{table.name}: {' '.join(str(part) for part in key)}"


def _hint(table: Table) -> str:
    if table.name in _DERIVED:
        return _NORMALIZE
    return _LATER if table is schema.VERSIONS else _RESTORE


def _brief(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return (str(cause).strip().splitlines() or [type(error).__name__])[0]
