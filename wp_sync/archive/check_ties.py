"""What must agree between tables: counts that tell when a row is missing. Reads keys only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import text

from wp_sync.archive.base import Damage
from wp_sync.archive.database import Database
from wp_sync.archive.schema import METADATA

_RESTORE = "restore the archive from a backup, or pull the site into a new one"
_NORMALIZE = "normalize again"


@dataclass(frozen=True, slots=True)
class _Tie:
    """A query whose rows are each one damage: the item's parts, then what the message needs."""

    sql: str
    item: str
    message: str
    hint: str = _RESTORE
    severity: str = "error"


_OF_A_RECORD = "{site}: {kind} {id}"
_CHILDREN = (
    ("post_terms", "terms"),
    ("post_authors", "authors"),
    ("links", "links"),
    ("related_posts", "related"),
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
_SITES = "SELECT min(site) FROM {table} WHERE site > :last"


def check_ties(database: Database) -> Iterator[Damage]:
    for tie in _TIES:
        with database.read() as connection:
            found = connection.execute(text(tie.sql)).mappings().all()
        for row in found:
            yield Damage(
                tie.item.format_map(row), tie.message.format_map(row), tie.hint, tie.severity
            )
    yield from _strangers(database)


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
