"""How many rows each table holds of each site, counted as they are written: a lost row shows.

A row that is gone can't tell of itself. Beside the count stands the exclusive or of the rows'
checksums: it tells when a row was exchanged for another whole one. Decides nothing about what is
missing; `wp_sync.archive.check_ties` and `check_rows` do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import xor
from typing import Any

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.sql.schema import Table

from wp_sync.archive import rows
from wp_sync.archive.schema import METADATA, TALLIES

Row = Mapping[str, Any]
Counted = dict[tuple[str, str], tuple[int, int]]
Pending = dict[str, dict[str, list[int]]]  # by site and table: rows, exclusive or

_OF_A_SITE = TALLIES.c.site == bindparam("of")
_READ = select(TALLIES.c.name, TALLIES.c.rows, TALLIES.c.mix).where(_OF_A_SITE)


class Deltas:
    """What one transaction adds to the tallies and takes from them."""

    def __init__(self) -> None:
        self._of: Pending = {}

    def add(self, table: Table, site: str, added: Sequence[int], replaced: Iterable[int]) -> None:
        """The checksums of a site's rows that were written, and of those that stood before."""
        if table is not TALLIES:
            mix = reduce(xor, added, 0)
            self._count(site, str(table.name), len(added), mix, replaced)

    def remove(self, table: Table, site: str, checksums: Iterable[int]) -> None:
        """Rows of one site that were deleted."""
        self._count(site, str(table.name), 0, 0, checksums)

    def _count(self, site: str, name: str, count: int, mix: int, gone: Iterable[int]) -> None:
        for checksum in gone:
            mix ^= checksum
            count -= 1
        if count or mix:
            standing = self._of.setdefault(site, {}).setdefault(name, [0, 0])
            standing[0] += count
            standing[1] ^= mix

    def pending(self) -> Pending:
        """What there is to write, by site and table; forgotten here."""
        found, self._of = self._of, {}
        return found


def updated(connection: Connection, pending: Pending) -> list[dict[str, Any]]:
    """The rows of the table of tallies as they are to be now."""
    found: list[dict[str, Any]] = []
    for site, deltas in pending.items():
        found_of = connection.execute(_READ, {"of": site})
        before = {row[0]: (row[1], row[2]) for row in found_of}
        for name, (count, mix) in deltas.items():
            stood = before.get(name, (0, 0))
            found.append(_row(site, name, stood[0] + count, stood[1] ^ mix))
    return found


def _row(site: str, name: str, count: int, mix: int) -> dict[str, Any]:
    return rows.sealed({"site": site, "name": name, "rows": count, "mix": mix})


def kept(connection: Connection) -> Counted:
    """The tallies as they were kept, by site and table: rows, and their checksums' exclusive or."""
    return {
        (row.site, row.name): (row.rows, row.mix) for row in connection.execute(select(TALLIES))
    }


def counted(connection: Connection, tables: Iterable[Table] | None = None) -> Counted:
    """The same, counted anew: reads every row's checksum."""
    found: dict[tuple[str, str], list[int]] = {}
    for table in METADATA.sorted_tables if tables is None else tables:
        if table is not TALLIES:
            for site, checksum in connection.execute(select(table.c.site, table.c.checksum)):
                standing = found.setdefault((site, str(table.name)), [0, 0])
                standing[0] += 1
                standing[1] ^= checksum
    return {key: (count, mix) for key, (count, mix) in found.items()}


def recount(connection: Connection) -> None:
    """Make the tallies anew from the rows that stand."""
    connection.execute(delete(TALLIES))
    fresh = [_row(*key, *value) for key, value in counted(connection).items()]
    if fresh:
        connection.execute(insert(TALLIES), fresh)
