"""What must agree between tables: counts that tell when a row is missing. Reads keys only.

Ties between tables name the item that a row is missing of. What no tie sees (a bookmark, the last
run, a comment) the tallies see; which items may be meant is then looked up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.engine import Connection

from wp_sync.archive import tallies
from wp_sync.archive.base import Damage
from wp_sync.archive.database import Database
from wp_sync.archive.schema import DERIVED, METADATA, TALLIES

_REPAIR = "`check --repair` puts back what can be had, and the next pull fetches the rest"
_NORMALIZE = "`check --repair`, then `normalize`: it is made anew from the versions"
_MOST = 20  # items that a lost row may belong to, each named


@dataclass(frozen=True, slots=True)
class _Tie:
    """A query whose rows are each one damage: the item's parts, then what the message needs."""

    sql: str
    item: str
    message: str
    hint: str = _REPAIR
    severity: str = "error"


_OF_A_RECORD = "{site}: {kind} {id}"
_CHILDREN = (
    ("post_terms", "terms"),
    ("post_authors", "authors"),
    ("links", "links"),
    ("related_posts", "related"),
    ("cleanings", "cleanings"),
)
_TIES = (
    _Tie(
        """SELECT r.site, r.kind, r.id, r.version AS wanted, count(v.number) AS found
           FROM records AS r LEFT JOIN versions AS v
             ON v.site = r.site AND v.kind = r.kind AND v.id = r.id
           GROUP BY r.site, r.kind, r.id, r.version
           HAVING count(v.number) <> r.version OR coalesce(max(v.number), 0) <> r.version""",
        _OF_A_RECORD,
        "{found} of its {wanted} versions are in the archive",
    ),
    _Tie(
        """SELECT DISTINCT v.site, v.kind, v.id FROM versions AS v LEFT JOIN records AS r
             ON r.site = v.site AND r.kind = v.kind AND r.id = v.id WHERE r.id IS NULL""",
        _OF_A_RECORD,
        "it has versions, and its row in records is missing",
    ),
    _Tie(
        """SELECT r.site, r.kind, r.id, r.changes AS wanted, count(c.number) AS found
           FROM records AS r LEFT JOIN changes AS c
             ON c.site = r.site AND c.kind = r.kind AND c.id = r.id
           GROUP BY r.site, r.kind, r.id, r.changes HAVING count(c.number) <> r.changes""",
        _OF_A_RECORD,
        "{found} of its {wanted} changes are in the archive",
    ),
    _Tie(
        """SELECT DISTINCT c.site, c.run FROM changes AS c LEFT JOIN runs AS r
             ON r.site = c.site AND r.number = c.run WHERE r.number IS NULL""",
        "{site}: run {run}",
        "it brought changes, and its row in runs is missing",
    ),
    _Tie(
        """SELECT site, count(*) AS found, max(number) AS wanted FROM runs GROUP BY site
           HAVING count(*) <> max(number)""",
        "{site}: runs",
        "{found} of {wanted} runs are in the archive",
    ),
    _Tie(
        "SELECT site, number FROM runs WHERE outcome = 'running'",
        "{site}: run {number}",
        "it is under way, or was killed",
        "if no run is under way, the next one goes on from there",
        "notice",
    ),
    *(
        _Tie(
            f"""SELECT p.site, p.type, p.id, p.{count} AS wanted, count(c.post) AS found
                FROM posts AS p LEFT JOIN {table} AS c
                  ON c.site = p.site AND c.post = p.id AND c.post_type = p.type
                GROUP BY p.site, p.type, p.id, p.{count} HAVING count(c.post) <> p.{count}""",  # noqa: S608
            "{site}: " + table + " of {type} {id}",
            "{found} rows where the post has {wanted}",
            _NORMALIZE,
        )
        for table, count in _CHILDREN
    ),
    *(
        _Tie(
            f"""SELECT DISTINCT c.site, c.post_type, c.post FROM {table} AS c LEFT JOIN posts AS p
                  ON p.site = c.site AND p.id = c.post AND p.type = c.post_type
                WHERE p.id IS NULL""",  # noqa: S608
            "{site}: " + table + " of {post_type} {post}",
            "the post is missing",
            _NORMALIZE,
        )
        for table, _ in _CHILDREN
    ),
    _Tie(
        """SELECT DISTINCT pt.site, pt.taxonomy, pt.slug FROM post_terms AS pt LEFT JOIN terms AS t
             ON t.site = pt.site AND t.taxonomy = pt.taxonomy AND t.slug = pt.slug
           WHERE t.slug IS NULL""",
        "{site}: {taxonomy} {slug}",
        "posts are filed under it, and its row in terms is missing",
        _NORMALIZE,
    ),
)
_DERIVED = frozenset(str(table.name) for table in DERIVED)
_SITES = "SELECT min(site) FROM {table} WHERE site > :last"


