"""The rows of what was pushed where: `wp_sync.ledger.Ledger` over SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from wp_sync.archive import rows
from wp_sync.archive.codec import Codec
from wp_sync.archive.database import Database
from wp_sync.archive.records import chunks
from wp_sync.archive.schema_targets import INTENTS, RECEIPTS, TARGET_VERSIONS
from wp_sync.errors import ArchiveDamaged, Place
from wp_sync.ledger import Intent, Receipt, SavedVersion

_PAGE = 500
_codec = Codec()


class SqlLedger:
    """The ledger of one target of one site."""

    def __init__(self, database: Database, site: str, target: str) -> None:
        self._database = database
        self._site = site
        self._target = rows.clean(target)
        self._mine = (RECEIPTS.c.site == site, RECEIPTS.c.target == self._target)

    # -- receipts

    def receipts(self, kind: str = "") -> Iterator[Receipt]:
        last = ""
        while True:
            statement = select(RECEIPTS).where(*self._mine, RECEIPTS.c.item > last)
            if kind:
                statement = statement.where(RECEIPTS.c.kind == kind)
            with self._database.read() as connection:
                found = connection.execute(statement.order_by(RECEIPTS.c.item).limit(_PAGE)).all()
            yield from map(self._receipt, found)
            if len(found) < _PAGE:
                return
            last = found[-1].item

    def of(self, items: Iterable[str]) -> Mapping[str, Receipt]:
        found: dict[str, Receipt] = {}
        for some in chunks(map(rows.clean, items)):
            statement = select(RECEIPTS).where(*self._mine, RECEIPTS.c.item.in_(some))
            with self._database.read() as connection:
                for row in connection.execute(statement):
                    found[row.item] = self._receipt(row)
        return found

    def items_at(self, kind: str, ids: Iterable[str]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for some in chunks(ids):
            statement = select(RECEIPTS.c.target_id, RECEIPTS.c.item).where(
                *self._mine, RECEIPTS.c.kind == kind, RECEIPTS.c.target_id.in_(some)
            )
            with self._database.read() as connection:
                found.update((row[0], row[1]) for row in connection.execute(statement))
        return found

    def _receipt(self, row: Any) -> Receipt:
        return Receipt(
            row.item,
            row.target_id,
            row.url,
            row.source,
            row.stamp,
            rows.load(row.sent),
            self._restored(row),
            rows.load(row.facts),
            tuple(rows.load(row.kept)),
            tuple(rows.load(row.missing)),
            tuple(rows.load(row.past)),
            row.removed,
            row.run,
            row.at,
        )

    def _put(self, connection: Connection, run: int, receipts: Sequence[Receipt]) -> None:
        data = []
        for one in receipts:
            size, packed = _packed(one.base)
            row = {
                "site": self._site,
                "target": self._target,
                "item": rows.clean(one.item),
                "kind": rows.clean(one.kind),
                "target_id": rows.clean(one.target_id),
                "url": rows.clean(one.url),
                "source": one.source,
                "stamp": rows.clean(one.stamp),
                "sent": rows.dump(one.sent),
                "facts": rows.dump(one.facts),
                "kept": rows.dump(one.kept),
                "missing": rows.dump(one.missing),
                "past": rows.dump(one.past),
                "removed": one.removed,
                "run": run,
                "at": rows.now(),
                "size": size,
                "data": packed,
            }
            data.append(rows.sealed(row))
        self._database.upsert(connection, RECEIPTS, data)

    # -- intents

    def begin(self, run: int, intents: Sequence[Intent]) -> Sequence[int]:
        last = select(func.max(INTENTS.c.number)).where(
            INTENTS.c.site == self._site, INTENTS.c.target == self._target
        )
        with self._database.write() as connection:
            first = (connection.execute(last).scalar() or 0) + 1
            numbers = list(range(first, first + len(intents)))
            data = [self._intent(run, n, one) for n, one in zip(numbers, intents, strict=True)]
            self._database.insert(connection, INTENTS, data)
        return numbers

    def _intent(self, run: int, number: int, one: Intent) -> dict[str, Any]:
        return rows.sealed(
            {
                "site": self._site,
                "target": self._target,
                "number": number,
                "item": rows.clean(one.item),
                "action": one.action,
                "slug": rows.clean(one.slug),
                "prints": rows.dump(one.prints),
                "target_id": rows.clean(one.target_id),
                "sent": rows.dump(one.sent),
                "run": run,
                "at": rows.now(),
            }
        )

    def intents(self) -> Sequence[Intent]:
        statement = (
            select(INTENTS)
            .where(INTENTS.c.site == self._site, INTENTS.c.target == self._target)
            .order_by(INTENTS.c.number)
        )
        with self._database.read() as connection:
            return [
                Intent(
                    row.item,
                    row.action,
                    row.slug,
                    tuple(rows.load(row.prints)),
                    row.target_id,
                    rows.load(row.sent),
                    row.number,
                    row.run,
                    row.at,
                )
                for row in connection.execute(statement)
            ]

    def settle(
        self,
        run: int,
        receipts: Sequence[Receipt] = (),
        ended: Iterable[int] = (),
        gone: Iterable[str] = (),
    ) -> None:
        with self._database.write() as connection:
            if receipts:
                self._put(connection, run, receipts)
            for some in chunks(ended):
                which = (INTENTS.c.target == self._target, INTENTS.c.number.in_(some))
                self._database.delete(connection, INTENTS, self._site, *which)
            for items in chunks(map(rows.clean, gone)):
                is_gone = (RECEIPTS.c.target == self._target, RECEIPTS.c.item.in_(items))
                self._database.delete(connection, RECEIPTS, self._site, *is_gone)

    # -- versions of the target's

    def save_version(self, run: int, saved: SavedVersion) -> int:
        table = TARGET_VERSIONS
        item = rows.clean(saved.item)
        mine = (table.c.site == self._site, table.c.target == self._target, table.c.item == item)
        size, packed = _packed(saved.fields)
        with self._database.write() as connection:
            last = connection.execute(select(func.max(table.c.number)).where(*mine)).scalar()
            number = (last or 0) + 1
            row = {
                "site": self._site,
                "target": self._target,
                "item": item,
                "number": number,
                "target_id": rows.clean(saved.target_id),
                "run": run,
                "at": rows.now(),
                "size": size,
                "data": packed,
            }
            self._database.insert(connection, table, [rows.sealed(row)])
        return number

    def versions(self, item: str) -> Sequence[SavedVersion]:
        table = TARGET_VERSIONS
        statement = (
            select(table)
            .where(table.c.site == self._site, table.c.target == self._target)
            .where(table.c.item == rows.clean(item))
            .order_by(table.c.number)
        )
        with self._database.read() as connection:
            found = connection.execute(statement).all()
        return [
            SavedVersion(row.item, row.target_id, self._restored(row), row.number, row.run, row.at)
            for row in found
        ]

    def _restored(self, row: Any) -> Any:
        """The fields that a row keeps.

        Raises:
            ArchiveDamaged: they can't be read.
        """
        try:
            return msgspec.json.decode(_codec.restore(row.data, row.size))
        except (ValueError, msgspec.MsgspecError) as error:
            raise ArchiveDamaged(
                f"what {row.target} holds of {row.item} can't be read ({error})",
                place=Place(self._site),
                hint="`check --repair` takes it out; the next push looks at the target again",
            ) from error


def _packed(fields: Mapping[str, Any]) -> tuple[int, bytes]:
    raw = rows.dump(fields).encode()
    return len(raw), _codec.compress(raw)
