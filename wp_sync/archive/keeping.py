"""Keeping records: which of them are new versions, tombstones, quarantine; one batch, one go.

Decides only whether what came is a new version. Runs in transactions that the caller opens; see
`wp_sync.archive.site`. Reading back is `wp_sync.archive.records`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from wp_sync.archive import addresses, rows
from wp_sync.archive.codec import sha256
from wp_sync.archive.database import Database
from wp_sync.archive.dictionaries import Dictionaries
from wp_sync.archive.records import Records, chunks, second
from wp_sync.archive.refill import refill
from wp_sync.archive.schema import CHANGES, OLD_ADDRESSES, QUARANTINE, RECORDS, VERSIONS
from wp_sync.digest import content_digest, same_content
from wp_sync.errors import ArchiveError, Place
from wp_sync.model import Record, State, Tally

_RACY = timedelta(seconds=2)  # WordPress's times have no fractions: one second to each side
_UNASKED = ("rendered/", "site/")  # kinds that are never in quarantine
_TRASHABLE = ("posts", "comments")
_COLUMNS = [column.name for column in RECORDS.c if column.name != "checksum"]


@dataclass
class Writes:
    """The rows that one call of `save` or `vanish` came to; written together."""

    records: list[dict[str, Any]] = field(default_factory=list)
    versions: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    old_addresses: list[dict[str, Any]] = field(default_factory=list)
    replaced: list[int] = field(default_factory=list)  # checksums of the records' rows before

    def send(self, database: Database, connection: Connection) -> None:
        if self.versions:
            database.insert(connection, VERSIONS, self.versions)
        if self.changes:
            database.insert(connection, CHANGES, self.changes)
        if self.old_addresses:
            database.insert(connection, OLD_ADDRESSES, self.old_addresses)
        if self.records:
            database.upsert(connection, RECORDS, self.records, replaced=self.replaced)


class Keeper:
    """Writes the records of one site."""

    def __init__(self, database: Database, site: str, records: Records) -> None:
        self._database = database
        self._site = site
        self._records = records
        self._dictionaries = Dictionaries(database, site)

    def save(self, connection: Connection, run: int, records: Sequence[Record]) -> Tally:
        """Keep records; see `wp_sync.archive.base.SiteArchive.save`."""
        tally = Tally()
        for kind, batch in _batches(records):
            tally += self._save(connection, run, kind, batch)
        return tally

    def _save(self, connection: Connection, run: int, kind: str, batch: Sequence[Record]) -> Tally:
        known = self._rows(connection, kind, [record.id for record in batch])
        writes = Writes()
        new = changed = unchanged = restored = 0
        for record in batch:
            before = known.get(record.id)
            row = self._row(record, run, before)
            if before is None:
                new += 1
                self._note(writes, row, run, "new", record)
            elif row["version"] != before["version"]:
                back = before["state"] != State.LIVE and row["state"] == State.LIVE
                restored, changed = restored + back, changed + (not back)
                self._note(writes, row, run, "restored" if back else "changed", record)
                self._moved(writes, before, row)
            elif row["state"] != before["state"]:
                restored += 1
                self._note(writes, row, run, "restored", None)
            else:
                unchanged += 1
                if all(row[name] == before[name] for name in _COLUMNS if name != "seen_at"):
                    continue
            writes.records.append(rows.sealed(row))
            if before is not None:
                writes.replaced.append(before["checksum"])
        self._compress(connection, kind, writes.versions)
        writes.send(self._database, connection)
        held = self._records.quarantined(connection, kind)
        if held or restored or kind.startswith(_UNASKED):
            refill(self._database, connection, self._site, kind, batch)
        self._lift(connection, kind, held.keys() & {record.id for record in batch})
        return Tally(new=new, changed=changed, unchanged=unchanged, restored=restored)

    def _row(self, record: Record, run: int, before: Mapping[str, Any] | None) -> dict[str, Any]:
        data = record.data
        digest = content_digest(data)
        link = rows.clean(data.get("link"))
        modified = rows.clean(data.get("modified_gmt"))
        lacking = sorted(set(record.lacking))
        trashed = data.get("status") == "trash" and record.kind.partition("/")[0] in _TRASHABLE
        row = {
            "site": self._site,
            "kind": record.kind,
            "id": record.id,
            "state": State.TRASHED.value if trashed else State.LIVE.value,
            "stamp": record.stamp,
            "digest": digest,
            "version": 1,
            "changes": 0,
            "modified": modified,
            "date": rows.clean(data.get("date_gmt")),
            "status": rows.clean(data.get("status")),
            "slug": rows.clean(data.get("slug"))[:500],
            "link": link,
            "address": addresses.address(link),
            "racy": bool(modified) and modified > second(record.seen_at - _RACY),
            "lacking": rows.dump(lacking),
            "seen_at": rows.iso(record.seen_at),
            "first_run": run,
            "last_run": run,
            "gone_run": None,
        }
        if before is None:
            return row
        had = set(rows.load(before["lacking"]))
        worse = set(lacking) - had and record.stamp == before["stamp"]
        same = same_content(digest, data, before["digest"])
        if worse or (same and not had - set(lacking)):
            # The version stands. What the server can't produce today of an item that nobody
            # touched is no news about the item: the whole version stays the current one.
            for name in ("digest", "version", "last_run", "lacking"):
                row[name] = before[name]
            if worse:
                for name in ("modified", "date", "status", "slug", "link", "address"):
                    row[name] = before[name]
        else:
            row["version"] = before["version"] + 1
        row["changes"] = before["changes"]
        row["first_run"] = before["first_run"]
        if row["state"] != State.LIVE:
            row["gone_run"] = before["gone_run"] if before["state"] == row["state"] else run
        return row

    def _note(
        self, writes: Writes, row: dict[str, Any], run: int, change: str, record: Record | None
    ) -> None:
        row["changes"] += 1
        writes.changes.append(
            rows.sealed(
                {
                    "site": self._site,
                    "kind": row["kind"],
                    "id": row["id"],
                    "number": row["changes"],
                    "run": run,
                    "change": change,
                    "state": row["state"],
                    "version": row["version"],
                }
            )
        )
        if record is not None:
            writes.versions.append(
                {
                    "site": self._site,
                    "kind": row["kind"],
                    "id": row["id"],
                    "number": row["version"],
                    "run": run,
                    "seen_at": row["seen_at"],
                    "sha256": sha256(record.raw),
                    "digest": row["digest"],
                    "lacking": row["lacking"],
                    "size": len(record.raw),
                    "dictionary": 0,
                    "data": record.raw,
                }
            )

    def _moved(self, writes: Writes, before: Mapping[str, Any], row: Mapping[str, Any]) -> None:
        if (before["slug"], before["link"]) != (row["slug"], row["link"]):
            old = {name: before[name] for name in ("site", "kind", "id", "version")}
            old |= {name: before[name] for name in ("slug", "link", "address")}
            writes.old_addresses.append(rows.sealed(old))

    def _compress(
        self, connection: Connection, kind: str, versions: Sequence[dict[str, Any]]
    ) -> None:
        if not versions:
            return
        codec = self._dictionaries.for_writing(
            connection, kind, [version["data"] for version in versions]
        )
        for version in versions:
            version["data"] = codec.compress(version["data"])
            version["dictionary"] = codec.number
            rows.sealed(version)

    def forget_cached(self) -> None:
        """After a transaction that was undone: what it trained is not there."""
        self._dictionaries = Dictionaries(self._database, self._site)

    def vanish(
        self, connection: Connection, run: int, kind: str, states: Mapping[int, State]
    ) -> Tally:
        """Tombstones; ids that the archive never had are left alone."""
        if State.LIVE in states.values():
            raise ValueError("a live record is saved, not vanished")
        writes = Writes()
        unchanged = 0
        known = self._rows(connection, kind, states)
        for id, before in known.items():
            if before["state"] == states[id]:
                unchanged += 1
                continue
            row = dict(before) | {"state": states[id].value, "gone_run": run}
            writes.replaced.append(row.pop("checksum"))
            self._note(writes, row, run, "vanished", None)
            writes.records.append(rows.sealed(row))
        writes.send(self._database, connection)
        # One look instead of a delete for each batch: there is hardly ever anything to lift.
        gone = {id for id in known if states[id] is State.GONE}
        self._lift(connection, kind, self._records.quarantined(connection, kind).keys() & gone)
        return Tally(vanished=len(writes.records), unchanged=unchanged)

    def quarantine(
        self, connection: Connection, run: int, kind: str, reasons: Mapping[int, str]
    ) -> None:
        found = [
            {"site": self._site, "kind": kind, "id": id, "reason": rows.clean(reason), "run": run}
            for id, reason in sorted(reasons.items())
        ]
        if found:
            self._database.upsert(connection, QUARANTINE, [rows.sealed(row) for row in found])

    def _lift(self, connection: Connection, kind: str, ids: Iterable[int]) -> None:
        for some in chunks(ids):
            which = (QUARANTINE.c.kind == kind, QUARANTINE.c.id.in_(some))
            self._database.delete(connection, QUARANTINE, self._site, *which)

    def _rows(
        self, connection: Connection, kind: str, ids: Iterable[int]
    ) -> dict[int, dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        for some in chunks(ids):
            statement = select(RECORDS).where(
                RECORDS.c.site == self._site, RECORDS.c.kind == kind, RECORDS.c.id.in_(some)
            )
            for row in connection.execute(statement).mappings():
                found[row["id"]] = dict(row)
        return found


def _batches(records: Sequence[Record]) -> Iterator[tuple[str, list[Record]]]:
    """By kind, in the order they came; an id that comes twice opens another batch."""
    by_kind: dict[str, list[dict[int, Record]]] = {}
    for record in records:
        if not 0 <= record.id < 2**63:
            raise ArchiveError(
                "its id is no number that WordPress gives",
                place=Place(kind=record.kind),
                hint="report this item to the site's owner; it was not saved",
            )
        batches = by_kind.setdefault(record.kind, [{}])
        if record.id in batches[-1]:
            batches.append({})
        batches[-1][record.id] = record
    for kind, batches in by_kind.items():
        for batch in batches:
            yield kind, list(batch.values())
