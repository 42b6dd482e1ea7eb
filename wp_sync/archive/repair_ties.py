"""Rows that are missing: made again of those that stand, else remembered as lost.

A record's row is made of its newest version and its last change; a version whose text can't be had
keeps its place, empty, until the next pull brings the same text. Runs in a transaction of the
caller's, after `wp_sync.archive.repair_rows`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.engine import Connection

from wp_sync.archive import addresses, losses, rows, schema, tallies
from wp_sync.archive.codec import parse, sha256
from wp_sync.archive.losses import Loss
from wp_sync.archive.repair_rows import Row, Work, digest_of, forget_post, read, restored
from wp_sync.model import Outcome, State

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
_LONG_AGO = "1970-01-01T00:00:00Z"
_NEVER_ASKED = ("rendered/", "site/")  # no listing of the site has these


def mend_ties(work: Work) -> None:
    """Make or remember what is missing, table after table, each of what the ones before it hold."""
    kept = tallies.kept(work.connection)
    short = _short(work, kept)
    _versions(work)
    untied = [tuple(row) for row in work.connection.execute(text(_UNTIED)).all()]
    for site, kind, id in untied:
        _record(work, (site, kind, id))
    _runs(work, kept)
    _sites(work)
    _old_addresses(work, {site for site, name in short if name == "old_addresses"})
    _lacking(work)
    for site, name in sorted(short):
        _short_of(work, site, name, kept)
    _derived(work, short)


def _short(work: Work, kept: tallies.Counted) -> set[tuple[str, str]]:
    """Tables that have lost rows, or hold others than were written, by site."""
    there = tallies.counted(work.connection)
    return work.deleted | {
        key for key in kept.keys() | there.keys() if kept.get(key) != there.get(key)
    }


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
            work.tell(_called(row), "its text stood in another version's row", "mended")
        else:
            work.aside.row("versions", "its text can't be restored", row)
            _empty(work, row)


def _empty(work: Work, row: Row) -> None:
    """A version without its text: its digest tells when the very same text comes again."""
    work.put(_V, row | {"size": 0, "dictionary": 0, "data": b""})
    record = _row_of(work, (row["site"], row["kind"], row["id"]))
    newest = record is None or record["version"] == row["number"]
    asked = newest and (record is None or record["state"] == State.LIVE)
    if asked:
        _ask_again(work, row["site"], row["kind"], row["id"])
    address = f", {record['link']}" if record and record["link"] else ""
    reason = f"the text of version {row['number']} is damaged or missing"
    if not newest:
        reason += ", and a site shows its newest only"
    elif not asked:
        reason += ", and the site no longer shows it"
    item = f"{row['kind']} {row['id']}{address}"
    loss = Loss(row["site"], "versions", row["kind"], row["id"], row["number"], item, reason)
    work.lose(loss, end="pull" if asked else "lost")


def _ask_again(work: Work, site: str, kind: str, id: int) -> None:
    """Have the next pull fetch a record, whatever path it takes."""
    if kind.startswith(_NEVER_ASKED):
        # Pages are fetched when their stamp is not their post's; the site itself always is.
        record = _row_of(work, (site, kind, id))
        if record is not None:
            work.put(_R, record | {"stamp": ""})
        return
    reason = "it was damaged in the archive; to be fetched again"
    row = {"site": site, "kind": kind, "id": id, "reason": reason, "run": _last_run(work, site)}
    work.put(schema.QUARANTINE, row)


# -- records


def _record(work: Work, key: Key) -> None:
    """Make a record, its versions and its changes agree."""
    site, kind, id = key
    record = _row_of(work, key)
    versions = {row["number"]: row for row in _of(work.connection, _V, key)}
    changes = {row["number"]: row for row in _of(work.connection, _C, key)}
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
        work.tell(_called(record), "its row in records was made of its newest version", "mended")
    for number in range(1, top + 1):
        if not versions[number]["data"] and not _is_lost(work, key, number):
            _empty(work, versions[number])
    count = max([record["changes"], *changes])
    for number in range(1, count + 1):
        if number not in changes:
            changes[number] = _change(work, key, number, record, versions, changes)
    if made or record["changes"] != count or record["version"] != top:
        fresh = _made(work, key, versions[top], changes) | {"changes": count}
        work.put(_R, fresh)
        if fresh["state"] == State.LIVE:
            _ask_again(work, site, kind, id)


def _version(work: Work, key: Key, number: int, run: int | None, record: Row | None) -> Row:
    """A version's row without its text."""
    newest = record is not None and record["version"] == number
    row = dict(zip(("site", "kind", "id"), key, strict=True)) | {
        "number": number,
        "run": run if run is not None else _last_run(work, key[0]),
        "seen_at": record["seen_at"] if record and newest else _LONG_AGO,
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
    before = _row_of(work, key)
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


# -- runs, sites, old addresses, quarantine


def _runs(work: Work, kept: tallies.Counted) -> None:
    """A run that is missing keeps its number: changes and versions point to it."""
    table = schema.RUNS
    found: dict[str, dict[int, Row]] = {}
    for row in work.connection.execute(select(table)).mappings():
        found.setdefault(row["site"], {})[row["number"]] = dict(row)
    named = "SELECT site, max(run) AS run FROM {} GROUP BY site"
    tables = ("changes", "versions", "quarantine", "files")
    most: dict[str, int] = {}
    for name in tables:
        for site, run in work.connection.execute(text(named.format(name))):
            most[site] = max(most.get(site, 0), run or 0)
    for (site, name), (count, _) in kept.items():
        if name == "runs":
            most[site] = max(most.get(site, 0), count)
    for site in sorted(most.keys() | found.keys()):
        there = found.get(site, {})
        for number in range(1, max([most.get(site, 0), *there]) + 1):
            if number in there:
                continue
            near = min(there, key=lambda n: abs(n - number), default=0)
            moment = there[near]["started_at"] if near else rows.now()
            work.put(table, _run(site, number, moment, there[near]["view"] if near else ""))
            item = f"run {number}"
            reason = "what the run did beside its changes is not known any more"
            work.lose(Loss(site, "runs", "", number, 0, item, reason))


def _run(site: str, number: int, moment: str, view: str) -> Row:
    return {
        "site": site,
        "number": number,
        "command": "unknown",
        "started_at": moment,
        "finished_at": moment,
        "outcome": Outcome.INTERRUPTED.value,
        "view": view,
        "requests": 0,
        "tallies": "{}",
        "problems": "[]",
    }


def _sites(work: Work) -> None:
    """A site whose row is missing: its addresses are in what it said of itself."""
    known = set(work.connection.execute(select(schema.SITES.c.site)).scalars())
    for table in (_R, schema.RUNS, schema.FILES):
        for site in work.connection.execute(select(table.c.site).distinct()).scalars().all():
            if site not in known:
                known.add(site)
                work.put(schema.SITES, _site(work, site))
                words = "its row in sites was made of what the site said of itself"
                work.tell(site, words, "mended")


def _site(work: Work, site: str) -> Row:
    newest = _of(work.connection, _V, (site, "site/site", 0))[-1:]
    raw = restored(work, newest[0]) if newest and newest[0]["data"] else None
    said = parse(raw) if raw else {}
    home = rows.clean(said.get("home")) or rows.clean(said.get("url")) or f"https://{site}"
    runs = schema.RUNS
    statement = select(runs.c.view).where(runs.c.site == site, runs.c.view != "")
    view = work.connection.execute(statement.order_by(runs.c.number.desc()).limit(1)).scalar()
    return {
        "site": site,
        "home": home.rstrip("/"),
        "api": f"{home.rstrip('/')}/wp-json/",
        "view": view or "anonymous",
        "name": rows.clean(said.get("name")),
    }


def _old_addresses(work: Work, sites: Iterable[str]) -> None:
    """Slugs and links of earlier versions, out of their texts."""
    table = schema.OLD_ADDRESSES
    for site in sites:
        which = select(_R.c.kind, _R.c.id).where(_R.c.site == site, _R.c.version > 1)
        for kind, id in work.connection.execute(which).all():
            there = {row["version"] for row in _of(work.connection, table, (site, kind, id))}
            for row in _earlier(work, (site, kind, id)):
                if row["version"] not in there:
                    work.put(table, row)
                    item = f"{site}: {kind} {id}"
                    work.tell(item, f"its former address {row['link']} was put back", "mended")


def _earlier(work: Work, key: Key) -> Iterator[Row]:
    before: tuple[int, str, str] | None = None
    for version in _of(work.connection, _V, key):
        raw = restored(work, version) if version["data"] else None
        if raw is None:
            before = None
            continue
        try:
            data = parse(raw)
        except ValueError:
            data = None
        data = data if isinstance(data, dict) else {}
        slug, link = rows.clean(data.get("slug"))[:500], rows.clean(data.get("link"))
        if before is not None and before[1:] != (slug, link):
            yield dict(zip(("site", "kind", "id"), key, strict=True)) | {
                "version": before[0],
                "slug": before[1],
                "link": before[2],
                "address": addresses.address(before[2]),
            }
        before = (version["number"], slug, link)


def _lacking(work: Work) -> None:
    """What the site could not produce whole is asked for at each pull; its mark may be missing."""
    held = schema.QUARANTINE
    which = (
        select(_R.c.site, _R.c.kind, _R.c.id)
        .select_from(
            _R.outerjoin(
                held,
                (held.c.site == _R.c.site) & (held.c.kind == _R.c.kind) & (held.c.id == _R.c.id),
            )
        )
        .where(_R.c.lacking != "[]", held.c.id.is_(None))
    )
    for site, kind, id in work.connection.execute(which).all():
        _ask_again(work, site, kind, id)
        words = "it came without some fields, and its mark was missing; it is asked for again"
        work.tell(f"{site}: {kind} {id}", words, "pull")


# -- tables that are short of rows


def _short_of(work: Work, site: str, name: str, kept: tallies.Counted) -> None:
    there = tallies.counted(work.connection, [schema.METADATA.tables[name]])
    missing = kept.get((site, name), (0, 0))[0] - there.get((site, name), (0, 0))[0]
    if name in ("records", "versions", "changes", "quarantine") and missing > 0:
        # Which ones no row tells: a census finds every id that the archive does not know.
        _census(work, site)
        words = f"{missing:,} rows are missing and none that stands tells of which items"
        work.tell(f"{site}: table {name}", f"{words}; the next pull takes a census", "pull")
        if name == "records":
            reason = f"{missing:,} rows were missing; what the site no longer shows of them is lost"
            loss = Loss(site, name, "", missing, 0, f"table {name}", reason)
            losses.remember(work.database, work.connection, [loss])
    elif name == "bookmarks":
        words = "a mark of how far a listing was followed is missing; the next pull takes a census"
        work.tell(f"{site}: table {name}", words, "pull")
    elif name == "files":
        _files(work, site, missing)
    elif name == "old_addresses" and missing > 0:
        reason = f"{missing:,} former addresses stood in versions whose text is lost"
        work.lose(Loss(site, name, "", missing, 0, f"table {name}", reason))
    elif name == "losses" and missing > 0:
        reason = f"{missing:,} notes of earlier losses are missing"
        work.lose(Loss(site, name, "", missing, 0, f"table {name}", reason))


def _census(work: Work, site: str) -> None:
    table = schema.BOOKMARKS
    work.connection.execute(delete(table).where(table.c.site == site))


def _files(work: Work, site: str, missing: int) -> None:
    """Rows of files come back with their attachments' records: those are asked for again."""
    files = schema.FILES
    has = select(files.c.attachment).where(files.c.site == site)
    live = select(_R.c.id).where(
        _R.c.site == site, _R.c.kind == "posts/attachment", _R.c.state == State.LIVE.value
    )
    named = work.connection.execute(live.where(_R.c.id.not_in(has))).scalars().all()
    if len(named) < missing:  # an attachment can have several files: any may be meant
        named = work.connection.execute(live).scalars().all()
    for id in named:
        _ask_again(work, site, "posts/attachment", id)
        words = "the row of its file may be missing; it is asked for again"
        work.tell(f"{site}: posts/attachment {id}", words, "pull")


def _derived(work: Work, short: set[tuple[str, str]]) -> None:
    """Derived rows are made anew; a post's together, so those of a post that misses one go."""
    names = {str(table.name) for table in schema.DERIVED} | {"derivations"}
    sites = {site for site, name in short if name in names}
    posts = schema.POSTS
    for site in sorted(sites):
        for child in (one for one in schema.DERIVED if "post_type" in one.c):
            column = {"post_terms": "terms", "post_authors": "authors", "links": "links"}
            wanted = posts.c[column.get(str(child.name), "related")]
            tied = (
                (child.c.site == posts.c.site)
                & (child.c.post == posts.c.id)
                & (child.c.post_type == posts.c.type)
            )
            untied = (
                select(posts.c.id, posts.c.type)
                .select_from(posts.outerjoin(child, tied))
                .where(posts.c.site == site)
                .group_by(posts.c.site, posts.c.id, posts.c.type, wanted)
                .having(func.count(child.c.post) != wanted)
            )
            orphans = (
                select(child.c.post, child.c.post_type)
                .select_from(child.outerjoin(posts, tied))
                .where(child.c.site == site, posts.c.id.is_(None))
                .distinct()
            )
            for id, type in [
                *work.connection.execute(untied).all(),
                *work.connection.execute(orphans).all(),
            ]:
                forget_post(work, site, id, type)
                words = f"rows in {child.name} were missing; normalize makes them anew"
                work.tell(f"{site}: {type} {id}", words, "normalize")
        of_this = [one for one in schema.DERIVED if (site, str(one.name)) in short]
        if not all(_only_missing(work, site, table) for table in of_this):
            # A row of an earlier time in place of a later one looks whole: all are made anew.
            for table in schema.DERIVED:
                work.connection.execute(delete(table).where(table.c.site == site))
        context = schema.DERIVATIONS
        work.connection.execute(delete(context).where(context.c.site == site))
        work.tell(f"{site}: derived tables", "normalize makes the missing rows anew", "normalize")


def _only_missing(work: Work, site: str, table: Any) -> bool:
    """Whether fewer rows stand than were written; else some stand that are not of the last time."""
    kept = tallies.kept(work.connection).get((site, str(table.name)), (0, 0))
    there = tallies.counted(work.connection, [table]).get((site, str(table.name)), (0, 0))
    return there[0] < kept[0]


# -- reading


def _row_of(work: Work, key: Key) -> Row | None:
    found = _of(work.connection, _R, key)
    return found[0] if found else None


def _of(connection: Connection, table: Any, key: Key) -> list[Row]:
    """Rows of one record, in order of their key."""
    site, kind, id = key
    statement = (
        select(table)
        .where(table.c.site == site, table.c.kind == kind, table.c.id == id)
        .order_by(*table.primary_key)
    )
    return [dict(row) for row in connection.execute(statement).mappings()]


def _is_lost(work: Work, key: Key, number: int) -> bool:
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


def _last_run(work: Work, site: str) -> int:
    table = schema.RUNS
    statement = select(func.max(table.c.number)).where(table.c.site == site)
    return work.connection.execute(statement).scalar() or 1


def _called(row: Row) -> str:
    version = f" version {row['number']}" if "number" in row else ""
    return f"{row['site']}: {row['kind']} {row['id']}{version}"
