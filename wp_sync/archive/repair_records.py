"""Records, their versions and their changes made to agree again.

A record's row is made of its newest version and its last change; a version whose text can't be had
keeps its place, empty, until the next pull brings the same text. Tables beside these are
`wp_sync.archive.repair_ties`'s.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.engine import Connection

from wp_sync.archive import addresses, losses, rows, schema
from wp_sync.archive.codec import parse, sha256
from wp_sync.archive.losses import Loss
from wp_sync.archive.repair_rows import Row, Work, digest_of, read, restored
from wp_sync.model import State

Key = tuple[str, str, int]  # site, kind, id
_R, _V, _C = schema.RECORDS, schema.VERSIONS, schema.CHANGES
# Records whose versions or changes are not as many as their row says, or that have no row.
_UNTIED = """
    SELECT r.site, r.kind, r.id FROM records AS r
    LEFT JOIN (SELECT site, kind, id, count(*) AS found, max(number) AS last FROM versions
               GROUP BY site, kind, id) AS v ON v.site = r.site AND v.kind = r.kind AND v.id = r.id
    LEFT JOIN (SELECT site, kind, id, count(*) AS found, max(number) AS last FROM changes
               GROUP BY site, kind, id) AS c ON c.site = r.site AND c.kind = r.kind AND c.id = r.id
    WHERE coalesce(v.found, 0) <> r.version OR coalesce(v.last, 0) <> r.version
       OR coalesce(c.found, 0) <> r.changes OR coalesce(c.last, 0) <> r.changes
    UNION SELECT v.site, v.kind, v.id FROM versions AS v LEFT JOIN records AS r
      ON r.site = v.site AND r.kind = v.kind AND r.id = v.id WHERE r.id IS NULL
    UNION SELECT c.site, c.kind, c.id FROM changes AS c LEFT JOIN records AS r
      ON r.site = c.site AND r.kind = c.kind AND r.id = c.id WHERE r.id IS NULL
"""
LONG_AGO = "1970-01-01T00:00:00Z"
_NEVER_ASKED = ("rendered/", "site/")  # no listing of the site has these


def mend_records(work: Work) -> None:
    """Restore or empty the versions, then make each record agree with what stands of it."""
    _versions(work)
    untied = [tuple(row) for row in work.connection.execute(text(_UNTIED)).all()]
    for site, kind, id in untied:
        _record(work, (site, kind, id))


# -- versions


def _versions(work: Work) -> None:
    """Empty the versions whose text can't be restored; two that were exchanged change back."""
    known = {
        (one.site, one.kind, one.id, one.number)
        for one in losses.known(work.connection)
        if one.part == "versions"
    }
    broken: list[Row] = []
    texts: dict[str, Row] = {}
    for row in read(work, _V):
        if (row["site"], row["kind"], row["id"], row["number"]) in known:
            continue
        raw = restored(work, row) if row["data"] else None
        if raw is None or sha256(raw) != row["sha256"]:
            broken.append(row)
            if raw is not None:
                texts[sha256(raw)] = row
    for row in broken:
        right = texts.get(row["sha256"])
        if right is not None:
            same = {name: right[name] for name in ("data", "size", "dictionary")}
            work.put(_V, row | same)
            work.tell(called(row), "its text stood in another version's row", "mended")
        else:
            work.aside.row("versions", "its text can't be restored", row)
            _empty(work, row)


def _empty(work: Work, row: Row) -> None:
    """A version without its text: its digest tells when the very same text comes again."""
    work.put(_V, row | {"size": 0, "dictionary": 0, "data": b""})
    record = row_of(work, (row["site"], row["kind"], row["id"]))
    newest = record is None or record["version"] == row["number"]
    asked = newest and (record is None or record["state"] == State.LIVE)
    if asked:
        ask_again(work, row["site"], row["kind"], row["id"])
    address = f", {record['link']}" if record and record["link"] else ""
    reason = f"the text of version {row['number']} is damaged or missing"
    if not newest:
        reason += ", and a site shows its newest only"
    elif not asked:
        reason += ", and the site no longer shows it"
    item = f"{row['kind']} {row['id']}{address}"
    loss = Loss(row["site"], "versions", row["kind"], row["id"], row["number"], item, reason)
    work.lose(loss, end="pull" if asked else "lost")


def ask_again(work: Work, site: str, kind: str, id: int) -> None:
    """Have the next pull fetch a record, whatever path it takes."""
    if kind.startswith(_NEVER_ASKED):
        # Pages are fetched when their stamp is not their post's; the site itself always is.
        record = row_of(work, (site, kind, id))
        if record is not None:
            work.put(_R, record | {"stamp": ""})
        return
    reason = "it was damaged in the archive; to be fetched again"
    row = {"site": site, "kind": kind, "id": id, "reason": reason, "run": last_run(work, site)}
    work.put(schema.QUARANTINE, row)


# -- records


