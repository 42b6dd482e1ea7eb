"""Records and their versions: what is known, keeping what came, tombstones, streaming back.

Decides only one thing: whether what came is a new version. Runs in transactions that the caller
opens; see `wp_sync.archive.site`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, insert, literal, or_, select
from sqlalchemy.engine import Connection

from wp_sync.archive import addresses, rows
from wp_sync.archive.base import Current, Version
from wp_sync.archive.codec import parse, sha256
from wp_sync.archive.database import Database
from wp_sync.archive.dictionaries import Dictionaries
from wp_sync.archive.kinds import kinds
from wp_sync.archive.schema import (
    CHANGES,
    OLD_ADDRESSES,
    POSTS,
    QUARANTINE,
    RECORDS,
    VERSIONS,
)
from wp_sync.digest import content_digest
from wp_sync.errors import ArchiveDamaged, ArchiveError, Place
from wp_sync.model import Known, Record, State, Tally

CHUNK = 500  # ids in one IN (…): every SQLite takes 999 parameters
PAGE = 2_000  # small rows read at a time
PAGE_OF_VERSIONS = 200
_RACY = timedelta(seconds=2)  # WordPress's times have no fractions: one second to each side
_TRASHABLE = ("posts", "comments")
_COLUMNS = [column.name for column in RECORDS.c if column.name != "checksum"]


def chunks(values: Iterable[int], size: int = CHUNK) -> Iterator[list[int]]:
    """Sorted, without duplicates, in pieces that a statement takes."""
    ordered = sorted(set(values))
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


@dataclass
class Writes:
    """The rows that one call of `save` or `vanish` came to; written together."""

    records: list[dict[str, Any]] = field(default_factory=list)
    versions: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    old_addresses: list[dict[str, Any]] = field(default_factory=list)

    def send(self, database: Database, connection: Connection) -> None:
        if self.versions:
            connection.execute(insert(VERSIONS), self.versions)
        if self.changes:
            connection.execute(insert(CHANGES), self.changes)
        if self.old_addresses:
            connection.execute(insert(OLD_ADDRESSES), self.old_addresses)
        if self.records:
            connection.execute(database.upsert(RECORDS), self.records)


class Records:
    """The records of one site."""

    def __init__(self, database: Database, site: str) -> None:
        self._database = database
        self._site = site
        self._dictionaries = Dictionaries(site)

    # -- keeping

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
        self._compress(connection, kind, writes.versions)
        writes.send(self._database, connection)
        self._lift(connection, kind, [record.id for record in batch])
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
            "racy": bool(modified) and modified > _second(record.seen_at - _RACY),
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
        if worse or (digest == before["digest"] and not had - set(lacking)):
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
        self._dictionaries = Dictionaries(self._site)

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
            row.pop("checksum")
            self._note(writes, row, run, "vanished", None)
            writes.records.append(rows.sealed(row))
        writes.send(self._database, connection)
        self._lift(connection, kind, [id for id in known if states[id] is State.GONE])
        return Tally(vanished=len(writes.records), unchanged=unchanged)

    def quarantine(
        self, connection: Connection, run: int, kind: str, reasons: Mapping[int, str]
    ) -> None:
        found = [
            {"site": self._site, "kind": kind, "id": id, "reason": rows.clean(reason), "run": run}
            for id, reason in sorted(reasons.items())
        ]
        if found:
            connection.execute(
                self._database.upsert(QUARANTINE), [rows.sealed(row) for row in found]
            )

    def _lift(self, connection: Connection, kind: str, ids: Sequence[int]) -> None:
        # One look instead of a delete for each batch: there is hardly ever anything to lift.
        held = self.quarantined(connection, kind)
        for some in chunks(held.keys() & set(ids)):
            connection.execute(
                delete(QUARANTINE).where(
                    QUARANTINE.c.site == self._site,
                    QUARANTINE.c.kind == kind,
                    QUARANTINE.c.id.in_(some),
                )
            )

    # -- reading

    def quarantined(self, connection: Connection, kind: str) -> dict[int, str]:
        statement = select(QUARANTINE.c.id, QUARANTINE.c.reason).where(
            QUARANTINE.c.site == self._site, QUARANTINE.c.kind == kind
        )
        return {row.id: row.reason for row in connection.execute(statement)}

    def known(self, kind: str) -> Iterator[Known]:
        last = -1
        while True:
            statement = (
                select(*_KNOWN)
                .where(RECORDS.c.site == self._site, RECORDS.c.kind == kind, RECORDS.c.id > last)
                .order_by(RECORDS.c.id)
                .limit(PAGE)
            )
            with self._database.read() as connection:
                page = connection.execute(statement).all()
            for row in page:
                yield Known(row[0], row[1], State(row[2]), row[3], row[4])
            if len(page) < PAGE:
                return
            last = page[-1][0]

    def known_of(self, connection: Connection, kind: str, ids: Iterable[int]) -> dict[int, Known]:
        found: dict[int, Known] = {}
        for some in chunks(ids):
            statement = select(*_KNOWN).where(
                RECORDS.c.site == self._site, RECORDS.c.kind == kind, RECORDS.c.id.in_(some)
            )
            for row in connection.execute(statement):
                found[row[0]] = Known(row[0], row[1], State(row[2]), row[3], row[4])
        return found

    def count(self, connection: Connection, kind: str, state: State) -> int:
        statement = select(func.count()).where(
            RECORDS.c.site == self._site, RECORDS.c.kind == kind, RECORDS.c.state == state.value
        )
        return connection.execute(statement).scalar_one()

    def due(
        self, connection: Connection, kind: str, *, field: str, value: str, before: datetime
    ) -> list[int]:
        """Live ids with a status and a past date; only ``status`` is kept for such questions."""
        if field != "status":
            raise ValueError(f"the archive keeps no column for {field!r}")
        # As a literal, so that the index over scheduled records serves it.
        exact = literal(value, literal_execute=True)
        statement = (
            select(RECORDS.c.id)
            .where(
                RECORDS.c.site == self._site,
                RECORDS.c.kind == kind,
                RECORDS.c.status == exact,
                RECORDS.c.date < _second(before),
                RECORDS.c.date != "",
                RECORDS.c.state == State.LIVE.value,
            )
            .order_by(RECORDS.c.id)
        )
        return list(connection.execute(statement).scalars())

    def current(self, kind: str, ids: Iterable[int] | None, stale_only: bool) -> Iterator[Current]:
        """Newest versions; with ``stale_only`` only posts that were derived from something else."""
        if ids is not None:
            for some in chunks(ids, PAGE_OF_VERSIONS):
                yield from self._current(kind, RECORDS.c.id.in_(some), stale_only)
            return
        last = -1
        while True:
            page = self._current(kind, RECORDS.c.id > last, stale_only)
            yield from page
            if len(page) < PAGE_OF_VERSIONS:
                return
            last = page[-1].id

    def _current(self, kind: str, which: Any, stale_only: bool) -> list[Current]:
        name = kind.partition("/")[2]
        derived = POSTS.c.derived_from
        statement = (
            select(
                RECORDS.c.id,
                RECORDS.c.state,
                RECORDS.c.digest,
                VERSIONS.c.data,
                VERSIONS.c.size,
                VERSIONS.c.dictionary,
                VERSIONS.c.number,
                derived,
            )
            .select_from(
                RECORDS.outerjoin(
                    VERSIONS,
                    and_(
                        VERSIONS.c.site == RECORDS.c.site,
                        VERSIONS.c.kind == RECORDS.c.kind,
                        VERSIONS.c.id == RECORDS.c.id,
                        VERSIONS.c.number == RECORDS.c.version,
                    ),
                ).outerjoin(
                    POSTS,
                    and_(
                        POSTS.c.site == RECORDS.c.site,
                        POSTS.c.id == RECORDS.c.id,
                        POSTS.c.type == name,
                        literal(kind.startswith("posts/")),
                    ),
                )
            )
            .where(RECORDS.c.site == self._site, RECORDS.c.kind == kind, which)
            .order_by(RECORDS.c.id)
            .limit(PAGE_OF_VERSIONS)
        )
        if stale_only:
            start = RECORDS.c.digest + ":" + RECORDS.c.state + ":"
            statement = statement.where(
                or_(derived.is_(None), func.substr(derived, 1, func.length(start)) != start)
            )
        with self._database.read() as connection:
            page = connection.execute(statement).all()
            return [
                Current(
                    kind,
                    row.id,
                    State(row.state),
                    row.digest,
                    self._data(connection, kind, row)[1],
                    row.derived_from or "",
                )
                for row in page
            ]

    def versions(self, connection: Connection, kind: str, id: int) -> list[Version]:
        statement = (
            select(VERSIONS)
            .where(VERSIONS.c.site == self._site, VERSIONS.c.kind == kind, VERSIONS.c.id == id)
            .order_by(VERSIONS.c.number)
        )
        found: list[Version] = []
        for row in connection.execute(statement):
            raw, data = self._data(connection, kind, row)
            found.append(
                Version(
                    kind,
                    id,
                    row.number,
                    row.sha256,
                    row.digest,
                    rows.a_moment(row.seen_at),
                    row.run,
                    raw,
                    data,
                    tuple(rows.load(row.lacking)),
                )
            )
        return found

    def _data(self, connection: Connection, kind: str, row: Any) -> tuple[bytes, Any]:
        """A version's bytes, and the same parsed.

        Raises:
            ArchiveDamaged: the row is gone, or its bytes can't be restored.
        """
        place = Place(self._site, kind, row.id)
        hint = "run the check to see what else is damaged; restore the archive from a backup"
        if row.data is None:
            raise ArchiveDamaged("its newest version is not in the archive", place=place, hint=hint)
        try:
            raw = self._dictionaries.of(connection, row.dictionary).restore(row.data, row.size)
            return raw, parse(raw)
        except (ValueError, LookupError) as error:
            raise ArchiveDamaged(
                f"version {row.number} can't be read ({error})", place=place, hint=hint
            ) from error

    def urls(self) -> Iterator[tuple[str, str, int, str, State, str]]:
        """Every record of the families that links mean, a page at a time in order of kind, id."""
        with self._database.read() as connection:
            linked = [kind for kind in kinds(connection, self._site) if kind.startswith(_LINKED)]
        for kind in linked:
            last = -1
            while True:
                statement = (
                    select(
                        RECORDS.c.link,
                        RECORDS.c.id,
                        RECORDS.c.slug,
                        RECORDS.c.state,
                        RECORDS.c.status,
                    )
                    .where(
                        RECORDS.c.site == self._site, RECORDS.c.kind == kind, RECORDS.c.id > last
                    )
                    .order_by(RECORDS.c.id)
                    .limit(PAGE)
                )
                with self._database.read() as connection:
                    page = connection.execute(statement).all()
                for row in page:
                    yield row.link, kind, row.id, row.slug, State(row.state), row.status
                if len(page) < PAGE:
                    break
                last = page[-1].id

    def old_slugs(self) -> Iterator[tuple[str, str, int]]:
        """What posts were called before, a page at a time."""
        table = OLD_ADDRESSES
        last: tuple[str, int, int] = ("posts/", 0, 0)
        while True:
            kind, id, version = last
            statement = (
                select(table)
                .where(
                    table.c.site == self._site,
                    table.c.kind >= kind,
                    table.c.kind < "posts0",  # "0" follows "/"
                    or_(
                        table.c.kind > kind,
                        and_(table.c.kind == kind, table.c.id > id),
                        and_(table.c.kind == kind, table.c.id == id, table.c.version > version),
                    ),
                )
                .order_by(table.c.kind, table.c.id, table.c.version)
                .limit(PAGE)
            )
            with self._database.read() as connection:
                page = connection.execute(statement).all()
            for row in page:
                yield row.slug, row.link, row.id
            if len(page) < PAGE:
                return
            last = (page[-1].kind, page[-1].id, page[-1].version)

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


_KNOWN = (RECORDS.c.id, RECORDS.c.stamp, RECORDS.c.state, RECORDS.c.racy, RECORDS.c.modified)
_LINKED = ("posts/", "terms/", "users/")


def _second(moment: datetime) -> str:
    """A moment as WordPress writes its ``…_gmt`` times, for comparison as text."""
    return rows.iso(moment).removesuffix("Z")


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
