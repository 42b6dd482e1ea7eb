"""Full-text search beside the archive: every text of it in a database that is thrown away.

SQLite's FTS5 wants tables of its own, and nothing but wp-sync's runs writes into an archive. Made
anew each time, in the background: what is not read yet is not found yet.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from wp_sync.archive.base import Archive, SiteArchive
from wp_sync.normalize.text import plain
from wp_sync.progress import Stop

_PAGE = 200  # texts that are read and written at once
_TABLES = (
    "CREATE TABLE texts (site TEXT NOT NULL, kind TEXT NOT NULL, id INTEGER NOT NULL,"
    " state TEXT NOT NULL, title TEXT NOT NULL, link TEXT NOT NULL, text TEXT NOT NULL)",
    'CREATE VIRTUAL TABLE texts_fts USING fts5(title, text, content="texts",'
    " tokenize='unicode61 remove_diacritics 2')",
)
_PUT = (
    "INSERT INTO texts (rowid, site, kind, id, state, title, link, text) VALUES (?,?,?,?,?,?,?,?)"
)
_INDEX = "INSERT INTO texts_fts (rowid, title, text) VALUES (?,?,?)"
# Each goes over a table in the order of its key, a page at a time.
_QUERIES = (
    """
    SELECT 'posts/' || type AS kind, id, type AS rest, state, title, link,
           content AS first, excerpt AS second
    FROM posts WHERE site = :site AND (id, type) > (:id, :rest) ORDER BY id, type LIMIT :most
    """,
    """
    SELECT 'posts/attachment' AS kind, id, '' AS rest, state, title, link,
           alt AS first, caption AS second
    FROM media WHERE site = :site AND id > :id AND :rest = :rest ORDER BY id LIMIT :most
    """,
    """
    SELECT 'comments/' || type AS kind, id, '' AS rest, state, author_name AS title, link,
           content AS first, '' AS second
    FROM comments WHERE site = :site AND id > :id AND :rest = :rest ORDER BY id LIMIT :most
    """,
)
# Where one of these begins or ends, so does a word.
_BREAKS = re.compile(
    r"<(?=/?(?:p|h[1-6]|li|div|t[dhr]|br|hr|dt|dd|figcaption|figure|blockquote|section|option)\b)",
    re.IGNORECASE,
)


def lay_out(path: Path) -> None:
    """Make the empty tables.

    Raises:
        sqlite3.Error: they can't be made; this SQLite may lack FTS5.
    """
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")  # readers need not wait for us
        for table in _TABLES:
            database.execute(table)
        database.commit()


def fill(path: Path, archive: Archive, stop: Stop) -> int:
    """Put every text of an archive in; returns how many. Ends early, without a word, on a stop."""
    number = 0
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA synchronous=OFF")  # it lives no longer than we do
        for site in archive.sites():
            for rows in _pages(archive.of(site.key), site.key):
                if stop.requested:
                    return number
                made = [_text(site.key, row) for row in rows]
                numbered = [(number + place, *one) for place, one in enumerate(made, 1)]
                database.executemany(_PUT, numbered)
                database.executemany(_INDEX, [(one[0], one[5], one[7]) for one in numbered])
                database.commit()
                number += len(made)
    return number


def _pages(site: SiteArchive, key: str) -> Iterator[list[Mapping[str, object]]]:
    for query in _QUERIES:
        id: object = -1
        rest: object = ""
        while rows := list(site.query(query, site=key, id=id, rest=rest, most=_PAGE)):
            yield rows
            id, rest = rows[-1]["id"], rows[-1]["rest"]


def _text(site: str, row: Mapping[str, object]) -> tuple[object, ...]:
    words = " ".join(filter(None, (readable(str(row["first"])), readable(str(row["second"])))))
    return site, row["kind"], row["id"], row["state"], row["title"], row["link"], words


def readable(markup: str) -> str:
    """The words of HTML on one line."""
    return plain(_BREAKS.sub(" <", markup) if "<" in markup else markup)