def _record(work: Work, key: Key) -> None:
    """Make a record, its versions and its changes agree."""
    site, kind, id = key
    record = row_of(work, key)
    versions = {row["number"]: row for row in rows_of(work.connection, _V, key)}
    changes = {row["number"]: row for row in rows_of(work.connection, _C, key)}
    top = max(
        [
            record["version"] if record else 0,
            *versions,
            *(change["version"] for change in changes.values()),
            1,
        ]
    )
    runs_of = {change["version"]: change["run"] for change in reversed(list(changes.values()))}
    made = record is None or record["version"] != top
    for number in range(1, top + 1):
        if number not in versions:
            versions[number] = _version(work, key, number, runs_of.get(number), record)
    if record is None:
        record = _made(work, key, versions[top], changes)
        work.put(_R, record)
        work.tell(called(record), "its row in records was made of its newest version", "mended")
    for number in range(1, top + 1):
        if not versions[number]["data"] and not is_lost(work, key, number):
            _empty(work, versions[number])
    count = max([record["changes"], *changes])
    for number in range(1, count + 1):
        if number not in changes:
            changes[number] = _change(work, key, number, record, versions, changes)
    if made or record["changes"] != count or record["version"] != top:
        fresh = _made(work, key, versions[top], changes) | {"changes": count}
        work.put(_R, fresh)
        if fresh["state"] == State.LIVE:
            ask_again(work, site, kind, id)


def _version(work: Work, key: Key, number: int, run: int | None, record: Row | None) -> Row:
    """A version's row without its text."""
    newest = record is not None and record["version"] == number
    row = dict(zip(("site", "kind", "id"), key, strict=True)) | {
        "number": number,
        "run": run if run is not None else last_run(work, key[0]),
        "seen_at": record["seen_at"] if record and newest else LONG_AGO,
        "sha256": "",
        "digest": record["digest"] if record and newest else "",
        "lacking": record["lacking"] if record and newest else "[]",
        "size": 0,
        "dictionary": 0,
        "data": b"",
    }
    work.put(_V, row)
    return row


def _made(work: Work, key: Key, version: Row, changes: dict[int, Row]) -> Row:
    """A record's row out of its newest version and its changes."""
    raw = restored(work, version) if version["data"] else None
    try:
        data = parse(raw) if raw else {}
    except ValueError:
        data = {}
    data = data if isinstance(data, dict) else {}
    before = row_of(work, key)
    last = changes[max(changes)] if changes else None
    link = rows.clean(data.get("link")) or (before["link"] if before else "")
    state = last["state"] if last else State.LIVE.value
    gone = [one["run"] for one in changes.values() if one["change"] == "vanished"]
    written = [one["run"] for one in changes.values() if one["change"] != "vanished"]
    return (
        dict(zip(("site", "kind", "id"), key, strict=True))
        | {
            "state": state,
            "stamp": "",  # not known: the next census finds that it differs
            "digest": version["digest"] or (digest_of(raw) if raw else ""),
            "version": version["number"],
            "changes": max(changes, default=0),
            "modified": rows.clean(data.get("modified_gmt")),
            "date": rows.clean(data.get("date_gmt")),
            "status": rows.clean(data.get("status")),
            "slug": rows.clean(data.get("slug"))[:500],
            "link": link,
            "address": addresses.address(link),
            "racy": False,
            "lacking": version["lacking"],
            "seen_at": version["seen_at"],
            "first_run": min(written, default=version["run"]),
            "last_run": max(written, default=version["run"]),
            "gone_run": None if state == State.LIVE else max(gone, default=version["run"]),
        }
    )


def _change(
    work: Work,
    key: Key,
    number: int,
    record: Row,
    versions: dict[int, Row],
    changes: dict[int, Row],
) -> Row:
    """A change's row as far as the others tell; which change it was, only the first tells."""
    site, kind, id = key
    told = {change["version"] for change in changes.values()}
    before = max((n for n in changes if n < number), default=0)
    version = next(
        (n for n in sorted(versions) if n not in told),
        changes[before]["version"] if before else 1,
    )
    row = dict(zip(("site", "kind", "id"), key, strict=True)) | {
        "number": number,
        "run": versions[version]["run"],
        "change": "new" if number == 1 else "unknown",
        "state": record["state"] if number == record["changes"] else State.LIVE.value,
        "version": version,
    }
    work.put(_C, row)
    item = f"change {number} of {kind} {id}"
    if number == 1:
        work.tell(f"{site}: {item}", "made again: it was the first", "mended")
    else:
        reason = "which change it was is not known any more"
        work.lose(Loss(site, "changes", kind, id, number, item, reason))
    return row


# -- reading


def row_of(work: Work, key: Key) -> Row | None:
    found = rows_of(work.connection, _R, key)
    return found[0] if found else None


def rows_of(connection: Connection, table: Any, key: Key) -> list[Row]:
    """Rows of one record, in order of their key."""
    site, kind, id = key
    statement = (
        select(table)
        .where(table.c.site == site, table.c.kind == kind, table.c.id == id)
        .order_by(*table.primary_key)
    )
    return [dict(row) for row in connection.execute(statement).mappings()]


def is_lost(work: Work, key: Key, number: int) -> bool:
    table = schema.LOSSES
    site, kind, id = key
    statement = select(table.c.id).where(
        table.c.site == site,
        table.c.part == "versions",
        table.c.kind == kind,
        table.c.id == id,
        table.c.number == number,
    )
    return work.connection.execute(statement).first() is not None


def last_run(work: Work, site: str) -> int:
    table = schema.RUNS
    statement = select(func.max(table.c.number)).where(table.c.site == site)
    return work.connection.execute(statement).scalar() or 1


def called(row: Row) -> str:
    version = f" version {row['number']}" if "number" in row else ""
    return f"{row['site']}: {row['kind']} {row['id']}{version}"
