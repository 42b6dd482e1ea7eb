"""Which compression dictionary a kind of record has; read from and written to its table.

Compresses nothing itself (`wp_sync.archive.codec`) and opens no transaction.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from wp_sync.archive import rows
from wp_sync.archive.codec import ENOUGH, Codec, Samples, sha256, train
from wp_sync.archive.database import Database
from wp_sync.archive.schema import DICTIONARIES


class Dictionaries:
    """The dictionaries of one site, each read once."""

    def __init__(self, database: Database, site: str) -> None:
        self._database = database
        self._site = site
        self._by_number: dict[int, Codec] = {0: Codec()}
        self._by_kind: dict[str, Codec] = {}
        self._samples = Samples("")

    def of(self, connection: Connection, number: int) -> Codec:
        """The codec that a version names.

        Raises:
            LookupError: its dictionary is not in the archive.
            ValueError: its dictionary is damaged.
        """
        codec = self._by_number.get(number)
        if codec is None:
            row = self._row(connection, DICTIONARIES.c.number == number)
            if row is None:
                raise LookupError(f"its dictionary {number} is not in the archive")
            codec = self._by_number[number] = self._codec(row)
        return codec

    def cached(self, number: int) -> Codec | None:
        """The same without a connection; None when it was not asked for before."""
        return self._by_number.get(number)

    def for_writing(self, connection: Connection, kind: str, batch: list[bytes]) -> Codec:
        """The codec for new versions of a kind, trained now when the batch is large enough."""
        codec = self._by_kind.get(kind)
        if codec is None:
            row = self._row(connection, DICTIONARIES.c.kind == kind)
            if row is not None:
                codec = self._codec(row)
            elif len(batch) >= ENOUGH and (dictionary := train(batch)):
                codec = self._add(connection, kind, dictionary)
            else:
                return self._by_number[0]
        if not codec.grown:
            if self._samples.kind != kind:  # one kind after the other, as a pull goes
                self._samples = Samples(kind)
            if dictionary := self._samples.add(batch):
                codec = self._add(connection, kind, dictionary)
        self._by_kind[kind] = self._by_number[codec.number] = codec
        return codec

    def _add(self, connection: Connection, kind: str, dictionary: bytes) -> Codec:
        highest = connection.execute(
            select(func.max(DICTIONARIES.c.number)).where(DICTIONARIES.c.site == self._site)
        ).scalar()
        row = {
            "site": self._site,
            "number": (highest or 0) + 1,
            "kind": kind,
            "sha256": sha256(dictionary),
            "data": dictionary,
        }
        self._database.insert(connection, DICTIONARIES, [rows.sealed(row)])
        return Codec((highest or 0) + 1, dictionary)

    def _row(self, connection: Connection, which: Any) -> Any:
        statement = select(DICTIONARIES).where(DICTIONARIES.c.site == self._site, which)
        return connection.execute(statement.order_by(DICTIONARIES.c.number.desc())).first()

    @staticmethod
    def _codec(row: Any) -> Codec:
        if sha256(row.data) != row.sha256:
            raise ValueError(f"dictionary {row.number} is damaged")
        return Codec(row.number, row.data)