# Items that may have lost their row, by the table that has too few of them.
_POSSIBLE = {
    "quarantine": """SELECT r.site, r.kind, r.id FROM records AS r LEFT JOIN quarantine AS q
        ON q.site = r.site AND q.kind = r.kind AND q.id = r.id
        WHERE r.lacking <> '[]' AND q.id IS NULL""",
    "dictionaries": """SELECT v.site, v.kind, v.id FROM versions AS v LEFT JOIN dictionaries AS d
        ON d.site = v.site AND d.number = v.dictionary WHERE v.dictionary <> 0
        AND d.number IS NULL""",
    "bookmarks": """SELECT DISTINCT r.site, r.kind, 0 AS id FROM records AS r
        LEFT JOIN bookmarks AS b ON b.site = r.site AND b.kind = r.kind
        WHERE b.kind IS NULL AND r.kind NOT LIKE 'rendered/%' AND r.kind NOT LIKE 'site/%'""",
    "files": """SELECT r.site, r.kind, r.id FROM records AS r LEFT JOIN files AS f
        ON f.site = r.site AND f.attachment = r.id
        WHERE r.kind = 'posts/attachment' AND f.site IS NULL""",
    "media": """SELECT r.site, r.kind, r.id FROM records AS r LEFT JOIN media AS m
        ON m.site = r.site AND m.id = r.id
        WHERE r.kind = 'posts/attachment' AND m.id IS NULL""",
    "comments": """SELECT r.site, r.kind, r.id FROM records AS r LEFT JOIN comments AS c
        ON c.site = r.site AND c.id = r.id
        WHERE r.kind LIKE 'comments/%' AND c.id IS NULL""",
    "posts": """SELECT r.site, r.kind, r.id FROM records AS r LEFT JOIN posts AS p
        ON p.site = r.site AND p.id = r.id AND r.kind = 'posts/' || p.type
        WHERE r.kind LIKE 'posts/%' AND r.kind <> 'posts/attachment' AND p.id IS NULL""",
    "term_sources": """SELECT r.site, r.kind, r.id FROM records AS r LEFT JOIN term_sources AS t
        ON t.site = r.site AND r.kind = 'terms/' || t.taxonomy AND t.source_id = r.id
        WHERE r.kind LIKE 'terms/%' AND r.state <> 'gone' AND t.site IS NULL""",
}


def check_ties(database: Database) -> Iterator[Damage]:
    for tie in _TIES:
        with database.read() as connection:
            found = connection.execute(text(tie.sql)).mappings().all()
        for row in found:
            yield Damage(
                tie.item.format_map(row), tie.message.format_map(row), tie.hint, tie.severity
            )
    yield from _strangers(database)
    yield from check_tallies(database)


def check_tallies(database: Database) -> Iterator[Damage]:
    """Tables that hold fewer or more rows than were written, with the items that may be meant."""
    with database.read() as connection:
        kept = tallies.kept(connection)
        there = _counts(connection)
    for site, name in sorted(kept.keys() | there.keys()):
        wanted, found = kept.get((site, name), (0, 0))[0], there.get((site, name), 0)
        if wanted != found:
            derived = name in _DERIVED
            yield Damage(
                f"{site}: table {name}",
                f"{found:,} rows are there, {wanted:,} were written",
                _NORMALIZE if derived else _REPAIR,
            )
            if found < wanted:
                yield from _possible(database, site, name, derived=derived)


def _possible(database: Database, site: str, name: str, *, derived: bool) -> Iterator[Damage]:
    if name not in _POSSIBLE:
        return
    sql = f"SELECT * FROM ({_POSSIBLE[name]}) AS found WHERE site = :site ORDER BY kind, id"  # noqa: S608
    with database.read() as connection:
        found = connection.execute(text(f"{sql} LIMIT {_MOST}"), {"site": site}).mappings().all()
    for row in found:
        item = f"{site}: {row['kind']}" + (f" {row['id']}" if row["id"] else "")
        words = f"it may be one whose row in {name} is missing: it has none"
        yield Damage(item, words, _NORMALIZE if derived else _REPAIR)


def _counts(connection: Connection) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for table in METADATA.sorted_tables:
        if table is not TALLIES:
            statement = select(table.c.site, func.count()).group_by(table.c.site)
            for site, count in connection.execute(statement):
                found[site, str(table.name)] = count
    return found


def _strangers(database: Database) -> Iterator[Damage]:
    """Rows of a site that the table of sites does not know."""
    with database.read() as connection:
        known = set(connection.execute(text("SELECT site FROM sites")).scalars())
        for table in METADATA.sorted_tables:
            last = ""
            while True:
                sql = text(_SITES.format(table=table.name))
                site = connection.execute(sql, {"last": last}).scalar()
                if site is None:
                    break
                if site not in known:
                    yield Damage(
                        f"table {table.name}",
                        f"it has rows of {site}, which the table of sites does not know",
                        "pull that site once more",
                    )
                last = site
