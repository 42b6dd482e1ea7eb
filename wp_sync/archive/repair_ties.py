"""Rows that are missing: made again of those that stand, else remembered as lost.

Goes through the tables in the order in which they lean on one another; records with their versions
and changes are `wp_sync.archive.repair_records`'s. Runs in a transaction of the caller's, after
`wp_sync.archive.repair_rows`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import delete, func, select, text

from wp_sync.archive import addresses, losses, rows, schema, tallies
from wp_sync.archive.codec import parse
from wp_sync.archive.losses import Loss
from wp_sync.archive.repair_records import Key, ask_again, mend_records, rows_of
from wp_sync.archive.repair_rows import Row, Work, forget_post, restored
from wp_sync.model import Outcome, State

_R, _V, _C = schema.RECORDS, schema.VERSIONS, schema.CHANGES


def mend_ties(work: Work) -> None:
    """Make or remember what is missing, table after table, each of what the ones before it hold."""
    kept = tallies.kept(work.connection)
    short = _short(work, kept)
    mend_records(work)
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
    newest = rows_of(work.connection, _V, (site, "site/site", 0))[-1:]
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
            there = {row["version"] for row in rows_of(work.connection, table, (site, kind, id))}
            for row in _earlier(work, (site, kind, id)):
                if row["version"] not in there:
                    work.put(table, row)
                    item = f"{site}: {kind} {id}"
                    work.tell(item, f"its former address {row['link']} was put back", "mended")


def _earlier(work: Work, key: Key) -> Iterator[Row]:
    before: tuple[int, str, str] | None = None
    for version in rows_of(work.connection, _V, key):
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
        ask_again(work, site, kind, id)
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
    elif name in ("receipts", "intents") and missing > 0:
        # The next push finds at the target what it made there before.
        words = f"{missing:,} rows are missing; the next push looks at the target for what it made"
        work.tell(f"{site}: table {name}", words, "push")
    elif name == "target_versions" and missing > 0:
        reason = f"{missing:,} versions of a target's, saved before they were overwritten"
        work.lose(Loss(site, name, "", missing, 0, f"table {name}", reason))
    elif name in ("audit_facts", "link_checks"):
        words = "rows that an audit keeps for the next one are missing"
        work.tell(f"{site}: table {name}", f"{words}; it looks again", "audit")
    elif name in ("audits", "findings") and missing > 0:
        reason = f"{missing:,} rows of earlier audits were missing; the next finds what still holds"
        work.lose(Loss(site, name, "", missing, 0, f"table {name}", reason), end="audit")
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
        ask_again(work, site, "posts/attachment", id)
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
