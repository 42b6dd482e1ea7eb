"""Every row against its checksum, every version against its SHA-256 and digest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Boolean, Integer, Select, func, select, tuple_, type_coerce
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.schema import Table

from wp_sync.archive import losses, rows, schema, tallies
from wp_sync.archive.base import Damage
from wp_sync.archive.codec import sha256
from wp_sync.archive.database import Database
from wp_sync.archive.dictionaries import Dictionaries
from wp_sync.digest import is_known, is_of
from wp_sync.errors import ArchiveError

_PAGE = 200
_DERIVED = frozenset(table.name for table in schema.DERIVED)
_NORMALIZE = "`check --repair`, then `normalize`: it is made anew from the versions"
_REPAIR = "`check --repair` puts back what can be had, and the next pull fetches the rest"
_LATER = "`check --repair` marks it, and the next pull fetches it if it is the newest version"


def check_rows(database: Database, progress: Callable[[str, int, int], None]) -> Iterator[Damage]:
    with database.read() as connection:
        kept = tallies.kept(connection)
        lost = {
            (one.site, one.kind, one.id, one.number)
            for one in losses.known(connection)
            if one.part == schema.VERSIONS.name
        }
    for table in schema.METADATA.sorted_tables:
        with database.read() as connection:
            total = connection.execute(select(func.count()).select_from(table)).scalar_one()
        look = _Versions(database, lost).look if table is schema.VERSIONS else _look
        done = damaged = 0
        found: dict[str, tuple[int, int]] = {}
        for row in _rows(database, table):
            damages = [row] if isinstance(row, Damage) else [*look(table, row)]
            if not damages:
                count, mix = found.get(row["site"], (0, 0))
                found[row["site"]] = (count + 1, mix ^ row["checksum"])
            for damage in damages:
                yield _with_address(database, damage, row)
            damaged += len(damages)
            done += 1
            if done % _PAGE == 0:
                progress(table.name, done, total)
            if done > 2 * total + _PAGE:  # a broken tree can lead in circles
                yield Damage(f"table {table.name}", "its rows come more than once", _REPAIR)
                break
        progress(table.name, done, total)
        if not damaged and table is not schema.TALLIES:
            yield from _exchanged(table, kept, found)


def _exchanged(
    table: Table, kept: tallies.Counted, found: dict[str, tuple[int, int]]
) -> Iterator[Damage]:
    """Every row is whole and as many are there as were written, and yet they are not the same."""
    for site, (count, mix) in found.items():
        wanted = kept.get((site, table.name), (0, 0))
        if wanted[0] == count and wanted[1] != mix:
            hint = _NORMALIZE if table.name in _DERIVED else _REPAIR
            words = "a row of an earlier time stands in place of what was written later"
            yield Damage(f"{site}: table {table.name}", words, hint)


def _with_address(database: Database, damage: Damage, row: Any) -> Damage:
    """The same with the address that a person knows the record by."""
    if isinstance(row, Damage) or not {"kind", "id"} <= set(row):
        return damage
    table = schema.RECORDS
    same = (table.c[name] == row[name] for name in ("site", "kind", "id"))
    try:
        with database.read() as connection:
            link = connection.execute(select(table.c.link).where(*same)).scalar()
    except (ArchiveError, DBAPIError, TypeError):
        return damage
    return replace(damage, message=f"{damage.message}; it is {link}") if link else damage


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
            yield Damage(f"table {table.name}{after}", f"can't be read: {_brief(error)}", _REPAIR)
            return
        last = page[-1]


def _page(
    database: Database, table: Table, keys: list[Any], page: list[tuple[Any, ...]]
) -> Iterator[Any]:
    whole = (
        _plain(table)
        .where(tuple_(*keys) >= tuple_(*page[0]), tuple_(*keys) <= tuple_(*page[-1]))
        .order_by(*keys)
    )
    try:
        with database.read() as connection:
            found = connection.execute(whole).mappings().all()
    except Exception:  # noqa: BLE001 - one row of the page: which one is found below
        found = []
        for key in page:
            one = _plain(table).where(*(c == part for c, part in zip(keys, key, strict=True)))
            try:
                with database.read() as connection:
                    found += connection.execute(one).mappings().all()
            except Exception as error:  # noqa: BLE001 - see above
                yield Damage(_called(table, key), f"can't be read: {_brief(error)}", _hint(table))
    yield from found


def _plain(table: Table) -> Select[Any]:
    """A flag as the number that stands there: any but 0 is read as true, and only 1 was written."""
    return select(
        *(
            type_coerce(column, Integer).label(column.name)
            if isinstance(column.type, Boolean)
            else column
            for column in table.c
        )
    )


def _value(column: Any, value: Any) -> Any:
    return bool(value) if isinstance(column.type, Boolean) and value in (0, 1) else value


def _look(table: Table, row: Any) -> Iterator[Damage]:
    key = tuple(row[column.name] for column in table.primary_key)
    values = [_value(c, row[c.name]) for c in table.c if c.name != "checksum"]
    try:
        right = rows.checksum(values) == row["checksum"]
    except (TypeError, ValueError):
        right = False
    if not right:
        yield Damage(
            _called(table, key), "the row is not what was written (checksum)", _hint(table)
        )
    if table is schema.DICTIONARIES and sha256(row["data"]) != row["sha256"]:
        yield Damage(_called(table, key), "its bytes are not what was written (SHA-256)", _REPAIR)


class _Versions:
    """Checks versions, with each site's dictionaries at hand."""

    def __init__(self, database: Database, lost: set[tuple[str, str, int, int]]) -> None:
        self._database = database
        self._lost = lost
        self._sites: dict[str, Dictionaries] = {}

    def look(self, table: Table, row: Any) -> Iterator[Damage]:
        if tuple(row[column.name] for column in table.primary_key) in self._lost:
            yield from _look(table, row)  # known, and told with the losses
            return
        # What is wrong with the bytes says more than that the row is not what it was.
        yield from list(self._bytes(table, row)) or _look(table, row)

    def _bytes(self, table: Table, row: Any) -> Iterator[Damage]:
        item = _called(table, tuple(row[column.name] for column in table.primary_key))
        if not row["data"]:
            yield Damage(item, "its text is missing", _LATER)
            return
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
    if not is_known(digest):
        return True  # made by rules of another program: the checksum of the row vouches for it
    try:
        return is_of(msgspec.json.decode(raw), digest)
    except (ValueError, RecursionError):
        return True  # what strict JSON refuses was read by other means; SHA-256 vouches for it


def _called(table: Table, key: tuple[Any, ...]) -> str:
    """``versions: blog.example.com posts/post 42 3``: enough to find the row by hand."""
    return f"{table.name}: {' '.join(str(part) for part in key)}"


def _hint(table: Table) -> str:
    if table.name in _DERIVED:
        return _NORMALIZE
    return _LATER if table is schema.VERSIONS else _REPAIR


def _brief(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return (str(cause).strip().splitlines() or [type(error).__name__])[0]
